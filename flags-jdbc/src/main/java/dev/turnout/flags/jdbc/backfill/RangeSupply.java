package dev.turnout.flags.jdbc.backfill;

import dev.turnout.flags.jdbc.backfill.RangeTable.Range;
import dev.turnout.flags.jdbc.ranges.RangeTakenException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Where the workers of a run get their ranges from. Thread-safe. */
interface RangeSupply extends AutoCloseable {
    /** How far the ranges of all runs together have come. */
    record Totals(int ranges, int rangesDone, long rows, long rowsOfRangesDone) {}

    /** The next range to work at; {@code null} when all are done, or left. May wait. */
    @Nullable
    Range next() throws SQLException, InterruptedException;

    /**
     * Keeps every other run from working at a range until the connection's transaction ends.
     *
     * @throws RangeTakenException if another run has taken it meanwhile
     */
    void hold(Connection target, Range range) throws SQLException;

    /** Whether another run is known to have taken a range meanwhile, or may do so now. */
    boolean isTaken(Range range);

    /** Lets others have a range. */
    void giveBack(Range range);

    /** Keeps a range that was gone through, and is not done, as it is until this run ends: it is neither given to others nor waited for. */
    void leave(Range range);

    /** Lets {@link #next} give nothing more. */
    void stop();

    /** Begins to report now and then what other runs have done too. */
    void start(Consumer<Totals> listener);

    /** Lets others have all ranges that this run still has. */
    @Override
    void close();

    /** Those of a run as it was built: alone, or with others. */
    static RangeSupply of(BackfillContext context, @Nullable Duration lease, String sweepId, List<Range> ranges) {
        if (lease == null) {
            return of(ranges.stream().filter(range -> !range.isDone()).toList());
        }
        return new SharedRanges(context.home(), context.name(), sweepId, context.control(), ranges.size(), lease);
    }

    /** Those of a run that is alone. */
    private static RangeSupply of(List<Range> open) {
        Queue<Range> waiting = new ConcurrentLinkedQueue<>(open);
        return new RangeSupply() {
            @Override
            public @Nullable Range next() {
                return waiting.poll();
            }

            @Override
            public void hold(Connection target, Range range) {}

            @Override
            public boolean isTaken(Range range) {
                return false;
            }

            @Override
            public void giveBack(Range range) {
                waiting.add(range);
            }

            @Override
            public void leave(Range range) {}

            @Override
            public void stop() {
                waiting.clear();
            }

            @Override
            public void start(Consumer<Totals> listener) {}

            @Override
            public void close() {}
        };
    }
}
