package dev.turnout.flags.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.AdditionalAnswers.delegatesTo;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verify;

import dev.turnout.flags.spi.Journal;
import dev.turnout.flags.spi.PathFence;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.threads.OwnThread;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Two paths in memory whose writes look at a fence, as those in a database do in their own transactions. */
class PathFenceTest {
    private final MapPath oldPath = new MapPath("old");
    private final MapPath newPath = new MapPath("new");
    private final MapFence ofOld = MapFence.of(oldPath);
    private final MapFence ofNew = MapFence.of(newPath);
    private final Rig rig = new Rig(Stage.OFF);
    private final ManualWorkers manual = new ManualWorkers();
    private Migration<Integer, String> migration = node(Workers.THREADS);
    private Controller controller = rig.controller(migration);

    private Migration<Integer, String> node(Workers workers) {
        return node(workers, builder -> builder);
    }

    private Migration<Integer, String> node(Workers workers, UnaryOperator<MigrationBuilder<Integer, String>> more) {
        MigrationBuilder<Integer, String> builder =
                more.apply(rig.builder(oldPath, newPath).fences(ofOld, ofNew));
        builder.workers = workers;
        return rig.opened(builder.build(rig.flags()));
    }

    /** A node whose controller walks only when the test asks for it; at a position after the backfill. */
    private void stepped(Stage stage, UnaryOperator<MigrationBuilder<Integer, String>> more) {
        controller.close();
        migration = node(manual, more);
        controller = rig.controller(migration);
        moveNow(Stage.DUAL_WRITE);
        migration.beginSweep().finished("test");
        moveNow(stage);
    }

    private void moveNow(Stage stage) {
        controller.moveNow(Goal.of(stage), "ana", "x");
        manual.run("turnout-fleet-m");
        Rig.eventually(() -> rig.fleet.members(Rig.NAME).stream()
                .allMatch(member -> member.acknowledged() == rig.state().version()));
    }

    private void stepTo(Stage stage) {
        rig.publish(rig.state().withGoal(Goal.of(stage)));
        controller.step();
        assertThat(rig.state().position()).hasToString(stage.name());
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
        assertThat(ofOld.below).as("no keys have switched sides").hasValue(dual);

        long live = arriveAt(Stage.LIVE);
        assertThat(ofOld.below).as("the version that entered SYNC").hasValue(live - 1);
        assertThat(ofNew.below).hasValue(dual);

        arriveAt(Stage.RAMP_DOWN);
        long shadow = arriveAt(Stage.SHADOW);
        assertThat(ofNew.below).hasValue(shadow - 1).hasValueGreaterThan(dual);
        assertThat(migration.put(1, "continues")).isEqualTo(WriteOutcome.MIRROR_PENDING);
    }

    /** A node that does not know that may have acknowledged writes that are in one path, and in no journal. */
    @Test
    void a_sweep_of_all_keys_closes_both_fences_to_those_who_write_one_path() throws Exception {
        long dual = arriveAt(Stage.DUAL_WRITE);
        assertThat(ofOld.below).hasValue(0);

        migration.beginSweep();

        assertThat(ofOld.below).hasValue(dual);
        assertThat(ofNew.below).hasValue(dual);
        assertThat(migration.put(1, "continues")).isEqualTo(WriteOutcome.MIRROR_PENDING);
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
        stepped(Stage.SYNC, builder -> builder.fences(looking, looking));
        stages.clear();

        stepTo(Stage.LIVE);
        assertThat(stages).as("by the controller").isNotEmpty().containsOnly(Stage.SYNC);
        stages.clear();

        moveNow(Stage.SYNC);
        moveNow(Stage.SHADOW);
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
        stepped(Stage.SYNC, builder -> builder.journal(journal));
        long sync = rig.state().version();

        stepTo(Stage.LIVE);

        assertThat(closedWhenAsked).isNotEmpty().containsOnly(sync);
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
        CompletableFuture<WriteOutcome> write = OwnThread.supply(() -> paused.put(1, "late"));
        inside.await();
        // As if its clock had stood still: the fleet has counted the node out, and the node does not know.
        rig.evict("node-2");
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

    /** The first write may hold what that needs, such as the last connection of a pool. */
    @Test
    void fences_are_made_ready_when_the_migration_is_built_and_not_by_the_first_write() {
        PathFence one = mock(PathFence.class);
        PathFence other = mock(PathFence.class);

        node(manual, builder -> builder.fences(one, other));

        verify(one).prepare();
        verify(other).prepare();
    }
}
