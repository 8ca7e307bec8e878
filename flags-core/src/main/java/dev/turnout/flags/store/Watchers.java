package dev.turnout.flags.store;

import java.util.function.Consumer;

/** The watchers of one store. Tells each of them newer states only, in order, whatever the others throw. Thread-safe. */
public final class Watchers {
    private final Listeners<Snapshot> all = new Listeners<>(Watchers.class, TimeSource.SYSTEM);
    private long told; // guarded by this

    /** None yet. */
    public Watchers() {}

    /** Adds one; see {@link FlagStore#watch}. */
    public FlagStore.Subscription add(Consumer<Snapshot> watcher) {
        return all.add(watcher);
    }

    /** Tells all of them of a state, unless they know it, or a newer one. Never throws. */
    public synchronized void tell(Snapshot snapshot) {
        if (snapshot.revision() > told) {
            told = snapshot.revision();
            all.tell(snapshot, "revision " + told);
        }
    }
}
