package dev.turnout.flags.jdbc.path;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A row, as canonical values of components.
 *
 * @param key of all columns of the key
 * @param columns of the others; {@code null} for what they have by default, as a tombstone has
 * @param marks the version, and whether it is a tombstone; or nothing
 */
record PathRow(List<?> key, @Nullable List<?> columns, List<?> marks) {
    boolean isEmpty() {
        return columns == null;
    }

    boolean isTombstone() {
        return marks.contains(true); // the only truth among them
    }

    /** What is given to a statement beside the key and the marks. */
    List<?> given() {
        return columns == null ? List.of() : columns;
    }

    /** Whether a row that was read is this one, which was written. */
    boolean isKeptBy(PathRow read) {
        return key.equals(read.key) && marks.equals(read.marks) && (columns == null || columns.equals(read.columns));
    }
}
