package dev.turnout.flags.jdbc.sql;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;

/** Runs work in a transaction on a connection of its own, which goes back as it came. */
public final class Transactions {
    private static final int ATTEMPTS = 5;
    private static final long LONGEST_FIRST_PAUSE_NANOS = 500_000;
    // The database has rolled back all, to end a conflict or a deadlock; the second is PostgreSQL's own for the latter.
    private static final Set<String> ROLLED_BACK = Set.of("40001", "40P01");

    // Of PostgreSQL and H2.
    private static final Set<String> LOCK_TIMEOUTS = Set.of("55P03", "HYT00");
    private static final int MARIADB_LOCK_TIMEOUT = 1205;

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
        for (int attempt = 1; ; attempt++) {
            try {
                return runOnce(database, work);
            } catch (SQLException e) {
                if (attempt == ATTEMPTS || e.getSQLState() == null || !ROLLED_BACK.contains(e.getSQLState())) {
                    throw e;
                }
            }
            // Not both at once again, as a database may roll back both.
            LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(LONGEST_FIRST_PAUSE_NANOS << attempt));
        }
    }

    /**
     * The same in a session that gives and takes every value as it is, whatever the defaults of its database and its user are: times in UTC, numbers
     * with all digits, and an error for what does not fit, or for rows that a policy would hide. Who waited too long for a lock tries again too.
     */
    public static <T> T runExact(DataSource database, Work<T> work) throws SQLException {
        for (int attempt = 1; ; attempt++) {
            try {
                return run(database, connection -> ExactSession.in(connection, work));
            } catch (SQLException e) {
                if (attempt == ATTEMPTS || !isLockTimeout(e)) {
                    throw e;
                }
            }
        }
    }

    private static boolean isLockTimeout(SQLException e) {
        return LOCK_TIMEOUTS.contains(String.valueOf(e.getSQLState())) || e.getErrorCode() == MARIADB_LOCK_TIMEOUT;
    }

    /** Whether a row with that key, or another unique value of it, is there already. */
    public static boolean isDuplicateKey(SQLException e) {
        boolean mariaDb = "23000".equals(e.getSQLState()) && e.getErrorCode() == MARIADB_DUPLICATE_ENTRY;
        return mariaDb || DUPLICATE_KEY.equals(e.getSQLState());
    }

    private static <T> T runOnce(DataSource database, Work<T> work) throws SQLException {
        try (Connection connection = database.getConnection()) {
            boolean autoCommit = connection.getAutoCommit();
            int isolation = connection.getTransactionIsolation();
            // By default, MariaDB and MySQL may read after a lock what was there before it, and lock the gaps between
            // rows.
            if (isolation != Connection.TRANSACTION_READ_COMMITTED) {
                connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
            }
            connection.setAutoCommit(false);
            T result;
            try {
                result = work.in(connection);
                connection.commit();
            } catch (SQLException | RuntimeException | Error e) {
                rollBack(connection, autoCommit, isolation, e);
                throw e;
            }
            restore(connection, autoCommit, isolation);
            return result;
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

    private static void rollBack(Connection connection, boolean autoCommit, int isolation, Throwable cause) {
        if (cause instanceof Error error) {
            abort(connection, error);
            return;
        }
        try {
            connection.rollback();
            restore(connection, autoCommit, isolation);
        } catch (SQLException | RuntimeException e) {
            cause.addSuppressed(e); // the connection is broken: the database rolls back by itself
        }
    }

    private static void restore(Connection connection, boolean autoCommit, int isolation) throws SQLException {
        connection.setAutoCommit(autoCommit);
        if (isolation != Connection.TRANSACTION_READ_COMMITTED) {
            connection.setTransactionIsolation(isolation);
        }
    }
}
