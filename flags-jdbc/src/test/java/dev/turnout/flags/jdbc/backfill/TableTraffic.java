package dev.turnout.flags.jdbc.backfill;

import dev.turnout.flags.jdbc.sql.Dialect;
import dev.turnout.flags.jdbc.sql.Statements;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Random;
import javax.sql.DataSource;

/** Writes and deletes rows of both tables of {@link Parcels}, the source first, as those do whose data are copied meanwhile. */
final class TableTraffic {
    private static final int ATTEMPTS = 50;
    private static final List<String> KEY = List.of("region", "id");

    private final DataSource source;
    private final DataSource target;
    private final boolean isVersioned;

    TableTraffic(DataSource source, DataSource target, boolean isVersioned) {
        this.source = source;
        this.target = target;
        this.isVersioned = isVersioned;
    }

    /** Writes or deletes row number {@code i}; no other thread may at the same time. */
    void write(int i, Random random) {
        boolean deletes = random.nextInt(3) == 0;
        String note = "changed " + random.nextInt();
        if (isVersioned) {
            long version = version(i) + 1;
            put("parcel", source, i, note, version, deletes);
            putIfNewer(i, note, version, deletes);
        } else if (deletes) {
            delete(i);
        } else {
            put(i, note);
        }
    }

    /** Deletes row number {@code i}, without a version. */
    void delete(int i) {
        retried(() -> Statements.update(
                source, "DELETE FROM parcel WHERE region = ? AND id = ?", Parcels.region(i), Parcels.id(i)));
        retried(() -> Statements.update(
                target, "DELETE FROM parcel_v2 WHERE region = ? AND id = ?", Parcels.region(i), Parcels.id(i)));
    }

    /** Writes row number {@code i}, without a version. */
    void put(int i, String note) {
        put("parcel", source, i, note, 0, false);
        put("parcel_v2", target, i, note, 0, false);
    }

    private long version(int i) {
        long[] found = {0};
        retried(() -> {
            List<Long> versions = Statements.query(
                    source,
                    row -> row.getLong(1),
                    "SELECT version FROM parcel WHERE region = ? AND id = ?",
                    Parcels.region(i),
                    Parcels.id(i));
            found[0] = versions.isEmpty() ? 0 : versions.get(0);
        });
        return found[0];
    }

    private void put(String table, DataSource database, int i, String note, long version, boolean deleted) {
        List<String> columns = List.of("region", "id", "note", "version", "writer", "deleted");
        retried(() -> {
            try (Connection connection = database.getConnection()) {
                Statements.update(
                        connection,
                        Dialect.of(connection).upsert(table, columns, KEY),
                        Parcels.region(i),
                        Parcels.id(i),
                        note,
                        version,
                        1L,
                        deleted);
            }
        });
    }

    private void putIfNewer(int i, String note, long version, boolean deleted) {
        retried(() -> {
            int updated = Statements.update(
                    target,
                    "UPDATE parcel_v2 SET note = ?, version = ?, writer = 1, deleted = ? WHERE region = ? AND id = ? AND version < ?",
                    note,
                    version,
                    deleted,
                    Parcels.region(i),
                    Parcels.id(i),
                    version);
            if (updated == 0) {
                boolean isThere = !Statements.query(
                                target,
                                row -> row.getLong(1),
                                "SELECT version FROM parcel_v2 WHERE region = ? AND id = ? AND version >= ?",
                                Parcels.region(i),
                                Parcels.id(i),
                                version)
                        .isEmpty();
                if (!isThere) {
                    Statements.update(
                            target,
                            "INSERT INTO parcel_v2 (region, id, note, version, writer, deleted) VALUES (?, ?, ?, ?, 1, ?)",
                            Parcels.region(i),
                            Parcels.id(i),
                            note,
                            version,
                            deleted);
                }
            }
        });
    }

    /** Something that databases may refuse because of another transaction. */
    private interface Attempt {
        void run() throws SQLException;
    }

    private static void retried(Attempt attempt) {
        for (int i = 1; ; i++) {
            try {
                attempt.run();
                return;
            } catch (SQLException e) {
                if (i == ATTEMPTS) {
                    throw new IllegalStateException(e);
                }
            }
        }
    }
}
