package dev.turnout.flags.migration;

import dev.turnout.flags.spi.PathFence;
import org.jspecify.annotations.Nullable;

/**
 * A write that a {@link PathFence} has refused: the fleet has moved on to the other path without its node, or has evicted it. Nothing was applied
 * by this call.
 */
public final class FencedException extends RefusedWriteException {
    private static final long serialVersionUID = 1;
    private static final int MOST_CAUSES = 20; // of a chain that may be a circle

    /** With what was refused, and why. */
    public FencedException(String message) {
        super(message, null);
    }

    /** Whether this is what a path has thrown, or why it has. */
    static boolean isReasonOf(Throwable failure) {
        @Nullable Throwable cause = failure;
        for (int i = 0; i < MOST_CAUSES && cause != null; i++) {
            if (cause instanceof FencedException) {
                return true;
            }
            cause = cause.getCause();
        }
        return false;
    }
}
