package dev.turnout.flags.jdbc.verify;

import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A row as it is compared: each column but those of the key, in canonical form.
 *
 * @param rows one; more only where a table without a unique key has several of one key, in an order that depends on nothing else
 * @param problem the column that cannot be transformed; {@code null} if all can
 */
record CanonicalRow(List<List<String>> rows, @Nullable String problem) {
    static CanonicalRow of(List<String> columns) {
        return new CanonicalRow(List.of(columns), null);
    }

    static CanonicalRow notTransformable(String column) {
        return new CanonicalRow(List.of(), column);
    }

    CanonicalRow and(CanonicalRow other) {
        if (problem != null || other.problem != null) {
            return problem == null ? other : this;
        }
        Comparator<List<String>> order = Comparator.comparing(columns -> String.join("", columns));
        return new CanonicalRow(
                Stream.concat(rows.stream(), other.rows.stream()).sorted(order).toList(), null);
    }

    boolean isSameAs(CanonicalRow other) {
        return problem == null && equals(other);
    }
}
