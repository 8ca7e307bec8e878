package dev.turnout.flags.migration;

/**
 * A write of which the outcome is not known: it may have happened, may happen still, or never. Reading the record shows
 * it; repair makes both paths agree in either case. Repeating the write is safe where it puts a whole record.
 */
public final class UncertainWriteException extends RuntimeException {
    private static final long serialVersionUID = 1;

    UncertainWriteException(String message) {
        super(message);
    }

    /** With what was tried, and what went wrong. */
    public UncertainWriteException(String message, Throwable cause) {
        super(message, cause);
    }
}
