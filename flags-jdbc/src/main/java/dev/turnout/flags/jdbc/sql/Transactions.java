package dev.turnout.flags.jdbc.sql;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;

/**
 * Runs work in a transaction on a connection of its own, which goes back as it came. All that this module does in a database goes through here, so no
 * transaction of it stays open, and none of a caller is ended; the one exception is a fence, which belongs to the caller's transaction.
 */
public final class Transactions {
    private static final int ATTEMPTS = 5;
    private static final long LONGEST_FIRST_PAUSE_NANOS = 500_000;
    // Some ten seconds in all, in which a server may start again.
    private static final int ATTEMPTS_TO_REACH_IT = 9;
    private static final long LONGEST_FIRST_PAUSE_TO_REACH_IT_NANOS = 25_000_000;

    private static final String DUPLICATE_KEY = "23505";
    private static final int MARIADB_DUPLICATE_ENTRY = 1062;

    /** What to do in a transaction; it neither commits nor rolls back. It may be done again from the beginning, after a rollback. */
    @FunctionalInterface
    public interface Work<T> {
        /** Does it. */
        T in(Connection connection) throws SQLException;
    }

    private Transactions() {}

    /**
     * Commits what {@code work} did, or rolls it back if it throws. Each statement sees what was committed before it began. What the database
     * rolls back to end a deadlock is done again, a few times, after pauses of some milliseconds.
     */
    public static <T> T run(DataSource database, Work<T> work) throws SQLException {
        return again(() -> runOnce(database, work));
    }

    /** Something that may be done again from the beginning, such as a statement. */
    @FunctionalInterface
    public interface Attempt<T> {
        /** Does it. */
        T make() throws SQLException;
    }

    private static <T> T again(Attempt<T> work) throws SQLException {
        for (int attempt = 1; ; attempt++) {
            try {
                return work.make();
            } catch (SQLException e) {
                if (SqlFailure.of(e) != SqlFailure.CONFLICT || isGivenUp(e)) {
                    throw e;
                }
                pauseAfter(attempt, ATTEMPTS, LONGEST_FIRST_PAUSE_NANOS, e);
            }
        }
    }

    /**
     * The same in a session that gives and takes every value as it is, whatever the defaults of its database and its user are: times in UTC, numbers
     * with all digits, and an error for what does not fit, or for rows that a policy would hide. All that may pass by itself is tried again, see
     * {@link SqlFailure}; so the work may find that what it does was done already, when a connection was lost while it was committed.
     */
    public static <T> T runExact(DataSource database, Work<T> work) throws SQLException {
        return patiently(() -> run(database, connection -> ExactSession.in(connection, work)));
    }

    /**
     * As {@link #run}, in such an exact session, and without that patience: for work that a caller waits for. A work
     * may be done again after a deadlock; what failed otherwise is not tried again.
     */
    public static <T> T exact(DataSource database, Work<T> work) throws SQLException {
        return run(database, connection -> ExactSession.in(connection, work));
    }

    /**
     * Makes attempts until one succeeds, or fails with what does not pass by itself, see {@link SqlFailure}; with an end, after some ten seconds. For long
     * runs that no caller waits for: what was asked last before a connection was lost may have been done.
     */
    public static <T> T patiently(Attempt<T> work) throws SQLException {
        for (int attempt = 1; ; attempt++) {
            try {
                return work.make();
            } catch (SQLException e) {
                SqlFailure kind = SqlFailure.of(e);
                if (!kind.isTransient() || isGivenUp(e)) {
                    throw e;
                }
                boolean hasWaited = kind == SqlFailure.LOCK_TIMEOUT || kind == SqlFailure.TIMEOUT;
                int most = hasWaited ? ATTEMPTS : ATTEMPTS_TO_REACH_IT;
                pauseAfter(attempt, most, LONGEST_FIRST_PAUSE_TO_REACH_IT_NANOS, e);
            }
        }
    }

    /** Marks what was tried often enough, so no outer loop begins again. */
    private static final class GivenUp extends Exception {
        private static final long serialVersionUID = 1;

        GivenUp(int attempts) {
            super("It was tried " + attempts + " times.", null, false, false);
        }
    }

