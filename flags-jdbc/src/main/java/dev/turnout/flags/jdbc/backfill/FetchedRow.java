package dev.turnout.flags.jdbc.backfill;

import dev.turnout.flags.jdbc.table.MappedColumn;
import dev.turnout.flags.jdbc.table.TableMapping;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A row that Java has in its hands.
 *
 * @param key in the source
 * @param values of all columns of the target; never changed
 */
record FetchedRow(TableKey key, List<@Nullable Object> values) {
    /** The exception for a value of it that cannot be copied. */
    BackfillException refused(TableMapping mapping, int column, String what) {
        return refused(mapping, mapping.all().get(column), key, what);
    }

    /** The same of a row that is not yet read. */
    static BackfillException refused(TableMapping mapping, MappedColumn column, TableKey key, String what) {
        return new BackfillException(
                "Column '" + column.target() + "' of " + named(mapping, key) + " has " + what + ".");
    }

    /** Which one it is. */
    static String named(TableMapping mapping, TableKey key) {
        return (mapping.hasKey() ? "the row with key '" + key + "'" : "a row") + " of " + mapping.sourceTable();
    }
}
