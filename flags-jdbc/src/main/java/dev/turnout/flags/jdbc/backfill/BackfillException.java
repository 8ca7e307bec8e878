package dev.turnout.flags.jdbc.backfill;

import org.jspecify.annotations.Nullable;

/** Rows could not be read or copied. What was committed stays; the same may be run again. */
public final class BackfillException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** With what was tried, and what to do. */
    public BackfillException(String message) {
        super(message);
    }

    /** With what was tried, and what went wrong; {@code null} if nothing else did. */
    public BackfillException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
