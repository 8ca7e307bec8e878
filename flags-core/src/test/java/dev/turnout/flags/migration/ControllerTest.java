package dev.turnout.flags.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.AdditionalAnswers.delegatesTo;
import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.mock;

import dev.turnout.flags.Flags;
import dev.turnout.flags.document.EntryKey;
import dev.turnout.flags.rule.Bucketing;
import dev.turnout.flags.spi.FleetStore;
import dev.turnout.flags.spi.Journal;
import dev.turnout.flags.stage.Blocker;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.IllegalMoveException;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.stage.SweepScope;
import dev.turnout.flags.store.Change;
import dev.turnout.flags.store.EditableFlagStore;
import dev.turnout.flags.threads.OwnThread;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ControllerTest {
    private static final Blocker NO_SWEEP = new Blocker.SweepMissing(SweepScope.EVERYTHING);

    private static final int TEN_PERCENT = 100_000;

    private final MapPath oldPath = new MapPath("old");
    private final MapPath newPath = new MapPath("new");
    private Rig rig = new Rig(Stage.OFF);
    private Migration<Integer, String> migration = rig.migration(oldPath, newPath);
    private Controller controller = rig.controller(migration);

    @AfterEach
    void close() throws Exception {
        rig.close();
    }

    private MigrationState arriveAt(Goal goal) throws Exception {
        return Rig.get(controller.moveTo(goal, "ana", "because"));
    }

    private MigrationState filledAndAt(Goal goal) throws Exception {
        arriveAt(Goal.of(Stage.DUAL_WRITE));
        migration.beginSweep().finished("test");
        return arriveAt(goal);
    }

    @Test
    void it_walks_the_whole_track_and_passes_sync_on_its_own() throws Exception {
        filledAndAt(Goal.of(Stage.SHADOW));
        for (int share : new int[] {10_000, TEN_PERCENT, 500_000, Bucketing.PARTS}) {
            assertThat(arriveAt(Goal.of(Stage.LIVE, share)).position().at(0).stage())
                    .isEqualTo(Stage.LIVE);
        }
        arriveAt(Goal.of(Stage.RAMP_DOWN));
        assertThat(arriveAt(Goal.of(Stage.COMPLETE)).position().toString()).isEqualTo("COMPLETE");

        assertThat(rig.store.history(100))
                .extracting(audit -> audit.change().by())
                .as("the controller acts for who asked")
                .containsOnly("ana", "test");
        assertThat(rig.store.history(100))
                .extracting(
                        audit -> audit.change().reason() + ": " + audit.change().step())
                .contains("because: to LIVE 1 %, SYNC 9 %, SHADOW 90 %", "because: ");
    }

    @Test
    void a_share_of_the_keys_is_moved_and_the_others_stay() throws Exception {
        filledAndAt(Goal.of(Stage.SHADOW));
        arriveAt(Goal.of(Stage.LIVE, TEN_PERCENT));

        long live = IntStream.range(0, 10_000)
                .filter(key -> migration.stageOf(key) == Stage.LIVE)
                .count();

        assertThat(live).isBetween(900L, 1_100L);
        assertThat(migration.stageOf(firstKeyOutside(TEN_PERCENT))).isEqualTo(Stage.SHADOW);
    }

    private static int firstKeyOutside(int share) {
        Bucketing bucketing = new Bucketing(Rig.NAME);
        return IntStream.iterate(0, key -> key + 1)
                .filter(key -> bucketing.bucket(String.valueOf(key)) >= share)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void a_cohort_of_keys_goes_ahead_of_the_rest() throws Exception {
        filledAndAt(Goal.of(Stage.SHADOW).with("vip", Stage.LIVE));

        assertThat(migration.stageOf(1)).isEqualTo(Stage.LIVE);
        assertThat(migration.stageOf(3)).isEqualTo(Stage.SHADOW);

        assertThat(arriveAt(Goal.of(Stage.LIVE)).position().cohorts()).isEmpty();
    }

    @Test
    void it_waits_for_a_backfill_where_dual_writes_can_be_paid_for_and_not_in_sync() throws Exception {
        CompletableFuture<MigrationState> arrival = controller.moveTo(Goal.of(Stage.LIVE), "ana", "all of it");

        Rig.eventually(() -> migration.stageOf(1) == Stage.DUAL_WRITE);
        Rig.eventually(() -> controller.status().blockers().stream().anyMatch(NO_SWEEP::equals));
        assertThat(arrival).isNotDone();
        long dualWrite = controller.status().state().version();
        Rig.eventually(
                () -> controller.status().members().stream().allMatch(member -> member.acknowledged() >= dualWrite));

        migration.beginSweep().finished("test");
        assertThat(Rig.get(arrival).position().toString()).isEqualTo("LIVE");
    }

    @Test
    void a_crossing_waits_for_every_node_and_says_which_one() throws Exception {
        filledAndAt(Goal.of(Stage.SHADOW));
        FleetStore.Membership slow = rig.join("slow", "", Duration.ZERO);

        CompletableFuture<MigrationState> arrival = controller.moveTo(Goal.of(Stage.LIVE), "ana", "now");

        Rig.eventually(() -> controller
                .status()
                .blockers()
                .contains(new Blocker.NodesBehind(
                        rig.state().version(), List.of(new Blocker.NodesBehind.Lagging("slow", 0)))));
        assertThat(migration.stageOf(1)).isEqualTo(Stage.SYNC);
        assertThat(controller.status().legalMoves())
                .contains(Stage.SHADOW, Stage.OFF)
                .doesNotContain(Stage.LIVE);

        long version = rig.state().version();
        slow.report(rig.report(0, version));
        Rig.get(arrivalAfterAll(slow, arrival));
    }

    /** The last version needs the slow node's acknowledgement too before the goal counts as reached. */
    private CompletableFuture<MigrationState> arrivalAfterAll(
            FleetStore.Membership slow, CompletableFuture<MigrationState> arrival) {
        Rig.eventually(() -> migration.stageOf(1) == Stage.LIVE);
        slow.report(rig.report(0, rig.state().version()));
        return arrival;
    }

    @Test
    void a_crossing_waits_for_an_operation_that_began_before_sync() throws Exception {
        filledAndAt(Goal.of(Stage.SHADOW));
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        oldPath.before = call -> {
            if (call.equals("write")) {
                begun.countDown();
                awaitQuietly(goOn);
            }
        };
        CompletableFuture<Void> write = OwnThread.run(() -> migration.put(1, "slow"));
        begun.await();

        CompletableFuture<MigrationState> arrival = controller.moveTo(Goal.of(Stage.LIVE), "ana", "now");
        Rig.eventually(() -> migration.stageOf(2) == Stage.SYNC);
        Rig.eventually(() -> !controller.status().blockers().isEmpty());
        assertThat(arrival).isNotDone();

        goOn.countDown();
        Rig.get(write);
        Rig.get(arrival);
        assertThat(migration.get(1)).contains("slow");
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void a_crossing_waits_for_the_sweep_of_the_recorded_keys() throws Exception {
        filledAndAt(Goal.of(Stage.SHADOW));
        newPath.fail();
        migration.put(1, "not mirrored");

        CompletableFuture<MigrationState> arrival = controller.moveTo(Goal.of(Stage.LIVE), "ana", "now");

        Rig.eventually(() -> controller.status().blockers().contains(new Blocker.StepFailed("down")));
        assertThat(controller.status().blockers()).contains(new Blocker.SweepMissing(SweepScope.RECORDED));
        assertThatThrownBy(() -> controller.moveNow(Goal.of(Stage.LIVE), "ana", "at once"))
                .isInstanceOf(IllegalMoveException.class)
                .hasMessageContaining("the sweep of the recorded keys, begun in SYNC, has not finished")
                .hasMessageContaining("Legal now: OFF, DUAL_WRITE, SHADOW.");

        newPath.recover();
        Rig.get(arrival);
        assertThat(migration.get(1)).contains("not mirrored");
    }

    @Test
    void nobody_jumps_over_sync() throws Exception {
        filledAndAt(Goal.of(Stage.SHADOW));

        assertThatThrownBy(() -> controller.moveNow(Goal.of(Stage.LIVE), "ana", "at once"))
                .isInstanceOf(IllegalMoveException.class)
                .hasMessageContaining("from SHADOW to LIVE would have nodes on both sides at once")
                .hasMessageContaining("Legal now: OFF, DUAL_WRITE, SYNC.");

        assertThat(migration.stageOf(1)).isEqualTo(Stage.SHADOW);
    }

    @ParameterizedTest
    @EnumSource(
            value = Stage.class,
            names = {"OFF", "DUAL_WRITE", "SYNC"})
    void a_legal_move_is_made_at_once(Stage stage) throws Exception {
        filledAndAt(Goal.of(Stage.SHADOW));

        controller.moveNow(Goal.of(stage), "ana", "at once");

        assertThat(migration.stageOf(1)).isEqualTo(stage);
    }

    @Test
    void live_is_rolled_back_while_the_new_path_is_dead() throws Exception {
        filledAndAt(Goal.of(Stage.LIVE, TEN_PERCENT));
        migration.put(1, "a");
        newPath.fail();

        assertThat(controller.status().rollBackTarget()).isEqualTo(Goal.of(Stage.SHADOW));
        Rig.get(controller.rollBack("ana", "it hurts"));

        assertThat(migration.get(1)).contains("a");
        migration.put(1, "b");
        assertThat(migration.get(1)).contains("b");
    }

    @Test
    void the_way_back_from_complete_copies_everything_first() throws Exception {
        filledAndAt(Goal.of(Stage.COMPLETE));
        migration.put(1, "on the new path alone");

        CompletableFuture<MigrationState> back = controller.rollBack("ana", "back");
        Rig.eventually(() -> migration.stageOf(1) == Stage.RAMP_DOWN);
        Rig.eventually(() -> Nodes.notAcknowledged(
                        migration.members(),
                        List.of(),
                        rig.state().id(),
                        rig.state().version())
                .isEmpty());
        assertThat(controller.status().blockers()).isNotEmpty();
        FullSweep sweep = migration.beginSweep();
        migration.reconciler().reconcile(1, dev.turnout.flags.stage.Side.NEW);
        sweep.finished("test");

        assertThat(Rig.get(back).position().toString()).isEqualTo("SHADOW");
        assertThat(migration.get(1)).contains("on the new path alone");
    }

    @Test
    void a_sweep_can_not_begin_before_every_node_writes_to_both_paths() throws Exception {
        assertThatThrownBy(migration::beginSweep).hasMessageContaining("writes no key to both paths");
        arriveAt(Goal.of(Stage.DUAL_WRITE));
        rig.join("slow", "", Duration.ZERO).report(rig.report(1, 1));

        assertThatThrownBy(migration::beginSweep).hasMessageContaining("node 'slow' has acknowledged version 1");
    }

    @Test
    void a_sweep_does_not_count_for_keys_that_left_the_dual_stages_meanwhile() throws Exception {
        arriveAt(Goal.of(Stage.DUAL_WRITE));
        FullSweep sweep = migration.beginSweep();
        arriveAt(Goal.of(Stage.OFF));
        arriveAt(Goal.of(Stage.DUAL_WRITE));

        sweep.finished("too late");

        assertThat(rig.state().position().at(0).journal()).isEmpty();
    }

    @Test
    void a_journal_that_was_lost_with_its_node_blocks_the_crossing_until_the_next_sweep() throws Exception {
        filledAndAt(Goal.of(Stage.SHADOW));
        controller.close();
        migration.close();
        ((Flags) migration.node()).close();
        Flags restarted = rig.flags();
        migration = rig.opened(
                rig.builder(oldPath, newPath).journal(Journal.inMemory()).build(restarted));
        controller = rig.controller(migration);

        CompletableFuture<MigrationState> arrival = controller.moveTo(Goal.of(Stage.LIVE), "ana", "now");
        Rig.eventually(() -> controller.status().blockers().stream().anyMatch(NO_SWEEP::equals));
        assertThat(migration.stageOf(1)).isEqualTo(Stage.SHADOW);

        migration.beginSweep().finished("test");
        Rig.get(arrival);
    }

    @Test
    void nodes_with_journals_of_their_own_can_not_cross() throws Exception {
        filledAndAt(Goal.of(Stage.SHADOW));
        rig.opened(rig.builder(oldPath, newPath).journal(Journal.inMemory()).build(rig.flags()));

        var arrival = controller.moveTo(Goal.of(Stage.LIVE), "ana", "now");

        Rig.eventually(
                () -> controller.status().blockers().stream().anyMatch(Blocker.JournalsDiffer.class::isInstance));
        assertThat(arrival).isNotDone();
        assertThatThrownBy(migration::beginSweep).hasMessageContaining("different journals");
    }

    @Test
    void another_goal_ends_the_wait_for_the_first() throws Exception {
        CompletableFuture<MigrationState> first = controller.moveTo(Goal.of(Stage.LIVE), "ana", "now");
        var second = controller.moveTo(Goal.of(Stage.OFF), "bob", "no");

        assertThatThrownBy(() -> Rig.get(first))
                .isInstanceOf(ExecutionException.class)
                .hasMessageContaining("Another goal was set");
        assertThat(Rig.get(second).position().toString()).isEqualTo("OFF");
    }

    /** Each goal is set while the controller looks at the state before it. */
    @Test
    void a_wait_is_not_ended_by_a_state_from_before_it_began() throws Exception {
        for (int i = 0; i < 100; i++) {
            arriveAt(Goal.of(i % 2 == 0 ? Stage.DUAL_WRITE : Stage.OFF));
        }
    }

    @Test
    void two_controllers_do_no_harm() throws Exception {
        Migration<Integer, String> other = rig.migration(oldPath, newPath);
        Controller second = rig.controller(other);
        filledAndAt(Goal.of(Stage.SHADOW));

        for (Stage stage : List.of(Stage.LIVE, Stage.RAMP_DOWN, Stage.SHADOW, Stage.COMPLETE)) {
            CompletableFuture<MigrationState> arrival =
                    (stage == Stage.LIVE ? second : controller).moveTo(Goal.of(stage), "ana", "go");
            Rig.get(arrival);
            assertThat(other.stageOf(1)).isEqualTo(stage);
        }
    }

    @Test
    void a_store_that_can_not_be_edited_is_said_at_once() {
        Flags readOnly = rig.opened(Flags.builder(new ReadOnly(rig.store))
                .node("reader")
                .fleet(rig.fleet)
                .build());
        Migration<Integer, String> routed =
                rig.opened(rig.builder(oldPath, newPath).build(readOnly));

        assertThatThrownBy(() -> Controller.of(routed)).hasMessageContaining("cannot be edited");
    }

    private record ReadOnly(dev.turnout.flags.store.FlagStore store) implements dev.turnout.flags.store.FlagStore {
        @Override
        public dev.turnout.flags.store.Snapshot read() {
            return store.read();
        }

        @Override
        public Subscription watch(java.util.function.Consumer<dev.turnout.flags.store.Snapshot> watcher) {
            return store.watch(watcher);
        }

        @Override
        public void close() {
            // the rig closes what is inside
        }
    }

    @Test
    void gates_tell_what_each_move_costs_and_what_blocks_it() throws Exception {
        arriveAt(Goal.of(Stage.DUAL_WRITE));
        assertThat(gate(Stage.OFF)).isEqualTo(new Gate(Stage.OFF, Gate.Cost.ONE_VERSION, 0, List.of()));
        assertThat(gate(Stage.DUAL_WRITE).cost()).isEqualTo(Gate.Cost.NOTHING);
        assertThat(gate(Stage.LIVE).cost()).isEqualTo(Gate.Cost.SWEEP_OF_ALL_KEYS);
        assertThat(gate(Stage.LIVE).blockers()).containsExactly(NO_SWEEP);

        migration.beginSweep().finished("test");
        assertThat(gate(Stage.LIVE).cost()).isEqualTo(Gate.Cost.SWEEP_OF_RECORDED_KEYS);
        assertThat(gate(Stage.LIVE).isOpen()).isTrue();

        arriveAt(Goal.of(Stage.LIVE));
        assertThat(gate(Stage.SHADOW).cost()).isEqualTo(Gate.Cost.ACKNOWLEDGEMENTS);
        assertThat(gate(Stage.COMPLETE).cost()).isEqualTo(Gate.Cost.ONE_VERSION);

        arriveAt(Goal.of(Stage.COMPLETE));
        assertThat(gate(Stage.OFF).cost()).isEqualTo(Gate.Cost.SWEEP_OF_ALL_KEYS);
    }

    private Gate gate(Stage stage) {
        return controller.status().gates().stream()
                .filter(gate -> gate.to() == stage)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void a_key_that_repair_has_given_up_blocks_crossings_by_name() throws Exception {
        filledAndAt(Goal.of(Stage.SHADOW));
        Version version = new Version(7, 7);
        oldPath.writeIfNewer(5, Versioned.of(version, "one"));
        newPath.writeIfNewer(5, Versioned.of(version, "another"));
        rig.journal.record(5, Side.OLD);
        Rig.eventually(() -> !rig.journal.quarantined(10).isEmpty());

        assertThat(gate(Stage.LIVE).blockers())
                .singleElement()
                .extracting(Blocker::message)
                .asString()
                .contains("key '5' is quarantined", "the mapping between them is wrong");
        assertThatThrownBy(() -> controller.advance("ana", "on"))
                .isInstanceOf(IllegalMoveException.class)
                .hasMessageContainingAll("key '5' is quarantined", "let repair try again. It is at SHADOW");

        migration.put(5, "fixed");
        rig.journal.retryQuarantined();
        Rig.eventually(() -> rig.journal.keys().isEmpty());
        assertThat(Rig.get(controller.advance("ana", "on")).position().toString())
                .isEqualTo("LIVE");
    }

    @Test
    void advance_goes_stage_by_stage_and_not_through_a_closed_gate() throws Exception {
        assertThat(Rig.get(controller.advance("ana", "on")).goal()).isEqualTo(Goal.of(Stage.DUAL_WRITE));
        assertThat(Rig.get(controller.advance("ana", "on")).goal()).isEqualTo(Goal.of(Stage.SHADOW));
        assertThatThrownBy(() -> controller.advance("ana", "on")).hasMessageContaining("run a backfill");
        assertThat(rig.state().goal()).isEqualTo(Goal.of(Stage.SHADOW));

        migration.beginSweep().finished("test");
        arriveAt(Goal.of(Stage.LIVE, TEN_PERCENT));
        assertThat(Rig.get(controller.advance("ana", "on")).position().toString())
                .isEqualTo("LIVE");
        Rig.get(controller.advance("ana", "on"));
        assertThat(Rig.get(controller.advance("ana", "on")).position().toString())
                .isEqualTo("COMPLETE");
        assertThatThrownBy(() -> controller.advance("ana", "on")).hasMessageContaining("last stage");
    }

    @Test
    void a_node_that_was_there_before_its_migration_follows_a_state_that_somebody_wrote() throws Exception {
        try (Rig fresh = new Rig(Stage.OFF)) {
            fresh.store.apply(Change.by("test", "not yet")
                    .remove(EntryKey.migration(Rig.NAME), fresh.store.read().idOf(EntryKey.migration(Rig.NAME))));
            Migration<Integer, String> early = fresh.migration(oldPath, newPath);
            assertThat(early.stageOf(1)).isEqualTo(Stage.OFF);
            assertThat(early.members().get(0).acknowledged()).isZero();

            fresh.publish(MigrationState.startingAt(Rig.NAME, Stage.LIVE));

            assertThat(early.stageOf(1)).isEqualTo(Stage.LIVE);
            Rig.eventually(() -> early.members().get(0).acknowledged() == 1);
        }
    }

    @Test
    void without_versions_writes_do_not_begin_to_wait_before_every_node_has_heard_of_the_goal() throws Exception {
        try (Rig plain = new Rig(Stage.OFF)) {
            Migration<Integer, String> one = plain.migration(new PlainMapPath(), new PlainMapPath());
            Controller walking = plain.controller(one);
            Rig.get(walking.moveTo(Goal.of(Stage.DUAL_WRITE), "ana", "x"));
            one.beginSweep().finished("test");
            FleetStore.Membership slow = plain.join("slow", "", Duration.ZERO);
            slow.report(plain.report(1, 99));

            CompletableFuture<MigrationState> arrival = walking.moveTo(Goal.of(Stage.LIVE), "ana", "now");

            long goalAt = plain.store.read().revision();
            Rig.eventually(() ->
                    walking.status().blockers().equals(List.of(new Blocker.RevisionUnread(goalAt, List.of("slow")))));
            for (int look = 0; look < 1_000; look++) {
                walking.step();
            }
            assertThat(plain.state().position().toString()).isEqualTo("DUAL_WRITE");
            slow.report(plain.report(goalAt, 99));
            assertThat(Rig.get(arrival).position().toString()).isEqualTo("LIVE");
        }
    }

    @Test
    void while_it_is_paused_nothing_moves_and_what_was_crossing_goes_back() throws Exception {
        filledAndAt(Goal.of(Stage.SHADOW));
        FleetStore.Membership slow = rig.join("slow", "", Duration.ZERO);
        CompletableFuture<MigrationState> arrival = controller.moveTo(Goal.of(Stage.LIVE), "ana", "now");
        Rig.eventually(() -> rig.state().position().at(0).stage() == Stage.SYNC);

        controller.pause("bo", "lunch");

        Rig.eventually(() -> rig.state().position().at(0).stage() == Stage.SHADOW);
        slow.close();
        assertThat(controller.status().blockers()).containsExactly(new Blocker.Paused());
        assertThat(arrival).isNotDone();

        controller.resume("bo", "back");
        assertThat(Rig.get(arrival).position().toString()).isEqualTo("LIVE");
    }

    @Test
    void a_node_that_is_not_heard_of_is_counted_out_and_what_it_left_is_repaired() throws Exception {
        filledAndAt(Goal.of(Stage.SHADOW));
        FleetStore.Membership dead = rig.join("dead", "", Duration.ofMillis(100));
        dead.report(rig.report(1, 1));
        oldPath.writeIfNewer(1, Versioned.of(new Version(9, 9), "left behind"));
        rig.journal.record(1, new Journal.Origin(dead.id(), Side.OLD, true));

        arriveAt(Goal.of(Stage.LIVE));

        assertThat(dead.report(rig.report(1, 1))).isFalse();
        Rig.eventually(() -> rig.journal.keys().isEmpty());
        assertThat(newPath.value(1)).contains("left behind");
    }

    @Test
    void a_node_without_an_end_of_its_lease_is_counted_out_by_people_alone() throws Exception {
        filledAndAt(Goal.of(Stage.SHADOW));
        rig.join("dead", "", Duration.ZERO);
        CompletableFuture<MigrationState> arrival = controller.moveTo(Goal.of(Stage.LIVE), "ana", "now");
        Rig.eventually(() -> Blocker.messages(controller.status().blockers()).contains("node 'dead'"));

        assertThat(controller.evict("nobody", "ana")).isFalse();
        assertThat(controller.evict("dead", "ana")).isTrue();

        assertThat(Rig.get(arrival).position().toString()).isEqualTo("LIVE");
    }

    @Test
    void a_journal_that_does_not_know_what_is_in_flight_makes_the_nodes_acknowledge_sync_twice() throws Exception {
        rig.close();
        Journal<Integer> entries = Journal.inMemory();
        Journal<Integer> journal = mock(delegatesTo(entries));
        doReturn(false).when(journal).knowsOperationsInFlight();
        rig = new Rig(Stage.OFF);
        migration = rig.opened(rig.builder(oldPath, newPath).journal(journal).build(rig.flags()));
        controller = rig.controller(migration);
        filledAndAt(Goal.of(Stage.SHADOW));
        long before = rig.state().version();

        MigrationState live = arriveAt(Goal.of(Stage.LIVE));

        assertThat(live.version() - before).as("SYNC, SYNC again, LIVE").isEqualTo(3);
        assertThat(live.position().at(0).drained()).isFalse();

        doReturn(1L).when(journal).generation(); // a node died, and with it what it knew
        arriveAt(Goal.of(Stage.RAMP_DOWN));
        assertThat(gate(Stage.SHADOW).cost()).isEqualTo(Gate.Cost.SWEEP_OF_ALL_KEYS);
    }

    @Test
    void an_error_of_a_blocker_is_a_reason_and_a_rollback_is_made_all_the_same() throws Exception {
        AtomicBoolean isBroken = new AtomicBoolean();
        Migration<Integer, String> blocked = rig.opened(rig.builder(oldPath, newPath)
                .blockedBy(() -> {
                    if (isBroken.get()) {
                        throw new NoClassDefFoundError("a/b/C");
                    }
                    return Optional.empty();
                })
                .build(rig.flags()));
        controller.close();
        controller = rig.controller(blocked);
        filledAndAt(Goal.of(Stage.LIVE, TEN_PERCENT));
        isBroken.set(true);
        CompletableFuture<MigrationState> arrival = controller.moveTo(Goal.of(Stage.LIVE), "ana", "all");
        Rig.eventually(() -> Blocker.messages(controller.status().blockers()).contains("NoClassDefFoundError: a/b/C"));

        assertThat(Rig.get(controller.rollBack("ana", "it hurts")).position()).hasToString("SHADOW");
        assertThat(arrival).isCompletedExceptionally();
    }

    @Test
    @SuppressWarnings("unchecked")
    void an_error_in_a_round_is_told_and_the_next_round_is_made() throws Exception {
        filledAndAt(Goal.of(Stage.SHADOW));
        controller.close();
        AtomicBoolean isBroken = new AtomicBoolean(true);
        Journal<Integer> broken = mock(Journal.class, call -> {
            if (isBroken.get() && call.getMethod().getName().equals("quarantined")) {
                throw new StackOverflowError("deep");
            }
            return delegatesTo(rig.journal).answer(call);
        });
        migration = rig.opened(rig.builder(oldPath, newPath).journal(broken).build(rig.flags()));
        controller = rig.controller(migration);
        CompletableFuture<MigrationState> arrival = controller.moveTo(Goal.of(Stage.LIVE), "ana", "now");
        Rig.eventually(() -> controller.walk.problem().toString().contains("StackOverflowError: deep"));

        isBroken.set(false);

        assertThat(Rig.get(arrival).position()).hasToString("LIVE");
        assertThat(controller.walk.problem()).isEmpty();
    }

    @Test
    void a_closed_controller_refuses_at_once_and_cancels_who_waits() throws Exception {
        rig.join("slow", "", Duration.ZERO); // so no goal is reached
        CompletableFuture<MigrationState> waits = controller.moveTo(Goal.of(Stage.DUAL_WRITE), "ana", "x");
        controller.close();
        long revision = rig.store.read().revision();

        assertThat(waits).isCancelled();
        assertThatThrownBy(() -> controller.moveTo(Goal.of(Stage.OFF), "ana", "x"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed")
                .hasMessageContaining("Nothing was stored");
        assertThatThrownBy(() -> controller.advance("ana", "x")).hasMessageContaining("closed");
        assertThatThrownBy(() -> controller.rollBack("ana", "x")).hasMessageContaining("closed");
        assertThatThrownBy(() -> controller.rollBackNow("ana", "x")).hasMessageContaining("closed");
        assertThat(rig.store.read().revision()).isEqualTo(revision);
    }

    @Test
    void who_sets_a_goal_while_the_controller_is_closed_is_cancelled() throws Exception {
        EditableFlagStore closing = mock(EditableFlagStore.class, call -> {
            Object answer = delegatesTo(rig.store).answer(call);
            if (call.getMethod().getName().equals("apply")) {
                controller.close();
            }
            return answer;
        });
        controller.close();
        Flags flags =
                rig.opened(Flags.builder(closing).node("c").fleet(rig.fleet).build());
        controller = rig.controller(rig.opened(rig.builder(oldPath, newPath).build(flags)));

        assertThat(controller.moveTo(Goal.of(Stage.DUAL_WRITE), "ana", "x")).isCancelled();
    }
}
