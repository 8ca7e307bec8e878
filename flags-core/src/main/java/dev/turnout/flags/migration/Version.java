package dev.turnout.flags.migration;

import java.util.random.RandomGenerator;

/**
 * Orders the writes of one key: by a counter, and where two writers took the same count, by a number drawn for the
 * write alone, so no two are equal.
 *
 * @param counter from 1 for writes of the library
 * @param writer drawn for this write
 */
public record Version(long counter, long writer) implements Comparable<Version> {
    /** Below all others: there was never a record. */
    public static final Version ABSENT = new Version(-1, 0);

    /** Of a record from before the migration, which no write of the library has touched. */
    public static final Version FIRST = new Version(0, 0);

    /** A version above this one, and unlike every other. */
    public Version next(RandomGenerator random) {
        return new Version(Math.max(counter, 0) + 1, random.nextLong());
    }

    /** The higher of the two. */
    public Version max(Version other) {
        return isAbove(other) ? this : other;
    }

    /** Whether this write is ordered after the other. */
    public boolean isAbove(Version other) {
        return compareTo(other) > 0;
    }

    @Override
    public int compareTo(Version other) {
        int byCounter = Long.compare(counter, other.counter);
        return byCounter != 0 ? byCounter : Long.compare(writer, other.writer);
    }

    @Override
    public String toString() {
        return counter + "." + Long.toHexString(writer);
    }
}
