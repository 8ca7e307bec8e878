package dev.turnout.flags.jdbc.diff;

import dev.turnout.flags.store.TimeSource;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What one run keeps of the ranges that it has compared, if anything. Not thread-safe. */
final class SweepLog {
    private final @Nullable VerifiedRanges ranges;
    private final List<KeyColumn> keys;
    private final TimeSource time;
    private final long sweep;
    private final List<VerifiedRanges.Done> done;
    private long ordinal;

    /**
     * When the comparison of a range began, and so what it vouches for at most.
     *
     * @param ordinal its place in the sweep
     * @param version of the migration
     */
    record Began(long ordinal, long version, Instant at) {}

    private SweepLog(
            @Nullable VerifiedRanges ranges,
            List<KeyColumn> keys,
            TimeSource time,
            long sweep,
            List<VerifiedRanges.Done> done) {
        this.ranges = ranges;
        this.keys = keys;
        this.time = time;
        this.sweep = sweep;
        this.done = done;
        this.ordinal = done.isEmpty() ? 0 : done.get(done.size() - 1).ordinal();
    }

    static SweepLog begin(@Nullable VerifiedRanges ranges, String mapping, List<KeyColumn> keys, TimeSource time) {
        if (ranges == null) {
            return new SweepLog(null, keys, time, 0, List.of());
        }
        long sweep = ranges.begin(mapping);
        return new SweepLog(ranges, keys, time, sweep, ranges.done(sweep, keys));
    }

    /** What was compared before an interruption. */
    List<VerifiedRanges.Done> done() {
        return done;
    }

    /** Something was found in it, which may not have settled before the interruption: it is compared again. */
    Began again(VerifiedRanges.Done range) {
        return began(range.ordinal());
    }

    Began next() {
        return began(++ordinal);
    }

    private Began began(long place) {
        return ranges == null ? new Began(place, 0, Instant.EPOCH) : new Began(place, ranges.version(), time.now());
    }

    void save(Range range, Began began, long rows, long suspects) {
        if (ranges != null) {
            ranges.save(
                    sweep,
                    new VerifiedRanges.Done(began.ordinal(), range, rows, suspects),
                    keys,
                    began.version(),
                    began.at());
        }
    }

    void finish(long differences) {
        if (ranges != null) {
            ranges.finish(sweep, differences);
        }
    }
}
