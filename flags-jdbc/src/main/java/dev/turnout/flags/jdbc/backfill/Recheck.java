package dev.turnout.flags.jdbc.backfill;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Those rows of a chunk that were not yet found again in the source after they were written to the target. Each is settled
 * by itself, so a few rows that change all the time do not delay the others. Rows that have come since are not looked
 * at: their inserts write the target after the source. Used by one thread.
 */
final class Recheck<R> {
    // A row that is written all the time never looks the same twice.
    private static final int MOST_LOOKS = 100;

    private final RowReader<R> reader;
    private final Map<TableKey, Left<R>> left = new LinkedHashMap<>(); // in the order of their keys
    private @Nullable TableKey after;
    private int looks;

    /**
     * A row that is not settled.
     *
     * @param isGone whether it was deleted in the target
     */
    private record Left<R>(R row, boolean isGone) {}

    /**
     * What the target needs, to have what the source had at the last look.
     *
     * @param changed to be written
     * @param gone to be deleted
     */
    record Look<R>(List<R> changed, List<R> gone) {}

    /**
     * @param after the key that the rows follow; {@code null} if they are the first
     * @param written in the order of their keys
     */
    Recheck(RowReader<R> reader, @Nullable TableKey after, List<R> written) {
        this.reader = reader;
        this.after = after;
        written.forEach(row -> left.put(reader.key(row), new Left<>(row, false)));
    }

    boolean isSettled() {
        return left.isEmpty();
    }

    /** The key that all rows that are left follow; {@code null} if one of them is the first of its table. */
    @Nullable
    TableKey after() {
        return after;
    }

    /**
     * Compares the remaining rows with what the source has now. Before the next look the caller writes what has
     * changed, and deletes what is gone or leaves it to that look; {@link #deleted} returns which.
     */
    Look<R> look(List<R> now) {
        Map<TableKey, R> found = new HashMap<>();
        now.forEach(row -> found.put(reader.key(row), row));
        Look<R> look = new Look<>(new ArrayList<>(), new ArrayList<>());
        int before = left.size();
        boolean isFirst = true;
        Iterator<Map.Entry<TableKey, Left<R>>> entries = left.entrySet().iterator();
        while (entries.hasNext()) {
            Map.Entry<TableKey, Left<R>> entry = entries.next();
            R row = found.get(entry.getKey());
            if (isSame(entry.getValue(), row)) {
                entries.remove();
                after = isFirst ? entry.getKey() : after;
                continue;
            }
            isFirst = false;
            if (row == null) {
                look.gone().add(entry.getValue().row());
            } else {
                look.changed().add(row);
                entry.setValue(new Left<>(row, false));
            }
        }
        looks = left.size() == before ? looks + 1 : 0;
        if (looks > MOST_LOOKS) {
            throw new BackfillException("Each of the last " + looks + " looks at the row of key '"
                    + left.keySet().iterator().next() + "' found it changed, as with " + (left.size() - 1)
                    + " others of its chunk, and would for ever. Use guard LOCK, or a version.");
        }
        return look;
    }

    /** What was gone at the last look has been deleted in the target. */
    void deleted(List<R> gone) {
        gone.forEach(row -> left.put(reader.key(row), new Left<>(row, true)));
    }

    private boolean isSame(Left<R> target, @Nullable R row) {
        return row == null ? target.isGone() : !target.isGone() && reader.isSame(target.row(), row);
    }
}
