package dev.turnout.flags.jdbc.sql;

import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;

/** Runs work in a transaction on a connection of its own, which goes back as it came. */
public final class Transactions {
    /** What to do in a transaction; it neither commits nor rolls back. */
    @FunctionalInterface
    public interface Work<T> {
        /** Does it. */
        T in(Connection connection) throws SQLException;
    }

    private Transactions() {}

    /** Commits what {@code work} did, or rolls it back if it throws. Each statement sees what was committed before it began. */
    public static <T> T run(DataSource database, Work<T> work) throws SQLException {
        try (Connection connection = database.getConnection()) {
            boolean autoCommit = connection.getAutoCommit();
            int isolation = connection.getTransactionIsolation();
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

    private static void rollBack(Connection connection, boolean autoCommit, int isolation, Throwable cause) {
        try {
            connection.rollback();
            restore(connection, autoCommit, isolation);
        } catch (SQLException e) {
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
