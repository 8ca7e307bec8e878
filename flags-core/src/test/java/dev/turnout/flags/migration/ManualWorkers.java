package dev.turnout.flags.migration;

import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;

/** Periodic work runs when the test asks for it; pools are real. */
final class ManualWorkers implements Workers {
    private final Map<String, Runnable> tasks = new ConcurrentHashMap<>();

    void run(String threadName) {
        Objects.requireNonNull(tasks.get(threadName), threadName).run();
    }

    @Override
    public Repeated every(String threadName, Duration pause, Runnable task) {
        tasks.put(threadName, task);
        return new Repeated() {
            @Override
            public void runSoon() {}

            @Override
            public void close() {}
        };
    }

    @Override
    public void start(String threadName, Runnable task) {
        task.run();
    }

    @Override
    public ExecutorService pool(String threadName, int threads, int queue) {
        return Workers.THREADS.pool(threadName, threads, queue);
    }
}
