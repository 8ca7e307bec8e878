package dev.turnout.flags.jdbc.verify;

import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The ranges that a sweep consists of, each beginning where the one before it ends. Of one run; not thread-safe. */
interface SweepRanges extends AutoCloseable {
    /** Asks a table where a range ends. */
    interface Boundary {
        /** The last key of the range behind that key, or of the first one; empty if the table ends before it. */
        Optional<RowKey> after(@Nullable RowKey last);
    }

    /**
     * A range that is to be compared.
     *
     * @param ordinal its place in the sweep, from 1
     * @param version of the migration when it was taken, and so what its comparison vouches for at most
     * @param at when that was
     */
    record Claim(long ordinal, KeyRange range, long version, Instant at) {}

    /**
     * The next range to compare; empty if there is none now.
     *
     * @param pause called before a range is taken, or a table is asked where it ends
     */
    Optional<Claim> next(Runnable pause, Boundary boundary);

    /** Reports, to runs that wait for it, that what was taken is being compared still. To be called often. */
    void keep();

    /** Keeps what was found in a range. Returns how many keys are compared until now, by any run. */
    long done(Claim claim, DifferenceCounts found);

    /** How many keys were compared before this run. */
    long rowsBefore();

    /** Whether all ranges are done, by any run. */
    boolean isDone();

    /** Ends a sweep of which all ranges are done. Returns what was found in it, by any run. */
    DifferenceCounts finish();

    /** Leaves to others what was taken and is not done. */
    @Override
    void close();
}
