package dev.turnout.flags.migration;

import dev.turnout.flags.spi.Journal;
import dev.turnout.flags.store.LogThrottle;
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
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Compares what both paths have for a key, beside the caller and never in its way: a few threads, a bound on what
 * waits, and what is too much is dropped and counted. What differs is read again, as the two reads are not made at one
 * moment: only what differs still after the last delay is a difference.
 */
final class Comparisons<K> implements AutoCloseable {
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
    private final LogThrottle failures;

    /**
     * @param journal which the comparisons of other nodes in this process may share
     * @param threads that compare at once
     * @param delays before each time that a key is read, of which the last one decides
     */
    Comparisons(
            String migration, Journal<?> journal, Meters meters, int threads, List<Duration> delays, TimeSource time) {
        this.delays = delays;
        failures = LogThrottle.sharedBy(journal, Comparisons.class, migration, time);
        this.migration = migration;
        this.meters = meters;
        executor = new ScheduledThreadPoolExecutor(threads, task -> {
            Thread thread = new Thread(task, "turnout-compare-" + migration);
            thread.setDaemon(true);
            return thread;
        });
        executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    /**
     * @param compare reads both paths and returns how they differ; may be called several times
     * @param isDue whether the paths still have to agree, asked after they were read; not a difference, nor a comparison, if not
     */
    void submit(K key, Supplier<Optional<Difference.Kind>> compare, BooleanSupplier isDue) {
        if (room.tryAcquire()) {
            new Comparison(key, compare, isDue).schedule();
        } else {
            meters.notCompared.increment();
        }
    }

    /** One key, as often as it is read. */
    private final class Comparison implements Runnable {
        private final K key;
        private final Supplier<Optional<Difference.Kind>> compare;
        private final BooleanSupplier isDue;
        // An executor that threw may have queued it before: its room is given back once.
        private final AtomicBoolean over = new AtomicBoolean();
        private int attempt; // of one thread at a time

        Comparison(K key, Supplier<Optional<Difference.Kind>> compare, BooleanSupplier isDue) {
            this.key = key;
            this.compare = compare;
            this.isDue = isDue;
        }

        void schedule() {
            try {
                var unused = executor.schedule(this, delays.get(attempt).toMillis(), TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) { // closed
                end();
            } catch (Throwable e) { // no memory, or no thread; the caller does not notice
                fail(e);
            }
        }

        @Override
        public void run() {
            try {
                Optional<Difference.Kind> kind = compare.get();
                if (kind.isPresent() && !isDue.getAsBoolean()) { // what one path alone has been written meanwhile
                    drop();
                } else if (kind.isPresent() && attempt + 1 < delays.size()) {
                    attempt++;
                    schedule();
                } else if (end()) {
                    meters.compared.increment();
                    failures.worksAgain("Comparisons of migration '{}' work again.", migration);
                    kind.ifPresent(found -> remember(new Difference<>(key, found)));
                }
            } catch (Throwable e) { // also an Error: the room is needed for others
                fail(e);
            }
        }

        private void drop() {
            if (end()) {
                meters.notCompared.increment();
            }
        }

        private void fail(Throwable problem) {
            if (end()) {
                meters.notCompared.increment();
                failures.warn(problem, "Comparisons of migration '{}' fail; callers do not notice.", migration);
            }
        }

        /** Whether it had not ended before. */
        private boolean end() {
            boolean isFirst = over.compareAndSet(false, true);
            if (isFirst) {
                room.release();
            }
            return isFirst;
        }
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
