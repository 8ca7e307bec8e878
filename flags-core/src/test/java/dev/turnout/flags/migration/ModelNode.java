package dev.turnout.flags.migration;

import dev.turnout.flags.spi.FleetStore;
import dev.turnout.flags.spi.Member;
import dev.turnout.flags.spi.Node;
import dev.turnout.flags.stage.Position;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.store.FlagStore;
import dev.turnout.flags.store.Snapshot;
import dev.turnout.flags.store.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A node, with its migration, that gets each state of the flag store late, when it is notified; its clock stands still
 * until its lease lapses, apart from that of its failureDetector.
 */
final class ModelNode implements Node {
    final int number;
    final Migration<Integer, String> migration;
    boolean crashed;
    boolean closed;

    @Nullable
    Member missed; // what it has reported last, if it has lost contact

    private final World world;
    private final boolean controls;
    private final List<Snapshot> states; // all there have been
    private final Set<Rule> removed;
    private final ModelWorkers workers;
    private final Map<String, Long> begunAt = new HashMap<>(); // the clock's time when an actor looked first
    private Consumer<Snapshot> listener = snapshot -> {};
    private int seen;
    private long nanos;
    private long watchedNanos; // how far the failureDetector's clock is ahead
    private boolean watching;
    private int refreshes = -1; // that go well until one fails

    ModelNode(World world, int number) {
        this.world = world;
        this.number = number;
        controls = number < world.scope.controllers;
        states = world.store.states();
        seen = states.size() - 1;
        removed = world.scope.removed;
        workers = new ModelWorkers(world.baton, number);
        migration = migration(world.scope);
    }

    private Migration<Integer, String> migration(Scope scope) {
        MigrationBuilder<Integer, String> builder = scope.versioned
                ? Migration.named(World.NAME, world.oldPath, world.newPath)
                : Migration.named(World.NAME, world.oldPath.plain(), world.newPath.plain());
        builder.journal(world.journal.of(this))
                .compare(0)
                .deadline(Duration.ofDays(1))
                .lease(World.LEASE);
        if (scope.fences) {
            builder.fences(world.oldPath.fence, world.newPath.fence);
        }
        builder.workers = workers;
        builder.random = new ActorsNumber();
        builder.plainRules = new PlainPaths.Rules(
                !removed.contains(Rule.HOLD), !removed.contains(Rule.SETTLE), !removed.contains(Rule.RECHECK));
        return builder.build(this);
    }

    boolean isAlive() {
        return !crashed && !closed;
    }

    boolean isInContact() {
        return isAlive() && missed == null;
    }

    /** Whether it would answer a caller who asked now. */
    boolean serves() {
        boolean isCutOff = world.scope.fences && missed != null; // fences are for writes
        return isAlive()
                && !isCutOff
                && migration.fence.current().value().lease().isValid(time().nanoTime());
    }

    @Nullable
    Stage override() {
        return migration.override().orElse(null);
    }

    boolean hasNews() {
        Member member = world.fleet.of(name());
        return member == null
                || (world.scope.accident != null && member.revision() != state().revision())
                || member.using().version() != migration.fence.current().version()
                || member.acknowledged() != (override() == null ? migration.fence.acknowledged() : 0)
                || member.override() != override();
    }

    /** Reports where it is. */
    void report() {
        Member before = world.fleet.of(name());
        Looks.ignoringFailures(() -> workers.run("turnout-fleet-" + World.NAME));
        Member now = world.fleet.of(name());
        if (missed != null && now != null && !now.equals(missed)) {
            missed = null;
            world.baton.happened();
        } else if (now == null || before == null || differs(before, now)) {
            world.baton.happened();
        }
    }

    private static boolean differs(Member before, Member now) {
        return !before.id().equals(now.id())
                || !before.using().equals(now.using())
                || before.acknowledged() != now.acknowledged()
                || before.override() != now.override();
    }

    void repair() {
        workers.run("turnout-look-" + World.NAME);
        workers.run("turnout-repair-" + World.NAME);
    }

    void close() {
        migration.close();
        closed = true;
    }

    boolean isBehind() {
        return next() < states.size();
    }

