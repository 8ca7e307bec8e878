package dev.turnout.flags.jdbc.soak;

import dev.turnout.flags.store.TimeSource;
import java.time.Instant;

/** A clock that runs as fast as the machine's, and shows another time. */
final class ShiftedClock implements TimeSource {
    private static final long NANOS_PER_MILLI = 1_000_000;

    private volatile long millis;
    private final long nanos;

    ShiftedClock(long millis) {
        this.millis = millis;
        this.nanos = millis * NANOS_PER_MILLI;
    }

    /** As an operator who sets the time of day; what is measured with stays as it is. */
    void shift(long byMillis) {
        millis = byMillis;
    }

    @Override
    public Instant now() {
        return Instant.now().plusMillis(millis);
    }

    @Override
    public long nanoTime() {
        return System.nanoTime() + nanos;
    }
}
