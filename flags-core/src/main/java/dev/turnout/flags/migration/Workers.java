package dev.turnout.flags.migration;

import dev.turnout.flags.store.PeriodicTask;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** What a migration does beside its callers: on threads of its own, but in tests that decide about every order themselves. */
interface Workers {
    /** After which a thread of a pool ends. */
    int IDLE_SECONDS = 30;

    /** Something that is done again and again. */
    interface Repeated extends AutoCloseable {
        /** Does it once more as soon as possible. Does not block. */
        void runSoon();

        @Override
        void close();
    }

    /** Does it again and again, with this pause between the end of a run and the beginning of the next. */
    Repeated every(String threadName, Duration pause, Runnable task);

    /** Does it once, beside the caller. What it throws is the task's own affair. */
    void start(String threadName, Runnable task);

    /** So many threads at most, which end when they had nothing to do for long, and a bound on what waits: what is too much is rejected. */
    ExecutorService pool(String threadName, int threads, int queue);

    /**
     * Reports that a pool is full, or closed. Made for each call that a mirror cannot follow, so it has no stack trace
     * and no text.
     */
    final class FullException extends RejectedExecutionException {
        private static final long serialVersionUID = 1;

        @Override
        public synchronized Throwable fillInStackTrace() {
            return this;
        }
    }

    /** Daemon threads. */
    Workers THREADS = new Workers() {
        @Override
        public Repeated every(String threadName, Duration pause, Runnable task) {
            PeriodicTask periodic = PeriodicTask.start(threadName, pause, task);
            return new Repeated() {
                @Override
                public void runSoon() {
                    periodic.runSoon();
                }

                @Override
                public void close() {
                    periodic.close();
                }
            };
        }

        @Override
        public void start(String threadName, Runnable task) {
            Thread thread = new Thread(task, threadName);
            thread.setDaemon(true);
            thread.start();
        }

        @Override
        public ExecutorService pool(String threadName, int threads, int queue) {
            AtomicInteger number = new AtomicInteger();
            ThreadPoolExecutor executor = new ThreadPoolExecutor(
                    threads,
                    threads,
                    IDLE_SECONDS,
                    TimeUnit.SECONDS,
                    new ArrayBlockingQueue<>(queue),
                    task -> {
                        Thread thread = new Thread(task, threadName + "-" + number.incrementAndGet());
                        thread.setDaemon(true);
                        return thread;
                    },
                    (task, pool) -> {
                        throw new FullException();
                    });
            executor.allowCoreThreadTimeOut(true);
            return executor;
        }
    };
}
