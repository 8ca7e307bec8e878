package dev.turnout.examples.places;

import dev.turnout.flags.store.FlagStore;
import dev.turnout.flags.store.Snapshot;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Sabotage: a store that notifies a node late of everything, in the right order. */
final class LaggingStore implements FlagStore {
    private final FlagStore store;
    private final Duration lag;
    private final ScheduledExecutorService later = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "lagging-store");
        thread.setDaemon(true);
        return thread;
    });
    private final Subscription subscription;
    private volatile Snapshot seen;

    LaggingStore(FlagStore store, Duration lag) {
        this.store = store;
        this.lag = lag;
        this.seen = store.read();
        this.subscription = watch(snapshot -> seen = snapshot);
    }

    @Override
    public Snapshot read() {
        return seen;
    }

    @Override
    public Subscription watch(Consumer<Snapshot> watcher) {
        return store.watch(snapshot -> {
            var unused = later.schedule(() -> watcher.accept(snapshot), lag.toMillis(), TimeUnit.MILLISECONDS);
        });
    }

    @Override
    public void close() {
        subscription.close();
        later.shutdownNow();
    }
}
