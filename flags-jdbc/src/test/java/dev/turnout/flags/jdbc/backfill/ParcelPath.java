package dev.turnout.flags.jdbc.backfill;

import dev.turnout.flags.jdbc.sql.Statements;
import dev.turnout.flags.jdbc.sql.Transactions;
import dev.turnout.flags.migration.DataPath;
import dev.turnout.flags.migration.Version;
import dev.turnout.flags.migration.Versioned;
import dev.turnout.flags.migration.VersionedDataPath;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;

/** The notes of one of the tables of {@link Parcels}, as a path that a migration takes. */
final class ParcelPath implements VersionedDataPath<List<String>, String> {
    private static final String OF_KEY = " WHERE region = ? AND id = ?";
    private static final String LOCKED = " FOR UPDATE";
    private static final int ATTEMPTS = 20;

    private final DataSource database;
    private final String table;

    ParcelPath(DataSource database, String table) {
        this.database = database;
        this.table = table;
    }

    /** Again, where another transaction inserts the key at the same time, or is in the way otherwise. */
    private static <T> T run(DataSource database, Transactions.Work<T> work) {
        for (int attempt = 1; ; attempt++) {
            try {
                return Transactions.run(database, work);
            } catch (SQLException e) {
                if (attempt == ATTEMPTS) {
                    throw new IllegalStateException(e);
                }
            }
        }
    }

    private static long id(List<String> key) {
        return Long.parseLong(key.get(1));
    }

    private Versioned<String> read(Connection connection, List<String> key, String lock) throws SQLException {
        List<Versioned<String>> found = Statements.query(
                connection,
                row -> {
                    Version version = new Version(row.getLong(2), row.getLong(3));
                    return row.getBoolean(4) ? Versioned.deleted(version) : Versioned.of(version, row.getString(1));
                },
                "SELECT note, version, writer, deleted FROM " + table + OF_KEY + lock,
                key.get(0),
                id(key));
        return found.isEmpty() ? Versioned.absent() : found.get(0);
    }

    private void overwrite(Connection connection, List<String> key, Versioned<String> record) throws SQLException {
        Object[] values = {
            record.value().orElse(null),
            record.version().counter(),
            record.version().writer(),
            record.value().isEmpty(),
            key.get(0),
            id(key)
        };
        if (Statements.update(
                        connection,
                        "UPDATE " + table + " SET note = ?, version = ?, writer = ?, deleted = ?" + OF_KEY,
                        values)
                == 0) {
            Statements.update(
                    connection,
                    "INSERT INTO " + table + " (note, version, writer, deleted, region, id) VALUES (?, ?, ?, ?, ?, ?)",
                    values);
        }
    }

    @Override
    public Versioned<String> read(List<String> key) {
        return run(database, connection -> read(connection, key, ""));
    }

    @Override
    public boolean writeIfNewer(List<String> key, Versioned<String> record) {
        return run(database, connection -> {
            boolean isNewer = record.isNewerThan(read(connection, key, LOCKED));
            if (isNewer) {
                overwrite(connection, key, record);
            }
            return isNewer;
        });
    }

    @Override
    public boolean replace(List<String> key, Version expected, Versioned<String> record) {
        return run(database, connection -> {
            boolean isExpected = read(connection, key, LOCKED).version().equals(expected);
            if (isExpected) {
                overwrite(connection, key, record);
            }
            return isExpected;
        });
    }

    /** The same without versions: what is deleted is gone. */
    DataPath<List<String>, String> plain() {
        return new DataPath<>() {
            @Override
            public Optional<String> get(List<String> key) {
                return read(key).value();
            }

            @Override
            public void put(List<String> key, String note) {
                run(database, connection -> {
                    overwrite(connection, key, Versioned.of(Version.FIRST, note));
                    return note;
                });
            }

            @Override
            public void delete(List<String> key) {
                run(
                        database,
                        connection ->
                                Statements.update(connection, "DELETE FROM " + table + OF_KEY, key.get(0), id(key)));
            }
        };
    }
}
