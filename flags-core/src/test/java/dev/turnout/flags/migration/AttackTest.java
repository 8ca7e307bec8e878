package dev.turnout.flags.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.AdditionalAnswers.delegatesTo;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.withSettings;

import dev.turnout.flags.Flags;
import dev.turnout.flags.document.EntryKey;
import dev.turnout.flags.document.FlagDocument;
import dev.turnout.flags.rule.Cohort;
import dev.turnout.flags.spi.Journal;
import dev.turnout.flags.spi.Member;
import dev.turnout.flags.stage.Facts;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.store.Change;
import dev.turnout.flags.store.InMemoryFlagStore;
import dev.turnout.flags.store.Snapshot;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Ways to lose a write, or to read a stale one, that were found by reading the code. */
class AttackTest {
    private final SteppedFleet fleet = new SteppedFleet(Stage.OFF);
    private final PlainMapPath plainOld = new PlainMapPath();
    private final PlainMapPath plainNew = new PlainMapPath();

    @AfterEach
    void close() throws Exception {
        fleet.oldPath.recover();
        fleet.newPath.recover();
        upToDate.set(true);
        restore.run();
        fleet.close();
    }

    private Runnable restore = () -> {};

    private static Runnable once(Runnable action) {
        AtomicBoolean done = new AtomicBoolean();
        return () -> {
            if (done.compareAndSet(false, true)) {
                action.run();
            }
        };
    }

    /** A flag store with another content, whose revisions are above those of the rig's. */
    private Snapshot otherHistory(MigrationState state) {
        InMemoryFlagStore other = new InMemoryFlagStore(
                new FlagDocument(Map.of("vip", Cohort.of("vip", "1", "2")), Map.of(), Map.of(Rig.NAME, state)));
        EntryKey key = EntryKey.migration(Rig.NAME);
        boolean paused = false;
        while (other.read().revision() <= fleet.rig.store.read().revision() + 1 || paused) {
            paused = !paused;
            other.apply(Change.by("test", "continues")
                    .put(state.paused(paused), other.read().idOf(key)));
        }
        return other.read();
    }

    @Test
    void a_reconciler_that_is_called_in_sync_does_not_copy_over_a_write_made_after_the_crossing() {
        SteppedFleet.Node a = fleet.node("a", fleet.rig.builder(plainOld, plainNew), builder -> builder);
        SteppedFleet.Node b = fleet.node("b", fleet.rig.builder(plainOld, plainNew), builder -> builder);
        Controller controller = fleet.shadow(a, b);
        a.migration().put(1, "before");
        Rig.eventually(() -> a.migration().fence.isIdle());
        fleet.want(Goal.of(Stage.COMPLETE));
        a.report();
        b.report();
        controller.step();
        assertThat(b.migration().stageOf(1)).isEqualTo(Stage.SYNC);
        Runnable crossing = once(() -> {
            a.report();
            b.report();
            controller.step();
            assertThat(b.migration().stageOf(1)).isEqualTo(Stage.COMPLETE);
            assertThat(b.migration().put(1, "acknowledged")).isEqualTo(WriteOutcome.APPLIED);
        });
        plainNew.before = call -> {
            if (call.equals("put")) {
                crossing.run();
            }
        };

        try {
            a.migration().reconciler().reconcile(1, Side.OLD);
        } catch (RuntimeException e) {
            crossing.run(); // refused
        }

        assertThat(b.migration().get(1)).contains("acknowledged");
    }

    @Test
    void a_backfill_on_a_node_that_hears_late_copies_nothing_over_a_write_made_after_the_crossing() throws Exception {
        SteppedFleet.Node late = fleet.node("late", fleet.rig.builder(plainOld, plainNew), builder -> builder);
        SteppedFleet.Node b = fleet.node("b", fleet.rig.builder(plainOld, plainNew), builder -> builder);
        Controller controller = fleet.rig.controller(b.migration());
        fleet.walk(controller, Goal.of(Stage.DUAL_WRITE), late, b);
        late.migration().put(1, "before");
        Rig.eventually(() -> late.migration().fence.isIdle());
        fleet.rig.publish(fleet.rig
                .state()
                .moved(Goal.of(Stage.SYNC), new Facts(false, fleet.rig.journal.id(), slice -> List.of())));
        fleet.want(Goal.of(Stage.COMPLETE));
        for (int i = 0; i < 3; i++) { // until all that is missing is a sweep of all keys
            late.report();
            b.report();
            controller.step();
        }
        late.store().mute();
        b.migration().beginSweep().finished("ana");
        for (int i = 0; i < 5; i++) {
            b.report();
            controller.step();
        }
        assertThat(b.migration().stageOf(1)).isEqualTo(Stage.COMPLETE);
        assertThat(late.migration().stageOf(1)).isEqualTo(Stage.SYNC);
        assertThat(b.migration().put(1, "acknowledged")).isEqualTo(WriteOutcome.APPLIED);

        try {
            late.migration().reconciler().reconcile(1, Side.OLD);
        } catch (RuntimeException e) {
            assertThat(e).isInstanceOf(UnavailableException.class); // refused
        }

        assertThat(b.migration().get(1)).contains("acknowledged");
    }

