package dev.turnout.flags.migration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnout.flags.Flags;
import dev.turnout.flags.document.EntryKey;
import dev.turnout.flags.logs.LogLines;
import dev.turnout.flags.rule.Cohort;
import dev.turnout.flags.spi.FleetStore;
import dev.turnout.flags.spi.Member;
import dev.turnout.flags.stage.Blocker;
import dev.turnout.flags.stage.Facts;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.stage.StateId;
import dev.turnout.flags.store.AuditEntry;
import dev.turnout.flags.store.Change;
import dev.turnout.flags.store.EditableFlagStore;
import dev.turnout.flags.store.FlagStoreException;
import dev.turnout.flags.store.Snapshot;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A flag store that has lost its last changes, while nodes route by them. */
class LostPositionTest {
    private final Rig rig = new Rig(Stage.SHADOW);
    private final LosingStore store = new LosingStore(rig.store.read());
    private final MapPath oldPath = new MapPath("old");
    private final MapPath newPath = new MapPath("new");
    private final Migration<Integer, String> migration = node("one");

    private static final class LosingStore implements EditableFlagStore {
        private final List<Snapshot> states = new ArrayList<>(); // guarded by this
        private final CountDownLatch refused = new CountDownLatch(3);
        private volatile boolean restoresNothing;
        private final List<Consumer<Snapshot>> watchers = new CopyOnWriteArrayList<>();

        LosingStore(Snapshot first) {
            states.add(first);
        }

        @Override
        public synchronized Snapshot read() {
            return states.get(states.size() - 1);
        }

        @Override
        public synchronized Snapshot apply(Change change) {
            if (restoresNothing && change.edits().values().stream().anyMatch(Change.Edit.Restore.class::isInstance)) {
                refused.countDown();
                throw new FlagStoreException("This store restores nothing.");
            }
            Snapshot next = read().apply(change, Instant.EPOCH).snapshot();
            states.add(next);
            watchers.forEach(watcher -> watcher.accept(next));
            return next;
        }

        /** The last state that had a migration like this comes back. */
        synchronized MigrationState goBack(Predicate<MigrationState> kept) {
            Snapshot last = states.stream()
                    .filter(state -> kept.test(of(state)))
                    .reduce((one, later) -> later)
                    .orElseThrow();
            goBackTo(last);
            return of(last);
        }

        synchronized void goBackTo(Snapshot earlier) {
            states.add(earlier);
            watchers.forEach(watcher -> watcher.accept(earlier));
        }

        MigrationState state() {
            return of(read());
        }

        private static MigrationState of(Snapshot snapshot) {
            return Objects.requireNonNull(snapshot.document().migrations().get(Rig.NAME));
        }

        @Override
        public List<AuditEntry> history(int limit) {
            return List.of();
        }

        @Override
        public Subscription watch(Consumer<Snapshot> watcher) {
            watchers.add(watcher);
            return () -> watchers.remove(watcher);
        }

        @Override
        public void close() {}
    }

    private Migration<Integer, String> node(String name) {
        Flags flags =
                rig.opened(Flags.builder(store).node(name).fleet(rig.fleet).build());
        return rig.opened(rig.builder(oldPath, newPath).build(flags));
    }

    @BeforeEach
    void filled() {
        migration.beginSweep().finished("test");
    }

    @AfterEach
    void close() throws Exception {
        rig.close();
    }

    private static boolean is(MigrationState state, Stage stage, Stage goal) {
        return state.position().toString().equals(stage.name()) && state.goal().equals(Goal.of(goal));
    }

