package dev.turnout.benchmarks.stages;

import dev.turnout.flags.jdbc.JdbcFence;
import dev.turnout.flags.migration.DataPath;
import dev.turnout.flags.migration.Version;
import dev.turnout.flags.migration.Versioned;
import dev.turnout.flags.migration.VersionedDataPath;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** A table of one of the two databases, and the paths to it. */
final class Rows {
    /** How a path writes. */
    enum Writing {
        /** One statement, which commits by itself. */
        STATEMENT("one statement"),
        /** The same in a transaction. */
        TRANSACTION("a transaction"),
        /** The same, and it looks at the fence first. */
        FENCED("a transaction that looks at the fence");

        private final String title;

        Writing(String title) {
            this.title = title;
        }

        String title() {
            return title;
        }
    }

    private static final String COLUMNS = "(id, value, counter, writer)";

    private final DataSource database;
    private final String table;
    private final Writing writing;
    private final JdbcFence fence;

    Rows(DataSource database, String table, Writing writing) {
        this.database = database;
        this.table = table;
        this.writing = writing;
        fence = JdbcFence.in(database, table);
    }

    JdbcFence fence() {
        return fence;
    }

    /** Makes the table, with a record of each key. */
    void create(int keys) throws SQLException {
        try (Connection connection = database.getConnection();
                PreparedStatement create = connection.prepareStatement("CREATE TABLE " + table
                        + " (id bigint PRIMARY KEY, value text, counter bigint NOT NULL, writer bigint NOT NULL)");
                PreparedStatement fill = connection.prepareStatement(
                        "INSERT INTO " + table + " SELECT id, 'before', 0, 0 FROM generate_series(0, ? - 1) AS id")) {
            create.execute();
            fill.setInt(1, keys);
            fill.execute();
        }
    }

    /** All records that are there. */
    Map<Long, String> all() {
        return run(connection -> {
            Map<Long, String> all = new TreeMap<>();
            try (PreparedStatement select =
                            connection.prepareStatement("SELECT id, value FROM " + table + " WHERE value IS NOT NULL");
                    ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    all.put(row.getLong(1), row.getString(2));
                }
            }
            return all;
        });
    }

    private interface Work<T> {
        T in(Connection connection) throws SQLException;
    }

    private <T> T run(Work<T> work) {
        try (Connection connection = database.getConnection()) {
            return work.in(connection);
        } catch (SQLException e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
    }

    private boolean write(String sql, @Nullable Object... parameters) {
        return run(connection -> {
            if (writing == Writing.STATEMENT) {
                return execute(connection, sql, parameters);
            }
            connection.setAutoCommit(false); // the pool sets it back, and rolls back what has not been committed
            if (writing == Writing.FENCED) {
                fence.check(connection);
            }
            boolean written = execute(connection, sql, parameters);
            connection.commit();
            return written;
        });
    }

    private static boolean execute(Connection connection, String sql, @Nullable Object... parameters)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setObject(i + 1, parameters[i]);
            }
            return statement.executeUpdate() > 0;
        }
    }

    private Versioned<String> read(long key) {
        return run(connection -> {
            try (PreparedStatement select =
                    connection.prepareStatement("SELECT value, counter, writer FROM " + table + " WHERE id = ?")) {
                select.setLong(1, key);
                try (ResultSet row = select.executeQuery()) {
                    if (!row.next()) {
                        return Versioned.absent();
                    }
                    String value = row.getString(1);
                    Version version = new Version(row.getLong(2), row.getLong(3));
                    return value == null ? Versioned.deleted(version) : Versioned.of(version, value);
                }
            }
        });
    }

    private boolean upsert(String condition, long key, @Nullable String value, Version version) {
        return write(
                "INSERT INTO " + table + " AS it " + COLUMNS
                        + " VALUES (?, CAST(? AS text), ?, ?) ON CONFLICT (id) DO UPDATE SET value ="
                        + " excluded.value, counter = excluded.counter, writer = excluded.writer" + condition,
                key,
                value,
                version.counter(),
                version.writer());
    }

    /** With the versions that the table keeps. */
    VersionedDataPath<Long, String> versioned() {
        return new VersionedDataPath<>() {
            @Override
            public Versioned<String> read(Long key) {
                return Rows.this.read(key);
            }

            @Override
            public boolean writeIfNewer(Long key, Versioned<String> record) {
                return upsert(
                        " WHERE (it.counter, it.writer) < (excluded.counter, excluded.writer)",
                        key,
                        record.value().orElse(null),
                        record.version());
            }

            @Override
            public boolean replace(Long key, Version expected, Versioned<String> record) {
                return upsert(
                        " WHERE (it.counter, it.writer) = (" + expected.counter() + ", " + expected.writer() + ")",
                        key,
                        record.value().orElse(null),
                        record.version());
            }
        };
    }

    /** Without them. */
    DataPath<Long, String> plain() {
        return new DataPath<>() {
            @Override
            public Optional<String> get(Long key) {
                return Rows.this.read(key).value();
            }

            @Override
            public void put(Long key, String value) {
                upsert("", key, value, Version.FIRST);
            }

            @Override
            public void delete(Long key) {
                write("DELETE FROM " + table + " WHERE id = ?", key);
            }
        };
    }
}
