package dev.turnout.flags.migration;

/**
 * What became of a write, and so what its caller may do. True if paths have committed when they return: of one that joins a transaction of its
 * caller, that transaction decides, and the outcome is unknown before its end.
 */
public enum WriteOutcome {
    /** Every path of the key's stage has it. Nothing is left to do. */
    APPLIED,
    /**
     * It is acknowledged and cannot be lost; the path that does not count follows on its own. Nothing is left to do.
     */
    MIRROR_PENDING,
    /**
     * Neither path has it, nor ever will. It may be tried again, where trying again can help: not inside the same transaction after a
     * {@link WriteInTransactionException}.
     */
    NOT_APPLIED,
    /**
     * It may have happened, may happen still, or never. Repair makes both paths agree in either case. Reading the
     * record shows it; putting the same record again is safe, unless another caller may have written since.
     */
    UNKNOWN;

    /** What became of a write that ended with this exception. */
    public static WriteOutcome of(Throwable failure) {
        return failure instanceof UnavailableException
                        || failure instanceof RefusedWriteException
                        || failure instanceof WriteInTransactionException
                ? NOT_APPLIED
                : UNKNOWN;
    }
}
