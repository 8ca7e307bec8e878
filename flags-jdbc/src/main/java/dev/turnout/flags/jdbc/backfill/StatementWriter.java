package dev.turnout.flags.jdbc.backfill;

import dev.turnout.flags.jdbc.sql.CatalogColumn;
import dev.turnout.flags.jdbc.sql.Dialect;
import dev.turnout.flags.jdbc.sql.KeyCondition;
import dev.turnout.flags.jdbc.sql.Names;
import dev.turnout.flags.jdbc.table.MappedColumn;
import dev.turnout.flags.jdbc.table.TableMapping;
import java.nio.charset.StandardCharsets;
import java.sql.Blob;
import java.sql.Clob;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.chrono.ChronoLocalDate;
import java.time.temporal.ChronoField;
import java.time.temporal.Temporal;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A table of MariaDB, MySQL or H2. The first two get many rows with a statement, the last a batch of statements. Only for tables without another
 * unique key: in MariaDB and MySQL its conflict would be taken for one of the key.
 */
final class StatementWriter implements RowWriter<FetchedRow> {
    // Below the 65,535 parameters of a statement, and far below its longest text.
    private static final int MOST_PARAMETERS = 10_000;
    // Drivers make one text of a statement and all its values, which the server takes up to max_allowed_packet.
    private static final long MOST_BYTES = 1L << 20;
    // A longer one of H2 has to be a large object.
    private static final int LONGEST_VALUE = 1 << 20;

    private static final int LAST_YEAR = 9999; // of MariaDB and MySQL

    private final Names names;
    private final TableMapping mapping;
    private final OverwriteGuard guard;
    private final boolean remapped;
    private final String table;
    private final List<String> columns;
    private final List<String> keys;
    private final List<Integer> versions;
    private final List<CatalogColumn> types;

    StatementWriter(TableMapping mapping, TablePair.End target, OverwriteGuard guard, boolean remapped) {
        names = target.names();
        this.mapping = mapping;
        this.guard = guard;
        this.remapped = remapped;
        table = names.table(mapping.targetTable());
        columns = identifiers(mapping.all());
        types = mapping.all().stream()
                .map(column -> target.type(column.target()))
                .toList();
        keys = identifiers(mapping.keys());
        versions = IntStream.range(keys.size(), keys.size() + mapping.versions().size())
                .boxed()
                .toList();
    }

    private List<String> identifiers(List<MappedColumn> of) {
        return of.stream().map(column -> names.quote(column.target())).toList();
    }

    @Override
    public long write(Connection connection, List<FetchedRow> rows) throws SQLException {
        long written = names.dialect() == Dialect.H2
                ? merge(connection, rows)
                : insert(connection, rows, " ON DUPLICATE KEY UPDATE " + onDuplicate());
        // MariaDB counts an update as two rows and an unneeded one as one, and its collation may take two keys for one.
        boolean isSure = written == rows.size() && (names.dialect() == Dialect.H2 || !isKeyOfText(rows.get(0)));
        if (!isSure) {
            for (List<FetchedRow> some : pieces(rows, MOST_PARAMETERS / keys.size())) {
                MissingRows.throwUnless(countThere(connection, some), some.size());
            }
        }
        return written;
    }

    private boolean isKeyOfText(FetchedRow row) {
        return row.values().subList(0, keys.size()).stream().anyMatch(String.class::isInstance);
    }

