package dev.turnout.flags.migration;

/**
 * A key that can't be brought to agree before people have mended something: its mapping, a unique value that another record has. Thrown
 * by reconciling, also by paths; the key is quarantined, and others go on.
 */
public final class UnrepairableException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** With what is wrong, and what to do; without values of records. */
    public UnrepairableException(String message) {
        super(message);
    }
}
