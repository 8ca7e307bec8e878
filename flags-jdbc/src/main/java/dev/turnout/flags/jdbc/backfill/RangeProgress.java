package dev.turnout.flags.jdbc.backfill;

import dev.turnout.flags.jdbc.backfill.RangeTable.Range;
import dev.turnout.flags.jdbc.rows.Progress;
import dev.turnout.flags.store.TimeSource;
import java.util.List;
import java.util.function.Consumer;

/** How far all ranges of a pass together have come, behind the passes before it. Used by one thread. */
final class RangeProgress {
    private final TimeSource time;
    private final long beganNanos;
    private final long rowsOfOtherPasses;
    private final long rowsBefore;
    private final int ranges;
    private long rows;
    private int rangesDone;
    private long rowsOfRangesDone;

    RangeProgress(List<Range> ranges, long rowsOfOtherPasses, TimeSource time) {
        this.rowsOfOtherPasses = rowsOfOtherPasses;
        this.time = time;
        this.ranges = ranges.size();
        beganNanos = time.nanoTime();
        ranges.forEach(range -> {
            rows += range.rows();
            count(range);
        });
        rowsBefore = rows;
    }

    private void count(Range range) {
        if (range.isDone()) {
            rangesDone++;
            rowsOfRangesDone += range.rows();
        }
    }

    void add(ChunkWork.Chunk chunk) {
        rows += chunk.rows();
        count(chunk.range());
    }

    /**
     * In place of what was added: all that is done, by any process. A chunk that is reported only after it may be
     * counted twice, until the next time.
     */
    void set(RangeSupply.Totals totals) {
        rows = totals.rows();
        rangesDone = totals.rangesDone();
        rowsOfRangesDone = totals.rowsOfRangesDone();
    }

    long rowsDone() {
        return rowsOfOtherPasses + rows;
    }

    /** Ranges have about as many rows each, so those that are done give a better estimate for the rest than the catalog does. */
    private long total(long estimatedRows) {
        if (rangesDone >= ranges) {
            return rows;
        }
        long total = rangesDone * 10 >= ranges ? rowsOfRangesDone / rangesDone * ranges : estimatedRows;
        return Math.max(rows, total);
    }

    void tell(Consumer<? super Progress> listener, long estimatedRows) {
        Progress.of(
                        rowsOfOtherPasses + rows,
                        rowsOfOtherPasses + total(estimatedRows),
                        rows - rowsBefore,
                        time.nanoTime() - beganNanos)
                .tell(listener);
    }
}
