package dev.turnout.flags.store;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.locks.LockSupport;

/** The one place that time comes from, so tests need not wait. Thread-safe. */
public interface TimeSource {
    /** The machine's clock. */
    TimeSource SYSTEM = new TimeSource() {
        @Override
        public Instant now() {
            return Instant.now();
        }

        @Override
        public long millis() {
            return System.currentTimeMillis();
        }

        @Override
        public long nanoTime() {
            return System.nanoTime();
        }
    };

    /** The time of day. May jump: for schedules and audit, never for measuring. */
    Instant now();

    /** The time of day in milliseconds since 1970, for those who must not allocate. */
    default long millis() {
        return now().toEpochMilli();
    }

    /** Nanoseconds since some moment. Only ever forward: for measuring, never for storing. */
    long nanoTime();

    /** Waits about so long, or until the thread is interrupted, which stays noted. */
    default void pause(Duration length) {
        LockSupport.parkNanos(length.toNanos());
    }
}
