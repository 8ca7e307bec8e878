package dev.turnout.flags.store;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Something that is done again and again, on a daemon thread of its own, until it is closed. */
public final class PeriodicTask implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(PeriodicTask.class);

    private final ScheduledExecutorService executor;

    private PeriodicTask(String threadName) {
        executor = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, threadName);
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * Begins, one pause from now.
     *
     * @param pause between the end of a run and the beginning of the next
     * @param task what it throws is logged, and it is run again
     */
    public static PeriodicTask start(String threadName, Duration pause, Runnable task) {
        PeriodicTask periodic = new PeriodicTask(threadName);
        Runnable safe = () -> {
            try {
                task.run();
            } catch (RuntimeException e) {
                log.error("{} failed; it is run again in {} ms.", threadName, pause.toMillis(), e);
            }
        };
        var unused =
                periodic.executor.scheduleWithFixedDelay(safe, pause.toNanos(), pause.toNanos(), TimeUnit.NANOSECONDS);
        return periodic;
    }

    /** Interrupts it and does not wait. Idempotent. */
    @Override
    public void close() {
        executor.shutdownNow();
    }
}
