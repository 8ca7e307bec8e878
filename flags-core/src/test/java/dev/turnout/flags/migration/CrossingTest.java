package dev.turnout.flags.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.AdditionalAnswers.delegatesTo;
import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.mock;

import dev.turnout.flags.document.EntryKey;
import dev.turnout.flags.spi.Journal;
import dev.turnout.flags.stage.Blocker;
import dev.turnout.flags.stage.Facts;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.threads.OwnThread;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What becomes of keys in SYNC while a path hangs, or a node does not read it. */
class CrossingTest {
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(10);

    private final MapPath oldPath = new MapPath("old");
    private final MapPath newPath = new MapPath("new");
    private final PlainMapPath plainOld = new PlainMapPath();
    private final PlainMapPath plainNew = new PlainMapPath();
    private final CountDownLatch hangs = new CountDownLatch(1);
    private final CountDownLatch calls = new CountDownLatch(2);
    private final Rig rig = new Rig(Stage.OFF);
    private final SteppedFleet fleet = new SteppedFleet(Stage.OFF);

    @AfterEach
    void close() throws Exception {
        hangs.countDown();
        rig.close();
        fleet.close();
    }

    private void hanging(String call) {
        calls.countDown();
        try {
            assertThat(hangs.await(60, TimeUnit.SECONDS)).as(call).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private Controller inShadowWithRecordedKeys(Migration<Integer, String> migration, Runnable hang) throws Exception {
        Controller controller = rig.controller(migration);
        Rig.get(controller.moveTo(Goal.of(Stage.DUAL_WRITE), "ana", "x"));
        migration.beginSweep().finished("test");
        Rig.get(controller.moveTo(Goal.of(Stage.SHADOW), "ana", "x"));
        hang.run();
        for (int key = 0; key < 20; key++) {
            rig.journal.record(key, Side.OLD);
        }
        return controller;
    }

    private void isBroughtBackInSyncWhileAPathHangs(Migration<Integer, String> migration, Runnable hang)
            throws Exception {
        Controller controller = inShadowWithRecordedKeys(migration, hang);
        var unused = controller.moveTo(Goal.of(Stage.COMPLETE), "ana", "forward");
        Rig.eventually(() -> migration.stageOf(1) == Stage.SYNC);
        Rig.eventually(() -> calls.getCount() < 2); // repair hangs, or the sweep

        Controller.Emergency emergency = controller.rollBackNow("ana", "it hangs");
        assertThat(emergency.everywhere()).isTrue();
        assertThat(emergency.told()).as("no order to go back waits for a sweep").doesNotContain("recorded keys");

        Rig.eventually(() -> migration.stageOf(1) == Stage.SHADOW);
        assertThat(hangs.getCount()).isOne();
        Rig.eventually(() -> rig.state().isAtGoal());
    }

    @Test
    void an_order_to_go_back_is_obeyed_while_a_sweep_hangs() throws Exception {
        isBroughtBackInSyncWhileAPathHangs(
                rig.opened(rig.builder(oldPath, newPath)
                        .crossingTimeout(Duration.ofHours(1))
                        .build(rig.flags())),
                () -> newPath.before = this::hanging);
    }

    @Test
    void without_versions_an_order_to_go_back_is_obeyed_while_a_sweep_hangs() throws Exception {
        isBroughtBackInSyncWhileAPathHangs(
                rig.opened(rig.builder(plainOld, plainNew)
                        .crossingTimeout(Duration.ofHours(1))
                        .build(rig.flags())),
                () -> plainNew.before = this::hanging);
    }

    @Test
    void a_pause_is_obeyed_while_a_sweep_hangs_and_the_way_is_resumed_when_it_does_no_more() throws Exception {
        Migration<Integer, String> migration = rig.opened(rig.builder(oldPath, newPath)
                .crossingTimeout(Duration.ofHours(1))
                .build(rig.flags()));
        Controller controller = inShadowWithRecordedKeys(migration, () -> newPath.before = this::hanging);
        var forward = controller.moveTo(Goal.of(Stage.LIVE), "ana", "forward");
        Rig.eventually(() -> controller.status().blockers().stream()
                .anyMatch(blocker ->
                        blocker.message().contains("of 20 recorded keys"))); // which hang, in repair or in the sweep

        controller.pause("ana", "wait");
        Rig.eventually(() -> migration.stageOf(1) == Stage.SHADOW);
        newPath.recover();
        hangs.countDown();
        controller.resume("ana", "on");

        assertThat(Rig.get(forward).position()).hasToString("LIVE");
    }

    @Test
    void keys_that_hang_in_sync_go_back_by_themselves() throws Exception {
        Migration<Integer, String> migration = rig.opened(rig.builder(plainOld, plainNew)
                .crossingTimeout(Duration.ofMillis(50))
                .build(rig.flags()));
        // From then on: while it hangs before, keys do not enter it.
        Controller controller = inShadowWithRecordedKeys(migration, () -> {
            plainNew.before = call -> {
                if (rig.state().position().toString().equals("SYNC")) {
                    hanging(call);
                }
            };
            rig.journal.claim(0); // so this key is not repaired before
        });
        var unused = controller.moveTo(Goal.of(Stage.COMPLETE), "ana", "forward");

        Rig.eventually(
                () -> controller.status().blockers().stream().anyMatch(Blocker.CrossingTimedOut.class::isInstance));

        assertThat(migration.stageOf(1)).isEqualTo(Stage.SHADOW);
        assertThat(rig.state().goal()).isEqualTo(Goal.of(Stage.COMPLETE));
    }

    @Test
    void keys_that_wait_in_sync_for_a_node_go_back_and_try_again_later() {
        SteppedFleet.Node a = fleet.node("a");
        SteppedFleet.Node b = fleet.node("b");
        Controller controller = fleet.shadow(a, b);
        Controller other = fleet.rig.controller(b.migration());
        fleet.want(Goal.of(Stage.LIVE));
        a.report();
        b.report();
        controller.step();
        controller.step(); // sees it
        other.step();
        assertThat(a.migration().stageOf(1)).isEqualTo(Stage.SYNC);

        fleet.time.pass(Duration.ofMillis(5_001));
        controller.step(); // b has not acknowledged it
        assertThat(a.migration().stageOf(1)).isEqualTo(Stage.SHADOW);
        other.step();
        for (Controller one : new Controller[] {controller, other}) {
            one.step();
            assertThat(a.migration().stageOf(1)).isEqualTo(Stage.SHADOW);
            assertThat(one.status().blockers())
                    .anyMatch(blocker -> blocker instanceof Blocker.CrossingTimedOut timedOut
                            && timedOut.pause().equals(Duration.ofSeconds(5)));
        }
        a.report();
        b.report();
        fleet.time.pass(Duration.ofSeconds(5));

        fleet.walk(controller, Goal.of(Stage.LIVE), a, b);
    }

    /** A store that notifies no node, as one that is polled and was not polled for long. */
    @Test
    void without_versions_a_node_whose_writes_wait_looks_whether_they_still_must_whatever_repair_does()
            throws Exception {
        SteppedFleet.Node controls = fleet.node("controls", fleet.rig.builder(plainOld, plainNew), builder -> builder);
        SteppedFleet.Node writes = fleet.node("writes", fleet.rig.builder(plainOld, plainNew), builder -> builder);
        Controller controller = fleet.shadow(controls, writes);
        fleet.want(Goal.of(Stage.LIVE));
        for (int i = 0; i < 3; i++) {
            controls.report();
            writes.report();
            controller.step();
            if (i == 0) {
                writes.store().mute();
            }
        }
        assertThat(fleet.rig.state().position()).hasToString("LIVE");
        assertThat(writes.migration().stageOf(1)).isEqualTo(Stage.SYNC);
        CompletableFuture<WriteOutcome> write =
                OwnThread.supply(() -> writes.migration().put(1, "a"));

        Rig.eventually(() -> {
            writes.look();
            return write.isDone();
        });
        assertThat(Rig.get(write)).isEqualTo(WriteOutcome.APPLIED);
    }

    private long lastChange() {
        return fleet.rig.store.read().revisionOf(EntryKey.migration(Rig.NAME));
    }

    @Test
    void without_versions_nodes_hear_once_more_before_writes_wait_if_they_have_heard_nothing_for_long() {
        boolean[] held = {true};
        SteppedFleet.Node[] nodes = new SteppedFleet.Node[2];
        for (int i = 0; i < nodes.length; i++) {
            nodes[i] = fleet.node(
                    "node " + i,
                    fleet.rig.builder(plainOld, plainNew),
                    builder -> builder.blockedBy(() -> held[0] ? Optional.of("held") : Optional.empty()));
        }
        Controller controller = fleet.shadow(nodes);
        fleet.want(Goal.of(Stage.LIVE));
        long goalAt = lastChange();
        for (int i = 0; i < 10; i++) { // the gate is closed
            nodes[0].report();
            nodes[1].report();
            controller.step();
            fleet.time.pass(Duration.ofSeconds(1));
        }
        assertThat(lastChange()).isEqualTo(goalAt);
        MigrationState before = fleet.rig.state();
        nodes[1].store().freeze();

        held[0] = false;
        for (int i = 0; i < 10; i++) {
            nodes[0].report();
            nodes[1].report();
            controller.step();
            fleet.time.pass(Duration.ofSeconds(1));
            assertThat(fleet.rig.state()).isEqualTo(before);
            assertThat(lastChange()).as("stored again, once").isEqualTo(goalAt + 1);
        }
        nodes[1].store().thaw();
        nodes[0].report();
        nodes[1].report();
        controller.step();
        assertThat(nodes[1].migration().stageOf(1)).isEqualTo(Stage.SYNC);
    }

    @Test
    void the_way_back_is_not_given_up() {
        SteppedFleet.Node a = fleet.node("a");
        SteppedFleet.Node b = fleet.node("b");
        Controller controller = fleet.shadow(a, b);
        fleet.walk(controller, Goal.of(Stage.LIVE), a, b);
        fleet.want(Goal.of(Stage.SHADOW));
        a.report();
        b.report();
        controller.step();
        controller.step();
        assertThat(a.migration().stageOf(1)).isEqualTo(Stage.SYNC);

        fleet.time.pass(Duration.ofSeconds(20));
        controller.step();

        assertThat(a.migration().stageOf(1)).isEqualTo(Stage.SYNC);
    }

    @Test
    void a_rollback_leaves_keys_where_they_are_that_the_old_path_answers_for() throws Exception {
        Migration<Integer, String> migration = rig.migration(oldPath, newPath);
        Controller controller = rig.controller(migration);
        for (Stage stage : new Stage[] {Stage.OFF, Stage.DUAL_WRITE, Stage.SHADOW}) {
            Rig.get(controller.moveTo(Goal.of(stage), "ana", "x"));

            assertThat(Rig.get(controller.rollBack("ana", "twice")).position()).hasToString(stage.name());
            assertThat(controller.rollBackNow("ana", "and again").told()).contains("All nodes go to " + stage);
        }
        var unused = controller.moveTo(Goal.of(Stage.LIVE), "ana", "waits for a backfill");
        assertThat(Rig.get(controller.rollBack("ana", "no")).position()).hasToString("SHADOW");
    }

    @Test
    void a_crossing_that_takes_no_time_is_refused() {
        assertThatThrownBy(() -> rig.builder(oldPath, newPath).crossingTimeout(Duration.ZERO))
                .hasMessage("The time-out of a crossing must be more than zero, but was PT0S.");
    }

    /** A node of paths without versions with all keys in SYNC, until a sweep of all has finished. */
    private SteppedFleet.Node plainInSync(Journal<Integer> journal) {
        fleet.time.pass(Duration.ofHours(1)); // no moment is zero
        SteppedFleet.Node node = fleet.node(
                "a",
                fleet.rig.builder(plainOld, plainNew),
                builder -> builder.journal(journal).callTimeout(CALL_TIMEOUT).lease(Duration.ofHours(1)));
        fleet.walk(fleet.rig.controller(node.migration()), Goal.of(Stage.DUAL_WRITE), node);
        fleet.rig.publish(fleet.rig
                .state()
                .moved(Goal.of(Stage.SYNC), new Facts(false, fleet.rig.journal.id(), slice -> List.of())));
        node.report();
        plainOld.records.put(1, "a");
        return node;
    }

    private Duration passed(Runnable action) {
        long begun = fleet.time.nanoTime();
        action.run();
        return Duration.ofNanos(fleet.time.nanoTime() - begun);
    }

    /** It may have switched sides on other nodes. */
    @Test
    void without_versions_a_key_in_sync_is_left_to_the_sweep_by_repair() {
        SteppedFleet.Node node = plainInSync(fleet.rig.journal);
        fleet.rig.journal.record(1, Side.OLD);

        node.repair();

        assertThat(plainNew.records).isEmpty();
        assertThat(fleet.rig.journal.depth()).isEqualTo(1);
    }

    @Test
    void without_versions_who_reconciles_a_key_in_sync_waits_for_another_worker_as_long_as_a_call_may_take() {
        SteppedFleet.Node node = plainInSync(fleet.rig.journal);
        var unused = fleet.rig.journal.claim(1).orElseThrow();
        fleet.haste = 1_000; // so a pause takes a second

        Duration waited = passed(() -> assertThatThrownBy(
                        () -> node.migration().reconciler().reconcile(1, Side.OLD))
                .isInstanceOf(UnavailableException.class)
                .hasMessageContaining("Another worker has repaired this key"));

        assertThat(waited).isEqualTo(CALL_TIMEOUT.plusSeconds(1));
        assertThat(plainNew.records).isEmpty();
        assertThat(fleet.rig.journal.depth()).as("left to repair").isEqualTo(1);
    }

    @Test
    void without_versions_who_is_interrupted_waits_for_no_other_worker() {
        SteppedFleet.Node node = plainInSync(fleet.rig.journal);
        var unused = fleet.rig.journal.claim(1).orElseThrow();
        fleet.haste = 1_000;
        Thread.currentThread().interrupt();
        try {
            Duration waited = passed(() -> assertThatThrownBy(
                            () -> node.migration().reconciler().reconcile(1, Side.OLD))
                    .isInstanceOf(UnavailableException.class));

            assertThat(waited).isZero();
        } finally {
            assertThat(Thread.interrupted()).as("stays noted").isTrue();
        }
    }

    @Test
    @SuppressWarnings("unchecked")
    void without_versions_a_key_in_sync_is_reconciled_when_the_other_worker_has_ended() {
        Journal<Integer> journal = mock(Journal.class, delegatesTo(fleet.rig.journal));
        SteppedFleet.Node node = plainInSync(journal);
        doReturn(Optional.empty())
                .doAnswer(call -> fleet.rig.journal.claim(1))
                .when(journal)
                .claim(1);

        Duration waited = passed(() -> node.migration().reconciler().reconcile(1, Side.OLD));

        assertThat(waited).isEqualTo(Duration.ofMillis(1));
        assertThat(plainNew.records).containsEntry(1, "a");
        assertThat(fleet.rig.journal.keys()).isEmpty();
    }

    @Test
    void without_versions_the_flag_store_is_asked_once_after_writes_have_waited_and_not_where_none_has() {
        SteppedFleet.Node node = plainInSync(fleet.rig.journal);
        AtomicInteger reads = new AtomicInteger();
        node.store().before = reads::incrementAndGet;
        node.look();
        assertThat(reads).as("none waits").hasValue(0);
        fleet.haste = 1_000;
        assertThatThrownBy(() -> node.migration().put(1, "b")).isInstanceOf(UnavailableException.class);
        assertThat(reads).hasValue(0);

        node.look();
        assertThat(reads).hasValue(1);
        node.look();
        assertThat(reads).as("none has waited since").hasValue(1);
    }
}
