package dev.turnout.flags.jdbc.soak;

import dev.turnout.flags.migration.DataPath;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import javax.sql.DataSource;

/**
 * Records in the table of one database, without versions. As nothing there refuses a write that comes late, each write states by when the server
 * has to begin it: one that was held in flight, or whose process was stopped in the middle of the call, has no effect after that. What has
 * begun is bounded by the server's own time-outs, see {@link Databases}; so a call takes effect within {@link #LONGEST_CALL}, or never.
 * Server and nodes are on one machine, and have one time of day.
 */
final class PlainItemPath implements DataPath<Long, String> {
    private static final Duration BEGUN_WITHIN = Duration.ofSeconds(2);

    /** To begin 2 s, for the statement 1 s, to commit 1 s, and 1 s more. */
    static final Duration LONGEST_CALL = Duration.ofSeconds(5);

    private static final String IN_TIME = " clock_timestamp() < ?";
    private static final String PUT =
            "INSERT INTO item (id, value, deleted, counter, writer) SELECT ?, ?, false, 0, 0 WHERE" + IN_TIME
                    + " ON CONFLICT (id) DO UPDATE SET value = excluded.value WHERE" + IN_TIME;
    private static final String DELETE = "DELETE FROM item WHERE id = ? AND" + IN_TIME;
    private static final int ONE_IN = 4;

    private final DataSource database;

    PlainItemPath(DataSource database) {
        this.database = database;
    }

    @Override
    public Optional<String> get(Long key) {
        try (Connection connection = database.getConnection();
                PreparedStatement select = connection.prepareStatement("SELECT value FROM item WHERE id = ?")) {
            select.setLong(1, key);
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? Optional.of(row.getString(1)) : Optional.empty();
            }
        } catch (SQLException e) {
            throw new StoreException(e);
        }
    }

    @Override
    public void put(Long key, String value) {
        write(PUT, (statement, latest) -> {
            statement.setLong(1, key);
            statement.setString(2, value);
            statement.setTimestamp(3, latest);
            statement.setTimestamp(4, latest);
        });
    }

    @Override
    public void delete(Long key) {
        write(DELETE, (statement, latest) -> {
            statement.setLong(1, key);
            statement.setTimestamp(2, latest);
        });
    }

    private interface Parameters {
        void set(PreparedStatement statement, Timestamp latest) throws SQLException;
    }

    private void write(String sql, Parameters parameters) {
        long latest = System.currentTimeMillis() + BEGUN_WITHIN.toMillis();
        try (Connection connection = database.getConnection()) {
            boolean committing = ThreadLocalRandom.current().nextInt(ONE_IN) == 0; // then its answer can be cut
            if (committing) {
                connection.setAutoCommit(false); // the pool sets it back
            }
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                parameters.set(statement, new Timestamp(latest));
                statement.executeUpdate();
            }
            if (committing) {
                connection.commit();
            }
        } catch (SQLException e) {
            throw new StoreException(e);
        }
        // Before that moment the server has begun it, so a row that it did not change was not there.
        if (System.currentTimeMillis() >= latest) {
            throw new StoreException(new SQLException("The call took longer than " + BEGUN_WITHIN
                    + ", so whether the server has begun it in time is not known."));
        }
    }
}
