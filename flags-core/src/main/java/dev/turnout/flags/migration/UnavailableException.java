package dev.turnout.flags.migration;

/**
 * An operation that can't be done at this moment: its key is crossing from one path to the other, the node's lease is over, or the journal
 * can't be written. Nothing was applied; try again.
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
