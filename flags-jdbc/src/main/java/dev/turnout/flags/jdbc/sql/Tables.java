package dev.turnout.flags.jdbc.sql;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import javax.sql.DataSource;

/** Tables that are created by whoever needs them first. */
public final class Tables {
    // Who loses a race finds everything there the next time; more attempts than two are for the third and fourth node.
    private static final int ATTEMPTS = 5;
    private static final String SYNTAX_OR_ACCESS =
            "42"; // the class of SQL states that "no such table" belongs to, in all databases

    private Tables() {}

    /**
     * Creates tables unless they are there; any number of nodes may do so at once. Where they are there, no right to create any is needed.
     *
     * @param marker a query that works, and gives a row, only after the last of the statements
     * @param statements each harmless where it has been executed before, as some databases commit after each; a {@code CREATE TABLE} in the words of
     *     PostgreSQL, which the {@link Dialect} translates
     */
    public static void install(DataSource database, String marker, List<String> statements) throws SQLException {
        for (int attempt = 1; !areInstalled(database, marker); attempt++) {
            try {
                Transactions.run(database, connection -> execute(connection, statements));
            } catch (SQLException e) {
                if (attempt == ATTEMPTS) {
                    throw e;
                }
                // "If not exists" does not protect from another node that creates the same table right now: look again.
            }
        }
    }

    private static boolean areInstalled(DataSource database, String marker) throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(marker)) {
            return row.next();
        } catch (SQLException e) {
            if (e.getSQLState() != null && e.getSQLState().startsWith(SYNTAX_OR_ACCESS)) {
                return false;
            }
            throw e;
        }
    }

    private static int execute(Connection connection, List<String> statements) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            Dialect dialect = Dialect.of(connection);
            for (String sql : statements) {
                statement.execute(dialect.create(sql));
            }
        }
        return statements.size();
    }
}
