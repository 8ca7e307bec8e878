package dev.turnout.benchmarks.comparison;

import dev.turnout.flags.store.AuditEntry;
import dev.turnout.flags.store.Change;
import dev.turnout.flags.store.EditableFlagStore;
import dev.turnout.flags.store.Snapshot;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * One node's way to a flag store: it gets each revision when its lag is over. A read that would give a newer one waits
 * for that, as it must give the newest.
 */
final class LaggingFlagStore implements EditableFlagStore {
    private final EditableFlagStore store;
    private final FlagLag lag;
    private final int node;
    private final ConcurrentMap<Long, Long> visibleAt = new ConcurrentHashMap<>();
    private final ScheduledExecutorService later = Executors.newSingleThreadScheduledExecutor();

    LaggingFlagStore(EditableFlagStore store, FlagLag lag, int node) {
        this.store = store;
        this.lag = lag;
        this.node = node;
        visibleAt.put(store.read().revision(), System.nanoTime());
        store.watch(snapshot -> leftNanos(snapshot)); // the lag begins when it is stored, not when it is asked for
    }

    private long leftNanos(Snapshot snapshot) {
        long at = visibleAt.computeIfAbsent(
                snapshot.revision(),
                revision -> System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(lag.millis(revision, node)));
        return Math.max(0, at - System.nanoTime());
    }

    @Override
    public Snapshot read() {
        Snapshot snapshot = store.read();
        FaultyStore.pause(TimeUnit.NANOSECONDS.toMicros(leftNanos(snapshot)) + 1);
        return snapshot;
    }

    @Override
    public Subscription watch(Consumer<Snapshot> watcher) {
        return store.watch(snapshot -> {
            var unused = later.schedule(() -> watcher.accept(snapshot), leftNanos(snapshot), TimeUnit.NANOSECONDS);
        });
    }

    @Override
    public Snapshot apply(Change change) {
        return store.apply(change);
    }

    @Override
    public List<AuditEntry> history(int limit) {
        return store.history(limit);
    }

    /** Leaves the store to the other nodes. */
    @Override
    public void close() {
        later.shutdownNow();
    }
}
