package dev.turnout.examples.places;

import dev.turnout.examples.places.store.Database;
import dev.turnout.examples.places.store.Place;
import dev.turnout.examples.places.traffic.WriteRecord;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Compares every row of a database with the answers that its users got, when all is over. It has its own SQL, so a
 * mistake in a data path cannot hide itself.
 */
final class FinalCheck {
    private static final int SAMPLES = 5;

    private static final String NEW = """
            SELECT place.id, place.name, country.code, place.feature_code, admin1.code, admin2.code, place.population,
                   place.longitude, place.latitude
            FROM place
            JOIN country ON country.id = place.country_id
            LEFT JOIN admin1 ON admin1.id = place.admin1_id AND admin1.country_id = country.id
            LEFT JOIN admin2 ON admin2.id = place.admin2_id AND admin2.admin1_id = admin1.id
            WHERE NOT place.deleted""";

    private static final String OLD = """
            SELECT geoname_id, name, country, feature_code, admin1_code, admin2_code, CAST(population AS BIGINT),
                   CAST(longitude AS DECIMAL(10, 5)), CAST(latitude AS DECIMAL(10, 5))
            FROM legacy_place""";

    /**
     * What it found.
     *
     * @param rows how many the database has
     * @param lost how many places are not as was last acknowledged
     * @param different how many places that were never written are not as they were at the beginning
     */
    record Result(long rows, long lost, List<Long> lostKeys, long different, List<Long> differentKeys) {}

    private final WriteRecord record;
    private final Set<Long> seen = new HashSet<>();
    private final List<Long> lost = new ArrayList<>();
    private final List<Long> different = new ArrayList<>();

    private FinalCheck(WriteRecord record) {
        this.record = record;
    }

    static Result ofNew(Database database, WriteRecord record) throws SQLException {
        return new FinalCheck(record).check(database, NEW);
    }

    static Result ofOld(Database database, WriteRecord record) throws SQLException {
        return new FinalCheck(record).check(database, OLD);
    }

    private Result check(Database database, String sql) throws SQLException {
        try (Connection connection = database.bulk().getConnection()) {
            connection.setAutoCommit(false); // else PostgreSQL's driver would fetch all rows at once
            try (PreparedStatement select = connection.prepareStatement(sql)) {
                select.setFetchSize(1_000);
                try (ResultSet row = select.executeQuery()) {
                    while (row.next()) {
                        seen.add(row.getLong(1));
                        judge(row.getLong(1), Optional.of(place(row)));
                    }
                }
            }
            connection.setAutoCommit(true);
        }
        record.ids().filter(id -> !seen.contains(id)).forEach(id -> judge(id, Optional.empty()));
        return new Result(seen.size(), lost.size(), sample(lost), different.size(), sample(different));
    }

    private void judge(long id, Optional<Place> row) {
        if (!record.permitsInTheEnd(id, row)) {
            (record.isWritten(id) ? lost : different).add(id);
        }
    }

    private static List<Long> sample(List<Long> keys) {
        return keys.stream().sorted().limit(SAMPLES).toList();
    }

    private static Place place(ResultSet row) throws SQLException {
        return new Place(
                row.getLong(1),
                row.getString(2),
                row.getString(3),
                row.getString(4),
                Objects.requireNonNullElse(row.getString(5), ""),
                Objects.requireNonNullElse(row.getString(6), ""),
                row.getLong(7),
                row.getBigDecimal(8),
                row.getBigDecimal(9));
    }
}
