package dev.turnout.flags.migration;

import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.store.Snapshot;
import dev.turnout.flags.store.SnapshotId;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** Who waits until a goal is reached. Thread-safe. */
final class Arrivals {
    /**
     * A caller that waits for a goal, and the flag store's state that has it. A state that does not follow that one is
     * no evidence about the goal, unless the node has known one that did.
     */
    private record Arrival(Goal goal, CompletableFuture<MigrationState> future, SnapshotId from, AtomicBoolean known) {}

    private final List<Arrival> arrivals = new CopyOnWriteArrayList<>();

    /** Completes when the goal, which that state of the flag store has, is reached; see {@link Controller#moveTo}. */
    CompletableFuture<MigrationState> await(Goal goal, SnapshotId from) {
        CompletableFuture<MigrationState> future = new CompletableFuture<>();
        arrivals.add(new Arrival(goal, future, from, new AtomicBoolean()));
        return future;
    }

    boolean isEmpty() {
        return arrivals.isEmpty();
    }

    /** @param state the migration's by the snapshot; {@code null} if that has no entry of it */
    void tell(Snapshot snapshot, @Nullable MigrationState state, FleetSighting seen) {
        for (Arrival arrival : arrivals) {
            if (snapshot.id().follows(arrival.from())) {
                arrival.known().set(true);
                tell(arrival, state, seen);
            } else if (arrival.known().get()) {
                fail(
                        arrival,
                        "The flag store has gone back to before " + arrival.goal()
                                + " was set, and does not have it any more. Set it again.");
            }
        }
        arrivals.removeIf(arrival -> arrival.future().isDone()); // also one that its caller has cancelled
    }

    private static void tell(Arrival arrival, @Nullable MigrationState state, FleetSighting seen) {
        Goal goal = arrival.goal();
        if (state == null) {
            fail(arrival, "The migration's entry was removed from the flag store before " + goal + " was reached.");
        } else if (!goal.equals(state.goal())) {
            fail(arrival, "Another goal was set before " + goal + " was reached: " + state.goal() + ".");
        } else if (state.isAtGoal()
                && Nodes.notAcknowledged(seen.members(), List.of(), state.id(), state.version())
                        .isEmpty()) {
            arrival.future().complete(state);
        }
    }

    private static void fail(Arrival arrival, String what) {
        arrival.future().completeExceptionally(new IllegalStateException(what));
    }

    void cancel() {
        arrivals.forEach(arrival -> arrival.future().cancel(false));
    }
}
