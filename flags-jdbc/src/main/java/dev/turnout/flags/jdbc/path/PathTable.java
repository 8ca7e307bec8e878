package dev.turnout.flags.jdbc.path;

import dev.turnout.flags.jdbc.sql.Dialect;
import dev.turnout.flags.jdbc.sql.KeyCondition;
import dev.turnout.flags.jdbc.sql.Names;
import dev.turnout.flags.jdbc.sql.Transactions;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The statements of one table on one side. Thread-safe. */
final class PathTable {
    private static final int TIMEOUT_SECONDS = 10;

    private final String name;
    private final List<PathColumn> keys;
    private final List<PathColumn> columns;
    private final List<String> marks;
    private volatile @Nullable Sql sql; // known with the first connection

    /**
     * @param keys by which rows are found
     * @param columns what else is read and written
     * @param marks the names of columns that no component stands for, such as versions
     */
    PathTable(String name, List<PathColumn> keys, List<PathColumn> columns, List<String> marks) {
        this.name = name;
        this.keys = keys;
        this.columns = columns;
        this.marks = marks;
    }

    String name() {
        return name;
    }

    /** Makes something of a row that was found. */
    interface Reader<T> {
        T of(Row row) throws SQLException;
    }

    /** The row that a query is at. */
    final class Row {
        private final ResultSet at;

        private Row(ResultSet at) {
            this.at = at;
        }

        List<@Nullable Object> key() throws SQLException {
            return Arrays.asList(values(keys.size()));
        }

        /** Of the key, then of the columns. */
        @Nullable Object[] values() throws SQLException {
            return values(keys.size() + columns.size());
        }

        private @Nullable Object[] values(int count) throws SQLException {
            @Nullable Object[] values = new @Nullable Object[count];
            for (int i = 0; i < count; i++) {
                PathColumn column = i < keys.size() ? keys.get(i) : columns.get(i - keys.size());
                values[i] = column.value(at, i + 1, name);
            }
            return values;
        }

        long mark(int number) throws SQLException {
            return at.getLong(ofMark(number));
        }

        boolean isMarked(int number) throws SQLException {
            return at.getBoolean(ofMark(number));
        }

        private int ofMark(int number) {
            return keys.size() + columns.size() + 1 + number;
        }
    }

    /**
     * What is written in the same words each time.
     *
     * @param insert and {@code update} with a value for each column; the others with what columns have by default
     */
    private record Sql(
            Dialect dialect,
            List<String> keys,
            List<String> marks,
            String select,
            String ofKey,
            String insert,
            String insertDefaults,
            String onConflict,
            String update,
            String updateDefaults,
            String delete) {}

    private Sql sql(Connection connection) throws SQLException {
        Sql known = sql;
        if (known == null) {
            known = sqlOf(Names.of(connection));
            sql = known;
        }
        return known;
    }

    private Sql sqlOf(Names names) {
        List<String> ofKeys = quoted(names, keys);
        List<String> ofColumns = quoted(names, columns);
        List<String> ofMarks = marks.stream().map(names::quote).toList();
        String table = names.table(name);
        String byKey = " WHERE " + ofKeys.stream().map(key -> key + " = ?").collect(Collectors.joining(" AND "));
        return new Sql(
                names.dialect(),
                ofKeys,
                ofMarks,
                "SELECT "
                        + String.join(
                                ", ",
                                joined(
                                        ofKeys,
                                        columns.stream()
                                                .map(column -> column.selected(names))
                                                .toList(),
                                        ofMarks))
                        + " FROM " + table,
                byKey,
                insert(table, joined(ofKeys, ofColumns, ofMarks)),
                insert(table, joined(ofKeys, ofMarks)),
                names.dialect() == Dialect.POSTGRES
                        ? " ON CONFLICT (" + String.join(", ", ofKeys) + ") DO NOTHING"
                        : "",
                "UPDATE " + table + " SET " + assigned(joined(ofColumns, ofMarks), " = ?") + byKey,
                "UPDATE " + table + " SET " + Stream.of(assigned(ofColumns, " = DEFAULT"), assigned(ofMarks, " = ?"))
                        .filter(some -> !some.isEmpty())
                        .collect(Collectors.joining(", ")) + byKey,
                "DELETE FROM " + table + byKey);
    }

    @SafeVarargs
    private static List<String> joined(List<String>... names) {
        return Stream.of(names).flatMap(List::stream).toList();
    }

    private static String insert(String table, List<String> names) {
        return "INSERT INTO " + table + " (" + String.join(", ", names) + ") VALUES ("
                + String.join(", ", Collections.nCopies(names.size(), "?")) + ")";
    }

    private static String assigned(List<String> names, String value) {
        return names.stream().map(each -> each + value).collect(Collectors.joining(", "));
    }

    private static List<String> quoted(Names names, List<PathColumn> columns) {
        return columns.stream().map(column -> names.quote(column.name())).toList();
    }

    /** The rows of a key, of which there may be several where it is that of a parent. */
    <T> List<T> find(Connection connection, List<?> key, boolean isLocked, Reader<T> reader) throws SQLException {
        Sql known = sql(connection);
        return query(connection, known.select() + known.ofKey() + (isLocked ? known.dialect().sharedLock() : ""), key, reader);
    }

