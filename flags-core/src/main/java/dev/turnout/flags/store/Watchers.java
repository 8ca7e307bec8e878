package dev.turnout.flags.store;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The watchers of one store. Tells each of them newer states only, in order. Thread-safe. */
public final class Watchers {
    /** None yet. */
    public Watchers() {}

    private static final Logger log = LoggerFactory.getLogger(Watchers.class);

    private final List<Consumer<Snapshot>> all = new CopyOnWriteArrayList<>();
    private long told; // guarded by this

    /** Adds one; see {@link FlagStore#watch}. */
    public FlagStore.Subscription add(Consumer<Snapshot> watcher) {
        all.add(watcher);
        return () -> all.remove(watcher);
    }

    /** Tells all of them of a state, unless they know it, or a newer one. */
    public synchronized void tell(Snapshot snapshot) {
        if (snapshot.revision() <= told) {
            return;
        }
        told = snapshot.revision();
        for (Consumer<Snapshot> watcher : all) {
            try {
                watcher.accept(snapshot);
            } catch (RuntimeException e) {
                log.error("A watcher failed on revision {}; the others are told all the same.", told, e);
            }
        }
    }
}
