package dev.turnout.benchmarks.backfill;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Reads single rows at a fixed pace, as a service does, and knows how long they took lately. */
final class Application implements AutoCloseable {
    private static final int READS_PER_SECOND = 200;
    private static final int WINDOW = 2 * READS_PER_SECOND;

    private final String url;
    private final long[] latencies = new long[WINDOW]; // nanoseconds; guarded by this, as is the number of them
    private int reads;
    private volatile boolean closed;
    private final Thread thread = new Thread(this::read, "application");

    private Application(String url) {
        this.url = url;
    }

    static Application start(String url) {
        Application application = new Application(url);
        application.thread.start();
        return application;
    }

    private void read() {
        try (Connection connection = DriverManager.getConnection(url);
                PreparedStatement select =
                        connection.prepareStatement("SELECT name FROM place WHERE id >= ? ORDER BY id LIMIT 1")) {
            long due = System.nanoTime();
            while (!closed) {
                due += TimeUnit.SECONDS.toNanos(1) / READS_PER_SECOND;
                LockSupport.parkNanos(due - System.nanoTime());
                select.setLong(1, ThreadLocalRandom.current().nextLong(1L << 40));
                try (ResultSet row = select.executeQuery()) {
                    row.next();
                }
                // From the moment at which it was due: what waits behind a slow read is slow too.
                add(System.nanoTime() - due);
            }
        } catch (SQLException e) {
            throw new IllegalStateException("The application cannot read.", e);
        }
    }

    private synchronized void add(long nanos) {
        latencies[reads++ % WINDOW] = nanos;
    }

    /** Of the last two seconds. */
    synchronized double p99Millis() {
        int known = Math.min(reads, WINDOW);
        if (known == 0) {
            return 0;
        }
        long[] sorted = Arrays.copyOf(latencies, known);
        Arrays.sort(sorted);
        return sorted[Math.min(known - 1, known * 99 / 100)] / 1e6;
    }

    @Override
    public void close() {
        closed = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
