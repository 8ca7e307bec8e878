package dev.turnout.examples.places.store;

import dev.turnout.flags.jdbc.rows.Row;
import dev.turnout.flags.jdbc.rows.RowSource;
import dev.turnout.flags.migration.Versioned;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the old table in bulk: what is there, and what is known to have been deleted. */
public final class LegacyRows implements RowSource<Long, Place> {
    // Each half by its own index and no further than needed, then both in order.
    private static final String SCAN = """
            SELECT p.geoname_id, p.name, p.country, p.feature_code, p.admin1_code, p.admin2_code, p.population,
                   p.longitude, p.latitude, v.counter, v.writer, wanted.id
            FROM (
              (SELECT geoname_id AS id FROM legacy_place WHERE geoname_id > ? ORDER BY geoname_id LIMIT ?)
              UNION
              (SELECT geoname_id AS id FROM legacy_place_version WHERE geoname_id > ? ORDER BY geoname_id LIMIT ?)
              ORDER BY id LIMIT ?
            ) wanted
            LEFT JOIN legacy_place p ON p.geoname_id = wanted.id
            LEFT JOIN legacy_place_version v ON v.geoname_id = wanted.id
            ORDER BY wanted.id""";

    @Override
    public List<Row<Long, Place>> scan(Connection connection, @Nullable Long after, int limit) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(SCAN)) {
            long from = after == null ? Long.MIN_VALUE : after;
            select.setLong(1, from);
            select.setInt(2, limit);
            select.setLong(3, from);
            select.setInt(4, limit);
            select.setInt(5, limit);
            List<Row<Long, Place>> rows = new ArrayList<>(limit);
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    rows.add(new Row<>(row.getLong(12), LegacyPlaces.versioned(row)));
                }
            }
            return rows;
        }
    }

    @Override
    public Versioned<Place> read(Connection connection, Long key) throws SQLException {
        return LegacyPlaces.read(connection, key);
    }

    @Override
    public long estimatedRows(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT count(*) FROM legacy_place")) {
            row.next();
            return row.getLong(1);
        }
    }
}
