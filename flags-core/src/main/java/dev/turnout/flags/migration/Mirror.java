package dev.turnout.flags.migration;

import dev.turnout.flags.spi.Journal;
import dev.turnout.flags.store.LogThrottle;
import dev.turnout.flags.store.TimeSource;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the writes that no caller waits for. A mirror that is slow or down costs the caller nothing: what does not fit into the queue, or has
 * waited there too long, goes to the journal without a call. Thread-safe.
 */
final class Mirror implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Mirror.class);
    private static final int QUEUE = 1_000;
    // A stage change waits for the operations begun before it, those in this queue included.
    private static final long LONGEST_WAIT_NANOS = Duration.ofMillis(100).toNanos();

    private final String migration;
    private final Meters meters;
    private final TimeSource time;
    private final ExecutorService executor;
    private final LogThrottle failures;
    private final LogThrottle shedding;

    /**
     * @param journal which the mirrors of other nodes in this process may share
     * @param threads how many writes it makes at once
     */
    Mirror(String migration, Journal<?> journal, Meters meters, int threads, TimeSource time, Workers workers) {
        this.migration = migration;
        this.meters = meters;
        this.time = time;
        failures = LogThrottle.sharedBy(journal, Mirror.class, migration + " fails", time);
        shedding = LogThrottle.sharedBy(journal, Mirror.class, migration + " sheds", time);
        executor = workers.pool("turnout-mirror-" + migration, threads, QUEUE);
    }

    /** Makes the second write of an operation that is acknowledged already, and ends the operation. */
    void submit(Operation<?>.Rest operation, Runnable secondWrite) {
        SecondWrite write = new SecondWrite(operation, secondWrite, time.nanoTime());
        try {
            executor.execute(write);
        } catch (RejectedExecutionException e) { // full, or closed
            write.shed(e);
        } catch (Throwable e) { // no memory, or no thread; the caller's write was taken all the same
            failures.warn(
                    e,
                    "Mirror writes of migration '{}' cannot begin; callers do not notice, repair looks after the keys.",
                    migration);
            write.giveUp();
        }
    }

    /** What remains for repair without a call. */
    private void told(RejectedExecutionException e) {
        shedding.warn(
                e,
                "The mirror of migration '{}' does not keep up, and leaves writes to repair; callers do not notice. Is the path slower than it was,"
                        + " or are mirrorThreads too few?",
                migration);
    }

    private final class SecondWrite implements Runnable {
        private final Operation<?>.Rest operation;
        private final Runnable call;
        private final long submittedNanos;
        // An executor that threw may have queued it before: only one of both may continue with the operation.
        private final AtomicBoolean taken = new AtomicBoolean();

        SecondWrite(Operation<?>.Rest operation, Runnable call, long submittedNanos) {
            this.operation = operation;
            this.call = call;
            this.submittedNanos = submittedNanos;
        }

        @Override
        public void run() {
            if (!taken.compareAndSet(false, true)) {
                return;
            }
            try {
                write();
            } catch (Throwable e) { // also an Error: the thread is needed for others
                failures.warn(
                        e,
                        "Mirror writes of migration '{}' fail; callers do not notice, repair will look after the keys.",
                        migration);
            }
        }

        private void write() {
            boolean hasWaitedLong = time.nanoTime() - submittedNanos > LONGEST_WAIT_NANOS;
            if (hasWaitedLong) {
                told(new Workers.FullException());
            }
            if (hasWaitedLong || !operation.mayGoOn()) {
                handOver(meters.mirrorShed);
                return;
            }
            boolean done = false;
            try {
                operation.make(call);
                done = true;
            } finally {
                if (!done) {
                    meters.mirrorFailed.increment(); // it has been handed over
                }
            }
            failures.worksAgain("Mirror writes of migration '{}' work again.", migration);
        }

        void shed(RejectedExecutionException e) {
            if (!executor.isShutdown()) {
                told(e);
            }
            giveUp(meters.mirrorShed);
        }

        void giveUp() {
            giveUp(meters.mirrorFailed);
        }

        private void giveUp(LongAdder counter) {
            if (taken.compareAndSet(false, true)) {
                handOver(counter);
            }
        }

        private void handOver(LongAdder counter) {
            counter.increment();
            operation.giveUp();
        }
    }

    /** Hands over what waits, lets what runs end. */
    @Override
    public void close() {
        executor.shutdown();
        try {
            if (!executor.awaitTermination(10, TimeUnit.SECONDS)) {
                log.warn(
                        "A mirror write of migration '{}' has not returned for 10 s; its key waits for repair.",
                        migration);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
