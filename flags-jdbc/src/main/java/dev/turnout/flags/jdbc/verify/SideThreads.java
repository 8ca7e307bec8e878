package dev.turnout.flags.jdbc.verify;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A thread for each of the two tables, so their databases work at the same time. Used by one thread. */
final class SideThreads implements AutoCloseable {
    private final ExecutorService ours;
    private final ExecutorService theirs;
    private final Runnable keep;

    /** @param keep called every second while a result is waited for */
    SideThreads(TableSide authority, TableSide mirror, Runnable keep) {
        ours = thread(authority);
        theirs = thread(mirror);
        this.keep = keep;
    }

    private static ExecutorService thread(TableSide side) {
        return Executors.newSingleThreadExecutor(task -> {
            Thread thread = new Thread(task, "turnout-verify of " + side.name());
            thread.setDaemon(true);
            return thread;
        });
    }

    <T> Future<T> ours(Callable<T> task) {
        return ours.submit(task);
    }

    <T> Future<T> theirs(Callable<T> task) {
        return theirs.submit(task);
    }

    <T> T result(Future<T> future) {
        try {
            while (true) {
                try {
                    return future.get(1, TimeUnit.SECONDS);
                } catch (TimeoutException e) {
                    keep.run(); // it takes as long as it takes
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new VerifyException("The verification was interrupted.");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof VerifyException problem) {
                throw problem;
            }
            throw new VerifyException("A table cannot be read: " + e.getCause(), e);
        }
    }

    /** Statements under way end by themselves, as they are short. */
    @Override
    public void close() {
        ours.shutdownNow();
        theirs.shutdownNow();
    }
}
