package dev.turnout.flags;

import dev.turnout.flags.store.TimeSource;
import java.time.Duration;
import java.time.Instant;

/** A clock that a test sets. */
public final class SettableTime implements TimeSource {
    private volatile Instant now;
    private volatile long nanos;

    public SettableTime(String now) {
        this.now = Instant.parse(now);
    }

    public void set(String moment) {
        pass(Duration.between(now, Instant.parse(moment)));
    }

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
