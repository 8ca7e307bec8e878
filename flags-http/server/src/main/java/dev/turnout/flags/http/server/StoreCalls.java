package dev.turnout.flags.http.server;

import dev.turnout.flags.store.FlagStoreException;
import dev.turnout.flags.store.TimeSource;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * Calls of the flag store on threads of their own, for whose end a request waits only so long: a database that hangs must not take the
 * threads that answer requests, as most of them need no store. Thread-safe.
 */
final class StoreCalls implements AutoCloseable {
    private static final int AT_ONCE = 8;
    private static final long IDLE_SECONDS = 30;

    private final Duration longestWait;
    private final Semaphore places = new Semaphore(AT_ONCE);
    // It has no bound of its own: a place is free a little earlier than the thread that had it.
    private final ThreadPoolExecutor executor;

    StoreCalls(Duration longestWait) {
        this(longestWait, task -> {
            Thread thread = new Thread(task, "turnout-http-calls");
            thread.setDaemon(true);
            return thread;
        });
    }

    StoreCalls(Duration longestWait, ThreadFactory threads) {
        this.longestWait = longestWait;
        executor = new ThreadPoolExecutor(
                0, Integer.MAX_VALUE, IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), threads);
    }

    /**
     * What the call returns or throws. Blocks, for at most the longest wait.
     *
     * @throws FlagStoreException if it takes longer; it continues, and what it changes may still be stored
     */
    <T> T call(Supplier<T> call) {
        long end = TimeSource.SYSTEM.nanoTime() + longestWait.toNanos();
        try {
            if (!places.tryAcquire(longestWait.toNanos(), TimeUnit.NANOSECONDS)) {
                throw new FlagStoreException(tooLong() + "Nothing was asked of it.");
            }
            return begin(call).get(Math.max(0, end - TimeSource.SYSTEM.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FlagStoreException("The flag store was not asked: the thread was interrupted.", e);
        } catch (TimeoutException e) {
            throw new FlagStoreException(tooLong() + "It may still do what was asked: look before you try again.", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                failure.addSuppressed(e); // where it was asked from
                throw failure;
            }
            throw new FlagStoreException("The flag store failed: " + e.getCause(), e);
        }
    }

    private <T> CompletableFuture<T> begin(Supplier<T> call) {
        CompletableFuture<T> result = new CompletableFuture<>();
        try {
            executor.execute(() -> {
                try {
                    result.complete(call.get());
                } catch (Throwable e) { // also an Error: a caller waits for it
                    result.completeExceptionally(e);
                } finally {
                    places.release();
                }
            });
        } catch (RejectedExecutionException e) {
            places.release();
            throw new FlagStoreException("The flag store is not asked any more: the server is closed.", e);
        } catch (Throwable e) { // no thread, most likely; the place is needed by others
            places.release();
            throw e;
        }
        return result;
    }

    private String tooLong() {
        return "The flag store did not answer within " + longestWait.toMillis() + " ms. ";
    }

    @Override
    public void close() {
        executor.shutdownNow();
    }
}
