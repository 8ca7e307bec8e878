package dev.turnout.flags.jdbc;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.jdbc.sql.AdvisoryLocks;
import dev.turnout.flags.jdbc.sql.Dialect;
import dev.turnout.flags.jdbc.sql.Statements;
import dev.turnout.flags.jdbc.sql.Tables;
import dev.turnout.flags.jdbc.sql.Transactions;
import dev.turnout.flags.migration.CurrentWrite;
import dev.turnout.flags.migration.FencedException;
import dev.turnout.flags.migration.PathFence;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;

/**
 * A fence in a row of the database that a path writes to ({@code turnout_fence}, which creates itself). Thread-safe.
 *
 * <pre>{@code
 * JdbcFence fence = JdbcFence.in(newDatabase, "places-v2");
 * // in the path, on the connection of the write's own transaction, before it writes:
 * fence.check(connection);
 * }</pre>
 *
 * <p>The check holds a shared lock on the row until the transaction ends; closing waits for it. It costs one query for each write. Each
 * path has a fence in its own database, and the migration is built with both.
 *
 * <p>In PostgreSQL, row locks that are shared would let new writes in for ever while the closing waits; so there is an advisory lock before it, in whose
 * queue new writes stand behind the closing. It waits for those under way for half a second at most; where one lasts longer, each node lets writes pass
 * for five seconds before it tries again.
 */
public final class JdbcFence implements PathFence {
    private static final int TIMEOUT_SECONDS = 10;
    private static final String LONGEST_WAIT = "SET LOCAL lock_timeout = '500ms'";
    private static final String LOCK_NOT_AVAILABLE =
            "55P03"; // in PostgreSQL alone, where writes stood behind the closing
    private static final long PEACE_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final String OF_MIGRATION = "SELECT lowest FROM turnout_fence WHERE migration = ?";
    // The row's lock, which is taken last, gives the row as it is then, and not as it was when the query began to wait.
    private static final String BEHIND_THE_CLOSING = " AND pg_advisory_xact_lock_shared(?) IS NOT NULL";

    private final DataSource database;
    private final String migration;
    private final long lockKey;
    private volatile long nextClosingNanos = System.nanoTime();
    private volatile boolean installed;

    private JdbcFence(DataSource database, String migration) {
        this.database = database;
        this.migration = migration;
        this.lockKey = AdvisoryLocks.key("turnout_fence\n" + migration);
    }

    /** That of one migration in the database of one of its paths. Nothing is read or written yet. */
    public static JdbcFence in(DataSource database, String migration) {
        return new JdbcFence(requireNonNull(database, "database"), requireNonNull(migration, "migration"));
    }

    /**
     * Makes sure that the write which this thread makes is not refused before its transaction ends. Does nothing outside a write of the
     * migration, such as in a backfill.
     *
     * @param connection in the transaction of the write, not in auto-commit mode
     * @throws FencedException if the write began by a version that is closed; roll the transaction back
     * @throws SQLException if the database could not tell
     * @throws IllegalStateException if the connection commits each statement by itself: then the lock would end at once
     */
    public void check(Connection connection) throws SQLException {
        OptionalLong version = CurrentWrite.version();
        if (version.isEmpty()) {
            return;
        }
        if (connection.getAutoCommit()) {
            throw new IllegalStateException(
                    "A fence is checked in the transaction of the write that it allows, but this connection"
                            + " commits each statement by itself. Call setAutoCommit(false) first.");
        }
        install();
        long below = lowest(connection, true);
        if (version.getAsLong() < below) {
            throw new FencedException("A write of migration '" + migration + "' began by version " + version.getAsLong()
                    + ", and the fleet has moved on without its node: versions below " + below
                    + " can write no more. Nothing was applied; try again.");
        }
    }

    @Override
    public void close(long below) {
        if (System.nanoTime() - nextClosingNanos < 0) {
            throw new IllegalStateException("The fence of migration '" + migration
                    + "' could not be closed just now, and lets writes pass before that is tried again.");
        }
        try {
            install();
            Transactions.run(database, connection -> raise(connection, below));
        } catch (SQLException e) {
            if (LOCK_NOT_AVAILABLE.equals(e.getSQLState())) {
                nextClosingNanos = System.nanoTime() + PEACE_NANOS;
            }
            throw new IllegalStateException(
                    "The fence of migration '" + migration + "' can't be closed, so its keys do not cross now: "
                            + e.getMessage(),
                    e);
        }
    }

    /** The lowest version that may write. Blocks. */
    public long closedBelow() {
        try {
            install();
            return Transactions.run(database, connection -> lowest(connection, false));
        } catch (SQLException e) {
            throw new IllegalStateException(
                    "The fence of migration '" + migration + "' can't be read: " + e.getMessage(), e);
        }
    }

    private int raise(Connection connection, long below) throws SQLException {
        if (Dialect.of(connection) == Dialect.POSTGRES) {
            Statements.update(connection, LONGEST_WAIT);
            Statements.query(connection, row -> true, "SELECT pg_advisory_xact_lock(?)", lockKey);
        }
        return Statements.update(
                connection,
                "UPDATE turnout_fence SET lowest = ? WHERE migration = ? AND lowest < ?",
                below,
                migration,
                below);
    }

    private long lowest(Connection connection, boolean locked) throws SQLException {
        Dialect dialect = Dialect.of(connection);
        boolean queued = locked && dialect == Dialect.POSTGRES;
        String sql = OF_MIGRATION + (queued ? BEHIND_THE_CLOSING : "") + (locked ? dialect.sharedLock() : "");
        try (PreparedStatement query = connection.prepareStatement(sql)) {
            query.setQueryTimeout(TIMEOUT_SECONDS);
            query.setString(1, migration);
            if (queued) {
                query.setLong(2, lockKey);
            }
            try (ResultSet row = query.executeQuery()) {
                if (!row.next()) {
                    throw new SQLException("The row of migration '" + migration + "' is gone from turnout_fence.");
                }
                return row.getLong(1);
            }
        }
    }

    private void install() throws SQLException {
        if (installed) {
            return;
        }
        String quoted = "'" + migration.replace("'", "''") + "'";
        Tables.install(
                database,
                "SELECT 1 FROM turnout_fence WHERE migration = " + quoted,
                List.of(
                        "CREATE TABLE IF NOT EXISTS turnout_fence (migration VARCHAR(200) NOT NULL PRIMARY KEY,"
                                + " lowest BIGINT NOT NULL)",
                        "INSERT INTO turnout_fence (migration, lowest) SELECT " + quoted
                                + ", 0 FROM (SELECT 1 AS one) AS it WHERE NOT EXISTS (SELECT 1 FROM turnout_fence WHERE migration = "
                                + quoted + ")"));
        installed = true;
    }
}
