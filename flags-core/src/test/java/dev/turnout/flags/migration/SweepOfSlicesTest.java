package dev.turnout.flags.migration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnout.flags.Flags;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.store.AuditEntry;
import dev.turnout.flags.store.Change;
import dev.turnout.flags.store.EditableFlagStore;
import dev.turnout.flags.store.Snapshot;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A cohort and the rest of the keys switch sides one after the other. */
class SweepOfSlicesTest {
    private static final int VIP = 1; // the rig's cohort "vip" has this key

    private final MapPath oldPath = new MapPath("old");
    private final MapPath newPath = new MapPath("new");
    private final Rig rig = new Rig(Stage.OFF);
    private final LaggingStore storeOfTwo = new LaggingStore();
    private final ManualWorkers workersOfOne = new ManualWorkers();
    private final ManualWorkers workersOfTwo = new ManualWorkers();
    private final Migration<Integer, String> one = node("one", rig.store, workersOfOne);
    private final Migration<Integer, String> two = node("two", storeOfTwo, workersOfTwo);
    private final Controller controller = rig.controller(one);

    /** The rig's store, as one node sees it. */
    private final class LaggingStore implements EditableFlagStore {
        private final List<Consumer<Snapshot>> watchers = new CopyOnWriteArrayList<>();
        private @Nullable Snapshot stale;

        @Override
        public Snapshot read() {
            return stale == null ? rig.store.read() : stale;
        }

        void lag() {
            stale = rig.store.read();
        }

        void catchUp() {
            stale = null;
            tell();
        }

        void tell() {
            watchers.forEach(watcher -> watcher.accept(read()));
        }

        @Override
        public Snapshot apply(Change change) {
            return rig.store.apply(change);
        }

        @Override
        public List<AuditEntry> history(int limit) {
            return rig.store.history(limit);
        }

        @Override
        public Subscription watch(Consumer<Snapshot> watcher) {
            watchers.add(watcher);
            return () -> watchers.remove(watcher);
        }

        @Override
        public void close() {
            // the rig closes what is inside
        }
    }

    private Migration<Integer, String> node(String name, EditableFlagStore store, ManualWorkers workers) {
        Flags flags =
                rig.opened(Flags.builder(store).node(name).fleet(rig.fleet).build());
        MigrationBuilder<Integer, String> builder = rig.builder(oldPath, newPath);
        builder.workers = workers;
        return rig.opened(builder.build(flags));
    }

    @AfterEach
    void close() throws Exception {
        rig.close();
    }

    private void report() {
        storeOfTwo.tell();
        workersOfOne.run("turnout-fleet-m");
        workersOfTwo.run("turnout-fleet-m");
    }

    private void walk(Goal goal) {
        rig.publish(rig.state().withGoal(goal));
        for (int step = 0; step < 10 && !rig.state().isAtGoal(); step++) {
            report();
            controller.step();
        }
        assertThat(rig.state().isAtGoal()).isTrue();
        report();
    }

    @Test
    void a_sweep_of_one_slice_is_none_of_another_that_a_node_had_not_acknowledged_when_it_began() {
        walk(Goal.of(Stage.DUAL_WRITE));
        one.beginSweep().finished("test");
        walk(Goal.of(Stage.SHADOW).with("vip", Stage.SHADOW));
        one.put(VIP, "before");
        Rig.eventually(() -> one.fence.isIdle()); // its mirror too, or one could not acknowledge

        rig.publish(rig.state().withGoal(Goal.of(Stage.LIVE).with("vip", Stage.SHADOW)));
        controller.step();
        assertThat(rig.state().position()).hasToString("SYNC, vip SHADOW");
        storeOfTwo.tell();
        storeOfTwo.lag(); // knows that the rest is in SYNC, and learns of nothing more
        rig.publish(rig.state().withGoal(Goal.of(Stage.LIVE).with("vip", Stage.LIVE)));
        controller.step();
        assertThat(rig.state().position()).hasToString("SYNC, vip SYNC");
        report();
        controller.step(); // sweeps
        assertThat(rig.state().position()).hasToString("LIVE, vip SYNC");

        newPath.failWrites();
        assertThat(two.put(VIP, "acknowledged")).isEqualTo(WriteOutcome.MIRROR_PENDING);
        Rig.eventually(() -> rig.journal.depth() == 1);
        newPath.recover();
        storeOfTwo.catchUp();
        Rig.eventually(
                () -> { // when the mirror of two has ended
                    report();
                    controller.step();
                    return rig.state().position().toString().equals("LIVE, vip LIVE");
                });

        assertThat(one.get(VIP)).contains("acknowledged");
    }
}
