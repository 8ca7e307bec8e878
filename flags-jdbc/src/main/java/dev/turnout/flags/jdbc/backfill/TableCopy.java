package dev.turnout.flags.jdbc.backfill;

import dev.turnout.flags.jdbc.table.TableMapping;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a backfill of a described table has beside what all have.
 *
 * @param workers threads, at least one
 * @param mostRows of a chunk
 * @param replacing whether what a target without a key has is deleted first
 * @param lease after which others take what a run has that is not heard of; {@code null} if it is alone
 */
record TableCopy(
        TableMapping mapping,
        OverwriteGuard guard,
        int workers,
        int mostRows,
        @Nullable Duration lease,
        boolean remapped,
        boolean replacing) {
    private static final int WORKERS = 2;
    // Ranges so small that workers end at about the same time, and so large that the last chunks, which aren't full,
    // don't count.
    private static final int CHUNKS_PER_RANGE = 3;
    private static final int MOST_ROWS = 20_000;
    private static final int MOST_LOCKED_ROWS = 500; // as writers wait for them

    /** About how many rows a range should have. */
    int rowsPerRange() {
        return CHUNKS_PER_RANGE * mostRows;
    }

    /** With 0 for a default. */
    static TableCopy of(
            TableMapping mapping,
            @Nullable OverwriteGuard asked,
            int workers,
            int mostRows,
            @Nullable Duration lease,
            boolean remapped,
            boolean replacing) {
        requireFitting(mapping, asked, lease, remapped, replacing);
        OverwriteGuard guard =
                asked != null ? asked : mapping.versions().isEmpty() ? OverwriteGuard.RECHECK : OverwriteGuard.VERSION;
        if (guard == OverwriteGuard.VERSION && mapping.versions().isEmpty()) {
            throw new IllegalStateException("The mapping " + mapping
                    + " has no versions to guard by. Give it version(...), or choose another guard.");
        }
        if (guard == OverwriteGuard.INSERT_IF_ABSENT && remapped) {
            throw new IllegalStateException(
                    "OverwriteGuard INSERT_IF_ABSENT overwrites nothing, so it can't make anew what was copied. Choose another guard, or empty the target.");
        }
        boolean locks = guard == OverwriteGuard.LOCK;
        // One at most holds a connection while it waits for another one, so that they can't wait for each other.
        int threads = locks ? 1 : workers == 0 ? WORKERS : workers;
        int most = mostRows > 0 ? mostRows : locks ? MOST_LOCKED_ROWS : MOST_ROWS;
        return new TableCopy(mapping, guard, threads, most, lease, remapped, replacing);
    }

    private static void requireFitting(
            TableMapping mapping,
            @Nullable OverwriteGuard asked,
            @Nullable Duration lease,
            boolean remapped,
            boolean replacing) {
        if (!mapping.hasKey() && (asked != null || lease != null || remapped)) {
            throw new IllegalStateException("The mapping " + mapping
                    + " has no key, so that its table is copied as a whole, by one process in one transaction: leave guardedBy(...), shared()"
                    + " and restartWithChangedMapping() away. To copy it again over what is there, say replacing().");
        }
        if (mapping.hasKey() && replacing) {
            throw new IllegalStateException("The mapping " + mapping
                    + " has a key, by which rows are overwritten: replacing() is for those without one.");
        }
    }
}
