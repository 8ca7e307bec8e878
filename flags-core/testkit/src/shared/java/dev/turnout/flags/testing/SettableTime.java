package dev.turnout.flags.testing;

import dev.turnout.flags.store.TimeSource;
import java.time.Duration;
import java.time.Instant;

/**
 * A clock that stands still until a test sets it. Thread-safe: a reader sees a new time as soon as it is set.
 *
 * <pre>{@code
 * SettableTime time = new SettableTime("2026-06-01T08:00:00Z");
 * Flags flags = Flags.builder(store).time(time).build();
 * time.pass(Duration.ofHours(1));
 * }</pre>
 */
public final class SettableTime implements TimeSource {
    private volatile Instant now;
    private volatile long nanos;

    /**
     * A clock that shows this moment.
     *
     * @param now as {@link Instant#parse} reads it, such as {@code 2026-06-01T08:00:00Z}
     */
    public SettableTime(String now) {
        this.now = Instant.parse(now);
    }

    /** Goes to this moment, also to one before; {@link #nanoTime()} changes by as much. */
    public void set(String moment) {
        pass(Duration.between(now, Instant.parse(moment)));
    }

    /** Lets so much time pass. */
    public synchronized void pass(Duration time) {
        now = now.plus(time);
        nanos += time.toNanos();
    }

    @Override
    public Instant now() {
        return now;
    }

    @Override
    public long nanoTime() {
        return nanos;
    }
}