    @Test
    void a_controller_stores_again_where_the_keys_are() throws Exception {
        Migration<Integer, String> other = node("two");
        Controller controller = rig.controller(migration);
        MigrationState lost = Rig.get(controller.moveTo(Goal.of(Stage.COMPLETE), "ana", "x"));
        other.put(1, "only in the new path");

        MigrationState kept = store.goBack(state -> is(state, Stage.SHADOW, Stage.COMPLETE));
        assertThat(kept.version()).isLessThan(lost.version());

        Rig.eventually(() -> store.state().version() == lost.version() + 1);
        assertThat(store.state().position()).isEqualTo(lost.position());
        assertThat(store.state().goal()).isEqualTo(lost.goal());
        Rig.eventually(() -> other.route().id().equals(store.state().id()));
        assertThat(other.get(1)).contains("only in the new path");
        assertThat(migration.get(1)).contains("only in the new path");
        assertThat(node("three").get(1)).contains("only in the new path");
        assertThat(store.read().lastChange(EntryKey.migration(Rig.NAME))).hasValueSatisfying(change -> {
            assertThat(change.by()).isEqualTo("ana");
            assertThat(change.reason()).isEqualTo("x");
            assertThat(change.step()).startsWith("stores again what the flag store has lost");
        });
    }

    @Test
    void keys_go_from_where_they_are_to_the_goal_that_the_store_still_has() throws Exception {
        Controller controller = rig.controller(migration);
        MigrationState lost = Rig.get(controller.moveTo(Goal.of(Stage.LIVE), "ana", "x"));
        migration.put(1, "a");

        store.goBack(state -> is(state, Stage.SHADOW, Stage.SHADOW));

        Rig.eventually(
                () -> store.state().version() > lost.version() + 1 && is(store.state(), Stage.SHADOW, Stage.SHADOW));
        assertThat(migration.get(1)).contains("a");
    }

    @Test
    void it_waits_for_a_node_that_may_know_more() throws Exception {
        Controller controller = rig.controller(migration);
        MigrationState lost = Rig.get(controller.moveTo(Goal.of(Stage.LIVE), "ana", "x"));
        FleetStore.Membership ahead = rig.join("ahead", "", Duration.ZERO);
        StateId newer = new StateId(lost.incarnation(), lost.version() + 1, "newer");
        ahead.report(new Member.Report(store.read().revision() + 1, newer, newer.version(), null));

        MigrationState kept = store.goBack(state -> is(state, Stage.SHADOW, Stage.LIVE));
        controller.step();
        assertThat(store.state()).isEqualTo(kept);
        assertThat(controller.status().blockers())
                .singleElement()
                .extracting(Blocker::message)
                .asString()
                .contains("node 'ahead' routes by " + newer);

        ahead.report(new Member.Report(store.read().revision() + 1, lost.id(), lost.version(), null));
        controller.step();
        assertThat(store.state()).as("it may still hear of a newer one").isEqualTo(kept);

        ahead.report(new Member.Report(store.read().revision(), lost.id(), lost.version(), null));
        Rig.eventually(() -> is(store.state(), Stage.LIVE, Stage.LIVE));
    }

    @Test
    void nothing_is_stored_where_a_cohort_that_is_set_apart_has_other_members() throws Exception {
        Controller controller = rig.controller(migration);
        Snapshot before = store.read();
        Goal apart = Goal.of(Stage.SHADOW).with("vip", Stage.LIVE);
        EntryKey vip = EntryKey.cohort("vip");
        store.apply(Change.by("ana", "x")
                .put(Cohort.of("vip", "1", "2", "3"), store.read().idOf(vip)));
        MigrationState lost = Rig.get(controller.moveTo(apart, "ana", "x"));
        migration.put(3, "a");

        store.goBackTo(before);
        Rig.eventually(() -> controller.walk.problem().isPresent());
        assertThat(controller.walk.problem().orElseThrow().message()).contains("other members of cohort 'vip'");
        assertThat(store.read()).isEqualTo(before);
        assertThat(migration.get(3)).contains("a");

        store.apply(Change.by("ana", "restores")
                .put(Cohort.of("vip", "1", "2", "3"), store.read().idOf(vip)));
        Rig.eventually(() -> store.state().version() > lost.version());
        Rig.eventually(() -> controller.walk.problem().isEmpty());
    }

