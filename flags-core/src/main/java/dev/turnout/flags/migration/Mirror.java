package dev.turnout.flags.migration;

import dev.turnout.flags.store.TimeSource;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the writes that no caller waits for. A mirror that is slow or down costs the caller nothing: what does not fit into the queue, or has
 * waited there too long, goes to the journal without a call. Thread-safe.
 */
final class Mirror implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Mirror.class);
    private static final int THREADS = 4;
    private static final int QUEUE = 1_000;
    // A stage change waits for the operations begun before it, those in this queue included.
    private static final long LONGEST_WAIT_NANOS = Duration.ofMillis(100).toNanos();

    private final String migration;
    private final LongAdder failed;
    private final TimeSource time;
    private final ExecutorService executor;
    private final Outage outage;

    Mirror(String migration, LongAdder failed, TimeSource time, Workers workers) {
        this.migration = migration;
        this.failed = failed;
        this.time = time;
        this.outage = new Outage(time);
        executor = workers.pool("turnout-mirror-" + migration, THREADS, QUEUE);
    }

    /** Makes the second write of an operation that is acknowledged already, and ends the operation. */
    void submit(Operation<?>.Rest operation, Runnable secondWrite) {
        long submitted = time.nanoTime();
        try {
            executor.execute(() -> write(operation, secondWrite, submitted));
        } catch (RejectedExecutionException e) { // full, or closed
            giveUp(operation);
        } catch (Throwable e) { // such as no thread could be made: the caller's write has happened all the same
            giveUp(operation);
            report(e);
        }
    }

    private void write(Operation<?>.Rest operation, Runnable secondWrite, long submitted) {
        if (!operation.mayGoOn() || time.nanoTime() - submitted > LONGEST_WAIT_NANOS) {
            giveUp(operation);
            return;
        }
        try {
            operation.make(secondWrite);
        } catch (Throwable e) { // it has been handed over
            failed.increment();
            report(e);
        }
    }

    private void giveUp(Operation<?>.Rest operation) {
        failed.increment();
        operation.giveUp();
    }

    private void report(Throwable problem) {
        if (outage.isWorthALine()) {
            log.warn(
                    "Mirror writes of migration '{}' fail; callers don't notice, repair will look after the keys.",
                    migration,
                    problem);
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
