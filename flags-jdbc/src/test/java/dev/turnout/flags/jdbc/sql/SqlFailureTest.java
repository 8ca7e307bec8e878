package dev.turnout.flags.jdbc.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.jdbc.Faults;
import dev.turnout.flags.jdbc.OnEachDatabase;
import dev.turnout.flags.jdbc.WorkerProcess;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@OnEachDatabase
@Timeout(300)
class SqlFailureTest {
    private final Database kind;
    private final DataSource database;
    private final AtomicInteger attempts = new AtomicInteger();

    SqlFailureTest(Database kind) {
        this.kind = kind;
        this.database = kind.create();
    }

    @BeforeEach
    void table() {
        Database.execute(
                database,
                "CREATE TABLE person (id INT NOT NULL PRIMARY KEY, mail VARCHAR(20) UNIQUE, age INT NOT NULL)",
                "INSERT INTO person (id, mail, age) VALUES (1, 'ann@example.org', 33)");
    }

    private static int execute(Connection connection, String... statements) throws SQLException {
        int count = 0;
        try (Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
                count = statement.getUpdateCount();
            }
        }
        return count;
    }

    private SQLException failure(String... statements) {
        return catchThrowableOfType(
                SQLException.class,
                () -> Transactions.runExact(database, connection -> {
                    attempts.incrementAndGet();
                    return execute(connection, statements);
                }));
    }

    private void isForPeople(SqlFailure expected, SQLException failure) {
        assertThat(SqlFailure.of(failure)).as("%s", failure).isEqualTo(expected);
        assertThat(SqlFailure.describe(failure))
                .contains("does not pass by itself")
                .doesNotContain("Run it again", "ann@", "a very long", "abc");
        assertThat(attempts).as("tried once").hasValue(1);
        attempts.set(0);
    }

    @Test
    void what_needs_people_is_tried_once_and_told_without_values() {
        isForPeople(
                SqlFailure.CONSTRAINT, failure("INSERT INTO person (id, mail, age) VALUES (2, 'ann@example.org', 1)"));
        isForPeople(
                SqlFailure.CONSTRAINT, failure("INSERT INTO person (id, mail, age) VALUES (2, 'ann@example', NULL)"));
        isForPeople(
                SqlFailure.DATA,
                failure("INSERT INTO person (id, mail, age) VALUES (2, 'a very long text that has no end', 1)"));
        isForPeople(
                SqlFailure.DATA,
                failure("INSERT INTO person (id, mail, age) VALUES (2, 'ann', CAST('abc' AS "
                        + (kind == Database.H2 || kind == Database.POSTGRES ? "INT" : "SIGNED") + "))"));
        isForPeople(SqlFailure.SCHEMA, failure("SELECT nothing FROM nobody"));
    }

    private String lockTimeout() {
        return switch (kind) {
            case H2 -> "SET LOCK_TIMEOUT 20";
            case POSTGRES -> "SET LOCAL lock_timeout = '20ms'";
            case MARIADB, MARIADB_AS_MYSQL -> "SET innodb_lock_wait_timeout = 1";
        };
    }

    @Test
    void who_waits_too_long_for_a_lock_tries_again_until_it_is_free() throws SQLException {
        try (Connection holder = database.getConnection()) {
            holder.setAutoCommit(false);
            execute(holder, "UPDATE person SET age = 34");

            int changed = Transactions.runExact(database, connection -> {
                if (attempts.incrementAndGet() == 3) {
                    holder.rollback();
                }
                return execute(connection, lockTimeout(), "UPDATE person SET age = age + 1");
            });

            assertThat(changed).isEqualTo(1);
            assertThat(attempts).hasValue(3);
            holder.setAutoCommit(true);
        }
    }

    @Test
    void who_never_gets_a_lock_gives_up_and_says_that_a_new_run_may() throws SQLException {
        try (Connection holder = database.getConnection()) {
            holder.setAutoCommit(false);
            execute(holder, "UPDATE person SET age = 34");

            SQLException failure = failure(lockTimeout(), "UPDATE person SET age = age + 1");

            assertThat(SqlFailure.of(failure)).isEqualTo(SqlFailure.LOCK_TIMEOUT);
            assertThat(SqlFailure.describe(failure)).contains("Run it again: it continues where it stopped");
            assertThat(attempts).hasValue(5);
            holder.rollback();
            holder.setAutoCommit(true);
        }
    }

    /** Of a row that is locked, as that is the one wait that all databases have. */
    @Test
    void a_statement_that_takes_longer_than_it_may_is_tried_again() throws SQLException {
        assumeTrue(kind != Database.H2, "in H2 the time of a lock comes first");
        try (Connection holder = database.getConnection()) {
            holder.setAutoCommit(false);
            execute(holder, "UPDATE person SET age = 34");

            SQLException failure = catchThrowableOfType(
                    SQLException.class,
                    () -> Transactions.runExact(database, connection -> {
                        attempts.incrementAndGet();
                        try (Statement statement = connection.createStatement()) {
                            statement.setQueryTimeout(1);
                            return statement.executeUpdate("UPDATE person SET age = age + 1");
                        }
                    }));

            assertThat(SqlFailure.of(failure)).as("%s", failure).isEqualTo(SqlFailure.TIMEOUT);
            assertThat(SqlFailure.describe(failure)).contains("longer than it may", "Run it again");
            assertThat(attempts).hasValue(5);
            holder.rollback();
            holder.setAutoCommit(true);
        }
    }

    @Test
    void who_loses_the_connection_tries_again_with_another_one() throws SQLException {
        assumeTrue(kind != Database.H2, "an H2 ends no session of another one");
        String url = WorkerProcess.url(database);
        DataSource unpooled =
                Faults.proxy(DataSource.class, (proxy, method, arguments) -> DriverManager.getConnection(url(url)));

        int age = Transactions.runExact(unpooled, connection -> {
            if (attempts.incrementAndGet() <= 2) {
                kill(connection);
            }
            return Statements.query(connection, row -> row.getInt(1), "SELECT age FROM person")
                    .get(0);
        });

        assertThat(age).isEqualTo(33);
        assertThat(attempts).hasValue(3);
    }

    private String url(String url) {
        return kind == Database.POSTGRES || url.contains("user=") ? url : url + "?user=root";
    }

    private void kill(Connection connection) throws SQLException {
        String own = kind == Database.POSTGRES ? "SELECT pg_backend_pid()" : "SELECT connection_id()";
        long id = Statements.query(connection, row -> row.getLong(1), own).get(0);
        Database.execute(
                database,
                kind == Database.POSTGRES ? "SELECT pg_terminate_backend(" + id + ")" : "KILL CONNECTION " + id);
    }

    @Test
    void a_nested_attempt_that_was_given_up_is_not_begun_again_around_it() {
        assertThatThrownBy(() -> Transactions.runExact(
                        database,
                        outer -> Transactions.run(database, inner -> {
                            attempts.incrementAndGet();
                            throw new SQLException("Again", "40001");
                        })))
                .hasMessage("Again");

        assertThat(attempts).hasValue(5);
    }

    @Test
    void states_and_codes_are_told_apart() {
        Map<SQLException, SqlFailure> expected = Map.ofEntries(
                Map.entry(new SQLException("", "40001"), SqlFailure.CONFLICT),
                Map.entry(new SQLException("", "40P01"), SqlFailure.CONFLICT),
                Map.entry(new SQLException("", "HY000", 1213), SqlFailure.CONFLICT),
                Map.entry(new SQLException("", "HY000", 1205), SqlFailure.LOCK_TIMEOUT),
                Map.entry(new SQLException("", "08006"), SqlFailure.CONNECTION),
                Map.entry(new SQLTransientConnectionException("no connection in time"), SqlFailure.CONNECTION),
                Map.entry(new SQLException("", "57P01"), SqlFailure.SERVER),
                Map.entry(new SQLException("", "53300"), SqlFailure.SERVER),
                Map.entry(new SQLException("", "08004", 1040), SqlFailure.SERVER),
                Map.entry(new SQLException("", "53100"), SqlFailure.RESOURCES),
                Map.entry(new SQLException("", "HY000", 1021), SqlFailure.RESOURCES),
                Map.entry(new SQLException("", "42501"), SqlFailure.RIGHTS),
                Map.entry(new SQLException("", "28P01"), SqlFailure.RIGHTS),
                Map.entry(new SQLException("", "08S01", 1153), SqlFailure.TOO_LARGE),
                Map.entry(new SQLException("", "22P02"), SqlFailure.DATA),
                Map.entry(new SQLException("", "XX000"), SqlFailure.OTHER),
                Map.entry(new SQLException("outer", new SQLException("", "08006")), SqlFailure.CONNECTION));
        expected.forEach((failure, kind) ->
                assertThat(SqlFailure.of(failure)).as("%s", failure).isEqualTo(kind));
        assertThat(SqlFailure.describe(new SQLException("Packet for query is too large", "08S01", 1153)))
                .contains("Raise max_allowed_packet");
    }
}
