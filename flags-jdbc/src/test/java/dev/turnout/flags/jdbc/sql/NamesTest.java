package dev.turnout.flags.jdbc.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.jdbc.OnEachDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

@OnEachDatabase
class NamesTest {
    private final DataSource database;

    NamesTest(Database kind) {
        database = kind.create();
    }

    @Test
    void plain_names_are_as_if_unquoted_and_others_are_to_the_letter() throws SQLException {
        String odd = "Odd `name` \"x\"; DROP";
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            Names names = Names.of(connection);
            statement.execute("CREATE TABLE plain (id INT, " + names.quote(odd) + " INT)");

            statement.execute("INSERT INTO " + names.table("plain") + " (" + names.quote("id") + ", " + names.quote(odd)
                    + ") VALUES (1, 2)");

            assertThat(statement.executeUpdate("DELETE FROM plain WHERE id = 1"))
                    .isEqualTo(1);
        }
    }

    @Test
    void what_stands_between_double_quotes_is_to_the_letter() throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            Names names = Names.of(connection);
            String quote = names.quote();
            statement.execute("CREATE TABLE " + quote + "small" + quote + " (" + quote + "id" + quote + " INT, " + quote
                    + "x" + (quote.equals("\"") ? "\"\"" : "\"") + "y" + quote + " INT)");

            statement.execute("INSERT INTO " + names.table("\"small\"") + " (" + names.quote("\"id\"") + ", "
                    + names.quote("\"x\"\"y\"") + ") VALUES (1, 2)");

            assertThat(TableShape.of(connection, names, "\"small\"").column(names, "\"id\""))
                    .isPresent();
        }
    }
}
