package dev.turnout.flags.migration;

/**
 * An operation that cannot be done at this moment: its key is switching from one path to the other, the node's lease is
 * over, or the journal cannot be written. Nothing was applied; try again.
 */
public final class UnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1;

    UnavailableException(String message) {
        super(message);
    }

    UnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}
