package dev.turnout.flags.jdbc.backfill;

/** What keeps a backfill from overwriting what was written while it copied, and from bringing back what was deleted. */
public enum OverwriteGuard {
    /**
     * A row is written only over an older version; a tombstone has one too. The default where the mapping has versions. Nothing more is asked of
     * writers than what they do anyway.
     */
    VERSION,
    /**
     * After its rows are committed, a chunk is read again from the source, and what has changed or gone since is written or deleted, until each row
     * has been seen to be as it was written. A row is deleted only if the source still has none after the delete, before it is committed. A row that 100 looks in turn find changed ends the run. The default without versions. Writers must write the source first, then the target, and each of them whole rows.
     */
    RECHECK,
    /**
     * The rows of a chunk are locked in the source, for reading, until they are committed in the target; writers wait as long. Writers must write
     * the source first. Holds a connection of each database at once; chunks are kept small.
     */
    LOCK,
    /**
     * Only rows that the target does not have are written, and none is overwritten. A row that is deleted in both between the reading and the
     * writing of its chunk comes back: only for tables from which nothing is deleted meanwhile.
     */
    INSERT_IF_ABSENT
}
