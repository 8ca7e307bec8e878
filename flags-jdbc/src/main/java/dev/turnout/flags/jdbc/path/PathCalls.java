package dev.turnout.flags.jdbc.path;

import dev.turnout.flags.jdbc.path.JdbcPath.PathException;
import dev.turnout.flags.jdbc.sql.SqlFailure;
import dev.turnout.flags.jdbc.sql.Transactions;
import dev.turnout.flags.migration.RefusedWriteException;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import javax.sql.DataSource;

/**
 * How a path calls its database: in a transaction and an exact session, and what a failure means. Thread-safe.
 *
 * @param table for messages
 */
record PathCalls(DataSource database, String table) {
    <T> T read(Transactions.Work<T> work) {
        try {
            return Transactions.exact(database, work);
        } catch (SQLException e) {
            throw new PathException("Table " + table + " could not be read: " + SqlFailure.describeCall(e), e);
        }
    }

    /**
     * The same of a write.
     *
     * @throws RefusedWriteException if it is certain that nothing was written, and that trying again does not help
     */
    boolean write(Transactions.Work<Boolean> work) {
        AtomicBoolean mayHaveCommitted = new AtomicBoolean();
        try {
            return Transactions.exact(database, connection -> {
                boolean result = work.in(connection);
                mayHaveCommitted.set(true); // in an attempt before this one, too
                return result;
            });
        } catch (SQLException e) {
            SqlFailure kind = SqlFailure.of(e);
            String what = "Table " + table + " could not be written: " + SqlFailure.describeCall(e);
            boolean isCertain = !mayHaveCommitted.get() && !kind.isTransient() && kind != SqlFailure.OTHER;
            throw isCertain
                    ? new RefusedWriteException(what + " Nothing was written.", e)
                    : new PathException(what + " The write may have happened.", e);
        } catch (RuntimeException e) {
            String what = String.valueOf(e.getMessage());
            throw mayHaveCommitted.get()
                    ? new PathException(what + " The write may have happened.", e)
                    : new RefusedWriteException(what + " Nothing was written.", e);
        }
    }

    /** What is checked before anything is asked of the database. */
    static <T> T checked(Supplier<T> check) {
        try {
            return check.get();
        } catch (IllegalArgumentException e) {
            throw new RefusedWriteException(e.getMessage() + " Nothing was written.", e);
        }
    }
}
