package dev.turnout.flags.migration;

import dev.turnout.flags.store.TimeSource;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** Decides which of many failures are worth a line in the log: the first one, and then one a minute. Thread-safe. */
final class Outage {
    private static final long BETWEEN_LINES_NANOS = Duration.ofMinutes(1).toNanos();

    private final TimeSource time;
    private final AtomicLong nextLine;

    Outage(TimeSource time) {
        this.time = time;
        nextLine = new AtomicLong(time.nanoTime());
    }

    boolean isWorthALine() {
        long next = nextLine.get();
        long now = time.nanoTime();
        return now - next >= 0 && nextLine.compareAndSet(next, now + BETWEEN_LINES_NANOS);
    }
}
