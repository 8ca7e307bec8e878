package dev.turnout.examples.places.store;

import dev.turnout.flags.migration.Versioned;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * The ids of countries and divisions in the new database, which get one when they are first needed. They never change, so what was seen once
 * need not be asked for again. Thread-safe.
 */
final class Areas {
    /** The ids of a place's areas, the largest first; 0 where there is none. */
    record Ids(long country, long admin1, long admin2) {
        static final Ids NONE = new Ids(0, 0, 0);
    }

    private record Area(long within, String code) {
        static final Comparator<Area> ORDER =
                Comparator.comparingLong(Area::within).thenComparing(Area::code);
    }

    /** The areas of one size, each of them within a larger one; but for countries. */
    private record Level(String insert, String select, List<String> columns, Map<Area, Long> ids) {
        static Level largest(String table) {
            return new Level(
                    "INSERT INTO " + table + " (code) VALUES (?) ON CONFLICT DO NOTHING",
                    "SELECT id, code FROM " + table + " WHERE code = ?",
                    List.of("id", "code"),
                    new ConcurrentHashMap<>());
        }

        static Level within(String larger, String table) {
            return new Level(
                    "INSERT INTO " + table + " (code, " + larger + ") VALUES (?, ?) ON CONFLICT DO NOTHING",
                    "SELECT id, code, " + larger + " FROM " + table + " WHERE code = ? AND " + larger + " = ?",
                    List.of("id", "code", larger),
                    new ConcurrentHashMap<>());
        }

        boolean isWithin() {
            return columns.size() == 3;
        }

        void bind(PreparedStatement statement, Area area) throws SQLException {
            statement.setString(1, area.code());
            if (isWithin()) {
                statement.setLong(2, area.within());
            }
        }

        void read(ResultSet rows, Map<Area, Long> into) throws SQLException {
            while (rows.next()) {
                into.put(new Area(isWithin() ? rows.getLong(3) : 0, rows.getString(2)), rows.getLong(1));
            }
        }

        boolean knows(Area area) {
            return area.code().isEmpty() || ids.containsKey(area);
        }

        long id(Area area) {
            return ids.getOrDefault(area, 0L);
        }
    }

    private final Database database;
    private final Level countries = Level.largest("country");
    private final Level admin1s = Level.within("country_id", "admin1");
    private final Level admin2s = Level.within("admin1_id", "admin2");

    Areas(Database database) {
        this.database = database;
    }

    /** None, for a tombstone. */
    Ids of(Versioned<Place> record) {
        return record.value().map(this::of).orElse(Ids.NONE);
    }

    private Ids of(Place place) {
        if (!isKnown(place)) {
            learn(List.of(place));
        }
        return new Ids(countries.id(country(place)), admin1s.id(admin1(place)), admin2s.id(admin2(place)));
    }

    private boolean isKnown(Place place) {
        return countries.knows(country(place)) && admin1s.knows(admin1(place)) && admin2s.knows(admin2(place));
    }

    /** Asks for the areas of all these places at once, and creates those that are missing. */
    void learn(Collection<Place> places) {
        learn(countries, places, this::country);
        learn(admin1s, places, this::admin1);
        learn(admin2s, places, this::admin2);
    }

    private Area country(Place place) {
        return new Area(0, place.country());
    }

    private Area admin1(Place place) {
        return new Area(countries.id(country(place)), place.admin1());
    }

    private Area admin2(Place place) {
        return new Area(admin1s.id(admin1(place)), place.admin2());
    }

    private void learn(Level level, Collection<Place> places, Function<Place, Area> areaOf) {
        // In order, as two that create the same areas in different orders would wait for each other.
        TreeSet<Area> unknown = new TreeSet<>(Area.ORDER);
        for (Place place : places) {
            Area area = areaOf.apply(place);
            if (!level.knows(area)) {
                unknown.add(area);
            }
        }
        if (!unknown.isEmpty()) { // known only when they are committed, as other transactions refer to them at once
            level.ids()
                    .putAll(database.inTransaction("create areas", connection -> create(connection, level, unknown)));
            unknown.removeIf(level::knows);
        }
        if (!unknown.isEmpty()) { // another transaction has created them
            level.ids().putAll(database.run("find areas", connection -> find(connection, level, unknown)));
        }
    }

    private static Map<Area, Long> create(Connection connection, Level level, Collection<Area> areas)
            throws SQLException {
        Map<Area, Long> created = new HashMap<>();
        try (PreparedStatement insert =
                connection.prepareStatement(level.insert(), level.columns().toArray(new String[0]))) {
            for (Area area : areas) {
                level.bind(insert, area);
                insert.addBatch();
            }
            insert.executeBatch();
            try (ResultSet rows = insert.getGeneratedKeys()) {
                level.read(rows, created);
            }
        }
        return created;
    }

    private static Map<Area, Long> find(Connection connection, Level level, Collection<Area> areas)
            throws SQLException {
        Map<Area, Long> found = new HashMap<>();
        try (PreparedStatement select = connection.prepareStatement(level.select())) {
            for (Area area : areas) {
                level.bind(select, area);
                try (ResultSet rows = select.executeQuery()) {
                    level.read(rows, found);
                }
            }
        }
        return found;
    }
}
