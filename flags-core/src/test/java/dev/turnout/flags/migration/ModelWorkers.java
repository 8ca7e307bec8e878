package dev.turnout.flags.migration;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;

/** Periodic work is done when the world asks for it, and each task of a pool is an actor of its own. */
final class ModelWorkers implements Workers {
    private final Baton baton;
    private final int node;
    private final Map<String, Runnable> tasks = new HashMap<>();

    ModelWorkers(Baton baton, int node) {
        this.baton = baton;
        this.node = node;
    }

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
        return new Pool();
    }

    private final class Pool extends AbstractExecutorService {
        @Override
        public void execute(Runnable task) {
            if (Baton.current().isEmpty()) {
                task.run();
            } else {
                baton.start("mirror of " + Baton.current(), node, () -> "", () -> Looks.ignoringFailures(task));
            }
        }

        @Override
        public void shutdown() {}

        @Override
        public List<Runnable> shutdownNow() {
            return List.of();
        }

        @Override
        public boolean isShutdown() {
            return false;
        }

        @Override
        public boolean isTerminated() {
            return true;
        }

        @Override
        public boolean awaitTermination(long timeout, TimeUnit unit) {
            return true;
        }
    }
}
