package dev.turnout.flags.http.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnout.flags.Flags;
import dev.turnout.flags.document.DocumentReader;
import dev.turnout.flags.document.EntryKey;
import dev.turnout.flags.http.client.HttpFlagStore;
import dev.turnout.flags.http.server.RunningServer.Answer;
import dev.turnout.flags.spi.FleetStore;
import dev.turnout.flags.spi.Member;
import dev.turnout.flags.store.Change;
import dev.turnout.flags.store.InMemoryFlagStore;
import dev.turnout.flags.store.Snapshot;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DocumentRoutesTest {
    private RunningServer server;

    @BeforeEach
    void start() {
        server = RunningServer.withDocument();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void the_snapshot_has_all_entries_and_their_last_changes() {
        Answer answer = server.get("/api/v1/snapshot");

        assertThat(answer.etag()).isEqualTo(etag(server.flags.state()));
        assertThat(answer.json().path("revision").asLong()).isEqualTo(1);
        assertThat(answer.json().at("/document/flags/theme/default").asText()).isEqualTo("light");
        assertThat(answer.json()
                        .at("/document/migrations/places-v2/position/ranges/0/stage")
                        .asText())
                .isEqualTo("SHADOW");
        assertThat(answer.json().at("/changes/flags/theme/by").asText()).isEqualTo("program");
    }

    @Test
    void a_snapshot_that_the_caller_has_is_not_sent_again() {
        Snapshot there = server.flags.state();
        Snapshot ofAnotherStore = RunningServer.documentStore().read();

        assertThat(ofAnotherStore.revision()).isEqualTo(there.revision());
        assertThat(server.get("/api/v1/snapshot", "If-None-Match", etag(there)).status())
                .isEqualTo(304);
        assertThat(server.get("/api/v1/snapshot", "If-None-Match", etag(ofAnotherStore))
                        .status())
                .isEqualTo(200);
    }

    private static String etag(Snapshot snapshot) {
        return "\"" + snapshot.id() + "\"";
    }

    @Test
    void a_snapshot_is_what_the_server_remembers_and_a_fresh_one_what_its_store_has_now() {
        UnheardStore store = new UnheardStore(RunningServer.documentStore());
        try (RunningServer late = RunningServer.with(store, settings -> settings)) {
            String before = etag(store.read());
            Snapshot now = store.origin()
                    .apply(Change.by("ana", "x")
                            .remove(EntryKey.flag("theme"), store.read().idOf(EntryKey.flag("theme"))));

            assertThat(late.get("/api/v1/snapshot").etag()).isEqualTo(before);
            assertThat(late.get("/api/v1/snapshot?fresh=false").etag()).isEqualTo(before);
            Answer fresh = late.get("/api/v1/snapshot?fresh=true", "If-None-Match", before);
            assertThat(fresh.status()).isEqualTo(200);
            assertThat(fresh.etag()).isEqualTo(etag(now));
            assertThat(fresh.json().path("revision").asLong()).isEqualTo(2);
            assertThat(late.get("/api/v1/snapshot?fresh=yes").status()).isEqualTo(400);
        }
    }

    @Test
    void while_the_store_can_not_be_read_there_is_no_fresh_snapshot() {
        UnheardStore store = new UnheardStore(RunningServer.documentStore());
        try (RunningServer late = RunningServer.with(store, settings -> settings)) {
            String known = etag(store.read());
            store.isDown().set(true);

            Answer answer = late.get("/api/v1/snapshot?fresh=true", "If-None-Match", known);
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.type()).isEqualTo("/problems/store-unavailable");
            assertThat(answer.detail()).contains("the database is away");
            assertThat(answer.header("Retry-After")).isEqualTo("5");
            assertThat(answer.header("ETag")).isEmpty();
            assertThat(late.get("/api/v1/snapshot").status()).isEqualTo(200);
        }
    }

    @Test
    void a_migration_is_not_removed_on_its_way() {
        Answer answer = changes("{'kind': 'MIGRATION', 'name': 'places-v2', 'expected': FIRST, 'value': null}");

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.pointer()).isEqualTo("/migrations/places-v2");
        assertThat(answer.detail()).contains("is at SHADOW and cannot be removed", "Bring all keys to OFF");
    }

    @Test
    void a_migration_is_not_removed_while_nodes_route_it() throws Exception {
        InMemoryFlagStore store =
                new InMemoryFlagStore(DocumentReader.read("x", "{version: 1, migrations: {m: {position: COMPLETE}}}"));
        String removal = "{'by': 'ana', 'reason': 'x', 'edits': [{'kind': 'MIGRATION', 'name': 'm'," + " 'expected': '"
                + RunningServer.firstId(store) + "', 'value': null}]}";
        FleetStore fleet = FleetStore.inMemory();
        try (Flags flags = Flags.builder(store).fleet(fleet).build();
                FlagServer server = FlagServer.builder(flags).port(0).build().start();
                HttpFlagStore client = HttpFlagStore.at(server.uri())) {
            FleetStore.Membership member = fleet.join(
                    "m", new Member.Registration("node-1", "process-1", "journal", "", Duration.ofSeconds(30)));
            Change change = Change.by("ana", "x")
                    .remove(EntryKey.migration("m"), store.read().idOf(EntryKey.migration("m")));

            Answer refused = RunningServer.change(server.uri(), "POST", "/api/v1/changes", removal);
            assertThat(refused.status()).isEqualTo(409);
            assertThat(refused.type()).isEqualTo("/problems/migration-in-use");
            assertThat(refused.json().at("/nodes/0").asText()).isEqualTo("node-1");
            assertThat(refused.detail()).contains("nodes [node-1] route it. Remove it from their code");
            assertThatThrownBy(() -> client.apply(change)).hasMessageContaining("nodes [node-1] route it");
            assertThat(store.read().revision()).isEqualTo(1);

            member.close();
            assertThat(client.apply(change).document().migrations()).isEmpty();
        }
    }

    @Test
    void several_entries_change_together() {
        Answer answer = changes("{'kind': 'COHORT', 'name': 'beta', 'expected': FIRST, 'value': {'members': ['cy']}},"
                + "{'kind': 'FLAG', 'name': 'theme', 'expected': FIRST, 'value': null}");

        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        assertThat(answer.json().path("revision").asLong()).isEqualTo(2);
        assertThat(answer.json().at("/document/cohorts/beta/members/0").asText())
                .isEqualTo("cy");
        assertThat(answer.json().at("/document/flags/theme").isMissingNode()).isTrue();
    }

    @Test
    void all_change_or_none() {
        Answer answer = changes("{'kind': 'COHORT', 'name': 'beta', 'expected': FIRST, 'value': {'members': ['cy']}},"
                + "{'kind': 'FLAG', 'name': 'theme', 'expected': '9-1c2f', 'value': null}");

        assertThat(answer.status()).isEqualTo(412);
        assertThat(answer.json().path("kind").asText()).isEqualTo("FLAG");
        assertThat(answer.json().path("name").asText()).isEqualTo("theme");
        assertThat(server.flags.state().revision()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | /edits",
                "{'kind': 'TABLE', 'name': 'x', 'expected': FIRST, 'value': null} | /edits/0/kind",
                "{'kind': 'FLAG', 'name': '<b>', 'expected': FIRST, 'value': null} | /edits/0/name",
                "{'kind': 'FLAG', 'name': 'x', 'expected': 1, 'value': null} | /edits/0/expected",
                "{'kind': 'FLAG', 'name': 'x', 'expected': '1', 'value': null} | /edits/0/expected",
                "{'kind': 'FLAG', 'name': 'x', 'expectedRevision': 1, 'value': null} | /edits/0/expected",
                "{'kind': 'FLAG', 'name': 'x', 'expected': FIRST} | /edits/0/value",
                "{'kind': 'FLAG', 'name': 'x', 'expected': FIRST, 'value': {'type': 'string'}} | /edits/0/value",
                "{'kind': 'FLAG', 'name': 'x', 'expected': FIRST, 'value': null, 'force': true} | /edits/0/force",
                "7 | /edits/0",
            })
    void an_edit_that_is_not_valid_is_refused_with_a_pointer(String edits, String pointer) {
        Answer answer = changes(edits == null ? "" : edits);

        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.pointer()).isEqualTo(pointer);
    }

    @Test
    void an_entry_is_edited_once_per_change() {
        String edit = "{'kind': 'FLAG', 'name': 'theme', 'expected': FIRST, 'value': null}";

        assertThat(changes(edit + "," + edit).pointer()).isEqualTo("/edits/1/name");
    }

    @Test
    void a_goal_may_change_this_way() {
        Answer answer = changes("{'kind': 'MIGRATION', 'name': 'places-v2', 'expected': FIRST, 'value': "
                + migration(1, "SHADOW", "'goal': 'LIVE',") + "}");

        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        assertThat(server.get("/api/v1/migrations/places-v2")
                        .json()
                        .at("/goal/stage")
                        .asText())
                .isEqualTo("LIVE");
    }

    @Test
    void a_jump_over_the_bridge_is_an_illegal_move() {
        Answer answer = changes("{'kind': 'MIGRATION', 'name': 'places-v2', 'expected': FIRST, 'value': "
                + migration(2, "LIVE", "") + "}");

        assertThat(answer.status()).as(answer.text()).isEqualTo(409);
        assertThat(answer.type()).isEqualTo("/problems/illegal-move");
        assertThat(answer.json().at("/blockers/0/code").asText()).isEqualTo("sync-skipped");
        assertThat(answer.detail()).contains("the way across is SYNC");
        assertThat(answer.json().path("legalMoves").toString())
                .contains("SYNC", "OFF")
                .doesNotContain("LIVE");
    }

    @Test
    void keys_leave_SYNC_forwards_by_a_controller_alone() {
        assertThat(move(2, "SYNC").status()).isEqualTo(200);

        Answer across = changes("{'kind': 'MIGRATION', 'name': 'places-v2', 'expected': '" + placesId() + "', 'value': "
                + migration(3, "LIVE", "") + "}");
        assertThat(across.status()).as(across.text()).isEqualTo(409);
        assertThat(across.type()).isEqualTo("/problems/illegal-move");
        assertThat(across.detail()).contains("only a controller");
        assertThat(across.json().at("/blockers/0/code").asText()).isEqualTo("controller-needed");

        Answer turned = changes("{'kind': 'MIGRATION', 'name': 'places-v2', 'expected': '" + placesId() + "', 'value': "
                + migration(3, "SYNC', 'cameFrom': 'NEW", "") + "}");
        assertThat(turned.type()).isEqualTo("/problems/illegal-move");

        assertThat(move(3, "SHADOW").status()).isEqualTo(200);
    }

    private String placesId() {
        return server.store.read().idOf(EntryKey.migration("places-v2")).toString();
    }

    private Answer move(long version, String stage) {
        return changes("{'kind': 'MIGRATION', 'name': 'places-v2', 'expected': '" + placesId() + "', 'value': "
                + migration(version, stage, "") + "}");
    }

    private static String migration(long version, String stage, String goal) {
        return "{'version': " + version + ", " + goal + " 'bucketing': {'hash': 'murmur3_32', 'salt': 'places-v2'},"
                + " 'position': {'ranges': [{'below': 1000000, 'stage': '" + stage + "'}]}}";
    }

    private Answer changes(String edits) {
        String named = edits.replace("FIRST", "'" + RunningServer.firstId(server.store) + "'");
        return server.post("/api/v1/changes", "{'by': 'ana', 'reason': 'x', 'edits': [" + named + "]}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "201", "-1", "x", "", "9999999999"})
    void history_has_a_limit(String limit) {
        assertThat(server.get("/api/v1/history?limit=" + limit).status()).isEqualTo(400);
    }

    @Test
    void the_history_of_one_entry_is_told_however_much_others_changed_since() {
        pause("places-v2", "look first");
        for (int i = 0; i < 150; i++) {
            String path = "/api/v1/flags/checkout";
            server.change(
                    "PATCH",
                    path,
                    "{'reason': 'x', 'edits': [{'pointer': '/enabled', 'value': " + (i % 2 == 1) + "}]}",
                    "If-Match",
                    server.get(path).etag());
        }

        Answer history = server.get("/api/v1/history?limit=12&kind=MIGRATION&name=places-v2");

        assertThat(history.json().at("/changes").size()).isEqualTo(1);
        assertThat(history.json().at("/changes/0/reason").asText()).isEqualTo("look first");
        assertThat(history.json().at("/changes/0/edits").size()).isEqualTo(1);
        assertThat(server.get("/api/v1/history?limit=200&kind=FLAG&name=checkout")
                        .json()
                        .at("/changes")
                        .size())
                .isEqualTo(150);
    }

    private void pause(String migration, String reason) {
        assertThat(server.post("/api/v1/migrations/" + migration + "/pause", "{'reason': '" + reason + "'}")
                        .status())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"kind=FLAG", "name=x", "kind=THING&name=x", "kind=&name=x"})
    void history_is_of_an_entry_that_is_named_in_full(String query) {
        assertThat(server.get("/api/v1/history?" + query).detail()).contains("'kind' must be one of [");
    }
}
