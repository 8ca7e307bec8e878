package dev.turnout.flags.http.server;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.mockito.AdditionalAnswers.delegatesTo;
import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.mock;

import dev.turnout.flags.EvaluationContext;
import dev.turnout.flags.Flags;
import dev.turnout.flags.document.DocumentException;
import dev.turnout.flags.document.EntryKey;
import dev.turnout.flags.http.client.HttpFlagStore;
import dev.turnout.flags.logs.LogLines;
import dev.turnout.flags.migration.Migration;
import dev.turnout.flags.rule.Flag;
import dev.turnout.flags.rule.Rule;
import dev.turnout.flags.spi.FleetStore;
import dev.turnout.flags.stage.Facts;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.store.Change;
import dev.turnout.flags.store.ChangeId;
import dev.turnout.flags.store.FlagStore;
import dev.turnout.flags.store.FlagStoreException;
import dev.turnout.flags.store.InMemoryFlagStore;
import dev.turnout.flags.store.Snapshot;
import dev.turnout.flags.store.StaleRevisionException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class HttpFlagStoreAgainstServerTest {
    private static final String WATCH = HttpFlagStore.class.getPackageName() + ".ServerWatch";
    private static final Duration NEVER = Duration.ofHours(1);
    private static final String SECRET = "a-secret-for-editing";

    private final InMemoryFlagStore origin = RunningServer.documentStore();
    private RunningServer server = RunningServer.with(origin, settings -> settings);
    private HttpFlagStore store =
            HttpFlagStore.builder(server.server.uri()).pollInterval(NEVER).build();

    @AfterEach
    void stop() {
        store.close();
        server.close();
    }

    private static Flag flag(String key) {
        return Flag.bool(key).share(500_000, "on").build();
    }

    private BlockingQueue<Snapshot> watched() {
        BlockingQueue<Snapshot> seen = new LinkedBlockingQueue<>();
        store.watch(seen::add);
        return seen;
    }

    private static Snapshot next(BlockingQueue<Snapshot> seen, long revision) throws InterruptedException {
        Snapshot snapshot = seen.poll(30, TimeUnit.SECONDS);
        while (snapshot != null && snapshot.revision() < revision) {
            snapshot = seen.poll(30, TimeUnit.SECONDS);
        }
        return snapshot;
    }

    @Test
    void reading_gives_what_the_server_s_store_has() {
        assertThat(store.read()).isEqualTo(origin.read());
    }

    @Test
    void an_error_of_a_watcher_hides_no_revision_from_those_after_it() throws Exception {
        store.watch(snapshot -> {
            throw new NoClassDefFoundError("of a watcher");
        });
        BlockingQueue<Snapshot> seen = watched();

        try (LogLines log = new LogLines(WATCH)) {
            origin.apply(Change.by("ana", "new").put(flag("new"), Change.ABSENT));
            assertThat(next(seen, 2)).isEqualTo(origin.read());
            origin.apply(Change.by("ana", "newer").put(flag("newer"), Change.ABSENT));
            assertThat(next(seen, 3)).isEqualTo(origin.read());

            assertThat(log.next()).startsWith("ERROR A listener failed on revision 2");
        }
    }

    @Test
    void reading_gives_what_the_server_s_store_has_now_also_if_the_server_has_not_heard_of_it() {
        UnheardStore unheard = new UnheardStore(origin);
        try (RunningServer late = RunningServer.with(unheard, settings -> settings);
                HttpFlagStore client = HttpFlagStore.at(late.server.uri())) {
            origin.apply(Change.by("ana", "x").put(flag("new"), Change.ABSENT));

            assertThat(client.readRemembered().revision()).isEqualTo(1);
            assertThat(client.read()).isEqualTo(origin.read());
        }
    }

    @Test
    void flags_start_from_what_a_server_without_its_store_remembers_and_nobody_takes_that_for_new() {
        UnheardStore unheard = new UnheardStore(origin);
        try (RunningServer late = RunningServer.with(unheard, settings -> settings);
                HttpFlagStore client = HttpFlagStore.at(late.server.uri())) {
            unheard.isDown().set(true);

            try (Flags flags = Flags.builder(client).build()) {
                assertThat(flags.state().revision()).isEqualTo(1);
                assertThat(flags.value("theme", "none", EvaluationContext.of("ana")))
                        .isEqualTo("white");
                assertThatThrownBy(flags::refresh)
                        .isInstanceOf(FlagStoreException.class)
                        .hasMessageContaining("503")
                        .hasMessageContaining("the database is away");
            }
        }
    }

    @Test
    void a_node_joins_a_migration_where_it_is_and_not_where_the_server_remembers_it() {
        UnheardStore unheard = new UnheardStore(origin);
        FleetStore fleet = FleetStore.inMemory();
        try (RunningServer late = RunningServer.with(unheard, settings -> settings);
                HttpFlagStore client = HttpFlagStore.at(late.server.uri());
                Flags flags = Flags.builder(client).node("two").fleet(fleet).build()) {
            move(Stage.SYNC);
            move(Stage.LIVE);
            assertThat(late.flags.state().revision()).isEqualTo(1);

            try (Migration<String, String> migration =
                    Migration.named("places-v2", new MapPath(), new MapPath()).build(flags)) {
                assertThat(migration.stageOf("1")).isEqualTo(Stage.LIVE);
            }
        }
    }

    @Test
    void no_node_joins_a_migration_by_what_a_server_without_its_store_remembers() {
        UnheardStore unheard = new UnheardStore(origin);
        try (RunningServer late = RunningServer.with(unheard, settings -> settings);
                HttpFlagStore client = HttpFlagStore.at(late.server.uri());
                Flags flags = Flags.builder(client)
                        .node("two")
                        .fleet(FleetStore.inMemory())
                        .build()) {
            move(Stage.SYNC);
            move(Stage.LIVE);
            unheard.isDown().set(true);

            assertThatThrownBy(() -> Migration.named("places-v2", new MapPath(), new MapPath())
                            .build(flags))
                    .hasMessageContaining("the database is away");
        }
    }

    /** As a controller would, when all nodes are ready. */
    private void move(Stage stage) {
        MigrationState now = origin.read().document().migrations().get("places-v2");
        Facts open = new Facts(true, "", slice -> List.of());
        origin.apply(Change.by("controller", "x")
                .put(now.moved(Goal.of(stage), open), origin.read().idOf(EntryKey.migration(now.name()))));
    }

    @Test
    void a_change_is_applied_as_in_the_server_s_store() {
        Snapshot applied = store.apply(Change.by("ana", "half of them")
                .put(flag("new"), Change.ABSENT)
                .remove(EntryKey.flag("theme"), origin.read().idOf(EntryKey.flag("theme"))));

        assertThat(applied).isEqualTo(origin.read());
        assertThat(applied.revision()).isEqualTo(2);
        assertThat(applied.document().flags()).containsKey("new").doesNotContainKey("theme");
        assertThat(applied.lastChange(EntryKey.flag("new")))
                .hasValueSatisfying(change ->
                        assertThat(change.by() + ": " + change.reason()).isEqualTo("ana: half of them"));
    }

    /** It would be taken for a move of its own, or be refused in each round without saying what to do. */
    @Test
    void a_lost_position_is_not_restored_over_http_and_the_server_is_not_asked() {
        MigrationState now = origin.read().document().migrations().get("places-v2");
        MigrationState next = now.moved(Goal.of(Stage.OFF), new Facts(true, "", slice -> List.of()));
        Change lost = Change.by("controller", "x").restore(next, origin.read().idOf(EntryKey.migration(now.name())));

        assertThatThrownBy(() -> store.apply(lost))
                .isInstanceOf(FlagStoreException.class)
                .hasMessageContaining("takes none back over HTTP")
                .hasMessageContaining("Run a controller on a node");
        assertThat(origin.read().revision()).isEqualTo(1);
    }

    @Test
    void history_is_the_server_s() {
        Snapshot applied = store.apply(Change.by("ana", "new").put(flag("new"), Change.ABSENT));
        store.apply(Change.by("bo", "gone").remove(EntryKey.flag("new"), applied.idOf(EntryKey.flag("new"))));

        assertThat(store.history(10)).isEqualTo(origin.history(10)).hasSize(2);
        assertThat(store.history(1)).isEqualTo(origin.history(1)).hasSize(1);
    }

    @Test
    void a_stale_change_says_who_was_faster() {
        ChangeId first = store.read().idOf(EntryKey.flag("theme"));
        origin.apply(Change.by("bo", "faster").put(flag("theme"), first));

        StaleRevisionException stale = catchThrowableOfType(
                StaleRevisionException.class,
                () -> store.apply(Change.by("ana", "x").put(flag("theme"), first)));

        assertThat(stale.key()).isEqualTo(EntryKey.flag("theme"));
        assertThat(stale.current()).isEqualTo(origin.read().lastChange(EntryKey.flag("theme")));
        assertThat(stale).hasMessageContaining("bo changed it at revision 2 (faster)");
    }

    @Test
    void an_edit_of_what_another_store_behind_the_server_has_at_the_same_revision_is_refused() {
        EntryKey theme = EntryKey.flag("theme");
        origin.apply(Change.by("ana", "x").put(flag("theme"), origin.read().idOf(theme)));
        ChangeId seen = store.read().idOf(theme);
        assertThat(seen).isEqualTo(origin.read().idOf(theme));
        int port = server.server.port();
        server.close();
        InMemoryFlagStore another = RunningServer.documentStore();
        Snapshot unseen = another.apply(
                Change.by("ben", "unseen").put(flag("theme"), another.read().idOf(theme)));
        server = RunningServer.with(another, settings -> settings.port(port));

        assertThat(unseen.revisionOf(theme)).isEqualTo(seen.revision());
        assertThatThrownBy(() -> store.apply(Change.by("ana", "x").remove(theme, seen)))
                .isInstanceOf(StaleRevisionException.class)
                .hasMessageContaining(
                        "it was set back, or is another one; there, ben changed it at revision 2 (unseen)");
        assertThat(another.read()).isEqualTo(unseen);
    }

    @Test
    void a_stale_change_of_what_is_gone_says_so() {
        assertThatThrownBy(() -> store.apply(Change.by("ana", "x").put(flag("gone"), new ChangeId(7, "1c2f"))))
                .isInstanceOf(StaleRevisionException.class)
                .hasMessageContaining("it is not there");
    }

    @Test
    void a_change_that_is_not_valid_is_refused_with_its_pointer() {
        Flag toNobody = flag("new").withRules(List.of(new Rule(List.of("nobody"), List.of(), 1, "on")));

        DocumentException refused = catchThrowableOfType(
                DocumentException.class, () -> store.apply(Change.by("ana", "x").put(toNobody, Change.ABSENT)));

        assertThat(refused.pointer()).isEqualTo("/flags/new/rules/0/cohorts");
        assertThat(refused).hasMessageContaining("cohort 'nobody' is not defined");
    }

    @Test
    void watchers_are_told_of_each_newer_state() throws InterruptedException {
        BlockingQueue<Snapshot> seen = watched();

        origin.apply(Change.by("ana", "x").put(flag("a"), Change.ABSENT));
        assertThat(next(seen, 2)).isEqualTo(origin.read());

        store.apply(Change.by("ana", "x").put(flag("b"), Change.ABSENT));
        assertThat(next(seen, 3)).isEqualTo(origin.read());
    }

    @Test
    void a_watch_that_was_closed_is_not_told() throws InterruptedException {
        BlockingQueue<Snapshot> closed = new LinkedBlockingQueue<>();
        store.watch(closed::add).close();
        BlockingQueue<Snapshot> open = watched();

        origin.apply(Change.by("ana", "x").put(flag("a"), Change.ABSENT));

        assertThat(next(open, 2)).isNotNull();
        assertThat(closed).isEmpty();
    }

    @Test
    void a_watcher_that_fails_does_not_keep_others_from_being_told() throws InterruptedException {
        store.watch(snapshot -> {
            throw new IllegalStateException("on purpose");
        });
        BlockingQueue<Snapshot> seen = watched();

        try (LogLines log = new LogLines(WATCH)) {
            origin.apply(Change.by("ana", "x").put(flag("a"), Change.ABSENT));

            assertThat(next(seen, 2)).isNotNull();
            assertThat(log.next()).startsWith("ERROR A listener failed on revision 2");
        }
    }

    @Test
    void flags_over_http_go_on_while_the_server_is_away_and_catch_up_when_it_is_back() throws InterruptedException {
        try (Flags flags = Flags.builder(store).build()) {
            BlockingQueue<Snapshot> seen = new LinkedBlockingQueue<>();
            flags.onSnapshot(seen::add); // not beside the flags: what they decide from is what counts
            int port = server.server.port();
            origin.apply(
                    Change.by("ana", "x").put(Flag.bool("late").byDefault("on").build(), Change.ABSENT));
            next(seen, 2);

            server.close();
            assertThat(flags.isOn("late", EvaluationContext.of("anybody"))).isTrue();
            assertThatThrownBy(store::read).isInstanceOf(FlagStoreException.class);
            origin.apply(Change.by("ana", "x")
                    .remove(EntryKey.flag("late"), origin.read().idOf(EntryKey.flag("late"))));
            server = RunningServer.with(origin, settings -> settings.port(port));

            assertThat(next(seen, 3)).isEqualTo(origin.read());
        }
    }

    @Test
    void what_no_stream_tells_is_found_by_asking() throws Exception {
        List<Socket> streams = new ArrayList<>();
        for (int i = 0; i < Streams.MOST; i++) { // now there is no place for another one
            Socket stream = new Socket(InetAddress.getLoopbackAddress(), server.server.port());
            streams.add(stream);
            stream.getOutputStream().write("GET /api/v1/watch HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(US_ASCII));
            assertThat(new String(stream.getInputStream().readNBytes(12), US_ASCII))
                    .isEqualTo("HTTP/1.1 200");
        }
        try (HttpFlagStore asking = HttpFlagStore.builder(server.server.uri())
                .pollInterval(Duration.ofMillis(20))
                .build()) {
            BlockingQueue<Snapshot> seen = new LinkedBlockingQueue<>();
            asking.watch(seen::add);

            origin.apply(Change.by("ana", "x").put(flag("a"), Change.ABSENT));

            assertThat(next(seen, 2)).isEqualTo(origin.read());
        } finally {
            for (Socket stream : streams) {
                stream.close();
            }
        }
    }

    /** As one of several servers that has not received the last change yet. */
    @Test
    void what_a_server_remembers_that_is_behind_its_store_is_not_passed_on() throws InterruptedException {
        Snapshot old = origin.read();
        FlagStore behind = mock(FlagStore.class, delegatesTo(new UnheardStore(origin)));
        doReturn(old).when(behind).readRemembered();
        BlockingQueue<Snapshot> seen = watched();
        origin.apply(Change.by("ana", "x").put(flag("a"), Change.ABSENT));
        assertThat(next(seen, 2)).isEqualTo(origin.read());
        int port = server.server.port();
        server.close();
        origin.apply(Change.by("ana", "x").put(flag("b"), Change.ABSENT));
        server = RunningServer.with(behind, settings -> settings.port(port));

        assertThat(seen.poll(30, TimeUnit.SECONDS)).isEqualTo(origin.read());
    }

    @Test
    void another_store_behind_the_server_is_told_also_if_its_state_has_the_same_revision_or_an_older_one()
            throws InterruptedException {
        BlockingQueue<Snapshot> seen = watched();
        origin.apply(Change.by("ana", "x").put(flag("a"), Change.ABSENT));
        next(seen, 2);
        int port = server.server.port();
        for (int changes = 0; changes < 2; changes++) {
            server.close();
            InMemoryFlagStore another = RunningServer.documentStore();
            for (int i = 0; i <= changes; i++) {
                another.apply(Change.by("ben", "of another store").put(flag("b" + i), Change.ABSENT));
            }
            server = RunningServer.with(another, settings -> settings.port(port));

            assertThat(next(seen, 2 + changes)).isEqualTo(another.read());
        }
        server.close();
        InMemoryFlagStore older = RunningServer.documentStore();
        server = RunningServer.with(older, settings -> settings.port(port));

        assertThat(next(seen, 1)).isEqualTo(older.read());
    }

    @Test
    void a_token_is_sent_and_what_it_does_not_allow_is_an_error_of_the_store() {
        server.close();
        server = RunningServer.with(origin, settings -> settings.token("eve", SECRET, Role.READ));
        try (HttpFlagStore allowed = HttpFlagStore.at(server.server.uri(), SECRET);
                HttpFlagStore stranger = HttpFlagStore.at(server.server.uri())) {
            assertThat(allowed.read()).isEqualTo(origin.read());
            assertThatThrownBy(() -> allowed.apply(Change.by("ana", "x").put(flag("a"), Change.ABSENT)))
                    .isInstanceOf(FlagStoreException.class)
                    .hasMessageContaining("403")
                    .hasMessageContaining("EDIT");
            assertThatThrownBy(stranger::read)
                    .isInstanceOf(FlagStoreException.class)
                    .hasMessageContaining("401");
        }
    }

    @Test
    void a_closed_store_refuses() {
        store.close();

        assertThatThrownBy(store::read).isInstanceOf(FlagStoreException.class);
    }
}