    private long countThere(Connection connection, List<FetchedRow> rows) throws SQLException {
        String sql = "SELECT COUNT(*) FROM " + table + " WHERE "
                + KeyCondition.oneOf(names.dialect(), keys, rows.size()).sql();
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            int at = 1;
            for (FetchedRow row : rows) {
                for (int key = 0; key < keys.size(); key++) {
                    statement.setObject(at++, parameter(row, key));
                }
            }
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        }
    }

    // Parameters take the types of what they are compared with or assigned to; in a VALUES list they would have none.
    private long merge(Connection connection, List<FetchedRow> rows) throws SQLException {
        List<Integer> parameters =
                new ArrayList<>(IntStream.range(0, keys.size()).boxed().toList());
        StringBuilder sql = new StringBuilder("MERGE INTO " + table + " USING DUAL ON "
                + keys.stream().map(key -> key + " = ?").collect(Collectors.joining(" AND ")));
        List<Integer> others =
                IntStream.range(keys.size(), columns.size()).boxed().toList();
        if (guard != OverwriteGuard.INSERT_IF_ABSENT && !others.isEmpty()) {
            sql.append(" WHEN MATCHED AND ");
            if (guard == OverwriteGuard.VERSION) {
                KeyCondition older = KeyCondition.of(
                        versions.stream().map(columns::get).toList(), remapped ? "<=" : "<", false, part -> "?");
                sql.append(older.sql());
                older.parts().forEach(part -> parameters.add(versions.get(part)));
            }
            if (guard != OverwriteGuard.VERSION || remapped) {
                sql.append(others.stream()
                        .map(this::isDistinct)
                        .collect(Collectors.joining(" OR ", guard == OverwriteGuard.VERSION ? " AND (" : "(", ")")));
                parameters.addAll(others);
            }
            sql.append(" THEN UPDATE SET ")
                    .append(others.stream().map(i -> columns.get(i) + " = ?").collect(Collectors.joining(", ")));
            parameters.addAll(others);
        }
        sql.append(" WHEN NOT MATCHED THEN INSERT (")
                .append(String.join(", ", columns))
                .append(") VALUES ");
        sql.append(places(1));
        parameters.addAll(IntStream.range(0, columns.size()).boxed().toList());
        return batch(connection, sql.toString(), parameters, rows);
    }

    /** Whatever the column takes for equal, such as 'a' and 'A', or 0 and -0. */
    private String isDistinct(int column) {
        CatalogColumn type = types.get(column);
        String name = columns.get(column);
        boolean isText = type.collation() != null;
        boolean isFloating = type.type().equals("real") || type.type().equals("double precision");
        if (!isText && !isFloating) {
            return name + " IS DISTINCT FROM ?";
        }
        String exact = isText ? "STRINGTOUTF8(%s)" : "CAST(%s AS VARCHAR)";
        return exact.formatted(name) + " IS DISTINCT FROM " + exact.formatted("CAST(? AS " + type.declared() + ")");
    }

    private long batch(Connection connection, String sql, List<Integer> parameters, List<FetchedRow> rows)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            long written = 0;
            for (List<FetchedRow> some : pieces(rows, rows.size())) {
                List<LargeObject> objects = new ArrayList<>();
                for (FetchedRow row : some) {
                    List<@Nullable Object> values = new ArrayList<>();
                    for (int column = 0; column < row.values().size(); column++) {
                        values.add(large(connection, parameter(row, column), objects));
                    }
                    int at = 1;
                    for (int column : parameters) {
                        statement.setObject(at++, values.get(column));
                    }
                    statement.addBatch();
                }
                written += IntStream.of(statement.executeBatch())
                        .filter(count -> count > 0)
                        .sum();
                for (LargeObject object : objects) {
                    object.free();
                }
            }
            return written;
        }
    }

    /** Frees what a database keeps of a value beside its row. */
    @FunctionalInterface
    private interface LargeObject {
        void free() throws SQLException;
    }

    private @Nullable Object large(Connection connection, @Nullable Object value, List<LargeObject> objects)
            throws SQLException {
        if (names.dialect() != Dialect.H2) {
            return value;
        }
        if (value instanceof byte[] bytes && bytes.length > LONGEST_VALUE) {
            Blob blob = connection.createBlob();
            blob.setBytes(1, bytes);
            objects.add(blob::free);
            return blob;
        }
        if (value instanceof String text && text.length() > LONGEST_VALUE) {
            Clob clob = connection.createClob();
            clob.setString(1, text);
            objects.add(clob::free);
            return clob;
        }
        return value;
    }

    /** Some rows after the other, none of them many, nor large where they are more than one. */
    private static List<List<FetchedRow>> pieces(List<FetchedRow> rows, int most) {
        List<List<FetchedRow>> pieces = new ArrayList<>();
        int from = 0;
        long bytes = 0;
        for (int i = 0; i < rows.size(); i++) {
            long next = FetchedReader.size(rows.get(i));
            if (i > from && (bytes + next > MOST_BYTES || i - from >= most)) {
                pieces.add(rows.subList(from, i));
                from = i;
                bytes = 0;
            }
            bytes += next;
        }
        pieces.add(rows.subList(from, rows.size()));
        return pieces;
    }

    private long insert(Connection connection, List<FetchedRow> rows, String onDuplicate) throws SQLException {
        long written = 0;
        for (List<FetchedRow> some : pieces(rows, MOST_PARAMETERS / columns.size())) {
            String sql = insertInto() + places(some.size()) + onDuplicate;
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                int at = 1;
                for (FetchedRow row : some) {
                    for (int column = 0; column < columns.size(); column++) {
                        statement.setObject(at++, parameter(row, column));
                    }
                }
                // An update counts as two, and a row that the guard kept out as one.
                written += Math.min(some.size(), statement.executeUpdate());
            }
        }
        return written;
    }

    @Override
    public long insert(Connection connection, List<FetchedRow> rows) throws SQLException {
        if (names.dialect() != Dialect.H2) {
            return insert(connection, rows, "");
        }
        List<Integer> all = IntStream.range(0, columns.size()).boxed().toList();
        return batch(connection, insertInto() + places(1), all, rows);
    }

    private String insertInto() {
        return "INSERT INTO " + table + " (" + String.join(", ", columns) + ") VALUES ";
    }

    /** Assignments are done one after the other, and see what those before them did: versions are last, the least significant first. */
    private String onDuplicate() {
        if (guard == OverwriteGuard.INSERT_IF_ABSENT || columns.size() == keys.size()) {
            return keys.get(0) + " = " + table + "." + keys.get(0);
        }
        List<String> olderFirst =
                new ArrayList<>(versions.stream().map(columns::get).toList());
        java.util.Collections.reverse(olderFirst);
        Stream<String> others = columns.stream().skip(keys.size()).filter(column -> !olderFirst.contains(column));
        if (guard != OverwriteGuard.VERSION) {
            return columns.stream()
                    .skip(keys.size())
                    .map(column -> column + " = VALUES(" + column + ")")
                    .collect(Collectors.joining(", "));
        }
        String older = KeyCondition.of(
                        versions.stream().map(i -> table + "." + columns.get(i)).toList(),
                        remapped ? "<=" : "<",
                        false,
                        part -> "VALUES(" + columns.get(versions.get(part)) + ")")
                .sql();
        return Stream.concat(others, olderFirst.stream())
                .map(column -> column + " = IF(" + older + ", VALUES(" + column + "), " + table + "." + column + ")")
                .collect(Collectors.joining(", "));
    }

    private String places(int rows) {
        String row = columns.stream().map(column -> "?").collect(Collectors.joining(", ", "(", ")"));
        return String.join(", ", java.util.Collections.nCopies(rows, row));
    }

    private @Nullable Object parameter(FetchedRow row, int column) {
        Object value = row.values().get(column);
        if (value instanceof PostgresValue) {
            throw row.refused(
                    mapping,
                    column,
                    "a value that only PostgreSQL has, such as infinity, NaN or 24:00:00. Change it, or map the column by computed(...)");
        }
        boolean isNegativeZero =
                Double.valueOf(-0.0).equals(value) || Float.valueOf(-0f).equals(value);
        if (isNegativeZero && names.dialect() == Dialect.H2) {
            throw row.refused(
                    mapping,
                    column,
                    "-0, which would become 0 in H2. Change it, or map the column by computed(\"... + 0\")");
        }
        if (names.dialect().isMySql()) {
            return ofMySql(row, column, value);
        }
        if (value instanceof String text
                && names.dialect() == Dialect.H2
                && types.get(column).type().equals("json")) {
            return text.getBytes(StandardCharsets.UTF_8); // a text would become a JSON string
        }
        return value;
    }

    /** As MariaDB and MySQL take it; what their drivers would make something else of is refused. */
    private @Nullable Object ofMySql(FetchedRow row, int column, @Nullable Object value) {
        if (value instanceof Float || value instanceof Double) {
            double number = ((Number) value).doubleValue();
            if (!Double.isFinite(number)) {
                throw row.refused(
                        mapping,
                        column,
                        "NaN or an infinite number, which the target has not. Change it, or map the column by a function");
            }
            return number == 0 && 1 / number < 0 ? "-0" : value; // as a number, it would be a decimal, which has none
        }
        Object time = value instanceof OffsetDateTime moment
                ? moment.withOffsetSameInstant(ZoneOffset.UTC).toLocalDateTime()
                : value;
        if (time instanceof ChronoLocalDate || time instanceof LocalDateTime) {
            int year = ((Temporal) time).get(ChronoField.YEAR);
            if (year < 1 || year > LAST_YEAR) {
                throw row.refused(
                        mapping,
                        column,
                        "a day before the year 1 or after 9999, which the target has not. Change it, or map the column by a function");
            }
        }
        return time;
    }

    @Override
    public void delete(Connection connection, List<FetchedRow> rows) throws SQLException {
        String sql = "DELETE FROM " + table + " WHERE "
                + keys.stream().map(key -> key + " = ?").collect(Collectors.joining(" AND "));
        batch(connection, sql, IntStream.range(0, mapping.keys().size()).boxed().toList(), rows);
    }
}
