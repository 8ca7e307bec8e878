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
import java.util.List;
import java.util.function.Predicate;

/**
 * The old path: one wide table, its columns as they once came. It has no versions and nobody wants to alter it, so a second table beside it
 * keeps the versions of what was written since, and remembers what was deleted.
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
            FROM (VALUES (CAST(? AS BIGINT))) wanted (id)
            LEFT JOIN legacy_place p ON p.geoname_id = wanted.id
            LEFT JOIN legacy_place_version v ON v.geoname_id = wanted.id""";

    private static final String LOCK =
            "SELECT counter, writer FROM legacy_place_version WHERE geoname_id = ? FOR UPDATE";

    // What has no version yet gets one to be locked by: that of a record from before, or that of no record.
    private static final String FIRST_VERSION = """
            INSERT INTO legacy_place_version (geoname_id, counter, writer, deleted)
            SELECT wanted.id, CASE WHEN p.geoname_id IS NULL THEN -1 ELSE 0 END, 0, FALSE
            FROM (VALUES (CAST(? AS BIGINT))) wanted (id) LEFT JOIN legacy_place p ON p.geoname_id = wanted.id
            ON CONFLICT DO NOTHING""";

    private static final String SET_VERSION =
            "UPDATE legacy_place_version SET counter = ?, writer = ?, deleted = ? WHERE geoname_id = ?";
    private static final String DELETE = "DELETE FROM legacy_place WHERE geoname_id = ?";
    private static final String INSERT = "INSERT INTO legacy_place VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";

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
                row.next(); // always one, of nulls if there is nothing
                return versioned(row);
            }
        }
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

    /** The stored version, which nobody else can change until the transaction ends. */
    private static Version lock(Connection connection, long key) throws SQLException {
        try (PreparedStatement lock = connection.prepareStatement(LOCK);
                PreparedStatement first = connection.prepareStatement(FIRST_VERSION)) {
            lock.setLong(1, key);
            first.setLong(1, key);
            while (true) {
                try (ResultSet row = lock.executeQuery()) {
                    if (row.next()) {
                        return new Version(row.getLong("counter"), row.getLong("writer"));
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
        try (PreparedStatement delete = connection.prepareStatement(DELETE);
                PreparedStatement insert = connection.prepareStatement(INSERT)) {
            delete.setLong(1, key);
            delete.executeUpdate();
            for (Place place : record.value().map(List::of).orElse(List.of())) {
                bind(insert, place);
                insert.executeUpdate();
            }
        }
    }

    private static void bind(PreparedStatement insert, Place place) throws SQLException {
        insert.setLong(1, place.id());
        insert.setString(2, place.name());
        insert.setString(3, place.country());
        insert.setString(4, place.featureCode());
        insert.setString(5, place.admin1());
        insert.setString(6, place.admin2());
        insert.setString(7, Long.toString(place.population()));
        insert.setDouble(8, place.longitude().doubleValue());
        insert.setDouble(9, place.latitude().doubleValue());
    }

    /** What a row of the place's columns and its version's says; all of them null where there is neither. */
    static Versioned<Place> versioned(ResultSet row) throws SQLException {
        long counter = row.getLong("counter");
        boolean hasVersion = !row.wasNull();
        long id = row.getLong("geoname_id");
        boolean hasPlace = !row.wasNull();
        if (!hasVersion) {
            return hasPlace ? Versioned.of(Version.FIRST, place(id, row)) : Versioned.absent();
        }
        Version version = new Version(counter, row.getLong("writer"));
        if (hasPlace) {
            return Versioned.of(version, place(id, row));
        }
        return version.equals(Version.ABSENT) ? Versioned.absent() : Versioned.deleted(version);
    }

    private static Place place(long id, ResultSet row) throws SQLException {
        return new Place(
                id,
                row.getString("name"),
                row.getString("country"),
                row.getString("feature_code"),
                row.getString("admin1_code"),
                row.getString("admin2_code"),
                Long.parseLong(row.getString("population")),
                BigDecimal.valueOf(row.getDouble("longitude")), // the shortest decimal, not the binary's expansion
                BigDecimal.valueOf(row.getDouble("latitude")));
    }
}
