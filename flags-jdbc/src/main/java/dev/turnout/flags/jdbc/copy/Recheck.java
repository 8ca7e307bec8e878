package dev.turnout.flags.jdbc.copy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a chunk of the target has, and what has become of it in the source since. Used by one thread. */
final class Recheck<R> {
    // A row that is written all the time never looks the same twice.
    private static final int MOST_LOOKS = 100;

    private final RowReader<R> reader;
    private Map<TableKey, R> known;
    private List<R> changed = List.of();
    private List<R> gone = List.of();
    private int looks;

    Recheck(RowReader<R> reader, List<R> written) {
        this.reader = reader;
        known = byKey(written);
    }

    private Map<TableKey, R> byKey(List<R> rows) {
        Map<TableKey, R> byKey = new LinkedHashMap<>();
        rows.forEach(row -> byKey.put(reader.key(row), row));
        return byKey;
    }

    /** Takes what the source has now. Whether that is anything else than what was written. */
    boolean hasChanged(List<R> now) {
        Map<TableKey, R> before = new HashMap<>(known);
        changed = new ArrayList<>();
        for (R row : now) {
            R old = before.remove(reader.key(row));
            if (old == null || !reader.isSame(old, row)) {
                changed.add(row);
            }
        }
        gone = List.copyOf(before.values());
        known = byKey(now);
        boolean isChanged = !changed.isEmpty() || !gone.isEmpty();
        if (isChanged && ++looks > MOST_LOOKS) {
            throw new CopyException("Rows of one chunk were changed " + looks
                    + " times while they were copied, and would be for ever. Use guard LOCK, or a version.");
        }
        return isChanged;
    }

    /** What is to be written again. */
    List<R> changed() {
        return changed;
    }

    /** What is to be deleted. */
    List<R> gone() {
        return gone;
    }
}
