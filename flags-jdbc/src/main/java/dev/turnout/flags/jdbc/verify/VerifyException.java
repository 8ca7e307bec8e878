package dev.turnout.flags.jdbc.verify;

import org.jspecify.annotations.Nullable;

/** Rows could not be read or compared. What was noted of them stays; the same may be run again. */
public final class VerifyException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** With what was tried, and what to do. */
    public VerifyException(String message) {
        super(message);
    }

    /** With what was tried, and what went wrong; {@code null} if nothing else did. */
    public VerifyException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
