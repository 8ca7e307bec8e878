package dev.turnout.examples.places.traffic;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Hands out turns at even intervals, to any thread: a thread that is blocked by one slow operation delays no other, as
 * long as one is free. Begins slowly. Thread-safe.
 */
final class Pace {
    // What cannot be made up for is not asked for: a backlog would measure the machine, not the migration.
    private static final long LONGEST_BACKLOG_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    // Real traffic does not start at full rate, and the first calls of a program are slow.
    private static final long OPENING_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final int SLOWER_AT_FIRST = 10;

    private final long intervalNanos;
    private final long openedNanos = System.nanoTime();
    private long nextNanos = openedNanos; // guarded by this

    Pace(double perSecond) {
        intervalNanos = (long) (TimeUnit.SECONDS.toNanos(1) / perSecond);
    }

    private long intervalAt(long now) {
        long left = Math.max(0, OPENING_NANOS - (now - openedNanos));
        return intervalNanos + intervalNanos * (SLOWER_AT_FIRST - 1) * left / OPENING_NANOS;
    }

    /**
     * Waits for a turn.
     *
     * @return since when an operation has been under way: now, or since its turn came if no thread was free to take it then
     */
    long await() {
        long due = take();
        long now = System.nanoTime();
        if (now - due >= 0) {
            return due;
        }
        while (now - due < 0) {
            LockSupport.parkNanos(due - now);
            if (Thread.currentThread().isInterrupted()) {
                break;
            }
            now = System.nanoTime();
        }
        return now;
    }

    private synchronized long take() {
        long now = System.nanoTime();
        if (now - nextNanos > LONGEST_BACKLOG_NANOS) {
            nextNanos = now;
        }
        long due = nextNanos;
        nextNanos += intervalAt(now);
        return due;
    }
}
