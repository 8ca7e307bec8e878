package dev.turnout.examples.places.store;

import dev.turnout.flags.migration.Version;
import dev.turnout.flags.migration.Versioned;
import dev.turnout.flags.migration.VersionedDataPath;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.function.Predicate;

/**
 * The old path: one wide table, its columns as they once came. It has no versions and must not be altered, so a second
 * table beside it keeps the versions of what was written since, and remembers what was deleted.
 */
public final class LegacyPlaces implements VersionedDataPath<Long, Place> {
    private static final String SCHEMA = """
            CREATE TABLE legacy_place (
              geoname_id   BIGINT PRIMARY KEY,
              name         VARCHAR(200),
              country      VARCHAR(2),
              feature_code VARCHAR(10),
              admin1_code  VARCHAR(20),
              admin2_code  VARCHAR(80),
              population   VARCHAR(20),
              longitude    DOUBLE PRECISION,
              latitude     DOUBLE PRECISION
            );
            CREATE TABLE legacy_place_version (
              geoname_id BIGINT PRIMARY KEY,
              counter    BIGINT NOT NULL,
              writer     BIGINT NOT NULL,
              deleted    BOOLEAN NOT NULL
            );
            """;

    // One statement, as two could see the row of one write and the version of another.
    private static final String READ = """
            SELECT p.geoname_id, p.name, p.country, p.feature_code, p.admin1_code, p.admin2_code, p.population,
                   p.longitude, p.latitude, v.counter, v.writer
            FROM legacy_place p LEFT JOIN legacy_place_version v ON v.geoname_id = p.geoname_id
            WHERE p.geoname_id = ?""";

    private static final String READ_TOMBSTONE =
            "SELECT deleted, counter, writer FROM legacy_place_version WHERE geoname_id = ?";

    private static final String LOCK =
            "SELECT counter, writer FROM legacy_place_version WHERE geoname_id = ? FOR UPDATE";

    // What has no version yet gets one to be locked by: that of a record from before, or that of no record.
    private static final String FIRST_VERSION = """
            INSERT INTO legacy_place_version (geoname_id, counter, writer, deleted)
            SELECT wanted.id, CASE WHEN p.geoname_id IS NULL THEN -1 ELSE 0 END, 0, p.geoname_id IS NULL
            FROM (VALUES (CAST(? AS BIGINT))) wanted (id) LEFT JOIN legacy_place p ON p.geoname_id = wanted.id
            ON CONFLICT DO NOTHING""";

    private static final String SET_VERSION =
            "UPDATE legacy_place_version SET counter = ?, writer = ?, deleted = ? WHERE geoname_id = ?";
    private static final String DELETE = "DELETE FROM legacy_place WHERE geoname_id = ?";

    // The same parameters in the same order.
    private static final String UPDATE = """
            UPDATE legacy_place
            SET name = ?, country = ?, feature_code = ?, admin1_code = ?, admin2_code = ?, population = ?, longitude = ?,
                latitude = ?
            WHERE geoname_id = ?""";
    private static final String INSERT = """
            INSERT INTO legacy_place (name, country, feature_code, admin1_code, admin2_code, population, longitude, latitude,
                                      geoname_id)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)""";

    private final Database database;

    /** Over a database that has the tables. */
    public LegacyPlaces(Database database) {
        this.database = database;
    }

    /** Creates the tables, empty. */
    public static LegacyPlaces create(Database database) {
        database.script(SCHEMA);
        return new LegacyPlaces(database);
    }

