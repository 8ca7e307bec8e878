package dev.turnout.flags.jdbc.copy;

import java.sql.Connection;
import java.sql.SQLException;
import org.postgresql.PGConnection;

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
}
