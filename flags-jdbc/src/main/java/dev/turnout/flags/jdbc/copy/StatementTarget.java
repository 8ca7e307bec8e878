package dev.turnout.flags.jdbc.copy;

import dev.turnout.flags.jdbc.sql.Dialect;
import dev.turnout.flags.jdbc.sql.Names;
import dev.turnout.flags.jdbc.table.MappedColumn;
import dev.turnout.flags.jdbc.table.TableMapping;
import java.sql.Blob;
import java.sql.Clob;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
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
final class StatementTarget implements RowWriter<FetchedRow> {
    // Below the 65,535 parameters of a statement, and far below its longest text.
    private static final int MOST_PARAMETERS = 10_000;
    // Drivers make one text of a statement and all its values, which the server takes up to max_allowed_packet.
    private static final long MOST_BYTES = 1L << 20;
    // A longer one of H2 has to be a large object.
    private static final int LONGEST_VALUE = 1 << 20;

    private final Names names;
    private final TableMapping mapping;
    private final Guard guard;
    private final boolean remapped;
    private final String table;
    private final List<String> columns;
    private final List<String> keys;
    private final List<Integer> versions;

    StatementTarget(TableMapping mapping, Names names, Guard guard, boolean remapped) {
        this.names = names;
        this.mapping = mapping;
        this.guard = guard;
        this.remapped = remapped;
        table = names.table(mapping.targetTable());
        columns = identifiers(mapping.all());
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
        return names.dialect() == Dialect.H2 ? merge(connection, rows) : insert(connection, rows);
    }

    // Parameters take the types of what they are compared with or assigned to; in a VALUES list they would have none.
    private long merge(Connection connection, List<FetchedRow> rows) throws SQLException {
        List<Integer> parameters =
                new ArrayList<>(IntStream.range(0, keys.size()).boxed().toList());
        StringBuilder sql = new StringBuilder("MERGE INTO " + table + " USING DUAL ON "
                + keys.stream().map(key -> key + " = ?").collect(Collectors.joining(" AND ")));
        List<Integer> others =
                IntStream.range(keys.size(), columns.size()).boxed().toList();
        if (guard != Guard.INSERT_IF_ABSENT && !others.isEmpty()) {
            sql.append(" WHEN MATCHED AND ");
            if (guard == Guard.VERSION) {
                KeyCondition older = KeyCondition.of(
                        versions.stream().map(columns::get).toList(), remapped ? "<=" : "<", false, part -> "?");
                sql.append(older.sql());
                older.parts().forEach(part -> parameters.add(versions.get(part)));
            }
            if (guard != Guard.VERSION || remapped) {
                sql.append(others.stream()
                        .map(i -> columns.get(i) + " IS DISTINCT FROM ?")
                        .collect(Collectors.joining(" OR ", guard == Guard.VERSION ? " AND (" : "(", ")")));
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

    private long batch(Connection connection, String sql, List<Integer> parameters, List<FetchedRow> rows)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            long written = 0;
            for (List<FetchedRow> some : pieces(rows, rows.size())) {
                List<LargeObject> objects = new ArrayList<>();
                for (FetchedRow row : some) {
                    List<@Nullable Object> values = new ArrayList<>();
                    for (Object value : row.values()) {
                        values.add(large(connection, parameter(value), objects));
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
            long next = FetchedRows.size(rows.get(i));
            if (i > from && (bytes + next > MOST_BYTES || i - from == most)) {
                pieces.add(rows.subList(from, i));
                from = i;
                bytes = 0;
            }
            bytes += next;
        }
        pieces.add(rows.subList(from, rows.size()));
        return pieces;
    }

    private long insert(Connection connection, List<FetchedRow> rows) throws SQLException {
        long written = 0;
        int most = Math.max(1, MOST_PARAMETERS / columns.size());
        for (List<FetchedRow> some : pieces(rows, most)) {
            String sql = "INSERT INTO " + table + " (" + String.join(", ", columns) + ") VALUES " + places(some.size())
                    + " ON DUPLICATE KEY UPDATE " + onDuplicate();
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                int at = 1;
                for (FetchedRow row : some) {
                    for (Object value : row.values()) {
                        statement.setObject(at++, parameter(value));
                    }
                }
                // An update counts as two, and a row that the guard kept out as one.
                written += Math.min(some.size(), statement.executeUpdate());
            }
        }
        return written;
    }

    /** Assignments are done one after the other, and see what those before them did: versions are last, the least significant first. */
    private String onDuplicate() {
        if (guard == Guard.INSERT_IF_ABSENT || columns.size() == keys.size()) {
            return keys.get(0) + " = " + table + "." + keys.get(0);
        }
        List<String> olderFirst =
                new ArrayList<>(versions.stream().map(columns::get).toList());
        java.util.Collections.reverse(olderFirst);
        Stream<String> others = columns.stream().skip(keys.size()).filter(column -> !olderFirst.contains(column));
        if (guard != Guard.VERSION) {
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

    private @Nullable Object parameter(@Nullable Object value) {
        boolean isMySql = names.dialect() == Dialect.MARIADB || names.dialect() == Dialect.MYSQL;
        return isMySql && value instanceof OffsetDateTime time
                ? time.withOffsetSameInstant(ZoneOffset.UTC).toLocalDateTime()
                : value;
    }

    @Override
    public void delete(Connection connection, List<FetchedRow> rows) throws SQLException {
        String sql = "DELETE FROM " + table + " WHERE "
                + keys.stream().map(key -> key + " = ?").collect(Collectors.joining(" AND "));
        batch(connection, sql, IntStream.range(0, mapping.keys().size()).boxed().toList(), rows);
    }
}
