package dev.turnout.flags.jdbc;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.jdbc.sql.AdvisoryLocks;
import dev.turnout.flags.jdbc.sql.Component;
import dev.turnout.flags.jdbc.sql.Dialect;
import dev.turnout.flags.jdbc.sql.Home;
import dev.turnout.flags.jdbc.sql.SqlFailure;
import dev.turnout.flags.jdbc.sql.Transactions;
import dev.turnout.flags.jdbc.table.OwnTables;
import dev.turnout.flags.migration.CurrentWrite;
import dev.turnout.flags.migration.FencedException;
import dev.turnout.flags.spi.PathFence;
import dev.turnout.flags.store.TimeSource;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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
 * <p>The check holds a shared lock until the transaction ends; closing, and refusing a member, wait for it. It costs one round trip for each write, and
 * another one when a member was evicted since the last write. The tables are created when the migration is built, and never from within a write's
 * transaction: where the database was not there then, writes fail until the tables are. Each path has a fence in its own database, and the migration is built with
 * both. A process that stands still inside a transaction holds its lock until the database ends its session, so give the users of the paths a
 * time-out for sessions that are idle in a transaction.
 *
 * <p>In PostgreSQL the lock is an advisory one, in whose queue new writes stand behind the closing: locks of the row would let new writes in for ever, and
 * make a MultiXact for each two of them, of which a cluster has not enough for busy services. A transaction above READ COMMITTED, which would read an old row, locks the
 * row too, and fails if it was changed meanwhile; avoid that level where writes are many. The closing waits for those under way for half a second at most; where one lasts longer, each node lets writes pass
 * for five seconds before it tries again.
 */
public final class JdbcFence implements PathFence {
    private static final Logger log = LoggerFactory.getLogger(JdbcFence.class);
    private static final int TIMEOUT_SECONDS = 10;
    private static final String LONGEST_WAIT = "SET LOCAL lock_timeout = '500ms'";
    private static final String LOCK_NOT_AVAILABLE =
            "55P03"; // in PostgreSQL alone, where writes stood behind the closing
    private static final long PEACE_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final String OF_MIGRATION = "SELECT lowest, refusals FROM turnout_fence WHERE migration = ?";
    private static final String IS_REFUSED = "SELECT 1 FROM turnout_fence_refused WHERE migration = ? AND member = ?";
    // Two statements in one round trip. Under READ COMMITTED the second one sees what was committed when it began,
    // which is when the lock was there: a closing before it has committed by then, and a later closing waits.
    private static final String BEHIND_THE_CLOSING =
            "SELECT current_setting('transaction_isolation'), pg_advisory_xact_lock_shared(?); " + OF_MIGRATION;
    private static final Set<String> SEE_WHAT_IS_COMMITTED = Set.of("read committed", "read uncommitted");

    /** The content of the row. */
    private record Closed(long below, long refusals) {}

    /** That a member was not refused when so many had been. */
    private record Allowed(String member, long refusals) {}

    private final Home home;
    private final String migration;
    private final long lockKey;
    private final AtomicBoolean installing = new AtomicBoolean();
    private volatile long nextClosingNanos = TimeSource.SYSTEM.nanoTime();
    private volatile boolean isReady; // the row is there
    private volatile Allowed lastAllowed = new Allowed("", -1);

    private JdbcFence(OwnTables tables, String migration) {
        home = Home.of(tables.database(), tables.schema(), tables.createTables(), Component.FENCE);
        this.migration = migration;
        this.lockKey = AdvisoryLocks.key("turnout_fence\n" + migration);
    }

    /** That of one migration in the database of one of its paths. Nothing is read or written yet. */
    public static JdbcFence in(DataSource database, String migration) {
        return in(OwnTables.in(database), migration);
    }

    /** The same, with tables in another schema, or such as are not to be created. */
    public static JdbcFence in(OwnTables tables, String migration) {
        return new JdbcFence(requireNonNull(tables, "tables"), requireNonNull(migration, "migration"));
    }

    /** Creates the tables, and the row, where they are missing. If the database is not there, that is logged, and tried again when it is needed. */
    @Override
    public void prepare() {
        try {
            install();
        } catch (SQLException e) {
            log.warn(
                    "The fence of migration '{}' cannot be read or created now. Until it can be, writes that look at it fail.",
                    migration,
                    e);
        }
    }

