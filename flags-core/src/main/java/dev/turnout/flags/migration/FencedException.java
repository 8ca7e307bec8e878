package dev.turnout.flags.migration;

/** A write that a {@link PathFence} has refused: the fleet has moved on to the other path without its node. Nothing was applied by this call. */
public final class FencedException extends RefusedWriteException {
    private static final long serialVersionUID = 1;

    /** With what was refused, and why. */
    public FencedException(String message) {
        super(message, null);
    }
}
