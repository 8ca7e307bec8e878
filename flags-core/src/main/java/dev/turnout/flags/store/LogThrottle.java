package dev.turnout.flags.store;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Logs what fails again and again, once for each outage: of each kind of failure, which is the class of the exception, the first one with its
 * stack trace, then one line a minute that counts the others, and how often it has failed when it works again. The others are logged at debug level.
 * Never throws, so it can be called where nothing else may be thrown. Thread-safe, and does not block.
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
    // Where every other call fails, a success is no end of it.
    private static final long QUIET_NANOS = Duration.ofSeconds(1).toNanos();
    // Guarded by itself. Of those who are alive: the clock of one may know what they have in common.
    private static final Map<Object, Map<String, WeakReference<LogThrottle>>> SHARED = new WeakHashMap<>();

    /** One kind of failure. */
    private static final class Kind {
        final AtomicLong nextLineNanos;
        final AtomicLong sinceLine = new AtomicLong();
        final AtomicInteger tracedIn = new AtomicInteger(-1); // the outage

        Kind(long nowNanos) {
            nextLineNanos = new AtomicLong(nowNanos);
        }

        boolean isDue(long nowNanos) {
            long next = nextLineNanos.get();
            return nowNanos - next >= 0 && nextLineNanos.compareAndSet(next, nowNanos + BETWEEN_LINES_NANOS);
        }
    }

    private final Logger log;
    private final TimeSource time;
    private final Map<String, Kind> kinds = new ConcurrentHashMap<>();
    private final AtomicLong failures = new AtomicLong(); // of this outage
    private final AtomicBoolean failing = new AtomicBoolean(); // and a line reported it
    private final AtomicInteger outage = new AtomicInteger();
    private volatile long lastFailureNanos;

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
     * The one of all who name the same things: several nodes in one process see one outage, and log it once.
     *
     * @param common an object that they share, such as their journal; it is not kept
     * @param owner the class whose name the logger has
     * @param subject what fails
     * @param time measures the minute; that of the first of them
     */
    public static LogThrottle sharedBy(Object common, Class<?> owner, String subject, TimeSource time) {
        synchronized (SHARED) {
            Map<String, WeakReference<LogThrottle>> all = SHARED.computeIfAbsent(common, first -> new HashMap<>());
            String name = owner.getName() + ' ' + subject;
            WeakReference<LogThrottle> known = all.get(name);
            LogThrottle throttle = known == null ? null : known.get();
            if (throttle == null) {
                throttle = new LogThrottle(owner, time);
                all.put(name, new WeakReference<>(throttle));
            }
            return throttle;
        }
    }

    /**
     * Logs a failure that an operator should look at.
     *
     * @param message with {@code {}} for each argument; the stack trace, or a count, follows it
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
            long now = time.nanoTime();
            lastFailureNanos = now;
            failures.incrementAndGet();
            Kind kind = kinds.computeIfAbsent(failure.getClass().getName(), name -> new Kind(now));
            kind.sinceLine.incrementAndGet();
            if (!kind.isDue(now)) {
                write(log.atDebug().setCause(failure), message, arguments);
                return;
            }
            long times = kind.sinceLine.getAndSet(0);
            LoggingEventBuilder line = log.atLevel(level);
            int current = outage.get();
            if (kind.tracedIn.getAndSet(current) == current) {
                write(line, message + " ({} times since the last line; {})", and(arguments, times, failure.toString()));
            } else if (times > 1) {
                write(line.setCause(failure), message + " ({} times since the last line)", and(arguments, times));
            } else {
                write(line.setCause(failure), message, arguments);
            }
            failing.set(true); // last, so no other thread reports first that it works again
        } catch (Throwable e) {
            // Not even a line can be written, most likely as there is no memory or stack: nothing can be reported.
        }
    }

    private static Object[] and(Object[] arguments, Object... more) {
        Object[] all = Arrays.copyOf(arguments, arguments.length + more.length);
        System.arraycopy(more, 0, all, arguments.length, more.length);
        return all;
    }

    private static void write(LoggingEventBuilder line, String message, Object... arguments) {
        LoggingEventBuilder whole = line;
        for (Object argument : arguments) {
            whole = argument instanceof Supplier<?> later ? whole.addArgument(later) : whole.addArgument(argument);
        }
        whole.log(message);
    }

    /**
     * It did not fail: logs that, and how often it had failed, at info level, if a failure was logged since this was, and the last failure was a second
     * ago. Cheap where none was.
     */
    public void worksAgain(String message, Object... arguments) {
        if (!failing.get()) {
            return;
        }
        try {
            boolean isOver = time.nanoTime() - lastFailureNanos >= QUIET_NANOS && failing.compareAndSet(true, false);
            if (isOver) {
                outage.incrementAndGet();
                long times = failures.getAndSet(0);
                if (times > 1) {
                    write(log.atInfo(), message + " (It had failed {} times.)", and(arguments, times));
                } else {
                    write(log.atInfo(), message, arguments);
                }
            }
        } catch (Throwable e) {
            // As above.
        }
    }
}
