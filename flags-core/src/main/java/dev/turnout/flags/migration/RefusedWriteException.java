package dev.turnout.flags.migration;

import org.jspecify.annotations.Nullable;

/**
 * A path's word that it has refused a write and will not apply it later either, such as one that breaks a constraint. A path throws it when
 * it is sure, and only then: every other exception of a path counts as a write that may have happened. A journal that can't keep the key
 * leads to it too.
 */
public class RefusedWriteException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** With what was refused, and why. */
    public RefusedWriteException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
