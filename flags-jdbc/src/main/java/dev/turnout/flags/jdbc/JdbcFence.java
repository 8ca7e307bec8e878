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
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;

/**
 * A fence in a row of the database that a path writes to ({@code turnout_fence}, which creates itself), and in one row for each member that was
 * evicted ({@code turnout_fence_refused}), which stays. Thread-safe.
 *
 * <pre>{@code
 * JdbcFence fence = JdbcFence.in(newDatabase, "places-v2");
 * // in the path, on the connection of the write's own transaction, before it writes:
 * fence.check(connection);
 * }</pre>
 *
 * <p>The check holds a shared lock on the row until the transaction ends; closing, and refusing a member, wait for it. It costs one query for each
 * write, and another one when a member was evicted since the last write. Each path has a fence in its own database, and the migration is built with
 * both. A process that stands still inside a transaction holds its lock until the database ends its session, so give the users of the paths a
 * time-out for sessions that are idle in a transaction.
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
    private static final String OF_MIGRATION = "SELECT lowest, refusals FROM turnout_fence WHERE migration = ?";
    private static final String IS_REFUSED = "SELECT 1 FROM turnout_fence_refused WHERE migration = ? AND member = ?";
    // The row's lock, which is taken last, gives the row as it is then, and not as it was when the query began to wait.
    private static final String BEHIND_THE_CLOSING = " AND pg_advisory_xact_lock_shared(?) IS NOT NULL";

    /** What the row says. */
    private record Closed(long below, long refusals) {}

    /** That a member was not refused when so many had been. */
    private record Allowed(String member, long refusals) {}

    private final DataSource database;
    private final String migration;
    private final long lockKey;
    private volatile long nextClosingNanos = System.nanoTime();
    private volatile boolean installed;
    private volatile Allowed lastAllowed = new Allowed("", -1);

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
     * @throws FencedException if the write began by a version that is closed, or its node was evicted meanwhile; roll the transaction back
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
        Closed closed = closed(connection, true);
        if (version.getAsLong() < closed.below()) {
            throw new FencedException("A write of migration '" + migration + "' began by version " + version.getAsLong()
                    + ", and the fleet has moved on without its node: versions below " + closed.below()
                    + " can write no more. Nothing was applied; try again.");
        }
        Optional<String> member = CurrentWrite.member();
        if (member.isPresent()) {
            checkMember(connection, new Allowed(member.get(), closed.refusals()));
        }
    }

    private void checkMember(Connection connection, Allowed asked) throws SQLException {
        if (asked.equals(lastAllowed)) {
            return;
        }
        // A query of its own: the one before may have waited for a refusal, and would not see what was added meanwhile.
        // With a lock, so that it sees what is there now, also under REPEATABLE READ.
        String sql = IS_REFUSED + Dialect.of(connection).sharedLock();
        if (!Statements.query(connection, row -> true, sql, migration, asked.member())
                .isEmpty()) {
            throw new FencedException("A write of migration '" + migration
                    + "' is one of a member that the fleet has evicted, and that can write no more. Nothing was applied; try again when"
                    + " its node has joined again.");
        }
        lastAllowed = asked;
    }

    @Override
    public void close(long below) {
        change("can't be closed, so its keys do not cross now", connection -> raise(connection, below));
    }

    @Override
    public void refuse(String member) {
        change("can't refuse a member, so that one is not evicted now", connection -> add(connection, member));
    }

    /** What every write is to see that begins later; waits for those under way. */
    private void change(String problem, Transactions.Work<Integer> work) {
        if (System.nanoTime() - nextClosingNanos < 0) {
            throw new IllegalStateException("The fence of migration '" + migration
                    + "' could not be closed just now, and lets writes pass before that is tried again.");
        }
        try {
            install();
            Transactions.run(database, work);
        } catch (SQLException e) {
            if (LOCK_NOT_AVAILABLE.equals(e.getSQLState())) {
                nextClosingNanos = System.nanoTime() + PEACE_NANOS;
            }
            throw new IllegalStateException(
                    "The fence of migration '" + migration + "' " + problem + ": " + e.getMessage(), e);
        }
    }

    /** The lowest version that may write. Blocks. */
    public long closedBelow() {
        try {
            install();
            return Transactions.run(
                    database, connection -> closed(connection, false).below());
        } catch (SQLException e) {
            throw new IllegalStateException(
                    "The fence of migration '" + migration + "' can't be read: " + e.getMessage(), e);
        }
    }

    private int raise(Connection connection, long below) throws SQLException {
        waitForWrites(connection);
        return Statements.update(
                connection,
                "UPDATE turnout_fence SET lowest = ? WHERE migration = ? AND lowest < ?",
                below,
                migration,
                below);
    }

    private int add(Connection connection, String member) throws SQLException {
        if (isRefused(connection, member)) {
            return 0; // and whoever did it has waited for those under way
        }
        waitForWrites(connection);
        // First: it waits for writes under way, and for others that do the same; and a write fails that has read this
        // row before, and would not see the other one.
        int changed = Statements.update(
                connection, "UPDATE turnout_fence SET refusals = refusals + 1 WHERE migration = ?", migration);
        return isRefused(connection, member)
                ? changed
                : Statements.update(
                        connection,
                        "INSERT INTO turnout_fence_refused (migration, member) VALUES (?, ?)",
                        migration,
                        member);
    }

    private boolean isRefused(Connection connection, String member) throws SQLException {
        return !Statements.query(connection, row -> true, IS_REFUSED, migration, member)
                .isEmpty();
    }

    private void waitForWrites(Connection connection) throws SQLException {
        if (Dialect.of(connection) == Dialect.POSTGRES) {
            Statements.update(connection, LONGEST_WAIT);
            Statements.query(connection, row -> true, "SELECT pg_advisory_xact_lock(?)", lockKey);
        }
    }

    private Closed closed(Connection connection, boolean locked) throws SQLException {
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
                return new Closed(row.getLong(1), row.getLong(2));
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
                                + " lowest BIGINT NOT NULL, refusals BIGINT NOT NULL)",
                        "CREATE TABLE IF NOT EXISTS turnout_fence_refused (migration VARCHAR(200) NOT NULL,"
                                + " member VARCHAR(200) NOT NULL, PRIMARY KEY (migration, member))",
                        "INSERT INTO turnout_fence (migration, lowest, refusals) SELECT " + quoted
                                + ", 0, 0 FROM (SELECT 1 AS one) AS it WHERE NOT EXISTS (SELECT 1 FROM turnout_fence WHERE migration = "
                                + quoted + ")"));
        installed = true;
    }
}
