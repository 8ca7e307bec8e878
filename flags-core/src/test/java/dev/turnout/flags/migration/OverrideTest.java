package dev.turnout.flags.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.AdditionalAnswers.delegatesTo;
import static org.mockito.Mockito.mock;

import dev.turnout.flags.Flags;
import dev.turnout.flags.logs.LogLines;
import dev.turnout.flags.spi.FleetStore;
import dev.turnout.flags.stage.Blocker;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.store.EditableFlagStore;
import dev.turnout.flags.store.FlagStoreException;
import dev.turnout.flags.threads.OwnThread;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The rollback while the flag store is down, and after it is up again. */
class OverrideTest {
    private final MapPath oldPath = new MapPath("old");
    private final MapPath newPath = new MapPath("new");
    private final Rig rig = new Rig(Stage.OFF);
    private final AtomicBoolean isDown = new AtomicBoolean(); // not stubbed later: other threads ask the store already
    private final AtomicBoolean loseAnswers = new AtomicBoolean();
    private volatile @Nullable Error broken;
    private volatile CountDownLatch hangs = new CountDownLatch(0);
    private final EditableFlagStore store = mock(EditableFlagStore.class, call -> {
        if (isDown.get()) {
            throw new FlagStoreException("down", new IllegalStateException());
        }
        Error error = broken;
        if (error != null) {
            throw error;
        }
        hangs.await();
        Object answer = delegatesTo(rig.store).answer(call);
        if (loseAnswers.get() && call.getMethod().getName().equals("apply")) {
            throw new FlagStoreException("the answer is lost", new IllegalStateException());
        }
        return answer;
    });
    private Migration<Integer, String> one;
    private Migration<Integer, String> other;
    private Controller controller;

    @BeforeEach
    void everybody_is_live() throws Exception {
        one = node("one");
        other = node("other");
        controller = rig.controller(one);
        arriveAt(Stage.DUAL_WRITE);
        one.beginSweep().finished("test");
        arriveAt(Stage.LIVE);
        one.put(1, "before");
    }

    @AfterEach
    void close() throws Exception {
        rig.close();
    }

    private Migration<Integer, String> node(String name) {
        Flags flags =
                rig.opened(Flags.builder(store).node(name).fleet(rig.fleet).build());
        return rig.opened(rig.builder(oldPath, newPath).build(flags));
    }

    private void arriveAt(Stage stage) throws Exception {
        Rig.get(controller.moveTo(Goal.of(stage), "ana", "x"));
    }

    @Test
    void an_emergency_is_an_ordinary_roll_back_while_the_store_is_up() {
        newPath.fail();

        Controller.Emergency emergency = controller.rollBackNow("ana", "incident");

        assertThat(emergency.everywhere()).isTrue();
        assertThat(emergency.told()).startsWith("All nodes go to SHADOW");
        Rig.eventually(() -> one.stageOf(1) == Stage.SHADOW && other.stageOf(1) == Stage.SHADOW);
        assertThat(other.get(1)).contains("before");
    }

    @Test
    void an_emergency_tells_what_the_rollback_waits_for() throws Exception {
        try (SteppedFleet fleet = new SteppedFleet(Stage.OFF)) {
            SteppedFleet.Node node = fleet.node("one");
            Controller steps = fleet.shadow(node);
            fleet.walk(steps, Goal.of(Stage.LIVE), node);
            fleet.rig.join("late", "", Duration.ZERO);
            fleet.want(Goal.of(Stage.SHADOW));
            steps.step();
            assertThat(node.migration().stageOf(1)).isEqualTo(Stage.SYNC);

            Controller.Emergency emergency = steps.rollBackNow("ana", "incident");

            assertThat(emergency.everywhere()).isTrue();
            assertThat(emergency.told())
                    .startsWith("All nodes go to SHADOW. The rollback waits: ")
                    .contains("'late'");
        }
    }

    @Test
    void with_the_store_down_nothing_is_overridden_where_the_old_path_answers() throws Exception {
        arriveAt(Stage.SHADOW);
        isDown.set(true);
        try (LogLines log = new LogLines(EmergencyRollback.class)) {
            Controller.Emergency emergency = controller.rollBackNow("ana", "incident");

            assertThat(emergency)
                    .isEqualTo(
                            new Controller.Emergency(
                                    false,
                                    "The rollback could not be stored in the flag store (down). The old path already answers; nothing was done."));
            assertThat(one.override()).isEmpty();
            assertThat(log.all())
                    .containsExactly("WARN The rollback of migration=m cannot be stored in the flag store.");
            assertThat(log.traces()).containsExactly("down");
        }
    }

