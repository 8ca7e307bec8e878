package dev.turnout.flags.jdbc.rows;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How far a pass over a table has come.
 *
 * @param rowsDone since it first began, interruptions included
 * @param estimatedTotal about how many rows it has to visit; 0 if unknown
 * @param rowsPerSecond on average, since it was last begun or continued
 */
public record Progress(long rowsDone, long estimatedTotal, double rowsPerSecond) {
    private static final Logger log = LoggerFactory.getLogger(Progress.class);

    /** After {@code rowsInThisRun} rows in {@code elapsedNanos}. */
    public static Progress of(long rowsDone, long estimatedTotal, long rowsInThisRun, long elapsedNanos) {
        return new Progress(rowsDone, estimatedTotal, rowsInThisRun * 1e9 / Math.max(1, elapsedNanos));
    }

    /** How long it will take from now on, at the speed until now; empty if the total or the speed is not known. */
    public Optional<Duration> eta() {
        if (estimatedTotal == 0 || rowsPerSecond <= 0) {
            return Optional.empty();
        }
        long left = Math.max(0, estimatedTotal - rowsDone);
        return Optional.of(Duration.ofMillis((long) (left * 1_000.0 / rowsPerSecond)));
    }

    /** Notifies a listener. What it throws is logged: a display that is broken must not end a long run. */
    public void tell(Consumer<? super Progress> listener) {
        try {
            listener.accept(this);
        } catch (Throwable e) { // also an Error, of a display's classes for instance
            log.error("A listener failed at {}; the run continues.", this, e);
        }
    }
}
