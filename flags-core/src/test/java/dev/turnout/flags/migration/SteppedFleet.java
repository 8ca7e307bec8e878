package dev.turnout.flags.migration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnout.flags.Flags;
import dev.turnout.flags.spi.FleetStore;
import dev.turnout.flags.spi.Member;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.store.AuditEntry;
import dev.turnout.flags.store.Change;
import dev.turnout.flags.store.EditableFlagStore;
import dev.turnout.flags.store.InMemoryFlagStore;
import dev.turnout.flags.store.Snapshot;
import dev.turnout.flags.store.TimeSource;
import dev.turnout.flags.testing.SettableTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Nodes of one fleet that report, repair and move only when a test asks for it, and each of which can be cut off from
 * each store.
 */
final class SteppedFleet implements AutoCloseable {
    final Rig rig;
    final SettableTime time = new SettableTime("2026-01-01T00:00:00Z");
    /** How much faster than a real clock time passes for waiting threads. */
    volatile int haste = 1;
    /** The same, which also passes for waiting threads, as nothing else makes it pass then. */
    private final TimeSource clock = new TimeSource() {
        @Override
        public Instant now() {
            return time.now();
        }

        @Override
        public long nanoTime() {
            return time.nanoTime();
        }

        @Override
        public void pause(Duration length) {
            TimeSource.super.pause(length);
            time.pass(length.multipliedBy(haste));
        }
    };

    final MapPath oldPath = new MapPath("old");
    final MapPath newPath = new MapPath("new");

    SteppedFleet(Stage stage) {
        rig = new Rig(stage);
    }

    /** A flag store as one node sees it: it may stay at a state, or be out of reach. */
    static final class View implements EditableFlagStore {
        private final InMemoryFlagStore inner;
        private final List<Consumer<Snapshot>> watchers = new CopyOnWriteArrayList<>();
        volatile @Nullable Snapshot frozen;
        private volatile boolean isMute;
        volatile Runnable before = () -> {};

        View(InMemoryFlagStore inner) {
            this.inner = inner;
            inner.watch(this::tell);
        }

        private void tell(Snapshot snapshot) {
            if (frozen == null && !isMute) {
                watchers.forEach(watcher -> watcher.accept(snapshot));
            }
        }

        /** Notifies no node from now on; a read sees what there is. */
        void mute() {
            isMute = true;
        }

        void freeze() {
            frozen = inner.read();
        }

        void thaw() {
            frozen = null;
            tell(inner.read());
        }

        @Override
        public Snapshot read() {
            before.run();
            Snapshot old = frozen;
            return old == null ? inner.read() : old;
        }

        @Override
        public Snapshot apply(Change change) {
            return inner.apply(change);
        }

        @Override
        public List<AuditEntry> history(int limit) {
            return inner.history(limit);
        }

        @Override
        public Subscription watch(Consumer<Snapshot> watcher) {
            watchers.add(watcher);
            return () -> watchers.remove(watcher);
        }

        @Override
        public void close() {}
    }

    /** A fleet store as one node sees it: it may be out of reach, or slow. */
    static final class FleetView implements FleetStore {
        private final FleetStore inner;
        volatile Runnable before = () -> {};

        FleetView(FleetStore inner) {
            this.inner = inner;
        }

        void cut() {
            before = () -> {
                throw new IllegalStateException("the fleet store is out of reach");
            };
        }

        void restore() {
            before = () -> {};
        }

        @Override
        public Membership join(String migration, Member.Registration registration) {
            before.run();
            Membership membership = inner.join(migration, registration);
            return new Membership() {
                @Override
                public String id() {
                    return membership.id();
                }

                @Override
                public boolean report(Member.Report report) {
                    before.run();
                    return membership.report(report);
                }

                @Override
                public void close() {
                    before.run();
                    membership.close();
                }
            };
        }

        @Override
        public List<Member> members(String migration) {
            before.run();
            return inner.members(migration);
        }

        @Override
        public boolean evict(String migration, Member seen) {
            before.run();
            return inner.evict(migration, seen);
        }
    }

    /** One node. */
    record Node(Migration<Integer, String> migration, Workers workers, View store, FleetView fleet) {
        void report() {
            ((ManualWorkers) workers).run("turnout-fleet-m");
        }

        void look() {
            ((ManualWorkers) workers).run("turnout-look-m");
        }

        void repair() {
            ((ManualWorkers) workers).run("turnout-repair-m");
        }
    }

    Node node(String name) {
        return node(name, builder -> builder);
    }

    Node node(String name, UnaryOperator<MigrationBuilder<Integer, String>> more) {
        return node(name, rig.builder(oldPath, newPath), more);
    }

    Node node(
            String name,
            MigrationBuilder<Integer, String> builder,
            UnaryOperator<MigrationBuilder<Integer, String>> more) {
        View store = new View(rig.store);
        FleetView fleet = new FleetView(rig.fleet);
        Flags flags = rig.opened(
                Flags.builder(store).node(name).fleet(fleet).time(clock).build());
        ManualWorkers workers = new ManualWorkers();
        builder.workers = workers;
        return new Node(rig.opened(more.apply(builder).build(flags)), workers, store, fleet);
    }

    /** Sets a goal and lets the controller and the nodes walk there. */
    void walk(Controller controller, Goal goal, Node... nodes) {
        want(goal);
        for (int i = 0; i < 20 && !rig.state().isAtGoal(); i++) {
            reports(nodes);
            controller.step();
        }
        assertThat(rig.state().isAtGoal()).as(rig.state().toString()).isTrue();
        reports(nodes);
    }

    void want(Goal goal) {
        rig.publish(rig.state().withGoal(goal));
    }

    private static void reports(Node... nodes) {
        for (Node node : nodes) {
            node.report();
        }
    }

    /** All keys in SHADOW, after a sweep of all. */
    Controller shadow(Node... nodes) {
        Controller controller = rig.controller(nodes[0].migration());
        walk(controller, Goal.of(Stage.DUAL_WRITE), nodes);
        nodes[0].migration().beginSweep().finished("test");
        walk(controller, Goal.of(Stage.SHADOW), nodes);
        return controller;
    }

    @Override
    public void close() throws Exception {
        rig.close();
    }
}
