package dev.turnout.flags.jdbc.verify;

/** Rows could not be read, compared or copied. What was committed stays; the same may be run again. */
public final class VerifyException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** With what was tried, and what to do. */
    public VerifyException(String message) {
        super(message);
    }

    /** With what was tried, and what went wrong. */
    public VerifyException(String message, Throwable cause) {
        super(message, cause);
    }
}
