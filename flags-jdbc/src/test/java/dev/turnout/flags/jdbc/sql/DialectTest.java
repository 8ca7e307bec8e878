package dev.turnout.flags.jdbc.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.Mockito.RETURNS_DEEP_STUBS;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.jdbc.OnEachDatabase;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TimeZone;
import java.util.TreeMap;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@OnEachDatabase
class DialectTest {
    private static final List<String> COLUMNS = List.of("name", "at", "content");

    private final Database kind;
    private final DataSource database;

    DialectTest(Database kind) {
        this.kind = kind;
        database = kind.create();
    }

    @BeforeEach
    void table() throws SQLException {
        String create = """
                CREATE TABLE thing (
                  name VARCHAR(768) NOT NULL PRIMARY KEY,
                  at TIMESTAMP WITH TIME ZONE NOT NULL,
                  content TEXT NOT NULL)""";
        Database.execute(database, Transactions.single(database, Dialect::of).create(create));
    }

    private void put(String name, Instant at, String content) throws SQLException {
        Transactions.run(database, connection -> {
            Dialect dialect = Dialect.of(connection);
            try (PreparedStatement statement =
                    connection.prepareStatement(dialect.upsert("thing", COLUMNS, List.of("name")))) {
                statement.setString(1, name);
                statement.setObject(2, dialect.parameter(at));
                statement.setString(3, content);
                return statement.executeUpdate();
            }
        });
    }

    private Map<String, String> things() throws SQLException {
        return Transactions.run(database, connection -> {
            Map<String, String> things = new TreeMap<>();
            try (PreparedStatement statement = connection.prepareStatement("SELECT name, at, content FROM thing");
                    ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    Instant at = Dialect.of(connection).instant(row, 2);
                    things.put(row.getString(1), row.getString(3) + "@" + at);
                }
            }
            return things;
        });
    }

    @Test
    void is_that_of_the_server_whichever_driver_is_used() throws SQLException {
        Dialect dialect = Transactions.run(database, Dialect::of);

        assertThat(dialect)
                .isEqualTo(
                        switch (kind) {
                            case H2 -> Dialect.H2;
                            case POSTGRES -> Dialect.POSTGRES;
                            case MARIADB, MARIADB_AS_MYSQL -> Dialect.MARIADB;
                        });
    }

    @Test
    void an_upsert_inserts_or_sets_all_columns() throws SQLException {
        put("a", Instant.EPOCH, "one");
        put("b", Instant.EPOCH, "two");
        put("a", Instant.EPOCH.plusSeconds(1), "three");

        assertThat(things()).isEqualTo(Map.of("a", "three@1970-01-01T00:00:01Z", "b", "two@1970-01-01T00:00:00Z"));
    }

    @Test
    void keys_are_different_if_any_byte_is_also_at_the_greatest_length() throws SQLException {
        String longest = "\u20ac".repeat(767);
        List<String> keys = List.of("a", "A", "\u00e4", "a ", " a", "", " ", longest + "x", longest + "y");
        for (String key : keys) {
            put(key, Instant.EPOCH, key);
        }

        assertThat(things()).hasSize(keys.size()).containsEntry("a ", "a @1970-01-01T00:00:00Z");
    }

    @Test
    void a_moment_stays_the_same_also_when_clocks_are_put_back_and_after_2038() throws SQLException {
        TimeZone before = TimeZone.getDefault();
        TimeZone.setDefault(TimeZone.getTimeZone("Europe/Berlin"));
        try {
            for (String moment : List.of(
                    "2026-03-29T01:30:00.000001Z",
                    "2026-10-25T00:30:00.123456Z",
                    "2026-10-25T01:30:00.999999Z",
                    "2040-01-01T00:00:00Z")) {
                put("a", Instant.parse(moment), "it");

                assertThat(things()).containsEntry("a", "it@" + moment);
            }
        } finally {
            TimeZone.setDefault(before);
        }
    }

    @Test
    void any_other_database_is_named() throws SQLException {
        Connection elsewhere = mock(Connection.class, RETURNS_DEEP_STUBS);
        when(elsewhere.getMetaData().getDatabaseProductName()).thenReturn("Orakel");

        assertThatThrownBy(() -> Dialect.of(elsewhere))
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("PostgreSQL, MariaDB, MySQL and H2")
                .hasMessageContaining("Orakel");
    }
}