    /** Adds places that are not there yet, as the import of old did: without versions. */
    public void load(Collection<Place> places) {
        database.inBulk("load places", connection -> {
            try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
                for (Place place : places) {
                    bind(insert, place);
                    insert.addBatch();
                }
                return insert.executeBatch().length;
            }
        });
    }

    @Override
    public Versioned<Place> read(Long key) {
        return database.run("read place " + key, connection -> read(connection, key));
    }

    static Versioned<Place> read(Connection connection, long key) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(READ)) {
            select.setLong(1, key);
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? versioned(row) : readTombstone(connection, key);
            }
        }
    }

    private static Versioned<Place> readTombstone(Connection connection, long key) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(READ_TOMBSTONE)) {
            select.setLong(1, key);
            try (ResultSet row = select.executeQuery()) {
                if (!row.next()) {
                    return Versioned.absent();
                }
                // Not deleted, and yet not found just before: it has come in between.
                return row.getBoolean(1) ? tombstone(version(row, 2)) : read(connection, key);
            }
        }
    }

    private static Versioned<Place> tombstone(Version version) {
        return version.equals(Version.ABSENT) ? Versioned.absent() : Versioned.deleted(version);
    }

    private static Version version(ResultSet row, int column) throws SQLException {
        return new Version(row.getLong(column), row.getLong(column + 1));
    }

    @Override
    public boolean writeIfNewer(Long key, Versioned<Place> record) {
        return write(key, record, stored -> record.version().isAbove(stored));
    }

    @Override
    public boolean replace(Long key, Version expected, Versioned<Place> record) {
        return write(key, record, expected::equals);
    }

    private boolean write(long key, Versioned<Place> record, Predicate<Version> permits) {
        return database.inTransaction("write place " + key, connection -> {
            boolean permitted = permits.test(lock(connection, key));
            if (permitted) {
                setVersion(connection, key, record);
                setRow(connection, key, record);
            }
            return permitted;
        });
    }

    /** The stored version, which no other transaction can change until this one ends. */
    private static Version lock(Connection connection, long key) throws SQLException {
        try (PreparedStatement lock = connection.prepareStatement(LOCK);
                PreparedStatement first = connection.prepareStatement(FIRST_VERSION)) {
            lock.setLong(1, key);
            first.setLong(1, key);
            while (true) {
                try (ResultSet row = lock.executeQuery()) {
                    if (row.next()) {
                        return version(row, 1);
                    }
                }
                first.executeUpdate();
            }
        }
    }

    private static void setVersion(Connection connection, long key, Versioned<Place> record) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(SET_VERSION)) {
            update.setLong(1, record.version().counter());
            update.setLong(2, record.version().writer());
            update.setBoolean(3, record.value().isEmpty());
            update.setLong(4, key);
            update.executeUpdate();
        }
    }

    private static void setRow(Connection connection, long key, Versioned<Place> record) throws SQLException {
        Place place = record.value().orElse(null);
        if (place == null) {
            try (PreparedStatement delete = connection.prepareStatement(DELETE)) {
                delete.setLong(1, key);
                delete.executeUpdate();
            }
        } else if (!write(connection, UPDATE, place)) {
            write(connection, INSERT, place);
        }
    }

    private static boolean write(Connection connection, String sql, Place place) throws SQLException {
        try (PreparedStatement write = connection.prepareStatement(sql)) {
            bind(write, place);
            return write.executeUpdate() == 1;
        }
    }

    private static void bind(PreparedStatement write, Place place) throws SQLException {
        write.setString(1, place.name());
        write.setString(2, place.country());
        write.setString(3, place.featureCode());
        write.setString(4, place.admin1());
        write.setString(5, place.admin2());
        write.setString(6, Long.toString(place.population()));
        write.setDouble(7, place.longitude().doubleValue());
        write.setDouble(8, place.latitude().doubleValue());
        write.setLong(9, place.id());
    }

    /** A row of the columns that {@link #READ} gives: a place, a tombstone of which only the version is not null, or nothing but nulls. */
    static Versioned<Place> versioned(ResultSet row) throws SQLException {
        Version version = version(row, 10);
        boolean hasVersion = !row.wasNull();
        long id = row.getLong(1);
        boolean hasPlace = !row.wasNull();
        if (hasPlace) {
            return Versioned.of(hasVersion ? version : Version.FIRST, place(id, row));
        }
        return hasVersion ? tombstone(version) : Versioned.absent();
    }

    private static Place place(long id, ResultSet row) throws SQLException {
        return new Place(
                id,
                row.getString(2),
                row.getString(3),
                row.getString(4),
                row.getString(5),
                row.getString(6),
                Long.parseLong(row.getString(7)),
                BigDecimal.valueOf(row.getDouble(8)), // the shortest decimal, not the binary's expansion
                BigDecimal.valueOf(row.getDouble(9)));
    }
}
