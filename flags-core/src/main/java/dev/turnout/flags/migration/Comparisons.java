package dev.turnout.flags.migration;

import dev.turnout.flags.repair.Difference;
import dev.turnout.flags.store.TimeSource;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares what both paths say of a key, beside the caller and never in his way: a few threads, a bound on what waits, and what is too
 * much is dropped and counted. What differs is read again, as the two reads are not made at one moment: only what differs still after the
 * last delay is a difference.
 */
final class Comparisons<K> implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Comparisons.class);
    private static final int THREADS = 2;
    private static final int MOST_AT_ONCE = 1_000;
    private static final int MOST_REMEMBERED = 100;
    static final List<Duration> DELAYS =
            List.of(Duration.ZERO, Duration.ofMillis(50), Duration.ofMillis(500), Duration.ofSeconds(2));

    private final String migration;
    private final Meters meters;
    private final List<Duration> delays;
    private final ScheduledThreadPoolExecutor executor;
    private final Semaphore room = new Semaphore(MOST_AT_ONCE);
    private final Deque<Difference<K>> recent = new ArrayDeque<>(); // guarded by itself
    private final Outage outage;

    /** @param delays before each time that a key is read, of which the last one decides */
    Comparisons(String migration, Meters meters, List<Duration> delays, TimeSource time) {
        this.delays = delays;
        this.outage = new Outage(time);
        this.migration = migration;
        this.meters = meters;
        executor = new ScheduledThreadPoolExecutor(THREADS, task -> {
            Thread thread = new Thread(task, "turnout-compare-" + migration);
            thread.setDaemon(true);
            return thread;
        });
        executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    /** @param compare reads both paths and says how they differ; may be called several times */
    void submit(K key, Supplier<Optional<Difference.Kind>> compare) {
        if (room.tryAcquire()) {
            schedule(key, compare, 0);
        } else {
            meters.notCompared.increment();
        }
    }

    private void schedule(K key, Supplier<Optional<Difference.Kind>> compare, int attempt) {
        try {
            var unused = executor.schedule(
                    () -> run(key, compare, attempt), delays.get(attempt).toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) { // closed
            room.release();
        }
    }

    private void run(K key, Supplier<Optional<Difference.Kind>> compare, int attempt) {
        Optional<Difference.Kind> kind;
        try {
            kind = compare.get();
        } catch (RuntimeException e) {
            room.release();
            meters.notCompared.increment();
            if (outage.isWorthALine()) {
                log.warn("Comparisons of migration '{}' fail; callers don't notice.", migration, e);
            }
            return;
        }
        if (kind.isPresent() && attempt + 1 < delays.size()) {
            schedule(key, compare, attempt + 1);
            return;
        }
        room.release();
        meters.compared.increment();
        kind.ifPresent(found -> remember(new Difference<>(key, found)));
    }

    private void remember(Difference<K> difference) {
        meters.different.increment();
        synchronized (recent) {
            if (recent.size() == MOST_REMEMBERED) {
                recent.removeFirst();
            }
            recent.addLast(difference);
        }
    }

    List<Difference<K>> recent() {
        synchronized (recent) {
            return List.copyOf(recent);
        }
    }

    @Override
    public void close() {
        executor.shutdownNow();
    }
}