    /** The next state that is newer, and makes a difference here: a goal does only to a node that has a controller. */
    private int next() {
        int next = seen + 1;
        while (next < states.size() && makesNoDifference(next)) {
            next++;
        }
        return next;
    }

    private boolean makesNoDifference(int place) {
        Snapshot other = states.get(place);
        return world.store.isLost(place) || isKnown(other) || (!controls && isSamePosition(other));
    }

    private boolean isKnown(Snapshot other) {
        return other.id().equals(state().id());
    }

    private boolean isSamePosition(Snapshot other) {
        return positionOf(other).equals(positionOf(state()));
    }

    private static Optional<Position> positionOf(Snapshot snapshot) {
        return Optional.ofNullable(snapshot.document().migrations().get(World.NAME))
                .map(state -> state.position());
    }

    boolean hasSeenMoves() {
        return seen > 0;
    }

    /** The state before the one that it knows. */
    Snapshot previous() {
        return states.get(seen - 1);
    }

    /** Hears of the next state. */
    void observe() {
        seen = next();
        if (!(removed.contains(Rule.BRIDGE) && isSync())) {
            listener.accept(state());
        }
    }

    private boolean isSync() {
        return positionOf(state()).stream().flatMap(Position::slices).anyMatch(slice -> slice.stage() == Stage.SYNC);
    }

    void lapse(Duration lease) {
        nanos += lease.toNanos();
    }

    /** The clock of its failureDetector advances. */
    void watchLater(Duration length) {
        watchedNanos += length.toNanos();
    }

    /** Until that is over, the flag store answers once and fails then. */
    void whileFlagStoreFails(Runnable task) {
        refreshes = 1;
        Looks.ignoringFailures(task);
        refreshes = -1;
    }

    void whileWatching(Runnable look) {
        watching = true;
        try {
            look.run();
        } finally {
            watching = false;
        }
    }

    @Override
    public String name() {
        return "n" + number;
    }

    @Override
    public String process() {
        return name();
    }

    @Override
    public Snapshot state() {
        return states.get(seen);
    }

    @Override
    public Snapshot refresh() {
        if (refreshes >= 0 && refreshes-- == 0) {
            throw new IllegalStateException("the flag store failed");
        }
        world.baton.note(states.size());
        if (!Baton.current().isEmpty() || !removed.contains(Rule.JOIN)) {
            seen = states.size() - 1;
            listener.accept(state());
        }
        return state();
    }

    @Override
    public FlagStore.Subscription onSnapshot(Consumer<Snapshot> told) {
        listener = Objects.requireNonNull(told);
        return () -> {};
    }

    @Override
    public FlagStore store() {
        return world.store;
    }

    @Override
    public FleetStore fleet() {
        return world.fleet;
    }

    @Override
    public TimeSource time() {
        return new TimeSource() {
            @Override
            public Instant now() {
                return Instant.EPOCH;
            }

            @Override
            public long nanoTime() {
                if (watching) {
                    return nanos + watchedNanos;
                }
                if (removed.contains(Rule.LEASE)) {
                    return 0;
                }
                String actor = Baton.current();
                boolean knowsBegin = removed.contains(Rule.LEASE_AT_END) && !actor.isEmpty();
                boolean repairs = actor.startsWith("repair") || actor.startsWith("control");
                return knowsBegin || (removed.contains(Rule.CLAIM_TIME) && repairs)
                        ? begunAt.computeIfAbsent(actor, a -> nanos)
                        : nanos;
            }

            @Override
            public void pause(Duration length) {
                world.baton.pause();
                if (Baton.isOperation()) {
                    world.baton.note(ModelNode.this); // what it continues by
                }
            }
        };
    }

    /** All that later events depend on. */
    @Override
    public String toString() {
        return name() + seen + "," + nanos + (begunAt.isEmpty() ? "" : begunAt) + crashed + closed + (missed != null)
                + routes();
    }

    private String routes() {
        if (migration == null) {
            return ""; // it is being built
        }
        StringBuilder text = new StringBuilder();
        world.scope.keys().forEach(key -> text.append(migration.stageOf(key)));
        return text.append(migration.fence.current().version())
                .append('.')
                .append(migration.fence.acknowledged())
                .append(migration.fence.current().value().tenure().owner())
                .append(override())
                .toString();
    }
}
