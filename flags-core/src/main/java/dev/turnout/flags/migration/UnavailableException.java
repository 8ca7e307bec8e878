package dev.turnout.flags.migration;

/** An operation that can't be done at this moment, because its key is crossing from one path to the other. Nothing was applied; try again. */
public final class UnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1;

    UnavailableException(String message) {
        super(message);
    }
}
