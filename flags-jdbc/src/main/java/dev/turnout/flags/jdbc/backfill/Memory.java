package dev.turnout.flags.jdbc.backfill;

import java.sql.SQLException;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

/** Lets the workers of a run have large rows one after the other, as each of them takes several times its size. Thread-safe. */
final class Memory {
    private static final long LARGE_ROW = Runtime.getRuntime().maxMemory() / 128;
    private static final long LARGEST_CHUNK = 4L << 20;
    /** Of a chunk, which each worker keeps, and what a driver makes of it. */
    static final long CHUNK = Math.min(LARGEST_CHUNK, Runtime.getRuntime().maxMemory() / 32);

    private final Lock alone = new ReentrantLock();
    private volatile boolean isLarge = true; // as long as nothing is known

    /** What may take memory. */
    @FunctionalInterface
    interface Use<T> {
        T get() throws SQLException;
    }

    /** Waits until the memory that it may take is there. */
    <T> T use(Use<T> use) throws SQLException {
        if (!isLarge) {
            return use.get();
        }
        alone.lock();
        try {
            return use.get();
        } finally {
            alone.unlock();
        }
    }

    /** The largest row of a chunk. */
    void saw(long bytes) {
        isLarge = bytes > LARGE_ROW;
    }
}
