package dev.turnout.flags.migration;

import dev.turnout.flags.store.TimeSource;
import java.time.Duration;

/** How many keys one node repairs: in a second, and in one round. Thread-safe. */
final class RepairPace {
    private static final Duration BURST = Duration.ofMillis(100);
    // Long enough that the journal's few statements for a round are little beside it; short enough that no worker waits
    // for its claims.
    private static final long ROUND_NANOS = Duration.ofMillis(100).toNanos();
    private static final int MOST_IN_A_ROUND = 200;

    private final TimeSource time;
    private final int threads;
    private final long nanosForEach;
    // Guarded by this.
    private long nextNanos; // the moment from which another key may be repaired
    private int roundSize;

    RepairPace(TimeSource time, int mostPerSecond, int threads) {
        this.time = time;
        this.threads = threads;
        nanosForEach = Math.max(1, Duration.ofSeconds(1).toNanos() / mostPerSecond);
        nextNanos = time.nanoTime() - BURST.toNanos();
        roundSize = threads; // it is unknown yet how long they take
    }

    /**
     * How many may be taken now; none if the rate is used up. What was not used is kept for a moment only: no storm
     * follows a calm.
     */
    synchronized int keysNow() {
        long unusedNanos = Math.min(BURST.toNanos(), time.nanoTime() - nextNanos);
        return unusedNanos < 0 ? 0 : (int) Math.min(roundSize, unusedNanos / nanosForEach + 1);
    }

    /** So many were repaired, or tried. */
    synchronized void charge(int keys) {
        long earliest = time.nanoTime() - BURST.toNanos();
        nextNanos = (nextNanos - earliest < 0 ? earliest : nextNanos) + keys * nanosForEach;
    }

    /** A round of so many keys has taken so long. */
    synchronized void ended(int keys, long nanos) {
        if (keys > 0) {
            long nanosOfAKey = Math.max(1, nanos * Math.min(threads, keys) / keys);
            roundSize = (int) Math.max(threads, Math.min(MOST_IN_A_ROUND, threads * ROUND_NANOS / nanosOfAKey));
        }
    }
}
