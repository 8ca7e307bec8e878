package dev.turnout.flags.jdbc.copy;

import dev.turnout.flags.jdbc.sql.Names;
import dev.turnout.flags.jdbc.table.MappedColumn;
import dev.turnout.flags.jdbc.table.TableMapping;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.sql.Types;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/**
 * A table of a PostgreSQL. Where it has nothing yet between the first and the last key, lines go into it by {@code COPY}, and its key sees to it
 * that none is there twice; everywhere else they go into a temporary table, and from there past the guard.
 */
final class PostgresTarget implements RowWriter<byte[]> {
    private static final int BUFFER = 1 << 16;
    private static final String STAGING = "turnout_staging";

    // A range that looked empty and was not, as the order of its keys is another one than that of the source, costs
    // time.
    private static final int MOST_MISSES = 3;
    private static final String DUPLICATE_KEY = "23505";

    private final AtomicInteger misses = new AtomicInteger();
    private final String columns;
    private final String isAnyBetween;
    private final String fill;
    private final String create;
    private final String apply;
    private final String countThere;
    private final String delete;
    private final int keyCount;

    PostgresTarget(TableMapping mapping, Names names, Guard guard, boolean remapped) {
        String table = names.table(mapping.targetTable());
        columns = join(mapping.all(), names, "%s");
        String keys = join(mapping.keys(), names, "%s");
        keyCount = mapping.keys().size();
        String places = String.join(", ", Collections.nCopies(keyCount, "?"));
        isAnyBetween = "SELECT EXISTS (SELECT 1 FROM " + table + " WHERE (" + keys + ") >= (" + places + ") AND ("
                + keys + ") <= (" + places + "))";
        fill = "COPY " + table + " (" + columns + ") FROM STDIN";
        create = "CREATE TEMPORARY TABLE " + STAGING + " ON COMMIT DROP AS SELECT " + columns + " FROM " + table
                + " WITH NO DATA";
        apply = "INSERT INTO " + table + " AS t (" + columns + ") OVERRIDING SYSTEM VALUE SELECT " + columns + " FROM "
                + STAGING + " ON CONFLICT (" + keys + ") " + onConflict(mapping, names, guard, remapped);
        // Of two rows with keys that the target takes for one, one is there.
        countThere = "SELECT count(*) FROM (SELECT DISTINCT " + join(mapping.keys(), names, "t.%s") + " FROM " + STAGING
                + " s JOIN " + table + " t ON "
                + mapping.keys().stream()
                        .map(key -> names.quote(key.target()))
                        .map(key -> "s." + key + " = t." + key)
                        .collect(Collectors.joining(" AND "))
                + ") there";
        delete = "DELETE FROM " + table + " WHERE "
                + mapping.keys().stream()
                        .map(key -> names.quote(key.target()) + " = ?")
                        .collect(Collectors.joining(" AND "));
    }

    private static String onConflict(TableMapping mapping, Names names, Guard guard, boolean remapped) {
        List<MappedColumn> others =
                mapping.all().subList(mapping.keys().size(), mapping.all().size());
        if (guard == Guard.INSERT_IF_ABSENT || others.isEmpty()) {
            return "DO NOTHING";
        }
        String update = "DO UPDATE SET " + join(others, names, "%s = excluded.%s") + " WHERE ";
        // As text, since not all types can be compared.
        String different = "ROW(" + join(others, names, "t.%s") + ")::text IS DISTINCT FROM ROW("
                + join(others, names, "excluded.%s") + ")::text";
        if (guard != Guard.VERSION) {
            return update + different;
        }
        String there = "(" + join(mapping.versions(), names, "t.%s") + ")";
        String here = "(" + join(mapping.versions(), names, "excluded.%s") + ")";
        String older = there + " < " + here;
        return update + (remapped ? older + " OR " + there + " = " + here + " AND " + different : older);
    }

    private static String join(List<MappedColumn> columns, Names names, String each) {
        return columns.stream()
                .map(column -> each.replace("%s", names.quote(column.target())))
                .collect(Collectors.joining(", "));
    }

    @Override
    public long write(Connection connection, List<byte[]> rows) throws SQLException {
        if (misses.get() < MOST_MISSES && !isAnyBetween(connection, rows.get(0), rows.get(rows.size() - 1))) {
            Savepoint empty = connection.setSavepoint();
            try {
                if (copy(connection, fill, rows) == rows.size()) {
                    return rows.size();
                } // else a trigger has dropped some, or put them where they belong
            } catch (SQLException e) {
                if (!DUPLICATE_KEY.equals(e.getSQLState())) {
                    throw e;
                }
            }
            misses.incrementAndGet();
            connection.rollback(empty);
        }
        try (Statement statement = connection.createStatement()) {
            statement.execute(create);
            copy(connection, "COPY " + STAGING + " (" + columns + ") FROM STDIN", rows);
            long written = statement.executeLargeUpdate(apply);
            if (written < rows.size()) {
                MissingRows.throwUnless(countThere(statement), rows.size());
            }
            return written;
        }
    }

    private long countThere(Statement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery(countThere)) {
            row.next();
            return row.getLong(1);
        }
    }

    private boolean isAnyBetween(Connection connection, byte[] first, byte[] last) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(isAnyBetween)) {
            setKey(statement, 1, first);
            setKey(statement, 1 + keyCount, last);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getBoolean(1);
            }
        }
    }

    private void setKey(PreparedStatement statement, int from, byte[] line) throws SQLException {
        List<String> key = CopyText.fields(line, keyCount);
        for (int i = 0; i < keyCount; i++) {
            statement.setObject(from + i, key.get(i), Types.OTHER);
        }
    }

    /** Returns how many rows the database says that it has stored. */
    private static long copy(Connection connection, String sql, List<byte[]> lines) throws SQLException {
        CopyIn copy = connection.unwrap(PGConnection.class).getCopyAPI().copyIn(sql);
        try {
            byte[] buffer = new byte[BUFFER];
            int filled = 0;
            for (byte[] line : lines) {
                if (filled + line.length > buffer.length) {
                    copy.writeToCopy(buffer, 0, filled);
                    filled = 0;
                }
                if (line.length > buffer.length) {
                    copy.writeToCopy(line, 0, line.length);
                } else {
                    System.arraycopy(line, 0, buffer, filled, line.length);
                    filled += line.length;
                }
            }
            copy.writeToCopy(buffer, 0, filled);
            return copy.endCopy();
        } finally {
            if (copy.isActive()) {
                copy.cancelCopy();
            }
        }
    }

    @Override
    public void delete(Connection connection, List<byte[]> rows) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(delete)) {
            for (byte[] row : rows) {
                setKey(statement, 1, row);
                statement.addBatch();
            }
            statement.executeBatch();
        }
    }
}
