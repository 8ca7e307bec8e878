package dev.turnout.flags.jdbc.backfill;

/** What a backfill copies, and how. Immutable. */
sealed interface CopyJob permits TableCopy, RowCopy {
    /** Whether a second pass visits also what only the target has. */
    boolean visitsAllKeys();

    /** Runs to the end of a sweep. Blocks. */
    BackfillResult run(BackfillContext context, String sweepId);
}