    private static boolean isGivenUp(SQLException e) {
        return Arrays.stream(e.getSuppressed()).anyMatch(GivenUp.class::isInstance);
    }

    /** Longer after each attempt, and not all at once again, as a database may roll back all; fails after the last one, or if interrupted. */
    private static void pauseAfter(int attempt, int most, long longestFirstNanos, SQLException failure)
            throws SQLException {
        if (attempt == most || Thread.currentThread().isInterrupted()) {
            failure.addSuppressed(new GivenUp(attempt));
            throw failure;
        }
        LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(longestFirstNanos << attempt));
    }

    /** Whether a row with that key, or another unique value of it, is there already. */
    public static boolean isDuplicateKey(SQLException e) {
        boolean mariaDb = "23000".equals(e.getSQLState()) && e.getErrorCode() == MARIADB_DUPLICATE_ENTRY;
        return mariaDb || DUPLICATE_KEY.equals(e.getSQLState());
    }

    /**
     * Runs work that is a single statement, or only reads and needs no common state: without a round trip for the commit where connections commit
     * by themselves, and with its own end of the transaction where they do not. What the database rolls back is done again, as in {@link #run}.
     */
    public static <T> T single(DataSource database, Work<T> work) throws SQLException {
        return again(() -> singleOnce(database, work));
    }

    /** The same with the patience of {@link #patiently}, for what a long run has to know before it begins. */
    public static <T> T singlePatiently(DataSource database, Work<T> work) throws SQLException {
        return patiently(() -> single(database, work));
    }

    private static <T> T singleOnce(DataSource database, Work<T> work) throws SQLException {
        try (Connection connection = OwnConnections.take(database)) {
            return connection.getAutoCommit() ? onSelfCommitting(connection, work) : ended(connection, work, () -> {});
        }
    }

    private static <T> T onSelfCommitting(Connection connection, Work<T> work) throws SQLException {
        try {
            return work.in(connection);
        } catch (Error e) {
            abort(connection, e);
            throw e;
        }
    }

    private interface After {
        void restore() throws SQLException;
    }

    /** Commits what was done, or rolls it back; then gives the connection back its ways, unless it is broken. */
    private static <T> T ended(Connection connection, Work<T> work, After after) throws SQLException {
        T result;
        try {
            result = work.in(connection);
            connection.commit();
        } catch (SQLException | RuntimeException e) {
            try {
                connection.rollback();
                after.restore();
            } catch (SQLException | RuntimeException broken) {
                e.addSuppressed(broken); // the database rolls back by itself
            }
            throw e;
        } catch (Error e) {
            abort(connection, e);
            throw e;
        }
        after.restore();
        return result;
    }

    private static <T> T runOnce(DataSource database, Work<T> work) throws SQLException {
        try (Connection connection = OwnConnections.take(database)) {
            Optional<String> readCommitted = Dialect.of(connection).readCommitted();
            if (readCommitted.isPresent()) {
                return runOnce(connection, inside -> {
                    execute(inside, readCommitted.get());
                    return work.in(inside);
                });
            }
            int isolation = connection.getTransactionIsolation();
            if (isolation == Connection.TRANSACTION_READ_COMMITTED) {
                return runOnce(connection, work);
            }
            connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
            try {
                return runOnce(connection, work);
            } finally {
                if (!connection.isClosed()) { // as it is after an error
                    connection.setTransactionIsolation(isolation);
                }
            }
        }
    }

    private static <T> T runOnce(Connection connection, Work<T> work) throws SQLException {
        if (!connection.getAutoCommit()) {
            return ended(connection, work, () -> {});
        }
        connection.setAutoCommit(false);
        return ended(connection, work, () -> connection.setAutoCommit(true));
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /**
     * Cuts a connection whose driver an error, such as one of memory, may have left in the middle of a message: it would take the rest of that for the
     * next, or wait for a next that is never sent. The database rolls back.
     */
    public static void abort(Connection connection, Error error) {
        try {
            connection.abort(Runnable::run);
        } catch (SQLException | RuntimeException e) {
            error.addSuppressed(e);
        }
    }
}