    /** As one over HTTP. */
    @Test
    void a_store_that_takes_nothing_back_is_asked_again_and_logged_once() throws Exception {
        Controller controller = rig.controller(migration);
        Rig.get(controller.moveTo(Goal.of(Stage.LIVE), "ana", "x"));
        store.restoresNothing = true;
        try (LogLines log = new LogLines(Walk.class)) {
            MigrationState kept = store.goBack(state -> is(state, Stage.SHADOW, Stage.LIVE));

            assertThat(store.refused.await(30, TimeUnit.SECONDS)).isTrue();

            assertThat(log.all()).singleElement().asString().startsWith("WARN The controller cannot move migration=");
            assertThat(controller.walk.problem()).contains(new Blocker.StepFailed("This store restores nothing."));
            assertThat(store.state()).isEqualTo(kept);
        }
    }

    @Test
    void what_came_before_or_is_of_another_entry_was_not_lost() {
        MigrationState stored = store.state();
        StateId id = stored.id();

        assertThat(LostPosition.isLost(id, stored)).isFalse();
        assertThat(LostPosition.isLost(new StateId("another", 9, "x"), stored)).isFalse();
        assertThat(LostPosition.isLost(new StateId(id.incarnation(), id.version() + 1, "x"), stored))
                .isTrue();
        assertThat(stored.blockersOfRestoring(stored))
                .containsExactly(new Blocker.IllegalEdit(
                        Blocker.IllegalEdit.Rule.LATER_VERSION, stored.version(), stored.version()));
        assertThat(Optional.of(stored.restoredOver(stored))
                        .map(restored -> stored.blockersOfRestoring(restored))
                        .orElseThrow())
                .isEmpty();
    }

    @Test
    void it_is_stored_again_only_by_a_member_with_a_lease_and_while_none_is_overridden() {
        Snapshot kept = store.read();
        MigrationState state = store.state();
        store.apply(Change.by("ana", "x")
                .put(
                        state.moved(Goal.of(Stage.DUAL_WRITE), new Facts(true, "", slice -> List.of())),
                        kept.idOf(EntryKey.migration(Rig.NAME))));
        Rig.eventually(() -> migration.route().id().equals(store.state().id()));
        Lease lease = new Lease(Duration.ofSeconds(30), 0);
        lease.renew(0);
        Route route = migration.route().under(new Tenure("this one", lease));
        Member thisOne = routing("this one", route, kept, null);
        Member another = routing("another", route, kept, null);

        assertThat(LostPosition.of(route, List.of(thisOne, another), kept, 0))
                .hasValueSatisfying(restored ->
                        assertThat(restored.position()).isEqualTo(store.state().position()));
        assertThat(LostPosition.of(
                        route, List.of(thisOne), kept, Duration.ofSeconds(30).toNanos()))
                .as("no lease")
                .isEmpty();
        assertThat(LostPosition.of(route, List.of(another), kept, 0))
                .as("evicted")
                .isEmpty();
        assertThat(LostPosition.of(route, List.of(thisOne, routing("another", route, kept, Stage.SYNC)), kept, 0))
                .as("an operator moves nodes")
                .isEmpty();
        assertThat(LostPosition.of(route, List.of(thisOne, another), store.read(), 0))
                .as("nothing is lost")
                .isEmpty();
        assertThat(LostPosition.of(route, List.of(thisOne, another), Snapshot.EMPTY, 0))
                .as("the entry is lost too")
                .isEmpty();
    }

    private static Member routing(String id, Route route, Snapshot read, @Nullable Stage override) {
        return new Member(
                id,
                new Member.Registration(id, id, "", "", Duration.ofSeconds(30)),
                1,
                new Member.Report(read.revision(), route.id(), route.version(), override));
    }
}
