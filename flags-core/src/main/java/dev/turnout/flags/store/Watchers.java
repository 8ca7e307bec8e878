package dev.turnout.flags.store;

import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The watchers of one store. Notifies each of them of the states in order, whatever the other ones throw. Thread-safe.
 */
public final class Watchers {
    private final Listeners<Snapshot> all = new Listeners<>(Watchers.class, TimeSource.SYSTEM);
    private SnapshotId told = SnapshotId.NONE; // guarded by this

    /** None yet. */
    public Watchers() {}

    /** Adds one; see {@link FlagStore#watch}. */
    public FlagStore.Subscription add(Consumer<Snapshot> watcher) {
        return all.add(watcher);
    }

    /**
     * Notifies all of them of the newest state, unless it is the one of which they were notified last; see
     * {@link Listeners#tell}. Never throws, unless {@code newest} does.
     *
     * @param newest asked under a lock, so a state that another thread has made meanwhile is not followed by this one's
     */
    public void tell(Supplier<Snapshot> newest) {
        post(newest);
        all.tellPosted();
    }

    private synchronized void post(Supplier<Snapshot> newest) {
        Snapshot snapshot = newest.get();
        if (!snapshot.id().equals(told)) {
            told = snapshot.id();
            all.post(snapshot, "revision " + told.revision());
        }
    }
}
