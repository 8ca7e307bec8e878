package dev.turnout.flags.migration;

import dev.turnout.flags.fleet.FleetStore;
import dev.turnout.flags.fleet.Node;
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
import java.util.Set;
import java.util.function.Consumer;

/** A node that hears of each state of the flag store late, when it is told, and whose clock stands still until its lease lapses. */
final class ModelNode implements Node {
    private final String name;
    private final boolean controls;
    private final List<Snapshot> states; // all there have been
    private final FlagStore store;
    private final FleetStore fleet;
    private final Baton baton;
    private final Set<Rule> removed;
    private final Map<String, Long> begunAt = new HashMap<>(); // what the clock said when an actor looked first
    private Consumer<Snapshot> listener = snapshot -> {};
    private int seen;
    private long nanos;

    ModelNode(
            String name,
            boolean controls,
            List<Snapshot> states,
            FlagStore store,
            FleetStore fleet,
            Baton baton,
            Set<Rule> removed) {
        this.name = name;
        this.controls = controls;
        this.states = states;
        this.store = store;
        this.fleet = fleet;
        this.baton = baton;
        this.removed = removed;
    }

    boolean isBehind() {
        return next() < states.size();
    }

    /** The next state that makes a difference here: a goal does only to a node that has a controller. */
    private int next() {
        int next = seen + 1;
        while (!controls && next < states.size() && isSamePosition(states.get(next))) {
            next++;
        }
        return next;
    }

    private boolean isSamePosition(Snapshot other) {
        return positionOf(other).equals(positionOf(state()));
    }

    private static Position positionOf(Snapshot snapshot) {
        return snapshot.document().migrations().get(World.NAME).position();
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
        return positionOf(state()).slices().anyMatch(slice -> slice.stage() == Stage.SYNC);
    }

    void lapse(Duration lease) {
        nanos += lease.toNanos();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String process() {
        return name;
    }

    @Override
    public Snapshot state() {
        return states.get(seen);
    }

    @Override
    public Snapshot refresh() {
        baton.note(states.size());
        if (!Baton.current().isEmpty() || !removed.contains(Rule.JOIN)) {
            seen = states.size() - 1;
            listener.accept(state());
        }
        return state();
    }

    @Override
    public FlagStore.Subscription onSnapshot(Consumer<Snapshot> told) {
        listener = told;
        return () -> {};
    }

    @Override
    public FlagStore store() {
        return store;
    }

    @Override
    public FleetStore fleet() {
        return fleet;
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
                if (removed.contains(Rule.LEASE)) {
                    return 0;
                }
                String actor = Baton.current();
                return removed.contains(Rule.LEASE_AT_END) && !actor.isEmpty()
                        ? begunAt.computeIfAbsent(actor, a -> nanos)
                        : nanos;
            }

            @Override
            public void pause(Duration length) {
                baton.pause();
                if (Baton.isOperation()) {
                    baton.note(ModelNode.this); // what it goes on by
                }
            }
        };
    }

    @Override
    public String toString() {
        return name + seen + "," + nanos + (removed.contains(Rule.LEASE_AT_END) ? begunAt : "");
    }
}
