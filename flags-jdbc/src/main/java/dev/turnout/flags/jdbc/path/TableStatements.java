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

/** The statements of one table, in the words of its database. Immutable. All values are canonical. */
final class TableStatements {
    private static final int TIMEOUT_SECONDS = 10;
    private static final int MOST_OF_A_BATCH = 500;

    private final Dialect dialect;
    private final String name;
    private final List<StoredColumn> parent;
    private final List<StoredColumn> keys;
    private final List<StoredColumn> columns;
    private final List<StoredColumn> marks;
    private final String from;
    private final String ofParent;
    private final String into;
    private final String update;
    private final String emptied;
    private final String ofKey;

    /** How much the rows that are read are locked. */
    enum Lock {
        NONE,
        /** No other transaction can change them. */
        SHARED,
        /** No other transaction can change them, nor read them in this way. */
        EXCLUSIVE
    }

    /** @param all the columns of the key, of which some are those of the parent, then others, then the marks */
    TableStatements(Names names, String name, List<StoredColumn> all, int ofParents, int ofKeys, int ofMarks) {
        this.dialect = names.dialect();
        this.name = name;
        parent = List.copyOf(all.subList(0, ofParents));
        keys = List.copyOf(all.subList(0, ofKeys));
        columns = List.copyOf(all.subList(ofKeys, all.size() - ofMarks));
        marks = List.copyOf(all.subList(all.size() - ofMarks, all.size()));
        from = " FROM " + names.table(name);
        ofParent = where(parent);
        ofKey = where(keys);
        into = "INSERT INTO " + names.table(name);
        update = set(names, joined(assigned(columns, " = ?"), assigned(marks, " = ?")));
        emptied = set(names, joined(assigned(columns, " = DEFAULT"), assigned(marks, " = ?")));
    }

    private String set(Names names, List<String> assignments) {
        return "UPDATE " + names.table(name) + " SET " + String.join(", ", assignments);
    }

    private static List<String> assigned(List<StoredColumn> columns, String value) {
        return columns.stream().map(column -> column.identifier() + value).toList();
    }

    private static String where(List<StoredColumn> keys) {
        return " WHERE " + String.join(" AND ", assigned(keys, " = ?"));
    }

    private static <T> List<T> joined(List<? extends T> some, List<? extends T> others) {
        return Stream.<T>concat(some.stream(), others.stream()).toList();
    }

    /** The rows of a parent; for a table without parents, the one of a key. */
    List<PathRow> find(Connection connection, List<?> parentKey, Lock lock) throws SQLException {
        return query(connection, true, ofParent + locked(lock), parent, List.of(parentKey));
    }

    /** The same without their columns: the keys and the marks. */
    List<PathRow> findMarks(Connection connection, List<?> parentKey, Lock lock) throws SQLException {
        return query(connection, false, ofParent + locked(lock), parent, List.of(parentKey));
    }

    /** The whole keys of the rows of a parent. */
    List<List<?>> findKeys(Connection connection, List<?> parentKey) throws SQLException {
        List<List<?>> found = new ArrayList<>();
        findMarks(connection, parentKey, Lock.NONE).forEach(row -> found.add(row.key()));
        return found;
    }

    /** The rows of these keys, in any order. */
    List<PathRow> findAll(Connection connection, List<List<?>> wanted) throws SQLException {
        List<String> identifiers = keys.stream().map(StoredColumn::identifier).toList();
        String condition =
                KeyCondition.oneOf(dialect, identifiers, wanted.size()).sql();
        return query(connection, true, " WHERE " + condition, keys, wanted);
    }

    private String locked(Lock lock) {
        return switch (lock) {
            case NONE -> "";
            case SHARED -> dialect.sharedLock();
            case EXCLUSIVE -> " FOR UPDATE";
        };
    }

    private List<PathRow> query(
            Connection connection,
            boolean isWhole,
            String condition,
            List<StoredColumn> by,
            List<? extends List<?>> wanted)
            throws SQLException {
        List<StoredColumn> read = joined(joined(keys, isWhole ? columns : List.of()), marks);
        String selected = read.stream().map(StoredColumn::selected).collect(Collectors.joining(", ", "SELECT ", ""));
        try (PreparedStatement select = prepared(connection, selected + from + condition)) {
            int at = 1;
            for (List<?> key : wanted) {
                at = bind(select, at, by, key);
            }
            try (ResultSet row = select.executeQuery()) {
                List<PathRow> found = new ArrayList<>();
                while (row.next()) {
                    found.add(row(row, read));
                }
                return found;
            }
        }
    }

    private PathRow row(ResultSet row, List<StoredColumn> read) throws SQLException {
        int end = read.size() - marks.size();
        List<?> key = values(row, read, 0, keys.size());
        PathRow tombstone = new PathRow(key, null, values(row, read, end, read.size()));
        return tombstone.isTombstone() // whose columns may have what no component can hold, such as NULL
                ? tombstone
                : new PathRow(key, values(row, read, keys.size(), end), tombstone.marks());
    }

