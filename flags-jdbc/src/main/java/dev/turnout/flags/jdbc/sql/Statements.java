package dev.turnout.flags.jdbc.sql;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Single statements, each a transaction of its own. */
public final class Statements {
    private static final int TIMEOUT_SECONDS = 10;

    /** Makes something of a row. */
    @FunctionalInterface
    public interface Row<T> {
        /** Reads it. */
        T of(ResultSet row) throws SQLException;
    }

    private Statements() {}

    /** Changes rows, and commits. Returns how many. */
    public static int update(DataSource database, String sql, @Nullable Object... parameters) throws SQLException {
        return Transactions.single(database, connection -> update(connection, sql, parameters));
    }

    /** Changes rows in the connection's transaction. Returns how many. */
    public static int update(Connection connection, String sql, @Nullable Object... parameters) throws SQLException {
        try (PreparedStatement statement = prepared(connection, sql, parameters)) {
            return statement.executeUpdate();
        }
    }

    /** Reads rows. */
    public static <T> List<T> query(DataSource database, Row<T> row, String sql, @Nullable Object... parameters)
            throws SQLException {
        return Transactions.single(database, connection -> query(connection, row, sql, parameters));
    }

    /** Reads rows in the connection's transaction. */
    public static <T> List<T> query(Connection connection, Row<T> row, String sql, Object... parameters)
            throws SQLException {
        try (PreparedStatement statement = prepared(connection, sql, parameters);
                ResultSet rows = statement.executeQuery()) {
            List<T> all = new ArrayList<>();
            while (rows.next()) {
                all.add(row.of(rows));
            }
            return all;
        }
    }

    /**
     * A column that names a constant, in any case.
     *
     * @throws UnknownValueException if there is none of that name, as a newer build knows more
     */
    public static <E extends Enum<E>> E constant(Class<E> type, ResultSet row, int column) throws SQLException {
        String name = row.getString(column);
        try {
            return Enum.valueOf(type, name.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new UnknownValueException(
                    "Column '" + row.getMetaData().getColumnName(column) + "' has '" + name
                            + "', which this build does not know as a " + type.getSimpleName()
                            + ". A newer build may have written it: bring this node to that build.",
                    e);
        }
    }

    /** A column names what this build does not know. It is never taken for anything else. */
    public static final class UnknownValueException extends SQLException {
        private static final long serialVersionUID = 1;

        UnknownValueException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    private static PreparedStatement prepared(Connection connection, String sql, @Nullable Object... parameters)
            throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        try {
            statement.setQueryTimeout(TIMEOUT_SECONDS);
            for (int i = 0; i < parameters.length; i++) {
                statement.setObject(i + 1, parameters[i]);
            }
            return statement;
        } catch (SQLException | RuntimeException e) {
            statement.close();
            throw e;
        }
    }
}
