package dev.turnout.flags.migration;

/**
 * A key on which the paths cannot agree before an operator has fixed something: its mapping, a unique value that
 * another record has. Thrown by reconciling, also by paths; the key is quarantined, and repair continues with other
 * keys.
 */
public final class UnrepairableException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** With what is wrong, and what to do; without values of records. */
    public UnrepairableException(String message) {
        super(message);
    }
}