    private List<?> values(ResultSet row, List<StoredColumn> read, int from, int to) throws SQLException {
        @Nullable Object[] values = new @Nullable Object[to - from];
        for (int i = from; i < to; i++) {
            values[i - from] = read.get(i).read(row, i + 1, name);
        }
        return Arrays.asList(values);
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

    private static int bind(PreparedStatement statement, int from, List<StoredColumn> columns, List<?> values)
            throws SQLException {
        int at = from;
        for (int i = 0; i < columns.size(); i++) {
            columns.get(i).bind(statement, at++, values.get(i));
        }
        return at;
    }

    /**
     * Whether the row was inserted. If not, another one is in its way, of the same key or with another value that has
     * to be unique; the transaction continues.
     */
    boolean insertMissing(Connection connection, PathRow row) throws SQLException {
        if (dialect == Dialect.POSTGRES) { // where an error would end the transaction
            return insert(connection, row, " ON CONFLICT DO NOTHING") > 0;
        }
        try {
            return insert(connection, row, "") > 0;
        } catch (SQLException e) {
            if (Transactions.isDuplicateKey(e)) {
                return false;
            }
            throw e;
        }
    }

    /** Inserts it, or fails. */
    void insert(Connection connection, PathRow row) throws SQLException {
        insert(connection, row, "");
    }

    private int insert(Connection connection, PathRow row, String end) throws SQLException {
        List<StoredColumn> given = given(row);
        try (PreparedStatement insert = prepared(connection, insertInto(given) + end)) {
            bind(insert, 1, given, joined(row.key(), joined(row.given(), row.marks())));
            return insert.executeUpdate();
        }
    }

    private List<StoredColumn> given(PathRow row) {
        return joined(keys, joined(row.isEmpty() ? List.of() : columns, marks));
    }

    private String insertInto(List<StoredColumn> given) {
        return into + given.stream().map(StoredColumn::identifier).collect(Collectors.joining(", ", " (", ") VALUES ("))
                + String.join(", ", Collections.nCopies(given.size(), "?")) + ")";
    }

    /** Inserts rows of children. */
    void insertAll(Connection connection, List<PathRow> rows) throws SQLException {
        List<StoredColumn> given = joined(keys, columns);
        batch(
                connection,
                insertInto(given),
                rows,
                (insert, row) -> bind(insert, 1, given, joined(row.key(), row.given())));
    }

    /** Sets all columns and marks of the row of its key. What the database counts then is not returned: it depends on the driver. */
    void update(Connection connection, PathRow row) throws SQLException {
        if (columns.isEmpty() && marks.isEmpty()) {
            return;
        }
        String statement = (row.isEmpty() ? emptied : update) + ofKey;
        try (PreparedStatement set = prepared(connection, statement)) {
            bindUpdate(set, row);
            set.executeUpdate();
        }
    }

    /** The same of rows of children. */
    void updateAll(Connection connection, List<PathRow> rows) throws SQLException {
        if (!columns.isEmpty()) {
            batch(connection, update + ofKey, rows, this::bindUpdate);
        }
    }

    private void bindUpdate(PreparedStatement statement, PathRow row) throws SQLException {
        int at = bind(statement, 1, row.isEmpty() ? List.of() : columns, row.given());
        at = bind(statement, at, marks, row.marks());
        bind(statement, at, keys, row.key());
    }

    /** Deletes the rows of a parent, or the one of a key. */
    int delete(Connection connection, List<?> parentKey) throws SQLException {
        try (PreparedStatement delete = prepared(connection, "DELETE" + from + ofParent)) {
            bind(delete, 1, parent, parentKey);
            return delete.executeUpdate();
        }
    }

    /** Deletes rows of children, by their whole keys. */
    void deleteAll(Connection connection, List<List<?>> of) throws SQLException {
        batch(connection, "DELETE" + from + ofKey, of, (delete, key) -> bind(delete, 1, keys, key));
    }

    private interface Binder<T> {
        void bind(PreparedStatement statement, T each) throws SQLException;
    }

    private static <T> void batch(Connection connection, String statement, List<T> of, Binder<T> binder)
            throws SQLException {
        if (of.isEmpty()) {
            return;
        }
        try (PreparedStatement prepared = prepared(connection, statement)) {
            for (int from = 0; from < of.size(); from += MOST_OF_A_BATCH) {
                for (T each : of.subList(from, Math.min(of.size(), from + MOST_OF_A_BATCH))) {
                    binder.bind(prepared, each);
                    prepared.addBatch();
                }
                prepared.executeBatch();
            }
        }
    }
}
