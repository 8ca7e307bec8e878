package dev.turnout.flags.threads;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * What happens beside a test, each on a thread of its own: on two cores the pool that {@link CompletableFuture} takes
 * by default has one thread. Of two tasks that wait for each other, the second would not begin.
 */
public final class OwnThread {
    private static final Executor EACH = task -> new Thread(task).start();

    private OwnThread() {}

    public static CompletableFuture<Void> run(Runnable task) {
        return CompletableFuture.runAsync(task, EACH);
    }

    public static <T> CompletableFuture<T> supply(Supplier<T> task) {
        return CompletableFuture.supplyAsync(task, EACH);
    }
}
