package dev.turnout.flags.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.AdditionalAnswers.delegatesTo;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.mock;

import dev.turnout.flags.repair.Journal;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.Stage;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Two paths in memory whose writes look at a fence, as those in a database do in their own transactions. */
class PathFenceTest {
    /** Fences a path: what it is told to refuse, it refuses when a write is about to take effect. */
    private static final class MapFence implements PathFence {
        final AtomicLong below = new AtomicLong();

        MapFence(MapPath path) {
            path.before = call -> {
                long version = CurrentWrite.version().orElse(Long.MAX_VALUE);
                if (call.equals("write") && version < below.get()) {
                    throw new FencedException("version " + version + " is below " + below);
                }
            };
        }

        @Override
        public void close(long closed) {
            below.accumulateAndGet(closed, Math::max);
        }

        @Override
        public void refuse(String member) {}
    }

    private final MapPath oldPath = new MapPath("old");
    private final MapPath newPath = new MapPath("new");
    private final MapFence ofOld = new MapFence(oldPath);
    private final MapFence ofNew = new MapFence(newPath);
    private Rig rig = new Rig(Stage.OFF);
    private Migration<Integer, String> migration = node(Workers.THREADS);
    private Controller controller = rig.controller(migration);

    private Migration<Integer, String> node(Workers workers) {
        MigrationBuilder<Integer, String> builder =
                rig.builder(oldPath, newPath).fences(ofOld, ofNew);
        builder.workers = workers;
        return rig.opened(builder.build(rig.flags()));
    }

    @AfterEach
    void close() throws Exception {
        rig.close();
    }

    private long arriveAt(Stage stage) throws Exception {
        return Rig.get(controller.moveTo(Goal.of(stage), "ana", "x")).version();
    }

    @Test
    void a_crossing_closes_the_fence_of_each_path_that_a_node_which_missed_it_could_acknowledge_by() throws Exception {
        long dual = arriveAt(Stage.DUAL_WRITE);
        migration.beginSweep().finished("test");
        arriveAt(Stage.SHADOW);
        assertThat(ofOld.below).as("nothing has crossed").hasValue(0);

        long live = arriveAt(Stage.LIVE);
        assertThat(ofOld.below).as("the version that entered SYNC").hasValue(live - 1);
        assertThat(ofNew.below).hasValue(0);

        arriveAt(Stage.RAMP_DOWN);
        long shadow = arriveAt(Stage.SHADOW);
        assertThat(ofNew.below).hasValue(shadow - 1).hasValueGreaterThan(dual);
        assertThat(migration.put(1, "goes on")).isEqualTo(WriteOutcome.MIRROR_PENDING);
    }

    @Test
    void fences_are_closed_before_a_crossing_is_published() throws Exception {
        List<Stage> stages = new CopyOnWriteArrayList<>();
        PathFence looking = new PathFence() {
            @Override
            public void close(long below) {
                stages.add(rig.state().position().at(0).stage());
            }

            @Override
            public void refuse(String member) {}
        };
        MigrationBuilder<Integer, String> builder =
                rig.builder(oldPath, newPath).fences(looking, looking);
        ManualWorkers workers = new ManualWorkers();
        builder.workers = workers;
        controller.close();
        Migration<Integer, String> looked = rig.opened(builder.build(rig.flags()));
        Controller stepping = rig.controller(looked);
        moveNow(stepping, workers, Stage.DUAL_WRITE);
        looked.beginSweep().finished("test");
        moveNow(stepping, workers, Stage.SYNC);
        rig.publish(rig.state().withGoal(Goal.of(Stage.LIVE)));
        stepping.step();
        assertThat(rig.state().position()).hasToString("LIVE");
        assertThat(stages).as("by the controller").isNotEmpty().containsOnly(Stage.SYNC);
        stages.clear();

        moveNow(stepping, workers, Stage.SYNC);
        moveNow(stepping, workers, Stage.SHADOW);
        assertThat(stages).as("by an operator").isNotEmpty().containsOnly(Stage.SYNC);
    }

    /** What an evicted node writes before is recorded before too, and so it is swept. */
    @Test
    @SuppressWarnings("unchecked")
    void fences_are_closed_before_it_is_asked_which_keys_are_to_be_swept() throws Exception {
        List<Long> closedWhenAsked = new CopyOnWriteArrayList<>();
        Journal<Integer> journal = mock(Journal.class, delegatesTo(rig.journal));
        doAnswer(invocation -> {
                    closedWhenAsked.add(ofOld.below.get());
                    return rig.journal.keys();
                })
                .when(journal)
                .keys();
        MigrationBuilder<Integer, String> builder =
                rig.builder(oldPath, newPath).fences(ofOld, ofNew).journal(journal);
        ManualWorkers workers = new ManualWorkers();
        builder.workers = workers;
        controller.close();
        Migration<Integer, String> looked = rig.opened(builder.build(rig.flags()));
        Controller stepping = rig.controller(looked);
        moveNow(stepping, workers, Stage.DUAL_WRITE);
        looked.beginSweep().finished("test");
        moveNow(stepping, workers, Stage.SYNC);
        long sync = rig.state().version();
        rig.publish(rig.state().withGoal(Goal.of(Stage.LIVE)));

        stepping.step();

        assertThat(rig.state().position()).hasToString("LIVE");
        assertThat(closedWhenAsked).isNotEmpty().containsOnly(sync);
    }

    private void moveNow(Controller stepping, ManualWorkers workers, Stage stage) {
        stepping.moveNow(Goal.of(stage), "ana", "x");
        workers.run("turnout-fleet-m");
        Rig.eventually(() -> rig.fleet.members(Rig.NAME).stream()
                .allMatch(member -> member.acknowledged() == rig.state().version()));
    }

    @Test
    void a_write_that_was_overtaken_by_a_crossing_is_refused_by_the_store_itself() throws Exception {
        arriveAt(Stage.DUAL_WRITE);
        migration.beginSweep().finished("test");
        arriveAt(Stage.SHADOW);
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch woken = new CountDownLatch(1);
        Migration<Integer, String> paused = node(new ManualWorkers()); // does not report
        var checked = oldPath.before;
        oldPath.before = call -> {
            if (call.equals("write") && inside.getCount() > 0) {
                inside.countDown();
                await(woken);
            }
            checked.accept(call);
        };
        CompletableFuture<WriteOutcome> write = CompletableFuture.supplyAsync(() -> paused.put(1, "late"));
        inside.await();
        // As if its clock had stood still: the fleet has counted the node out, and the node does not know.
        rig.countOut("node-2");
        arriveAt(Stage.COMPLETE);
        woken.countDown();

        assertThatThrownBy(() -> Rig.get(write))
                .hasCauseInstanceOf(FencedException.class)
                .satisfies(e -> assertThat(WriteOutcome.of(e.getCause())).isEqualTo(WriteOutcome.NOT_APPLIED));
        assertThat(oldPath.value(1)).isEmpty();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
