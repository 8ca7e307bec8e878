package dev.turnout.flags.jdbc.backfill;

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
final class PostgresWriter implements RowWriter<byte[]> {
    private static final int BUFFER = 1 << 16;
    private static final String STAGING = "turnout_staging";

    // A range that looked empty and was not, as the order of its keys is another one than that of the
    // source, costs time.
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

    PostgresWriter(TableMapping mapping, Names names, OverwriteGuard guard, boolean remapped) {
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

    private static String onConflict(TableMapping mapping, Names names, OverwriteGuard guard, boolean remapped) {
        List<MappedColumn> others =
                mapping.all().subList(mapping.keys().size(), mapping.all().size());
        if (guard == OverwriteGuard.INSERT_IF_ABSENT || others.isEmpty()) {
            return "DO NOTHING";
        }
        String update = "DO UPDATE SET " + join(others, names, "%s = excluded.%s") + " WHERE ";
        // As text, since not all types can be compared.
        String different = "ROW(" + join(others, names, "t.%s") + ")::text IS DISTINCT FROM ROW("
                + join(others, names, "excluded.%s") + ")::text";
        if (guard != OverwriteGuard.VERSION) {
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

    /** What makes lines of rows. */
    interface Encoder<R> {
        /** The line of a row. */
        void write(R row, CopyText.Sink sink) throws SQLException;

        /** The line's first fields, as texts. */
        List<String> fields(R row, int count) throws SQLException;
    }

    private static final Encoder<byte[]> LINES = new Encoder<>() {
        @Override
        public void write(byte[] line, CopyText.Sink sink) throws SQLException {
            sink.write(line);
        }

        @Override
        public List<String> fields(byte[] line, int count) {
            return CopyText.fields(line, count);
        }
    };

    @Override
    public long write(Connection connection, List<byte[]> rows) throws SQLException {
        return write(connection, rows, LINES);
    }

    <R> long write(Connection connection, List<R> rows, Encoder<R> encoder) throws SQLException {
        if (misses.get() < MOST_MISSES
                && !isAnyBetween(
                        connection,
                        encoder.fields(rows.get(0), keyCount),
                        encoder.fields(rows.get(rows.size() - 1), keyCount))) {
            Savepoint empty = connection.setSavepoint();
            try {
                if (copy(connection, fill, rows, encoder) == rows.size()) {
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
            copy(connection, "COPY " + STAGING + " (" + columns + ") FROM STDIN", rows, encoder);
            long written = statement.executeLargeUpdate(apply);
            if (written < rows.size()) {
                MissingRows.throwUnless(countThere(statement), rows.size());
            }
            return written;
        }
    }

    @Override
    public long insert(Connection connection, List<byte[]> rows) throws SQLException {
        return insert(connection, rows, LINES);
    }

    <R> long insert(Connection connection, List<R> rows, Encoder<R> encoder) throws SQLException {
        return copy(connection, fill, rows, encoder);
    }

    private long countThere(Statement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery(countThere)) {
            row.next();
            return row.getLong(1);
        }
    }

    private boolean isAnyBetween(Connection connection, List<String> first, List<String> last) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(isAnyBetween)) {
            setKey(statement, 1, first);
            setKey(statement, 1 + keyCount, last);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getBoolean(1);
            }
        }
    }

    private void setKey(PreparedStatement statement, int from, List<String> key) throws SQLException {
        for (int i = 0; i < keyCount; i++) {
            statement.setObject(from + i, key.get(i), Types.OTHER);
        }
    }

    /** Returns how many rows the database reports as stored. */
    private static <R> long copy(Connection connection, String sql, List<R> rows, Encoder<R> encoder)
            throws SQLException {
        PGConnection session = connection.unwrap(PGConnection.class);
        CopyIn copy = session.getCopyAPI().copyIn(sql);
        try {
            Buffer buffer = new Buffer(copy);
            for (R row : rows) {
                encoder.write(row, buffer);
            }
            buffer.flush();
            return copy.endCopy();
        } catch (SQLException | RuntimeException | Error e) {
            PostgresCopy.end(session, copy, e);
            throw e;
        }
    }

    /** Lets the server have many small pieces at once. */
    private static final class Buffer implements CopyText.Sink {
        private final CopyIn copy;
        private final byte[] bytes = new byte[BUFFER];
        private int filled;

        Buffer(CopyIn copy) {
            this.copy = copy;
        }

        @Override
        public void write(byte[] more) throws SQLException {
            if (filled + more.length > bytes.length) {
                flush();
            }
            if (more.length > bytes.length) {
                copy.writeToCopy(more, 0, more.length);
            } else {
                System.arraycopy(more, 0, bytes, filled, more.length);
                filled += more.length;
            }
        }

        void flush() throws SQLException {
            copy.writeToCopy(bytes, 0, filled);
            filled = 0;
        }
    }

    @Override
    public void delete(Connection connection, List<byte[]> rows) throws SQLException {
        delete(connection, rows, LINES);
    }

    <R> void delete(Connection connection, List<R> rows, Encoder<R> encoder) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(delete)) {
            for (R row : rows) {
                setKey(statement, 1, encoder.fields(row, keyCount));
                statement.addBatch();
            }
            statement.executeBatch();
        }
    }
}