    /** The rows of these keys, in any order. */
    <T> List<T> findAll(Connection connection, List<List<?>> wanted, Reader<T> reader) throws SQLException {
        Sql known = sql(connection);
        List<Object> parameters = new ArrayList<>();
        wanted.forEach(parameters::addAll);
        return query(
                connection,
                known.select() + " WHERE " + KeyCondition.oneOf(known.dialect(), known.keys(), wanted.size()).sql(),
                parameters,
                reader);
    }

    private <T> List<T> query(Connection connection, String statement, List<?> parameters, Reader<T> reader)
            throws SQLException {
        Dialect dialect = sql(connection).dialect();
        try (PreparedStatement select = prepared(connection, statement)) {
            for (int i = 0; i < parameters.size(); i++) {
                ColumnValue.bind(select, i + 1, parameters.get(i), dialect);
            }
            try (ResultSet row = select.executeQuery()) {
                Row found = new Row(row);
                List<T> all = new ArrayList<>();
                while (row.next()) {
                    all.add(reader.of(found));
                }
                return all;
            }
        }
    }

    private static PreparedStatement prepared(Connection connection, String statement) throws SQLException {
        PreparedStatement prepared = connection.prepareStatement(statement);
        try {
            prepared.setQueryTimeout(TIMEOUT_SECONDS);
            return prepared;
        } catch (SQLException | RuntimeException e) {
            prepared.close();
            throw e;
        }
    }

    /**
     * Whether the row was inserted; not if there is one of its key.
     *
     * @param values {@code null} for what columns have by default
     * @throws SQLException also if another constraint is in its way
     */
    boolean insert(Connection connection, List<?> key, @Nullable List<?> values, List<?> ofMarks) throws SQLException {
        Sql known = sql(connection);
        String statement = values == null ? known.insertDefaults() : known.insert();
        try (PreparedStatement insert = prepared(connection, statement + known.onConflict())) {
            bindRow(insert, key, values, ofMarks, known.dialect());
            return insert.executeUpdate() > 0;
        } catch (SQLException e) {
            if (Transactions.isDuplicateKey(e) && exists(connection, key)) {
                return false;
            }
            throw e;
        }
    }

    private void bindRow(
            PreparedStatement insert, List<?> key, @Nullable List<?> values, List<?> ofMarks, Dialect dialect)
            throws SQLException {
        int at = bind(insert, 1, keys, key, dialect);
        at = values == null ? at : bind(insert, at, columns, values, dialect);
        for (Object mark : ofMarks) {
            ColumnValue.bind(insert, at++, mark, dialect);
        }
    }

    private boolean exists(Connection connection, List<?> key) throws SQLException {
        return !find(connection, key, false, row -> true).isEmpty();
    }

    /** Inserts several rows of one parent. */
    void insertAll(Connection connection, List<?> key, List<List<?>> rows) throws SQLException {
        if (rows.isEmpty()) {
            return;
        }
        Sql known = sql(connection);
        try (PreparedStatement insert = prepared(connection, known.insert())) {
            for (List<?> row : rows) {
                bindRow(insert, key, row, List.of(), known.dialect());
                insert.addBatch();
            }
            insert.executeBatch();
        }
    }

    /**
     * Sets all columns of a row, and its marks.
     *
     * @param values {@code null} for what columns have by default
     * @param condition beside the key, with {@code %1$s} for the first mark; empty for none
     * @return whether there is such a row
     */
    boolean update(
            Connection connection, List<?> key, @Nullable List<?> values, List<?> ofMarks, String condition, List<?> parameters)
            throws SQLException {
        if (columns.isEmpty() && marks.isEmpty()) {
            return exists(connection, key);
        }
        Sql known = sql(connection);
        String statement =
                (values == null ? known.updateDefaults() : known.update()) + (condition.isEmpty() ? "" : " AND " + condition.formatted(known.marks().toArray()));
        try (PreparedStatement update = prepared(connection, statement)) {
            int at = values == null ? 1 : bind(update, 1, columns, values, known.dialect());
            for (Object mark : ofMarks) {
                ColumnValue.bind(update, at++, mark, known.dialect());
            }
            at = bind(update, at, keys, key, known.dialect());
            for (Object parameter : parameters) {
                ColumnValue.bind(update, at++, parameter, known.dialect());
            }
            return update.executeUpdate() > 0;
        }
    }

    boolean delete(Connection connection, List<?> key) throws SQLException {
        Sql known = sql(connection);
        try (PreparedStatement delete = prepared(connection, known.delete())) {
            bind(delete, 1, keys, key, known.dialect());
            return delete.executeUpdate() > 0;
        }
    }

    private static int bind(PreparedStatement statement, int from, List<PathColumn> columns, List<?> values, Dialect dialect)
            throws SQLException {
        int at = from;
        for (int i = 0; i < columns.size(); i++) {
            Object value = values.get(i);
            ColumnValue.bind(statement, at++, value == null ? null : columns.get(i).write().apply(value), dialect);
        }
        return at;
    }
}
