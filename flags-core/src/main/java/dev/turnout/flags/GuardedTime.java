package dev.turnout.flags;

import dev.turnout.flags.store.ForeignCode;
import dev.turnout.flags.store.TimeSource;
import java.time.Instant;

/** A clock that decisions look at, and that throws nothing: where the given one fails, it is the machine's. For the time of day alone. */
final class GuardedTime implements TimeSource {
    private final TimeSource time;
    private final ForeignCode guard =
            new ForeignCode(TimeSource.class, SYSTEM, "The clock failed when {} was asked; the machine's is used.");

    private GuardedTime(TimeSource time) {
        this.time = time;
    }

    @SuppressWarnings("ReferenceEquality") // the machine's needs no guard
    static TimeSource of(TimeSource time) {
        return time == SYSTEM ? time : new GuardedTime(time);
    }

    @Override
    public Instant now() {
        try { // without a lambda, as the others: this is the deciding path
            return time.now();
        } catch (Throwable e) {
            guard.failed("the time", e);
            return SYSTEM.now();
        }
    }

    @Override
    public long millis() {
        try {
            return time.millis();
        } catch (Throwable e) {
            guard.failed("the time", e);
            return SYSTEM.millis();
        }
    }

    @Override
    public long nanoTime() {
        return time.nanoTime();
    }
}
