package dev.turnout.flags.store;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Logs what fails again and again: of each kind of failure, which is the class of the exception, the first one and then one a minute. The
 * others are logged at debug level. Never throws, so it can be called where nothing else may be thrown. Thread-safe, and does not block.
 *
 * <pre>{@code
 * try {
 *   listener.run();
 *   failures.worksAgain("The listener works again.");
 * } catch (Throwable e) { // an Error too must not end this thread
 *   failures.error(e, "The listener failed; it is called again in {} ms.", pause);
 * }
 * }</pre>
 */
public final class LogThrottle {
    private static final long BETWEEN_LINES_NANOS = Duration.ofMinutes(1).toNanos();

    private final Logger log;
    private final TimeSource time;
    private final Map<String, Long> nextLine = new ConcurrentHashMap<>(); // by kind
    private volatile boolean failing; // and a line said so

    /**
     * Nothing has failed yet.
     *
     * @param owner the class whose name the logger has
     * @param time measures the minute
     */
    public LogThrottle(Class<?> owner, TimeSource time) {
        log = LoggerFactory.getLogger(owner);
        this.time = time;
    }

    /**
     * Logs a failure that an operator should look at.
     *
     * @param message with {@code {}} for each argument; the stack trace follows it
     * @param arguments a {@link Supplier} is asked only where the line is written
     */
    public void error(Throwable failure, String message, Object... arguments) {
        failed(Level.ERROR, failure, message, arguments);
    }

    /** Logs a failure that is expected to pass; otherwise as {@link #error}. */
    public void warn(Throwable failure, String message, Object... arguments) {
        failed(Level.WARN, failure, message, arguments);
    }

    private void failed(Level level, Throwable failure, String message, Object... arguments) {
        try {
            boolean isDue = isDue(failure.getClass().getName());
            if (isDue) {
                failing = true;
            }
            write(log.atLevel(isDue ? level : Level.DEBUG).setCause(failure), message, arguments);
        } catch (Throwable e) {
            // Not even a line can be written, most likely as there is no memory or stack: there is nobody to tell.
        }
    }

    private boolean isDue(String kind) {
        long now = time.nanoTime();
        Long next = nextLine.putIfAbsent(kind, now + BETWEEN_LINES_NANOS);
        return next == null || (now - next >= 0 && nextLine.replace(kind, next, now + BETWEEN_LINES_NANOS));
    }

    private static void write(LoggingEventBuilder line, String message, Object... arguments) {
        LoggingEventBuilder whole = line;
        for (Object argument : arguments) {
            whole = argument instanceof Supplier<?> later ? whole.addArgument(later) : whole.addArgument(argument);
        }
        whole.log(message);
    }

    /** It did not fail: logs that, at info level, if a failure was the last that was logged. Cheap where none was. */
    public void worksAgain(String message, Object... arguments) {
        if (failing) {
            failing = false;
            try {
                write(log.atInfo(), message, arguments);
            } catch (Throwable e) {
                // As above.
            }
        }
    }
}
