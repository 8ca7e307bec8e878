package dev.turnout.flags.http.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.turnout.flags.http.server.RunningServer.Answer;
import dev.turnout.flags.migration.Controller;
import dev.turnout.flags.migration.Migration;
import dev.turnout.flags.spi.Member;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.stage.StateId;
import dev.turnout.flags.store.EditableFlagStore;
import dev.turnout.flags.store.InMemoryFlagStore;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class MigrationRoutesTest {
    private static final String PLACES = "/api/v1/migrations/places-v2";
    private static final String LIVE = "{'stage': 'LIVE', 'sharePpm': 100000, 'by': 'ana', 'reason': 'first keys'}";

    @Nested
    class without_a_controller {
        private final RunningServer server = RunningServer.withDocument();

        @AfterEach
        void stop() {
            server.close();
        }

        @Test
        void a_migration_says_where_it_is_and_where_it_is_wanted() {
            Answer answer = server.get(PLACES);

            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.etag()).isEqualTo(server.firstEtag());
            assertThat(answer.json().at("/position/shares/SHADOW").asInt()).isEqualTo(1_000_000);
            assertThat(answer.json().at("/position/shares/LIVE").asInt()).isZero();
            assertThat(answer.json().at("/goal/stage").asText()).isEqualTo("SHADOW");
            assertThat(answer.json().at("/rollBackTarget/stage").asText()).isEqualTo("SHADOW");
            assertThat(answer.json().path("atGoal").asBoolean()).isTrue();
            assertThat(answer.json().path("controlled").asBoolean()).isFalse();
            assertThat(answer.json().at("/lastChange/by").asText()).isEqualTo("program");
        }

        @Test
        void migrations_are_listed() {
            assertThat(server.get("/api/v1/migrations")
                            .json()
                            .at("/migrations/0/name")
                            .asText())
                    .isEqualTo("places-v2");
        }

        @Test
        void an_unknown_migration_is_not_found() {
            assertThat(server.get("/api/v1/migrations/other").status()).isEqualTo(404);
            assertThat(server.put("/api/v1/migrations/other/goal", LIVE, "If-Match", "\"0-\"")
                            .status())
                    .isEqualTo(404);
            assertThat(server.get("/api/v1/migrations/other/samples").status()).isEqualTo(404);
        }

        @Test
        void a_goal_is_set_for_the_controller_of_some_node() {
            Answer answer = server.put(
                    PLACES + "/goal",
                    LIVE.replace("'by'", "'cohorts': {'places': 'LIVE'}, 'by'"),
                    "If-Match",
                    server.firstEtag());

            assertThat(answer.status()).as(answer.text()).isEqualTo(200);
            assertThat(answer.etag()).startsWith("\"2-");
            Goal goal = server.flags
                    .state()
                    .document()
                    .migrations()
                    .get("places-v2")
                    .goal();
            assertThat(goal).isEqualTo(Goal.of(Stage.LIVE, 100_000).with("places", Stage.LIVE));
            assertThat(answer.json().path("atGoal").asBoolean()).isFalse();
            assertThat(answer.json().at("/lastChange/reason").asText()).isEqualTo("first keys");
        }

        @Test
        void a_goal_made_from_an_older_state_is_stale() {
            server.put(PLACES + "/goal", LIVE, "If-Match", server.firstEtag());

            Answer answer = server.put(PLACES + "/goal", LIVE, "If-Match", server.firstEtag());

            assertThat(answer.status()).isEqualTo(412);
            assertThat(answer.json().at("/current/lastChange/by").asText()).isEqualTo("ana");
            assertThat(answer.json().at("/current/value/goal/stage").asText()).isEqualTo("LIVE");
            assertThat(server.put(PLACES + "/goal", LIVE).status()).isEqualTo(428);
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                value = {
                    "{'stage': 'LIFE', 'sharePpm': 1, 'reason': 'x'} | /stage | one of [OFF, DUAL_WRITE, SHADOW, SYNC, LIVE",
                    "{'stage': 'live', 'sharePpm': 1, 'reason': 'x'} | /stage | one of",
                    "{'stage': 5, 'sharePpm': 1, 'reason': 'x'} | /stage | one of",
                    "{'stage': 'SYNC', 'sharePpm': 1, 'reason': 'x'} | /stage | no place to stay",
                    "{'stage': 'LIVE', 'sharePpm': 1000001, 'reason': 'x'} | /sharePpm | from 0 to 1000000 was expected, but was 1000001",
                    "{'stage': 'LIVE', 'sharePpm': -1, 'reason': 'x'} | /sharePpm | but was -1",
                    "{'stage': 'LIVE', 'sharePpm': 0.5, 'reason': 'x'} | /sharePpm | whole number",
                    "{'stage': 'LIVE', 'sharePpm': '10', 'reason': 'x'} | /sharePpm | whole number",
                    "{'stage': 'LIVE', 'sharePpm': 99999999999999999999, 'reason': 'x'} | /sharePpm | whole number",
                    "{'stage': 'LIVE', 'reason': 'x'} | /sharePpm | missing",
                    "{'stage': 'LIVE', 'sharePpm': 1} | /reason | missing",
                    "{'stage': 'LIVE', 'sharePpm': 1, 'reason': 'x', 'force': true} | /force | not known",
                    "{'stage': 'LIVE', 'stage': 'OFF', 'sharePpm': 1, 'reason': 'x'} | /stage | Duplicate",
                    "{'stage': 'LIVE', 'sharePpm': 1, 'reason': 'x', 'cohorts': {'none': 'LIVE'}} | /cohorts | not defined",
                    "{'stage': 'LIVE', 'sharePpm': 1, 'reason': 'x', 'cohorts': {'places': 'UP'}} | /cohorts/places | one of",
                    "{'stage': 'LIVE', 'sharePpm': 1, 'reason': 'x', 'cohorts': ['places']} | /cohorts | an object",
                })
        void a_goal_that_is_not_valid_is_refused_with_a_pointer(String body, String pointer, String detail) {
            Answer answer = server.put(PLACES + "/goal", body, "If-Match", server.firstEtag());

            assertThat(answer.status()).as(answer.text()).isEqualTo(400);
            assertThat(answer.pointer()).isEqualTo(pointer);
            assertThat(answer.detail()).contains(detail);
        }

        @Test
        void a_move_at_once_needs_a_controller_here() {
            Answer answer = server.post(PLACES + "/move", LIVE, "If-Match", server.firstEtag());

            assertThat(answer.status()).isEqualTo(409);
            assertThat(answer.type()).isEqualTo("/problems/no-controller");
            assertThat(answer.detail()).contains("Set the goal instead");
        }

        @Test
        void a_goal_is_not_set_with_the_etag_of_another_history() {
            String etag;
            try (RunningServer lost = RunningServer.withDocument()) {
                etag = lost.put(PLACES + "/goal", LIVE, "If-Match", lost.firstEtag())
                        .etag();
            }
            server.put(PLACES + "/goal", LIVE, "If-Match", server.firstEtag());

            Answer answer = server.put(PLACES + "/goal", LIVE, "If-Match", etag);

            assertThat(answer.status()).as(answer.text()).isEqualTo(412);
            assertThat(answer.detail()).contains("it was set back, or is another one");
        }

        @Test
        void rolling_back_needs_a_reason_and_no_revision() {
            server.put(PLACES + "/goal", LIVE, "If-Match", server.firstEtag());

            Answer answer = server.post(PLACES + "/rollback", "{'reason': 'it hurts', 'by': 'bo'}");

            assertThat(answer.status()).as(answer.text()).isEqualTo(200);
            assertThat(answer.json().at("/goal/stage").asText()).isEqualTo("SHADOW");
            assertThat(answer.json().at("/lastChange/by").asText()).isEqualTo("bo");
            assertThat(server.post(PLACES + "/rollback", "{}").pointer()).isEqualTo("/reason");
        }
    }

    @Test
    void a_migration_that_is_first_wanted_somewhere_becomes_an_entry_of_its_own() {
        MapPath path = new MapPath();
        Set<String> entries = new HashSet<>();
        for (int i = 0; i < 2; i++) {
            InMemoryFlagStore store = new InMemoryFlagStore();
            try (RunningServer server = RunningServer.withMigration(
                    store,
                    (flags, settings) -> settings.migration(
                            Migration.named("places-v2", path, path).build(flags)))) {
                server.post(PLACES + "/rollback", "{'reason': 'begin'}");
                MigrationState state = store.read().document().migrations().get("places-v2");
                entries.add(state.incarnation());
                assertThat(server.get(PLACES).json().path("entry").asText()).isEqualTo(state.incarnation());
            }
        }

        assertThat(entries).hasSize(2).doesNotContain("");
    }

    /** The flag store was set back to before the entry, or it was removed manually. */
    @Nested
    class while_a_node_routes_by_an_entry_that_the_store_has_lost {
        private static final String ORDERS = "/api/v1/migrations/orders";
        private static final StateId LOST = new StateId("lost", 5, "0123abcd");

        private Migration<String, String> migration;
        private final RunningServer server = RunningServer.withMigration((flags, settings) -> {
            migration = Migration.named("orders", new MapPath(), new MapPath()).build(flags);
            return settings.migration(migration);
        });

        @BeforeEach
        void join() {
            server.flags
                    .fleet()
                    .join(
                            "orders",
                            new Member.Registration("node-7", "process-7", "journal", "", Duration.ofSeconds(30)))
                    .report(new Member.Report(1, LOST, 5, null));
        }

        @AfterEach
        void stop() {
            server.close();
            migration.close();
        }

        @ParameterizedTest
        @CsvSource({"pause", "resume", "rollback"})
        void it_is_not_created_by_the_way(String action) {
            isRefused(server.post(ORDERS + "/" + action, "{'reason': 'x'}"));
        }

        @Test
        void it_is_not_created_by_a_goal() {
            isRefused(server.put(ORDERS + "/goal", LIVE, "If-None-Match", "*"));
        }

        @Test
        void another_one_is_not_put_in_its_place() {
            isRefused(server.post("/api/v1/changes", change("another")));
        }

        private String change(String incarnation) {
            return "{'reason': 'x', 'edits': [{'kind': 'MIGRATION', 'name': 'orders', 'expected': null,"
                    + " 'value': {'incarnation': '" + incarnation + "', 'version': 5, 'position': 'OFF'}}]}";
        }

        private void isRefused(Answer answer) {
            assertThat(answer.status()).as(answer.text()).isEqualTo(409);
            assertThat(answer.type()).isEqualTo("/problems/migration-in-use");
            assertThat(answer.json().at("/nodes/0").asText()).isEqualTo("node-7");
            assertThat(answer.text()).contains("Restore the entry, or stop these nodes first");
            assertThat(server.store.read().document().migrations()).doesNotContainKey("orders");
        }

        @Test
        void it_can_be_restored() {
            Answer answer = server.post("/api/v1/changes", change("lost"));

            assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        }
    }

    @Nested
    class with_a_controller {
        private Migration<String, String> migration;
        private Controller controller;
        private final AtomicBoolean isDown = new AtomicBoolean();
        private final EditableFlagStore store = RunningServer.interrupted(isDown);
        private RunningServer server;

        @BeforeEach
        void start() {
            server = RunningServer.withMigration(store, (flags, settings) -> {
                migration = Migration.named("places-v2", new MapPath(), new MapPath())
                        .build(flags);
                controller = Controller.of(migration);
                return settings.migration(migration).controller(controller);
            });
        }

        @AfterEach
        void stop() {
            server.close();
            controller.close();
            migration.close();
        }

        @Test
        void a_migration_shows_its_members_and_what_is_legal_now() {
            Answer answer = server.get(PLACES);

            assertThat(answer.json().path("controlled").asBoolean()).isTrue();
            assertThat(answer.json().at("/members/0/acknowledged").asLong()).isEqualTo(1);
            assertThat(answer.json().at("/members/0/using").asLong()).isEqualTo(1);
            assertThat(answer.json().at("/members/0/process").asText()).isEqualTo(server.flags.process());
            assertThat(answer.json().at("/members/0/entry").asText()).isEmpty();
            assertThat(answer.json().at("/members/0/differs").asText()).isEmpty();
            assertThat(answer.json().path("legalMoves").toString())
                    .contains("OFF", "SYNC")
                    .doesNotContain("LIVE");
        }

        @Test
        void members_that_route_by_another_state_are_shown_as_such() {
            join(new StateId("another", 1, "0123abcd"), 1);
            join(new StateId("", 2, "0123abcd"), 2);
            join(new StateId("", 1, "0123abcd"), 3);

            JsonNode members = server.get(PLACES).json().path("members");

            assertThat(members.findValuesAsText("differs"))
                    .containsExactlyInAnyOrder(
                            "",
                            "another entry than in this server's flag store",
                            "ahead of this server's flag store",
                            "another state of this version than in this server's flag store");
        }

        private void join(StateId using, int number) {
            server.flags
                    .fleet()
                    .join(
                            "places-v2",
                            new Member.Registration(
                                    "other-" + number, "process-" + number, "journal", "", Duration.ofSeconds(30)))
                    .report(new Member.Report(1, using, 1, null));
        }

        @Test
        void a_move_that_is_not_legal_says_why_and_what_is() {
            Answer answer = server.post(PLACES + "/move", LIVE, "If-Match", server.firstEtag());

            assertThat(answer.status()).isEqualTo(409);
            assertThat(answer.type()).isEqualTo("/problems/illegal-move");
            assertThat(answer.json().path("blockers")).isEqualTo(RunningServer.json("""
                            [{"code": "sync-skipped", "message": "from SHADOW to LIVE would have nodes on both sides at once, \
                            and a write acknowledged by one would be invisible to another; the way across is SYNC",
                            "from": "SHADOW", "to": "LIVE"}]"""));
            assertThat(answer.json().path("legalMoves").toString()).contains("OFF", "DUAL_WRITE", "SYNC");
            assertThat(server.get(PLACES).etag()).isEqualTo(server.firstEtag());
        }

        @Test
        void a_legal_move_is_one_version() {
            Answer answer = server.post(
                    PLACES + "/move",
                    "{'stage': 'OFF', 'sharePpm': 1000000, 'reason': 'x'}",
                    "If-Match",
                    server.firstEtag());

            assertThat(answer.status()).as(answer.text()).isEqualTo(200);
            assertThat(answer.json().at("/position/shares/OFF").asInt()).isEqualTo(1_000_000);
            assertThat(answer.json().path("version").asLong()).isEqualTo(2);
        }

        @Test
        void a_move_made_from_an_older_state_is_stale() {
            String off = "{'stage': 'OFF', 'sharePpm': 1000000, 'reason': 'x'}";
            server.post(PLACES + "/move", off, "If-Match", server.firstEtag());

            Answer answer = server.post(PLACES + "/move", off, "If-Match", server.firstEtag());

            assertThat(answer.status()).isEqualTo(412);
            assertThat(answer.json().at("/current/value/version").asLong()).isEqualTo(2);
        }

        @Test
        void a_goal_is_walked_to_and_back_by_the_controller() throws Exception {
            backfill();
            server.put(PLACES + "/goal", LIVE, "If-Match", server.get(PLACES).etag());
            controller.moveTo(Goal.of(Stage.LIVE, 100_000), "ana", "wait").get(30, TimeUnit.SECONDS);
            assertThat(server.get(PLACES).json().at("/position/shares/LIVE").asInt())
                    .isEqualTo(100_000);
            assertThat(server.get(PLACES).json().at("/rollBackTarget/stage").asText())
                    .isEqualTo("SHADOW");

            Answer back = server.post(PLACES + "/rollback", "{'reason': 'it hurts'}");

            assertThat(back.json().at("/goal/stage").asText()).isEqualTo("SHADOW");
            controller.moveTo(Goal.of(Stage.SHADOW), "ana", "wait").get(30, TimeUnit.SECONDS);
            assertThat(server.get(PLACES).json().at("/position/shares/SHADOW").asInt())
                    .isEqualTo(1_000_000);
        }

        @Test
        void in_an_emergency_what_the_store_can_not_be_told_is_done_here_and_the_answer_says_what_is_left_to_do()
                throws Exception {
            backfill();
            controller.moveTo(Goal.of(Stage.LIVE), "ana", "all").get(30, TimeUnit.SECONDS);
            isDown.set(true);

            Answer answer = server.post(PLACES + "/rollback-now", "{'reason': 'incident', 'by': 'bo'}");

            assertThat(answer.status()).as(answer.text()).isEqualTo(200);
            assertThat(answer.json().get("everywhere").asBoolean()).isFalse();
            assertThat(answer.json().get("told").asText()).contains("This node is overridden with SYNC");
            assertThat(migration.override()).contains(Stage.SYNC);
            isDown.set(false);
            migration.endOverride();
        }

        @Test
        void an_emergency_with_the_store_at_hand_is_a_roll_back() {
            Answer answer = server.post(PLACES + "/rollback-now", "{'reason': 'incident'}");

            assertThat(answer.json().get("everywhere").asBoolean()).isTrue();
            assertThat(migration.override()).isEmpty();
            assertThat(server.post(PLACES + "/rollback-now", "{}").pointer()).isEqualTo("/reason");
        }

        /** Both paths are empty, so there is nothing to copy. */
        private void backfill() {
            migration.beginSweep().finished("test");
        }

        @Test
        void gates_tell_what_stands_between_the_keys_and_each_stage() {
            JsonNode gates = server.get(PLACES).json().get("gates");

            assertThat(gates).hasSize(6);
            assertThat(gates.get(0).get("cost").asText()).isEqualTo("ONE_VERSION");
            assertThat(gates.get(2).get("cost").asText()).isEqualTo("NOTHING");
            assertThat(gates.get(3).get("to").asText()).isEqualTo("LIVE");
            assertThat(gates.get(3).get("open").asBoolean()).isFalse();
            assertThat(gates.get(3).at("/blockers/0/code").asText()).isEqualTo("sweep-missing");
            assertThat(gates.get(3).at("/blockers/0/scope").asText()).isEqualTo("EVERYTHING");
            assertThat(gates.get(3).at("/blockers/0/message").asText()).contains("run a backfill");
        }

        @Test
        void it_is_advanced_stage_by_stage_and_a_closed_gate_says_why() throws Exception {
            Answer refused = server.post(PLACES + "/advance", "{'reason': 'on'}");
            assertThat(refused.status()).isEqualTo(409);
            assertThat(refused.text()).contains("run a backfill");

            backfill();
            Answer advanced = server.post(PLACES + "/advance", "{'reason': 'on'}");

            assertThat(advanced.json().at("/goal/stage").asText()).isEqualTo("LIVE");
            controller.moveTo(Goal.of(Stage.LIVE), "ana", "wait").get(30, TimeUnit.SECONDS);
        }

        @Test
        void it_is_paused_and_resumed() {
            assertThat(server.post(PLACES + "/pause", "{'reason': 'lunch'}")
                            .json()
                            .get("paused")
                            .asBoolean())
                    .isTrue();
            assertThat(server.post(PLACES + "/resume", "{'reason': 'back'}")
                            .json()
                            .get("paused")
                            .asBoolean())
                    .isFalse();
        }
    }
}
