package dev.turnout.flags.jdbc.backfill;

/** How many rows a chunk is to have, to take about as long as it may. Used by one thread. */
final class ChunkSize {
    private static final int FIRST_ROWS = 20; // few, as their size is not known yet
    private static final double HELPS = 0.75; // of the time of the larger chunk before it

    private final int most;
    private final long wantedNanos;
    private int rows;
    private long nanosBeforeHalved; // 0 if the last chunk did not halve them

    ChunkSize(int most, long wantedNanos) {
        this.most = most;
        this.wantedNanos = wantedNanos;
        rows = Math.min(most, FIRST_ROWS);
    }

    int rows() {
        return rows;
    }

    /** Takes how long a chunk took, and of how many rows it was. */
    void took(long nanos, int chunk) {
        boolean isSlow = nanos > wantedNanos;
        boolean isFast = chunk == rows && nanos < wantedNanos / 2;
        boolean isInVain = isSlow && nanosBeforeHalved != 0 && nanos > HELPS * nanosBeforeHalved;
        nanosBeforeHalved = 0;
        if (isSlow && !isInVain) {
            nanosBeforeHalved = rows > 1 ? nanos : 0;
            rows = Math.max(1, rows / 2);
        } else if (isInVain || isFast) {
            // Where it is not the rows that take so long, fewer of them would only take longer in all.
            rows = Math.min(most, rows * 2);
        }
    }

    /** Lets chunks be no larger than that. */
    void atMost(int limit) {
        rows = Math.max(1, Math.min(rows, limit));
    }
}
