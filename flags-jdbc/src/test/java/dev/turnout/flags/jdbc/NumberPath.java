package dev.turnout.flags.jdbc;

import dev.turnout.flags.jdbc.sql.Statements;
import dev.turnout.flags.migration.DataPath;
import dev.turnout.flags.migration.Version;
import dev.turnout.flags.migration.Versioned;
import dev.turnout.flags.migration.VersionedDataPath;
import java.sql.SQLException;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** The rows of a table with a key, a number, and what a version needs; what constraints of the table refuse is thrown. */
record NumberPath(DataSource database, String table) implements VersionedDataPath<Long, Long> {
    static void createTable(DataSource database, String table, String constraintOfNumber) {
        Database.execute(
                database,
                "CREATE TABLE " + table
                        + " (id BIGINT NOT NULL PRIMARY KEY, n BIGINT, version BIGINT NOT NULL, writer BIGINT NOT NULL,"
                        + " deleted BOOLEAN NOT NULL" + constraintOfNumber + ")");
    }

    /** The same rows without their versions and tombstones. */
    DataPath<Long, Long> plain() {
        return new DataPath<>() {
            @Override
            public Optional<Long> get(Long key) {
                return NumberPath.this.get(key);
            }

            @Override
            public void put(Long key, Long number) {
                if (!update(Versioned.of(Version.FIRST, number), key, "1 = 1")) {
                    insert(Versioned.of(Version.FIRST, number), key);
                }
            }

            @Override
            public void delete(Long key) {
                change("DELETE FROM " + table + " WHERE id = ?", key);
            }
        };
    }

    @Override
    public Versioned<Long> read(Long key) {
        try {
            return Statements.query(
                            database,
                            row -> {
                                Version version = new Version(row.getLong(2), row.getLong(3));
                                return row.getBoolean(4)
                                        ? Versioned.<Long>deleted(version)
                                        : Versioned.of(version, row.getLong(1));
                            },
                            "SELECT n, version, writer, deleted FROM " + table + " WHERE id = ?",
                            key)
                    .stream()
                    .findFirst()
                    .orElse(Versioned.absent());
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public boolean writeIfNewer(Long key, Versioned<Long> record) {
        Version version = record.version();
        return update(
                        record,
                        key,
                        "(version < ? OR (version = ? AND writer < ?))",
                        version.counter(),
                        version.counter(),
                        version.writer())
                || (read(key).version().equals(Version.ABSENT) && insert(record, key));
    }

    @Override
    public boolean replace(Long key, Version expected, Versioned<Long> record) {
        return expected.equals(Version.ABSENT)
                ? insert(record, key)
                : update(record, key, "version = ? AND writer = ?", expected.counter(), expected.writer());
    }

    private boolean update(Versioned<Long> record, Long key, String condition, Object... parameters) {
        Object[] all = new Object[5 + parameters.length];
        System.arraycopy(values(record), 0, all, 0, 4);
        all[4] = key;
        System.arraycopy(parameters, 0, all, 5, parameters.length);
        return change(
                "UPDATE " + table + " SET n = ?, version = ?, writer = ?, deleted = ? WHERE id = ? AND " + condition,
                all);
    }

    private boolean insert(Versioned<Long> record, Long key) {
        Object[] values = values(record);
        return change(
                "INSERT INTO " + table + " (n, version, writer, deleted, id) VALUES (?, ?, ?, ?, ?)",
                values[0],
                values[1],
                values[2],
                values[3],
                key);
    }

    private static @Nullable Object[] values(Versioned<Long> record) {
        return new @Nullable Object[] {
            record.value().orElse(null),
            record.version().counter(),
            record.version().writer(),
            record.value().isEmpty()
        };
    }

    private boolean change(String sql, @Nullable Object... parameters) {
        try {
            return Statements.update(database, sql, parameters) > 0;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