    @Test
    void an_error_of_a_driver_is_a_store_that_is_down_to_an_emergency() {
        broken = new NoClassDefFoundError("Driver");

        Controller.Emergency emergency = controller.rollBackNow("ana", "incident");

        broken = null;
        assertThat(emergency.everywhere()).isFalse();
        assertThat(emergency.told()).contains("java.lang.NoClassDefFoundError: Driver", "overridden with SYNC");
        assertThat(one.override()).contains(Stage.SYNC);
    }

    @Test
    void a_store_that_hangs_holds_up_no_emergency() throws Exception {
        CountDownLatch untilItGoesOn = new CountDownLatch(1);
        hangs = untilItGoesOn;
        newPath.fail();

        Controller.Emergency emergency = OwnThread.supply(() -> controller.rollBackNow("ana", "incident"))
                .get(30, TimeUnit.SECONDS);

        assertThat(emergency.everywhere()).isFalse();
        assertThat(emergency.told()).contains("no answer within 5 s", "overridden with SYNC");
        assertThat(one.override()).contains(Stage.SYNC);
        untilItGoesOn.countDown();
        Rig.eventually(() -> rig.state().goal().equals(Goal.of(Stage.SHADOW)));
    }

    @Test
    void with_the_store_down_each_node_is_brought_back_by_hand_and_the_store_learns_of_it_later() throws Exception {
        isDown.set(true);
        newPath.fail();

        Controller.Emergency emergency = controller.rollBackNow("ana", "incident");
        assertThat(emergency.everywhere()).isFalse();
        assertThat(emergency.told()).contains("overridden with SYNC");
        assertThat(one.override()).contains(Stage.SYNC);
        other.overrideStage(Stage.SYNC, "ana", "incident");
        one.overrideStage(Stage.SHADOW, "ana", "all are in SYNC");
        other.overrideStage(Stage.SHADOW, "ana", "all are in SYNC");
        assertThat(other.get(1)).contains("before");
        one.put(1, "meanwhile");
        assertThat(other.get(1)).contains("meanwhile");

        isDown.set(false);
        CompletableFuture<MigrationState> refused = controller.moveTo(Goal.of(Stage.RAMP_DOWN), "bo", "does not know");
        Rig.eventually(
                () -> controller.status().blockers().contains(new Blocker.NodeOverridden("one", Stage.SHADOW, false)));
        assertThat(rig.state().position().toString()).isEqualTo("LIVE");
        assertThatThrownBy(one::endOverride).hasMessageContaining("adopt the override first");
        assertThatThrownBy(() -> node("late"))
                .hasMessageContaining("rejects operations until the flag store has that too");
        rig.evict("late");

        controller.adoptOverride("ana", "as it is");
        one.endOverride();
        assertThat(other.get(1)).contains("meanwhile");
        other.endOverride();

        Rig.eventually(() -> rig.state().position().toString().equals("SHADOW"));
        assertThat(refused).isCompletedExceptionally();
        newPath.recover();
        Rig.eventually(() -> rig.journal.keys().isEmpty());
        arriveAt(Stage.LIVE);
        assertThat(other.get(1)).contains("meanwhile");
    }

