package dev.turnout.flags.stage;

/**
 * What the old path may lack since keys last switched to the new one, and therefore what the rollback has to copy
 * first.
 */
public enum OldPathState {
    /** Nothing: the rollback needs acknowledgements alone. */
    IN_SYNC,
    /** Keys that the journal has recorded. */
    LAGGING,
    /** Anything: writes have gone to the new path alone. */
    ABANDONED
}
