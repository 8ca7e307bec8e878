package dev.turnout.flags.migration;

import java.time.Duration;

/**
 * How long a member may continue without contact to its fleet. Thread-safe; asking costs one volatile read.
 *
 * <p>It counts from the moment at which the last report that succeeded was <em>sent</em>: a controller that evicts the
 * member counts from a later one.
 */
final class Lease {
    private static final long FOREVER_NANOS = Long.MAX_VALUE / 2;

    private final long nanos;
    private boolean ended; // guarded by this
    private volatile long validUntilNanos;

    /**
     * One that is not valid before its first renewal.
     *
     * @param length of each renewal; zero if it never lapses
     * @param nowNanos of the clock that it is asked by
     */
    public Lease(Duration length, long nowNanos) {
        this.nanos = length.isZero() ? FOREVER_NANOS : length.toNanos();
        this.validUntilNanos = nowNanos;
    }

    /** A report that was sent at this moment has succeeded. No effect after the end. */
    public synchronized void renew(long sentNanos) {
        if (!ended && sentNanos + nanos - validUntilNanos > 0) {
            validUntilNanos = sentNanos + nanos;
        }
    }

    /** The member was evicted, or leaves: never valid again. */
    public synchronized void end(long nowNanos) {
        ended = true;
        validUntilNanos = nowNanos;
    }

    /** Whether it will never be valid again. */
    public synchronized boolean isEnded() {
        return ended;
    }

    /** Whether the member may begin an operation, make a call for one, or return its result. */
    public boolean isValid(long nowNanos) {
        return nowNanos - validUntilNanos < 0;
    }
}
