package dev.turnout.flags.store;

/** A flag store could not be read or written. */
public class FlagStoreException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** With what was tried. */
    public FlagStoreException(String message) {
        super(message);
    }

    /** With what was tried, and what went wrong. */
    public FlagStoreException(String message, Throwable cause) {
        super(message, cause);
    }
}
