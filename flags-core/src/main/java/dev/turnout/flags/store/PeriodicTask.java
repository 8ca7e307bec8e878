package dev.turnout.flags.store;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Something that is done again and again, on a daemon thread of its own, until it is closed: nothing that it throws ends the thread. Thread-safe.
 */
public final class PeriodicTask implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(PeriodicTask.class);

    private final ScheduledExecutorService executor;
    private final LogThrottle failures = new LogThrottle(PeriodicTask.class, TimeSource.SYSTEM);
    private final Runnable task; // throws nothing
    private final AtomicBoolean soon = new AtomicBoolean();

    private PeriodicTask(String threadName, Duration pause, Runnable task) {
        this.task = () -> run(threadName, pause, task);
        executor = Executors.newSingleThreadScheduledExecutor(runs -> {
            Thread thread = new Thread(runs, threadName);
            thread.setDaemon(true);
            return thread;
        });
    }

    private void run(String threadName, Duration pause, Runnable given) {
        try {
            given.run();
            failures.worksAgain("{} works again.", threadName);
        } catch (Throwable e) { // also an Error: the executor would never run it again, without a word
            if (executor.isShutdown()) { // it was interrupted, or what it needs was closed meanwhile
                log.debug("{} has ended.", threadName, e);
            } else {
                failures.error(e, "{} failed; it is run again in {} ms.", threadName, pause.toMillis());
            }
        }
    }

    /**
     * Begins, one pause from now.
     *
     * @param pause between the end of a run and the beginning of the next
     * @param task what it throws, Errors included, is logged, of each kind once a minute at most, and it is run again
     */
    public static PeriodicTask start(String threadName, Duration pause, Runnable task) {
        PeriodicTask periodic = new PeriodicTask(threadName, pause, task);
        var unused = periodic.executor.scheduleWithFixedDelay(
                periodic.task, pause.toNanos(), pause.toNanos(), TimeUnit.NANOSECONDS);
        return periodic;
    }

    /**
     * Runs it once more as soon as its thread is free, however often this is called until then. Neither blocks nor
     * throws. No effect after the end.
     */
    public void runSoon() {
        if (soon.compareAndSet(false, true)) {
            try {
                executor.execute(() -> {
                    soon.set(false);
                    task.run();
                });
            } catch (RejectedExecutionException e) {
                log.trace("It has ended.", e);
            } catch (Throwable e) { // out of memory, most likely
                soon.set(false);
                failures.error(e, "A periodic task cannot be run soon; it runs when its pause is over.");
            }
        }
    }

    /** Interrupts it and does not wait. Idempotent. */
    @Override
    public void close() {
        executor.shutdownNow();
    }
}
