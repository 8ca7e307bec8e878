package dev.turnout.flags.jdbc.sql;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** Sets what a session's or a user's defaults could otherwise make of the values that it gives and takes, for one piece of work. */
final class ExactSession {
    // For this transaction alone. Where a policy would hide rows, the query fails instead.
    private static final String POSTGRES =
            "SELECT set_config('TimeZone', 'UTC', true), set_config('DateStyle', 'ISO, YMD', true),"
                    + " set_config('IntervalStyle', 'postgres', true), set_config('extra_float_digits', '3', true),"
                    + " set_config('bytea_output', 'hex', true), set_config('lc_monetary', 'C', true),"
                    + " set_config('xmloption', 'content', true), set_config('row_security', 'off', true)";

    // A value that does not fit is refused, not cut off; a 0 stays one where rows are numbered.
    private static final String MYSQL = "SET SESSION time_zone = '+00:00',"
            + " SESSION sql_mode = CONCAT_WS(',', NULLIF(@@SESSION.sql_mode, ''), 'STRICT_ALL_TABLES', 'NO_AUTO_VALUE_ON_ZERO')";

    private ExactSession() {}

    static <T> T in(Connection connection, Transactions.Work<T> work) throws SQLException {
        return switch (Dialect.of(connection)) {
            case H2 -> work.in(connection); // has no such settings
            case POSTGRES -> {
                execute(connection, POSTGRES);
                yield work.in(connection);
            }
            case MARIADB, MYSQL -> inMySql(connection, work);
        };
    }

    private static <T> T inMySql(Connection connection, Transactions.Work<T> work) throws SQLException {
        String zone;
        String mode;
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT @@SESSION.time_zone, @@SESSION.sql_mode")) {
            row.next();
            zone = row.getString(1);
            mode = row.getString(2);
        }
        execute(connection, MYSQL);
        T result;
        try {
            result = work.in(connection);
        } catch (SQLException | RuntimeException e) { // after an Error, the connection is cut
            try {
                restore(connection, zone, mode);
            } catch (SQLException | RuntimeException broken) { // the connection is of no use any more
                e.addSuppressed(broken);
            }
            throw e;
        }
        restore(connection, zone, mode);
        return result;
    }

    private static void restore(Connection connection, String zone, String mode) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("SET SESSION time_zone = ?, SESSION sql_mode = ?")) {
            statement.setString(1, zone);
            statement.setString(2, mode);
            statement.execute();
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