    @Test
    void a_read_of_all_keys_asks_the_old_path_where_an_operator_vouches_for_it_and_is_refused_before() {
        isDown.set(true);
        for (Migration<Integer, String> node : List.of(one, other)) {
            node.overrideStage(Stage.SYNC, "ana", "incident");
        }
        assertThatThrownBy(() -> one.readAll(() -> "old", () -> "new"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("overridden with SYNC");

        one.overrideStage(Stage.SHADOW, "ana", "all are in SYNC");

        assertThat(one.readAll(() -> "old", () -> "new")).isEqualTo("old");
    }

    @Test
    void while_the_fleet_store_alone_is_down_the_rollback_is_stored_and_nothing_is_overridden() throws Exception {
        AtomicBoolean isFleetDown = new AtomicBoolean();
        FleetStore fleet = mock(FleetStore.class, call -> {
            if (isFleetDown.get()) {
                throw new IllegalStateException("fleet store down");
            }
            return delegatesTo(rig.fleet).answer(call);
        });
        Flags flags = rig.opened(Flags.builder(store).node("third").fleet(fleet).build());
        Migration<Integer, String> third =
                rig.opened(rig.builder(oldPath, newPath).build(flags));
        Controller itsController = rig.controller(third);
        controller.close();
        isFleetDown.set(true);

        Controller.Emergency emergency = itsController.rollBackNow("ana", "it hurts");

        assertThat(emergency.everywhere()).isTrue();
        assertThat(emergency.told())
                .startsWith("All nodes go to SHADOW. What it waits for is unknown now: fleet store down");
        assertThat(third.override()).isEmpty();
        isFleetDown.set(false);
        Rig.eventually(() -> rig.state().position().toString().equals("SHADOW"));
    }

    @Test
    void a_rollback_whose_answer_is_lost_is_stored_all_the_same() {
        loseAnswers.set(true);

        Controller.Emergency emergency = controller.rollBackNow("ana", "it hurts");

        assertThat(emergency.everywhere()).isTrue();
        assertThat(one.override()).isEmpty();
        loseAnswers.set(false);
        Rig.eventually(() -> rig.state().position().toString().equals("SHADOW"));
    }

    @Test
    void when_the_end_of_an_override_is_told_the_fleet_knows_it_or_the_operator_that_it_does_not() throws Exception {
        AtomicBoolean isFleetDown = new AtomicBoolean();
        FleetStore fleet = mock(FleetStore.class, call -> {
            Object answer = delegatesTo(rig.fleet).answer(call);
            return answer instanceof FleetStore.Membership membership
                    ? mock(FleetStore.Membership.class, report -> {
                        if (isFleetDown.get() && report.getMethod().getName().equals("report")) {
                            throw new IllegalStateException("fleet store down");
                        }
                        return delegatesTo(membership).answer(report);
                    })
                    : answer;
        });
        Flags flags = rig.opened(Flags.builder(store).node("third").fleet(fleet).build());
        Migration<Integer, String> third =
                rig.opened(rig.builder(oldPath, newPath).build(flags));
        for (int i = 0; i < 20; i++) {
            third.overrideStage(Stage.SYNC, "ana", "incident");
            Rig.eventually(() -> isOverridden("third"));

            third.endOverride();

            assertThat(isOverridden("third")).isFalse();
        }

        third.overrideStage(Stage.SYNC, "ana", "incident");
        Rig.eventually(() -> isOverridden("third"));
        isFleetDown.set(true);
        assertThatThrownBy(third::endOverride).hasMessageContaining("fleet store down");
        assertThat(third.override()).isEmpty();
        assertThatThrownBy(third::endOverride).hasMessageContaining("fleet store down");
        isFleetDown.set(false);
        third.endOverride();
        assertThat(isOverridden("third")).isFalse();
    }

    private boolean isOverridden(String node) {
        return rig.fleet.members(Rig.NAME).stream()
                .anyMatch(member -> member.node().equals(node) && member.override() != null);
    }

    @Test
    void an_override_with_sync_that_turned_out_to_be_needless_is_ended_and_nothing_has_changed() {
        isDown.set(true);
        one.overrideStage(Stage.SYNC, "ana", "incident");
        one.put(1, "needs both");
        isDown.set(false);

        one.endOverride();

        assertThat(one.override()).isEmpty();
        assertThat(one.stageOf(1)).isEqualTo(Stage.LIVE);
        assertThat(other.get(1)).contains("needs both");
    }

    @Test
    void nothing_is_overridden_from_where_writes_could_be_lost() throws Exception {
        assertThatThrownBy(() -> one.overrideStage(Stage.OFF, "ana", "x")).hasMessageContaining("but not to OFF");
        assertThatThrownBy(() -> one.overrideStage(Stage.SHADOW, "ana", "x"))
                .hasMessageContaining("Override every node with SYNC first");
        assertThatThrownBy(() -> controller.adoptOverride("ana", "x"))
                .hasMessageContaining("Not overridden with SHADOW: one, other");
        arriveAt(Stage.RAMP_DOWN);
        isDown.set(true);

        Controller.Emergency emergency = controller.rollBackNow("ana", "incident");

        assertThat(emergency.everywhere()).isFalse();
        assertThat(emergency.told())
                .contains(
                        "nothing was done", "is at RAMP_DOWN", "cannot bring it back from there without losing writes");
    }

    @Test
    void a_listener_may_close_a_migration_while_another_thread_joins_its_fleet_again() throws Exception {
        Flags flags =
                rig.opened(Flags.builder(store).node("third").fleet(rig.fleet).build());
        Migration<Integer, String> third =
                rig.opened(rig.builder(oldPath, newPath).build(flags));
        Thread[] closes = new Thread[1];
        CountDownLatch isTold = new CountDownLatch(1);
        flags.onSnapshot(snapshot -> {
            closes[0] = Thread.currentThread();
            isTold.countDown();
            third.close();
        });

        hangs = new CountDownLatch(1);
        rig.evict("third");
        CompletableFuture<Void> joins = OwnThread.run(third::endOverride); // reports, and waits for the flag store
        Rig.eventually(() -> rig.fleet.members(Rig.NAME).stream()
                .anyMatch(member -> member.node().equals("third")));
        CompletableFuture<Void> changes =
                OwnThread.run(() -> rig.publish(rig.state().paused(true)));
        assertThat(isTold.await(20, TimeUnit.SECONDS)).as("notified").isTrue();
        Rig.eventually(() -> closes[0].getState() == Thread.State.BLOCKED);
        hangs.countDown();

        Rig.get(changes);
        Rig.get(joins);
    }
}
