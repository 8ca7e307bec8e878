package dev.turnout.flags.http.server;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.store.FlagStoreException;
import dev.turnout.flags.store.Snapshot;
import dev.turnout.flags.store.TimeSource;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads of the flag store for callers who need a state that is no older than their question. There is one read at a time: a caller that asks
 * during it waits for the next one, which all of them share, so a thousand nodes that start together are no thousand reads.
 * Thread-safe.
 */
final class FreshReads implements AutoCloseable {
    private static final Duration IDLE = Duration.ofSeconds(30);

    private final Supplier<Snapshot> read;
    private final Duration longestWait;
    // One thread, and never more than one read that waits for it.
    private final ThreadPoolExecutor executor;
    // Both guarded by this. The read that has not begun; when the one that is under way began.
    private @Nullable CompletableFuture<Snapshot> next;
    private @Nullable Long beganNanos;

    /**
     * Does not read yet.
     *
     * @param read reads the store itself
     * @param longestWait how long a caller waits; a read that takes longer continues for later callers
     */
    FreshReads(Supplier<Snapshot> read, Duration longestWait) {
        this.read = read;
        this.longestWait = longestWait;
        executor = new ThreadPoolExecutor(
                1, 1, IDLE.toMillis(), TimeUnit.MILLISECONDS, new LinkedBlockingQueue<>(), task -> {
                    Thread thread = new Thread(task, "turnout-http-refresh");
                    thread.setDaemon(true);
                    return thread;
                });
        executor.allowCoreThreadTimeOut(true);
    }

    /**
     * A state that was read after this call. Blocks.
     *
     * @throws FlagStoreException if there is none within the longest wait
     */
    Snapshot get() {
        try {
            return next().get(longestWait.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FlagStoreException("The flag store was not read: the thread was interrupted.", e);
        } catch (TimeoutException e) {
            throw new FlagStoreException("The flag store did not answer within " + longestWait.toMillis() + " ms.", e);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new FlagStoreException("The flag store cannot be read: " + cause.getMessage(), cause);
        }
    }

    /** The read that begins next. */
    synchronized CompletableFuture<Snapshot> next() {
        Long began = beganNanos;
        if (began != null && TimeSource.SYSTEM.nanoTime() - began > longestWait.toNanos()) {
            // At once: threads that wait for a store that hangs would be missing for those who need no store.
            throw new FlagStoreException("The flag store has not answered for more than " + longestWait.toMillis()
                    + " ms; it is asked again when it has.");
        }
        CompletableFuture<Snapshot> waiting = next;
        if (waiting == null) {
            waiting = new CompletableFuture<>();
            try {
                executor.execute(this::readNext);
            } catch (RejectedExecutionException e) {
                throw new FlagStoreException("The flag store is not read any more: the server is closed.", e);
            }
            next = waiting;
        }
        return waiting;
    }

    private void readNext() {
        CompletableFuture<Snapshot> mine = begun();
        try {
            mine.complete(read.get());
        } catch (Throwable e) { // also an Error: callers wait for it
            mine.completeExceptionally(e);
        } finally {
            ended();
        }
    }

    /** From here on, callers have to wait for another read. */
    private synchronized CompletableFuture<Snapshot> begun() {
        CompletableFuture<Snapshot> mine = requireNonNull(next, "next");
        next = null;
        beganNanos = TimeSource.SYSTEM.nanoTime();
        return mine;
    }

    private synchronized void ended() {
        beganNanos = null;
    }

    @Override
    public void close() {
        executor.shutdownNow();
    }
}
