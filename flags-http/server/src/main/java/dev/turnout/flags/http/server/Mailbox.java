package dev.turnout.flags.http.server;

import dev.turnout.flags.store.TimeSource;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Holds one frame for one reader: a newer one replaces it. What is streamed are states, each of which stands for all before it, so a slow
 * reader misses states in between and takes no further memory. Thread-safe.
 */
final class Mailbox {
    private @Nullable String frame; // guarded by this, as is the other
    private boolean closed;

    synchronized void put(String newer) {
        frame = newer;
        notifyAll();
    }

    synchronized void close() {
        closed = true;
        notifyAll();
    }

    synchronized boolean isClosed() {
        return closed;
    }

    /** Waits for a frame; {@code null} if none came in time, or the box was closed. */
    synchronized @Nullable String take(long timeoutMillis) throws InterruptedException {
        long deadline = TimeSource.SYSTEM.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
        while (frame == null && !closed) {
            long left = TimeUnit.NANOSECONDS.toMillis(deadline - TimeSource.SYSTEM.nanoTime());
            if (left <= 0) {
                return null;
            }
            wait(left);
        }
        String taken = frame;
        frame = null;
        return taken;
    }
}
