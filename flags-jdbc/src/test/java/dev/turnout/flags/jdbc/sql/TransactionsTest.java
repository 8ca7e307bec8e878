package dev.turnout.flags.jdbc.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.jdbc.Faults;
import dev.turnout.flags.jdbc.OnEachDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@OnEachDatabase
@Timeout(300)
class TransactionsTest {
    private final Database kind;
    private final DataSource database;
    private final AtomicInteger attempts = new AtomicInteger();

    TransactionsTest(Database kind) {
        this.kind = kind;
        database = kind.create();
    }

    @BeforeEach
    void table() {
        Database.execute(
                database,
                "CREATE TABLE counter (id INT NOT NULL PRIMARY KEY, number INT NOT NULL)",
                "INSERT INTO counter (id, number) VALUES (1, 0), (2, 0)");
    }

    private static int add(Connection connection, int id) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            return statement.executeUpdate("UPDATE counter SET number = number + 1 WHERE id = " + id);
        }
    }

    private static int number(Connection connection, int id) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT number FROM counter WHERE id = " + id)) {
            row.next();
            return row.getInt(1);
        }
    }

    private int number(int id) throws SQLException {
        return Transactions.run(database, connection -> number(connection, id));
    }

    @Test
    void what_the_database_rolls_back_to_end_a_deadlock_is_done_again() throws Exception {
        CyclicBarrier bothHaveOne = new CyclicBarrier(2);

        // Not the common pool: where there are few processors, it has a single thread.
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            Future<Integer> one = threads.submit(() -> addToBoth(1, 2, bothHaveOne));
            Future<Integer> other = threads.submit(() -> addToBoth(2, 1, bothHaveOne));
            one.get(60, TimeUnit.SECONDS);
            other.get(60, TimeUnit.SECONDS);
        } finally {
            threads.shutdownNow();
        }

        assertThat(attempts.get()).as("one of them, or both, did it again").isGreaterThanOrEqualTo(3);
        assertThat(List.of(number(1), number(2))).containsExactly(2, 2);
    }

    private int addToBoth(int first, int second, CyclicBarrier bothHaveOne) {
        try {
            return Transactions.run(database, connection -> {
                int rows = add(connection, first);
                if (attempts.incrementAndGet() <= 2) {
                    try {
                        bothHaveOne.await(30, TimeUnit.SECONDS);
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                }
                return rows + add(connection, second);
            });
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void conflicts_without_an_end_are_given_up() {
        assertThatThrownBy(() -> Transactions.run(database, connection -> {
                    add(connection, 1);
                    attempts.incrementAndGet();
                    throw new SQLException("Again", "40001");
                }))
                .isInstanceOf(SQLException.class)
                .hasMessage("Again");

        assertThat(attempts).hasValue(5);
    }

    @Test
    void each_statement_sees_what_was_committed_before_it_began() throws SQLException {
        int[] numbers = Transactions.run(database, connection -> {
            int before = number(connection, 1);
            Transactions.run(database, elsewhere -> add(elsewhere, 1));
            return new int[] {before, number(connection, 1)};
        });

        assertThat(numbers).containsExactly(0, 1);
    }

    @Test
    void what_fails_has_no_effect_and_is_not_done_again() throws SQLException {
        assertThatThrownBy(() -> Transactions.run(database, connection -> {
                    attempts.incrementAndGet();
                    return add(connection, 1) + add(connection, 1 / (attempts.get() - 1));
                }))
                .isInstanceOf(ArithmeticException.class);

        assertThat(attempts).hasValue(1);
        assertThat(number(1)).isZero();
    }

    /** Whatever the session's level is: behind a pooler, the session's next transaction may be another client's. */
    @Test
    void the_isolation_is_that_of_the_transaction_and_the_session_stays_as_it_is() throws SQLException {
        assumeTrue(kind != Database.H2, "it knows that of the session only");
        DataSource snapshots = Faults.proxy(DataSource.class, (proxy, method, arguments) -> {
            Connection connection = (Connection) Faults.call(database, method, arguments);
            int usual = connection.getTransactionIsolation();
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ); // of the session
            return Faults.proxy(Connection.class, (self, called, parameters) -> {
                if (called.getName().equals("setTransactionIsolation")) {
                    throw new IllegalStateException("This is for the session.");
                }
                if (called.getName().equals("close")) {
                    assertThat(connection.getTransactionIsolation()).isEqualTo(Connection.TRANSACTION_REPEATABLE_READ);
                    connection.setTransactionIsolation(usual);
                }
                return Faults.call(connection, called, parameters);
            });
        });

        int[] numbers = Transactions.run(snapshots, connection -> {
            int before = number(connection, 1);
            Transactions.run(database, elsewhere -> add(elsewhere, 1));
            return new int[] {before, number(connection, 1)};
        });

        assertThat(numbers).containsExactly(0, 1);
    }
}
