package dev.turnout.flags.jdbc.backfill;

import dev.turnout.flags.jdbc.sql.Transactions;
import java.sql.Connection;
import java.sql.SQLException;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyOperation;

/** Whether PostgreSQL's own driver is there, which alone can {@code COPY}. */
final class PostgresCopy {
    private PostgresCopy() {}

    static boolean isPossible(Connection connection) throws SQLException {
        try {
            return connection.isWrapperFor(PGConnection.class);
        } catch (NoClassDefFoundError e) {
            return false; // another driver, and this one is not on the class path
        }
    }

    /** Ends a {@code COPY} that a failure has cut off: a rollback would wait for its end for ever. */
    static void end(PGConnection session, CopyOperation copy, Throwable failure) {
        try {
            if (failure instanceof Error error) {
                Transactions.abort((Connection) session, error); // itself, as no pool knows what it waits for
            } else if (copy.isActive()) {
                copy.cancelCopy();
            }
        } catch (SQLException | RuntimeException e) {
            failure.addSuppressed(e);
        }
    }
}
