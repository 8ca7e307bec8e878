package dev.turnout.flags.jdbc.backfill;

/** Rows could not be read, compared or copied. What was committed stays; the same may be run again. */
public final class BackfillException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** With what was tried, and what to do. */
    public BackfillException(String message) {
        super(message);
    }

    /** With what was tried, and what went wrong. */
    public BackfillException(String message, Throwable cause) {
        super(message, cause);
    }
}