    /**
     * Makes sure that the write which this thread makes is not refused before its transaction ends. Does nothing outside a write of the
     * migration, such as in a backfill.
     *
     * @param connection in the transaction of the write, not in auto-commit mode
     * @throws FencedException if the write began by a version that is closed, or its node was evicted meanwhile; roll the transaction back
     * @throws SQLException if the database could not answer, or has no fence yet; roll the transaction back
     * @throws IllegalStateException if the connection commits each statement by itself: then the lock would end at once
     */
    public void check(Connection connection) throws SQLException {
        // Of this migration, and not of another one whose write is made inside it. A fence may be called otherwise
        // than its migration: then whichever write this is.
        OptionalLong own = CurrentWrite.version(migration);
        OptionalLong version = own.isPresent() ? own : CurrentWrite.version();
        if (version.isEmpty()) {
            return;
        }
        if (connection.getAutoCommit()) {
            throw new IllegalStateException(
                    "A fence is checked in the transaction of the write that it allows, but this connection"
                            + " commits each statement by itself. Call setAutoCommit(false) first.");
        }
        Closed closed = isReady ? closed(connection) : firstClosed(connection);
        if (version.getAsLong() < closed.below()) {
            throw new FencedException("A write of migration '" + migration + "' began by version " + version.getAsLong()
                    + ", and the fleet has moved on without its node: versions below " + closed.below()
                    + " can write no more. Nothing was applied; try again.");
        }
        Optional<String> member = own.isPresent() ? CurrentWrite.member(migration) : CurrentWrite.member();
        if (member.isPresent()) {
            checkMember(connection, new Allowed(member.get(), closed.refusals()));
        }
    }

    private void checkMember(Connection connection, Allowed asked) throws SQLException {
        if (asked.equals(lastAllowed)) {
            return;
        }
        // A query of its own: the one before may have waited for a refusal, and would not see what was added meanwhile.
        // With a lock, to see what is there now, also under REPEATABLE READ; in PostgreSQL that one has failed
        // already if anything was added.
        Dialect dialect = Dialect.of(connection);
        String sql = IS_REFUSED + (dialect == Dialect.POSTGRES ? "" : dialect.sharedLock());
        if (!home.query(connection, row -> true, sql, migration, asked.member()).isEmpty()) {
            throw new FencedException("A write of migration '" + migration
                    + "' is one of a member that the fleet has evicted, and that can write no more. Nothing was applied; try again when"
                    + " its node has joined again.");
        }
        lastAllowed = asked;
    }

    @Override
    public void close(long below) {
        change("cannot be closed, so its keys do not switch sides now", connection -> raise(connection, below));
    }

    @Override
    public void refuse(String member) {
        change("cannot refuse a member, so it is not evicted now", connection -> add(connection, member));
    }

    /** What every write is to see that begins later; waits for those under way. */
    private void change(String problem, Transactions.Work<Integer> work) {
        if (TimeSource.SYSTEM.nanoTime() - nextClosingNanos < 0) {
            throw new IllegalStateException("The fence of migration '" + migration
                    + "' could not be closed just now, and lets writes pass before that is tried again.");
        }
        try {
            install();
            home.run(work);
        } catch (SQLException e) {
            if (LOCK_NOT_AVAILABLE.equals(e.getSQLState())) {
                nextClosingNanos = TimeSource.SYSTEM.nanoTime() + PEACE_NANOS;
            }
            throw new IllegalStateException(
                    "The fence of migration '" + migration + "' " + problem + ": " + e.getMessage(), e);
        }
    }

    /** The lowest version that may write. Blocks. */
    public long closedBelow() {
        try {
            install();
            return requireRow(home.query(JdbcFence::closed, OF_MIGRATION, migration))
                    .below();
        } catch (SQLException e) {
            throw new IllegalStateException(
                    "The fence of migration '" + migration + "' cannot be read: " + e.getMessage(), e);
        }
    }

    private int raise(Connection connection, long below) throws SQLException {
        waitForWrites(connection);
        return home.update(
                connection,
                "UPDATE turnout_fence SET lowest = ? WHERE migration = ? AND lowest < ?",
                below,
                migration,
                below);
    }

