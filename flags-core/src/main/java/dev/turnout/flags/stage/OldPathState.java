package dev.turnout.flags.stage;

/** What the old path may lack since keys last crossed to the new one, and therefore what the way back has to copy first. */
public enum OldPathState {
    /** Nothing: the way back needs acknowledgements alone. */
    IN_SYNC,
    /** Keys that the journal has recorded. */
    LAGGING,
    /** Anything: writes have gone to the new path alone. */
    ABANDONED
}
