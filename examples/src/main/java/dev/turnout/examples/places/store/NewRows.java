package dev.turnout.examples.places.store;

import dev.turnout.flags.jdbc.rows.Row;
import dev.turnout.flags.jdbc.rows.RowSource;
import dev.turnout.flags.jdbc.rows.RowTarget;
import dev.turnout.flags.migration.Version;
import dev.turnout.flags.migration.Versioned;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads and fills the new table in bulk. */
public final class NewRows implements RowSource<Long, Place>, RowTarget<Long, Place> {
    private static final String SCAN = NewPlaces.COLUMNS + "WHERE p.id > ? ORDER BY p.id LIMIT ?";

    private static final String VERSIONS = "SELECT id, counter, writer FROM place WHERE id BETWEEN ? AND ?";

    private final Areas areas;

    /** Of the same database as the path. */
    public NewRows(NewPlaces places) {
        this.areas = places.areas();
    }

    @Override
    public List<Row<Long, Place>> scan(Connection connection, @Nullable Long after, int limit) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(SCAN)) {
            select.setLong(1, after == null ? Long.MIN_VALUE : after);
            select.setInt(2, limit);
            List<Row<Long, Place>> rows = new ArrayList<>(limit);
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    rows.add(new Row<>(row.getLong("id"), NewPlaces.versioned(row)));
                }
            }
            return rows;
        }
    }

    @Override
    public Versioned<Place> read(Connection connection, Long key) throws SQLException {
        return NewPlaces.read(connection, key);
    }

    @Override
    public long estimatedRows(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT count(*) FROM place")) {
            row.next();
            return row.getLong(1);
        }
    }

    @Override
    public int writeIfNewer(Connection connection, List<Row<Long, Place>> rows) throws SQLException {
        return write(connection, rows, true);
    }

    /** Sabotage: writes all of them, whatever is stored. */
    public int writeBlindly(Connection connection, List<Row<Long, Place>> rows) throws SQLException {
        return write(connection, rows, false);
    }

    private int write(Connection connection, List<Row<Long, Place>> rows, boolean ifNewer) throws SQLException {
        areas.learn(rows.stream().flatMap(row -> row.record().value().stream()).toList());
        Map<Long, Version> versions = versions(connection, rows);
        List<Row<Long, Place>> missing = new ArrayList<>();
        List<Row<Long, Place>> older = new ArrayList<>();
        for (Row<Long, Place> row : rows) {
            Version stored = versions.get(row.key());
            if (stored == null) {
                missing.add(row);
            } else if (!ifNewer || row.record().version().isAbove(stored)) {
                older.add(row);
            }
        }
        // What was seen may have changed since: it only shows which statement is likely to be the right one.
        List<Row<Long, Place>> comeSince = batch(connection, NewPlaces.INSERT, missing, false);
        older.addAll(comeSince);
        List<Row<Long, Place>> newer =
                batch(connection, ifNewer ? NewPlaces.UPDATE_OLDER : NewPlaces.UPDATE, older, ifNewer);
        return missing.size() - comeSince.size() + older.size() - newer.size();
    }

    /** Of what is stored between the first and the last of these rows. */
    private static Map<Long, Version> versions(Connection connection, List<Row<Long, Place>> rows) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(VERSIONS)) {
            select.setLong(1, rows.get(0).key());
            select.setLong(2, rows.get(rows.size() - 1).key());
            Map<Long, Version> versions = new HashMap<>();
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    versions.put(row.getLong(1), new Version(row.getLong(2), row.getLong(3)));
                }
            }
            return versions;
        }
    }

    /** Writes rows by one statement. Gives those that it did not write. */
    private List<Row<Long, Place>> batch(
            Connection connection, String sql, List<Row<Long, Place>> rows, boolean ifNewer) throws SQLException {
        List<Row<Long, Place>> left = new ArrayList<>();
        if (rows.isEmpty()) {
            return left;
        }
        try (PreparedStatement write = connection.prepareStatement(sql)) {
            for (Row<Long, Place> row : rows) {
                NewPlaces.bind(write, row.key(), row.record(), areas.of(row.record()));
                if (ifNewer) {
                    NewPlaces.bindCondition(write, row.record().version());
                }
                write.addBatch();
            }
            Iterator<Row<Long, Place>> written = rows.iterator();
            for (int count : write.executeBatch()) {
                Row<Long, Place> row = written.next();
                if (count == 0) {
                    left.add(row);
                }
            }
        }
        return left;
    }
}
