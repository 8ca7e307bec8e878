package dev.turnout.flags.jdbc.backfill;

import dev.turnout.flags.jdbc.table.TableMapping;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A backfill of a described table.
 *
 * @param workers threads, at least one
 * @param mostRows of a chunk
 * @param mostVisited rows of a chunk of the second pass
 * @param lease after which others take the ranges of a run that is out of contact; {@code null} if it is alone
 * @param remapped whether a sweep of another mapping starts over
 * @param replacing whether what a target without a key has is deleted first
 * @param reconcile what the second pass does with a key; {@code null} if there is none
 * @param indexes created when all rows are copied
 */
record TableCopy(
        TableMapping mapping,
        OverwriteGuard guard,
        int workers,
        int mostRows,
        int mostVisited,
        @Nullable Duration lease,
        boolean remapped,
        boolean replacing,
        @Nullable Consumer<List<String>> reconcile,
        List<IndexAfter> indexes)
        implements CopyJob {
    private static final int WORKERS = 2;
    // Ranges so small that workers end at about the same time, and so large that the last chunks, which are not full,
    // do not matter.
    private static final int CHUNKS_PER_RANGE = 3;
    private static final int MOST_ROWS = 20_000;
    private static final int MOST_LOCKED_ROWS = 500; // as writers wait for them
    // Of a statement's parameters there are 65,535, and as many as a key has columns are needed for each row.
    private static final int MOST_VISITED = 1_000;

    /**
     * What was asked for.
     *
     * @param guard {@code null} for the default
     * @param workers 0 for the default
     * @param chunkSize 0 for the default
     */
    record Wishes(
            @Nullable OverwriteGuard guard,
            int workers,
            int chunkSize,
            @Nullable Duration lease,
            boolean remapped,
            boolean replacing,
            @Nullable Consumer<List<String>> reconcile,
            List<IndexAfter> indexes) {}

    /** About how many rows a range should have. */
    int rowsPerRange() {
        return CHUNKS_PER_RANGE * mostRows;
    }

    @Override
    public boolean visitsAllKeys() {
        return reconcile != null;
    }

    @Override
    public BackfillResult run(BackfillContext context, String sweepId) {
        IndexesAfter after = new IndexesAfter(context.name(), context.target(), indexes);
        List<TableMapping> filled = List.of(mapping);
        after.requireTables(filled);
        BackfillResult result = mapping.hasKey()
                ? new TableRun(context, this).run(sweepId)
                : new WholeTableRun(context, this).run(sweepId);
        after.create(filled);
        return result;
    }

    /**
     * With the defaults.
     *
     * @throws IllegalStateException if the wishes do not fit to the mapping, or to each other
     */
    static TableCopy of(TableMapping mapping, Wishes wishes) {
        requireFitting(mapping, wishes);
        OverwriteGuard asked = wishes.guard();
        OverwriteGuard guard = asked != null ? asked : defaultGuard(mapping);
        if (guard == OverwriteGuard.VERSION && mapping.versions().isEmpty()) {
            throw new IllegalStateException("The mapping " + mapping
                    + " has no versions to guard by. Give it version(...), or choose another guard.");
        }
        if (guard == OverwriteGuard.INSERT_IF_ABSENT && wishes.remapped()) {
            throw new IllegalStateException(
                    "OverwriteGuard INSERT_IF_ABSENT overwrites nothing, so it cannot replace what was copied. Choose another guard, or"
                            + " empty the target.");
        }
        boolean locks = guard == OverwriteGuard.LOCK;
        // One at most holds a connection while it waits for another one, so they cannot wait for each other.
        int threads = locks ? 1 : wishes.workers() == 0 ? WORKERS : wishes.workers();
        int chunkSize = wishes.chunkSize();
        return new TableCopy(
                mapping,
                guard,
                threads,
                chunkSize > 0 ? chunkSize : locks ? MOST_LOCKED_ROWS : MOST_ROWS,
                chunkSize > 0 ? Math.min(MOST_VISITED, chunkSize) : MOST_VISITED,
                wishes.lease(),
                wishes.remapped(),
                wishes.replacing(),
                wishes.reconcile(),
                wishes.indexes());
    }

    static OverwriteGuard defaultGuard(TableMapping mapping) {
        return mapping.versions().isEmpty() ? OverwriteGuard.RECHECK : OverwriteGuard.VERSION;
    }

    private static void requireFitting(TableMapping mapping, Wishes wishes) {
        requireFittingSecondPass(mapping, wishes);
        boolean isForKeys = wishes.guard() != null || wishes.lease() != null || wishes.remapped();
        if (!mapping.hasKey() && isForKeys) {
            throw new IllegalStateException("The mapping " + mapping
                    + " has no key, so its table is copied as a whole, by one process in one transaction: leave guardedBy(...), shared()"
                    + " and restartWithChangedMapping() away. To copy it again over what is there, call replacing().");
        }
        if (mapping.hasKey() && wishes.replacing()) {
            throw new IllegalStateException("The mapping " + mapping
                    + " has a key, by which rows are overwritten: replacing() is for those without one.");
        }
    }

    private static void requireFittingSecondPass(TableMapping mapping, Wishes wishes) {
        if (wishes.reconcile() == null) {
            return;
        }
        if (!mapping.hasKey()) {
            throw new IllegalStateException("The mapping " + mapping
                    + " has no key by which rows could be reconciled, so its backfill cannot be a sweep of all keys.");
        }
        if (wishes.guard() == OverwriteGuard.INSERT_IF_ABSENT
                && mapping.versions().isEmpty()) {
            throw new IllegalStateException(
                    "With INSERT_IF_ABSENT, a row that the target had before stays as it is, and without a version nothing shows that it is"
                            + " another one than the source's: that is no sweep of all keys. Choose another guard.");
        }
    }
}
