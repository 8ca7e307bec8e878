package dev.turnout.flags.jdbc.backfill;

import dev.turnout.flags.jdbc.backfill.RangeTable.Range;
import dev.turnout.flags.jdbc.sql.Dialect;
import dev.turnout.flags.jdbc.sql.Statements;
import dev.turnout.flags.jdbc.sql.TableTree;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Divides a table into ranges of about as many rows each, by the quantiles of a sample: the distance of two keys does not show how many rows
 * lie between them. What comes in behind the last key is not in any of them.
 */
final class RangePlanner {
    private static final int SAMPLES_PER_RANGE = 200;
    private static final int MOST_RANGES = 256;

    private final SourceTable source;
    private final int rowsPerRange;
    private final int firstNumber;

    RangePlanner(SourceTable source, int rowsPerRange) {
        this(source, rowsPerRange, 0);
    }

    /** With another number than 0 for the first range. */
    RangePlanner(SourceTable source, int rowsPerRange, int firstNumber) {
        this.source = source;
        this.rowsPerRange = rowsPerRange;
        this.firstNumber = firstNumber;
    }

    /** About how many rows there are; cheap, and 0 if unknown. */
    long estimatedRows(Connection connection) throws SQLException {
        String table = source.mapping.sourceTable();
        String last = source.names.stored(table.substring(table.lastIndexOf('.') + 1));
        List<Long> rows = switch (source.names.dialect()) {
            case POSTGRES -> number(connection, TableTree.ESTIMATED_ROWS, source.table);
            case H2 -> number(connection, "SELECT count(*) FROM " + source.table);
            case MARIADB, MYSQL ->
                number(
                        connection,
                        "SELECT COALESCE(MAX(table_rows), 0) FROM information_schema.tables WHERE table_schema = COALESCE(?, DATABASE()) AND table_name = ?",
                        table.contains(".") ? table.substring(0, table.lastIndexOf('.')) : null,
                        last);
        };
        return rows.isEmpty() ? 0 : rows.get(0);
    }

    private static List<Long> number(Connection connection, String sql, @Nullable Object... parameters)
            throws SQLException {
        return Statements.query(connection, row -> row.getLong(1), sql, parameters);
    }

    /** The ranges; none if the table is empty. */
    List<Range> plan(Connection connection, long estimatedRows) throws SQLException {
        int count = (int) Math.min(MOST_RANGES, estimatedRows / rowsPerRange);
        List<TableKey> sample = count < 2 ? List.of() : sample(connection, count, estimatedRows);
        List<TableKey> greatest = keys(
                connection,
                "SELECT " + source.keyTexts + " FROM " + source.table + " ORDER BY "
                        + String.join(" DESC, ", source.keys) + " DESC LIMIT 1");
        return greatest.isEmpty() ? List.of() : ranges(bounds(sample, count), greatest.get(0));
    }

    private static List<TableKey> bounds(List<TableKey> sample, int count) {
        List<TableKey> bounds = new ArrayList<>();
        TreeSet<Integer> taken = new TreeSet<>();
        for (int i = 1; i < count && !sample.isEmpty(); i++) {
            int at = (int) ((long) i * sample.size() / count);
            if (taken.add(at)) {
                bounds.add(sample.get(at));
            }
        }
        return bounds;
    }

    private List<Range> ranges(List<TableKey> bounds, TableKey greatest) {
        List<Range> ranges = new ArrayList<>();
        TableKey lower = null;
        for (TableKey bound : bounds) {
            if (!bound.equals(lower) && !bound.equals(greatest)) {
                ranges.add(Range.of(firstNumber + ranges.size(), lower, bound));
                lower = bound;
            }
        }
        ranges.add(Range.of(firstNumber + ranges.size(), lower, greatest));
        return ranges;
    }

    private List<TableKey> sample(Connection connection, int count, long estimatedRows) throws SQLException {
        double share = Math.min(1, (double) count * SAMPLES_PER_RANGE / estimatedRows);
        String keys = String.join(", ", source.keys);
        String order = " ORDER BY " + keys;
        String select = "SELECT " + source.keyTexts + " FROM " + source.table;
        if (source.names.dialect() == Dialect.POSTGRES) {
            return keys(
                    connection,
                    select
                            + String.format(Locale.ROOT, " TABLESAMPLE SYSTEM (%.6f)", Math.min(100, share * 100))
                            + order);
        }
        return keys(connection, select + String.format(Locale.ROOT, " WHERE RAND() < %.9f", share) + order);
    }

    private List<TableKey> keys(Connection connection, String sql) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            return source.keys(statement);
        }
    }
}