    @Test
    void keys_do_not_cross_while_a_backfill_that_was_overtaken_by_another_copies_one_in_sync() throws Exception {
        SteppedFleet.Node a = fleet.node("a", fleet.rig.builder(plainOld, plainNew), builder -> builder);
        SteppedFleet.Node b = fleet.node("b", fleet.rig.builder(plainOld, plainNew), builder -> builder);
        Controller controller = fleet.rig.controller(b.migration());
        fleet.walk(controller, Goal.of(Stage.DUAL_WRITE), a, b);
        a.migration().put(1, "before");
        Rig.eventually(() -> a.migration().fence.isIdle());
        MigrationState dual = fleet.rig.state();
        fleet.rig.publish(
                dual.moved(Goal.of(Stage.SYNC), new Facts(false, fleet.rig.journal.id(), slice -> List.of())));
        fleet.want(Goal.of(Stage.COMPLETE));
        a.report();
        b.report();
        FullSweep sweep = b.migration().beginSweep();
        AtomicReference<Thread> crossing = new AtomicReference<>();
        plainNew.before = call -> {
            if (call.equals("put") && crossing.get() == null) {
                sweep.finished("ana");
                Thread moves = new Thread(() -> fleet.walk(controller, Goal.of(Stage.COMPLETE), a, b));
                crossing.set(moves);
                moves.start();
                Rig.eventually(() -> moves.getState() == Thread.State.TIMED_WAITING || !moves.isAlive());
                assertThat(b.migration().stageOf(1)).isEqualTo(Stage.SYNC);
            }
        };

        a.migration().reconciler().reconcile(1, Side.OLD);
        crossing.get().join(20_000);

        assertThat(b.migration().stageOf(1)).isEqualTo(Stage.COMPLETE);
        assertThat(b.migration().get(1)).contains("before");
        assertThat(fleet.rig.journal.keys()).isEmpty();
    }

    @Test
    void a_node_whose_override_ends_does_not_go_behind_the_others_by_a_store_that_was_set_back() {
        SteppedFleet.Node a = fleet.node("a");
        SteppedFleet.Node b = fleet.node("b");
        Controller controller = fleet.shadow(a, b);
        MigrationState shadow = fleet.rig.state();
        fleet.walk(controller, Goal.of(Stage.LIVE), a, b);
        a.migration().put(1, "before");
        a.migration().overrideStage(Stage.SYNC, "ana", "x");
        a.report();
        a.store().frozen = otherHistory(shadow);

        try {
            a.migration().endOverride();
        } catch (IllegalStateException e) {
            // it stays where it is
        }

        fleet.newPath.failWrites();
        boolean acknowledged;
        try {
            var unused = a.migration().put(1, "acknowledged");
            acknowledged = true;
        } catch (RuntimeException e) {
            acknowledged = false;
        }
        if (acknowledged) {
            assertThat(b.migration().get(1)).contains("acknowledged");
        }
    }

    @Test
    void a_node_that_joins_by_a_stale_store_sees_who_has_joined_meanwhile() {
        SteppedFleet.Node first = fleet.node("first");
        Controller controller = fleet.shadow(first);
        first.migration().put(1, "before");
        Rig.eventually(() -> first.migration().fence.isIdle());
        Snapshot stale = fleet.rig.store.read();
        fleet.walk(controller, Goal.of(Stage.COMPLETE), first);
        controller.close();
        first.migration().close();
        SteppedFleet.View store = new SteppedFleet.View(fleet.rig.store);
        store.frozen = stale;
        Flags flags = fleet.rig.opened(Flags.builder(store)
                .node("stale")
                .fleet(fleet.rig.fleet)
                .time(fleet.time)
                .build());
        AtomicReference<SteppedFleet.Node> joined = new AtomicReference<>();
        Runnable other = once(() -> {
            SteppedFleet.Node node = fleet.node("fresh");
            joined.set(node);
            assertThat(node.migration().put(1, "acknowledged")).isEqualTo(WriteOutcome.APPLIED);
        });
        store.before = other;
        MigrationBuilder<Integer, String> builder = fleet.rig.builder(fleet.oldPath, fleet.newPath);
        builder.workers = new ManualWorkers();

        Optional<String> answer;
        try {
            answer = fleet.rig.opened(builder.build(flags)).get(1);
        } catch (IllegalStateException | UnavailableException e) {
            answer = Optional.of("acknowledged"); // refused
        }

        assertThat(joined.get()).isNotNull();
        assertThat(answer).contains("acknowledged");
    }