    private int add(Connection connection, String member) throws SQLException {
        if (isRefused(connection, member)) {
            return 0; // and the call that refused it has waited for those in progress
        }
        waitForWrites(connection);
        // First: it waits for writes under way, and for others that do the same; and a write fails that has read this
        // row before, and would not see the other one.
        int changed = home.update(
                connection, "UPDATE turnout_fence SET refusals = refusals + 1 WHERE migration = ?", migration);
        return isRefused(connection, member)
                ? changed
                : home.update(
                        connection,
                        "INSERT INTO turnout_fence_refused (migration, member) VALUES (?, ?)",
                        migration,
                        member);
    }

    private boolean isRefused(Connection connection, String member) throws SQLException {
        return !home.query(connection, row -> true, IS_REFUSED, migration, member)
                .isEmpty();
    }

    private void waitForWrites(Connection connection) throws SQLException {
        if (Dialect.of(connection) == Dialect.POSTGRES) {
            home.update(connection, LONGEST_WAIT);
            home.query(connection, row -> true, "SELECT pg_advisory_xact_lock(?)", lockKey);
        }
    }

    /** On the connection of the caller, whose transaction survives if there is no such table; nothing is created from within it. */
    private Closed firstClosed(Connection connection) throws SQLException {
        Savepoint before = connection.setSavepoint();
        Closed closed;
        try {
            closed = closed(connection);
        } catch (SQLException e) {
            connection.rollback(before);
            if (SqlFailure.of(e) == SqlFailure.SCHEMA || e instanceof NoRowException) {
                installLater();
                throw new SQLException(
                        "The fence of migration '" + migration
                                + "' is not in the database yet. It is being created now; nothing was applied, try again.",
                        e);
            }
            throw e;
        }
        connection.releaseSavepoint(before);
        isReady = true;
        return closed;
    }

    private void installLater() {
        if (installing.compareAndSet(false, true)) {
            Thread thread = new Thread(
                    () -> {
                        try {
                            prepare();
                        } finally {
                            installing.set(false);
                        }
                    },
                    "turnout-jdbc-fence");
            thread.setDaemon(true);
            thread.start();
        }
    }

    /** With the lock that closing waits for, until the transaction ends. */
    private Closed closed(Connection connection) throws SQLException {
        Dialect dialect = Dialect.of(connection);
        if (dialect != Dialect.POSTGRES) {
            return lockedRow(connection, dialect);
        }
        try (PreparedStatement query = home.prepare(connection, BEHIND_THE_CLOSING)) {
            query.setQueryTimeout(TIMEOUT_SECONDS);
            query.setLong(1, lockKey);
            query.setString(2, migration);
            query.execute();
            String isolation;
            try (ResultSet row = query.getResultSet()) {
                row.next();
                isolation = row.getString(1);
            }
            query.getMoreResults();
            if (!SEE_WHAT_IS_COMMITTED.contains(isolation)) {
                return lockedRow(connection, dialect); // or fails, if it was changed since the snapshot
            }
            try (ResultSet row = query.getResultSet()) {
                return requireRow(row.next() ? List.of(closed(row)) : List.of());
            }
        }
    }

    private Closed lockedRow(Connection connection, Dialect dialect) throws SQLException {
        return requireRow(home.query(connection, JdbcFence::closed, OF_MIGRATION + dialect.sharedLock(), migration));
    }

    private static Closed closed(ResultSet row) throws SQLException {
        return new Closed(row.getLong(1), row.getLong(2));
    }

    private Closed requireRow(List<Closed> rows) throws SQLException {
        if (rows.isEmpty()) {
            throw new NoRowException(migration);
        }
        return rows.get(0);
    }

    private static final class NoRowException extends SQLException {
        private static final long serialVersionUID = 1;

        NoRowException(String migration) {
            super("The row of migration '" + migration + "' is not in turnout_fence.");
        }
    }

    private void install() throws SQLException {
        if (isReady) {
            return;
        }
        home.insertUnless(
                "SELECT 1 FROM turnout_fence WHERE migration = ?",
                List.of(migration),
                "INSERT INTO turnout_fence (migration, lowest, refusals) VALUES (?, 0, 0)",
                migration);
        isReady = true;
    }
}
