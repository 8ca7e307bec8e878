package dev.turnout.examples.places.store;

/** A database of places refused, failed, or took too long. */
public final class PlaceStoreException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** With what was tried, and why not. */
    public PlaceStoreException(String message) {
        super(message);
    }

    /** With what was tried, and what went wrong. */
    public PlaceStoreException(String message, Throwable cause) {
        super(message, cause);
    }
}