    @Test
    void a_node_does_not_join_beside_one_that_has_joined_an_empty_fleet_by_a_stale_store() {
        SteppedFleet.Node first = fleet.node("first");
        Controller controller = fleet.shadow(first);
        Snapshot stale = fleet.rig.store.read();
        fleet.walk(controller, Goal.of(Stage.COMPLETE), first);
        controller.close();
        first.migration().close();
        SteppedFleet.View store = new SteppedFleet.View(fleet.rig.store);
        store.frozen = stale;
        Flags flags = fleet.rig.opened(Flags.builder(store)
                .node("stale")
                .fleet(fleet.rig.fleet)
                .time(fleet.time)
                .build());
        ManualWorkers workers = new ManualWorkers();
        MigrationBuilder<Integer, String> builder = fleet.rig.builder(fleet.oldPath, fleet.newPath);
        builder.workers = workers;
        Migration<Integer, String> behind = fleet.rig.opened(builder.build(flags));

        assertThatThrownBy(() -> fleet.node("fresh"))
                .hasMessageContaining("node 'stale' routes by version")
                .hasMessageContaining("out of date or was set back");
        store.thaw();
        workers.run("turnout-fleet-m");

        assertThat(behind.stageOf(1)).isEqualTo(Stage.COMPLETE);
        assertThat(fleet.node("fresh").migration().stageOf(1)).isEqualTo(Stage.COMPLETE);
    }

    @Test
    void a_read_of_all_on_an_overridden_node_answers_by_the_override() {
        SteppedFleet.Node a = fleet.node("a");
        SteppedFleet.Node b = fleet.node("b");
        Controller controller = fleet.shadow(b, a);
        a.fleet().cut();
        restore = a.fleet()::restore;
        a.migration().overrideStage(Stage.SYNC, "ana", "its lease is over soon");
        fleet.rig.evict("a");
        fleet.walk(controller, Goal.of(Stage.COMPLETE), b);
        b.migration().put(1, "acknowledged");
        assertThat(a.migration().get(1)).contains("acknowledged");

        b.migration().put(1, "newer");
        Optional<String> all;
        try {
            all = a.migration().readAll(() -> fleet.oldPath.value(1), () -> fleet.newPath.value(1));
        } catch (IllegalStateException | UnavailableException e) {
            all = Optional.of("newer"); // refused
        }

        assertThat(all).contains("newer");
    }

    private final AtomicBoolean upToDate = new AtomicBoolean(true);

    @SuppressWarnings("unchecked")
    private Journal<Integer> slowJournal() {
        return mock(
                Journal.class,
                withSettings()
                        .stubOnly()
                        .defaultAnswer(call -> call.getMethod().getName().equals("isUpToDate")
                                ? upToDate.get()
                                : delegatesTo(fleet.rig.journal).answer(call)));
    }

    /** A node which routes by an entry that was removed, and created again with a lower version. */
    private SteppedFleet.Node outdated() {
        SteppedFleet.Node node = fleet.node("a", builder -> builder.journal(slowJournal()));
        Controller controller = fleet.shadow(node);
        fleet.walk(controller, Goal.of(Stage.DUAL_WRITE), node);
        fleet.walk(controller, Goal.of(Stage.SHADOW), node);
        controller.close();
        MigrationState shadow = MigrationState.startingAt(Rig.NAME, "another", Stage.SHADOW);
        upToDate.set(false); // what its operations left waits in memory
        Snapshot other = otherHistory(shadow);
        node.store().frozen = other;
        node.migration().node().refresh();
        assertThat(fleet.rig.state().version()).isGreaterThan(shadow.version());
        return node;
    }

