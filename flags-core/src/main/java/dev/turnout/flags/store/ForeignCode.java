package dev.turnout.flags.store;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Calls code that is not ours: listeners, hooks, clocks, paths, functions that an application gave. Whatever it throws, Errors included, ends here
 * and is logged, of each kind once a minute at most, so no thread, lock or answer depends on it. Thread-safe, and
 * neither blocks nor allocates by itself.
 */
public final class ForeignCode {
    private final LogThrottle failures;
    private final String message;

    /**
     * A guard of one piece of code.
     *
     * @param owner the class in whose name failures are logged
     * @param time measures the minute
     * @param message what has failed and what follows from it, with {@code {}} for the occasion
     */
    public ForeignCode(Class<?> owner, TimeSource time, String message) {
        failures = new LogThrottle(owner, time);
        this.message = message;
    }

    /**
     * Runs it.
     *
     * @param occasion names the call in the log, such as {@code revision 5}
     * @return whether it came to its end
     */
    public boolean run(Object occasion, Runnable foreign) {
        try {
            foreign.run();
            return true;
        } catch (Throwable e) {
            failed(occasion, e);
            return false;
        }
    }

    /**
     * Asks it.
     *
     * @param otherwise the answer if it throws
     */
    public <T extends @Nullable Object> T call(Object occasion, Supplier<T> foreign, T otherwise) {
        try {
            return foreign.get();
        } catch (Throwable e) {
            failed(occasion, e);
            return otherwise;
        }
    }

    /** For callers that must not make a lambda: what they have caught. Never throws. */
    public void failed(Object occasion, Throwable failure) {
        failures.error(failure, message, occasion);
    }
}
