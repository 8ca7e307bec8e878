package dev.turnout.flags.jdbc.backfill;

/**
 * What a run did, without what earlier runs of the same sweep had done.
 *
 * @param visited rows of the source that were read to be copied
 * @param written of those, the ones that were newer than what the target had; MariaDB and MySQL do not report it, and all of a described table count
 * @param reconciled keys of which the target had something newer, or which it had alone; of a described table, those of any other version too
 */
public record BackfillResult(long visited, long written, long reconciled) {
    static final BackfillResult NOTHING = new BackfillResult(0, 0, 0);

    BackfillResult plus(BackfillResult other) {
        return new BackfillResult(visited + other.visited, written + other.written, reconciled + other.reconciled);
    }
}