    @Test
    void a_node_that_joins_again_does_not_leave_before_its_journal_has_stored_what_it_did() {
        SteppedFleet.Node node = outdated();
        String before = node.migration().members().get(0).id();

        node.report();

        assertThat(node.migration().members()).extracting(Member::id).containsExactly(before);
    }

    @Test
    void a_node_that_joins_again_has_acknowledged_nothing_of_the_new_entry() {
        SteppedFleet.Node node = outdated();
        upToDate.set(true);
        Runnable outage = once(() -> upToDate.set(false));
        AtomicInteger calls = new AtomicInteger();
        node.fleet().before = () -> {
            if (calls.incrementAndGet() == 3) { // left, joined, and sees the other nodes
                outage.run();
            }
        };

        node.report();

        assertThat(upToDate).isFalse();
        Member member = node.migration().members().get(0);
        assertThat(member.using().incarnation()).isEqualTo("another");
        assertThat(member.acknowledged()).isLessThanOrEqualTo(member.using().version());
    }

    @Test
    @SuppressWarnings("unchecked")
    void an_operation_whose_end_fails_with_an_error_twice_is_ended_later() {
        AtomicInteger errors = new AtomicInteger();
        Journal<Integer> journal = mock(Journal.class, withSettings().stubOnly().defaultAnswer(call -> {
            if (call.getMethod().getName().equals("clear") && errors.getAndDecrement() > 0) {
                throw new OutOfMemoryError("for the test");
            }
            return delegatesTo(fleet.rig.journal).answer(call);
        }));
        SteppedFleet.Node node = fleet.node("a", builder -> builder.journal(journal));
        Controller controller = fleet.shadow(node);
        fleet.walk(controller, Goal.of(Stage.LIVE), node);
        errors.set(2);
        node.migration().put(1, "x");

        for (int i = 0; i < 5; i++) {
            try {
                node.report();
            } catch (OutOfMemoryError e) {
                // tried again
            }
        }

        assertThat(node.migration().fence.isIdle()).isTrue();
    }

    @Test
    void who_advances_does_not_undo_a_rollback_that_was_faster() {
        AtomicReference<Runnable> meanwhile = new AtomicReference<>(() -> {});
        SteppedFleet.Node node = fleet.node(
                "a",
                builder -> builder.blockedBy(() -> {
                    meanwhile.get().run();
                    return Optional.empty();
                }));
        Controller controller = fleet.shadow(node);
        fleet.walk(controller, Goal.of(Stage.LIVE, 100_000), node);
        meanwhile.set(
                once(() -> assertThat(controller.rollBackNow("ana", "incident").everywhere())
                        .isTrue()));

        try {
            var unused = controller.advance("bo", "does not know");
        } catch (RuntimeException e) {
            // refused
        }

        assertThat(fleet.rig.state().goal()).isEqualTo(Goal.of(Stage.SHADOW));
    }

    @Test
    void evicting_the_dead_one_of_two_processes_of_one_name_leaves_the_living_one() {
        SteppedFleet.Node living = fleet.node("same");
        SteppedFleet.Node watching = fleet.node("watching");
        Controller controller = fleet.rig.controller(watching.migration());
        var unused = fleet.rig.join("same", "", Duration.ofSeconds(30)); // of a process that was killed
        living.report();

        try {
            controller.evict("same", "ana");
        } catch (IllegalStateException e) {
            // which one?
        }

        String process = living.migration().node().process();
        assertThat(watching.migration().members()).extracting(Member::process).contains(process);
    }

    @Test
    void the_dead_one_of_two_processes_whose_leases_never_end_can_be_evicted() {
        SteppedFleet.Node living = fleet.node("same", builder -> builder.lease(Duration.ZERO));
        SteppedFleet.Node watching = fleet.node("watching", builder -> builder.lease(Duration.ZERO));
        Controller controller = fleet.rig.controller(watching.migration());
        String dead = fleet.rig.join("same", "", Duration.ZERO).id();

        assertThatThrownBy(() -> controller.evict("same", "ana"))
                .hasMessageContaining("all of them have reported lately");
        for (int beat = 0; beat <= 4; beat++) {
            living.report();
            watching.report();
            ((ManualWorkers) watching.workers()).run("turnout-controller-m");
            fleet.time.pass(Migration.LONGEST_HEARTBEAT);
        }

        assertThat(controller.evict("same", "ana")).isTrue();
        assertThat(watching.migration().members())
                .extracting(Member::id)
                .doesNotContain(dead)
                .hasSize(2);
    }
}
