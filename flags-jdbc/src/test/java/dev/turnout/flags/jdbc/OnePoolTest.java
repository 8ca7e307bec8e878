package dev.turnout.flags.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.zaxxer.hikari.HikariDataSource;
import dev.turnout.flags.Flags;
import dev.turnout.flags.jdbc.rows.KeyCodec;
import dev.turnout.flags.jdbc.sql.Statements;
import dev.turnout.flags.jdbc.table.OwnTables;
import dev.turnout.flags.logs.LogLines;
import dev.turnout.flags.migration.Controller;
import dev.turnout.flags.migration.Migration;
import dev.turnout.flags.migration.MigrationBuilder;
import dev.turnout.flags.migration.UnavailableException;
import dev.turnout.flags.migration.WriteInTransactionException;
import dev.turnout.flags.spi.FleetStore;
import dev.turnout.flags.spi.Journal;
import dev.turnout.flags.spi.Member;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Stage;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.apache.tomcat.jdbc.pool.PoolProperties;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.TransactionDefinition;

/** One pool, of few connections, for an application and for everything of this library. */
@OnEachDatabase
@Timeout(120)
class OnePoolTest {
    private static final int POOL_GIVES_UP_MILLIS = 20_000;
    private static final int WRITERS = 8;

    private enum Kind {
        HIKARI,
        TOMCAT
    }

    private static final Member.Registration REGISTRATION =
            new Member.Registration("n1", "p1", "journal", "text", Duration.ofSeconds(30));
    private static final Member.Report REPORT = Member.Report.NONE;

    private final List<AutoCloseable> opened = new ArrayList<>();
    private final Database kind;
    private final DataSource database;
    private final SpringPath newOrders;
    private ExecutorService threads;

    OnePoolTest(Database kind) {
        this.kind = kind;
        database = kind.create();
        newOrders = new SpringPath(kind.create(), TransactionDefinition.PROPAGATION_REQUIRED);
        newOrders.createTable();
    }

    @BeforeEach
    void start() {
        threads = Executors.newFixedThreadPool(WRITERS);
    }

    @AfterEach
    void close() throws Exception {
        threads.shutdownNow();
        for (AutoCloseable each : opened) {
            each.close();
        }
    }

    private <T extends AutoCloseable> T opened(T closeable) {
        opened.add(0, closeable);
        return closeable;
    }

    private DataSource pool(Kind pool, int size) throws SQLException {
        String url;
        try (Connection connection = database.getConnection()) {
            url = connection.getMetaData().getURL();
        }
        if (pool == Kind.HIKARI) {
            HikariDataSource hikari = opened(new HikariDataSource());
            hikari.setJdbcUrl(url);
            hikari.setMaximumPoolSize(size);
            hikari.setConnectionTimeout(POOL_GIVES_UP_MILLIS);
            return hikari;
        }
        PoolProperties settings = new PoolProperties();
        settings.setUrl(url);
        settings.setDriverClassName(DriverManager.getDriver(url).getClass().getName());
        settings.setMaxIdle(size);
        settings.setMinIdle(1);
        settings.setInitialSize(1);
        settings.setMaxActive(size);
        settings.setMaxWait(POOL_GIVES_UP_MILLIS);
        org.apache.tomcat.jdbc.pool.DataSource tomcat = new org.apache.tomcat.jdbc.pool.DataSource(settings);
        opened.add(0, () -> tomcat.close(true));
        return tomcat;
    }

    private Migration<Long, String> orders(
            DataSource pool, SpringPath oldOrders, UnaryOperator<MigrationBuilder<Long, String>> more) {
        Flags flags = opened(Flags.builder(opened(JdbcFlagStore.in(pool)))
                .fleet(JdbcFleetStore.in(pool))
                .build());
        return opened(more.apply(Migration.named("orders", oldOrders, newOrders)
                        .journal(opened(JdbcJournal.in(pool, "orders", KeyCodec.longs()))))
                .build(flags));
    }

    private void awaitAll(List<Future<?>> all) throws Exception {
        for (Future<?> each : all) {
            each.get(60, TimeUnit.SECONDS);
        }
    }

    @ParameterizedTest
    @CsvSource({"HIKARI, 1", "HIKARI, 2", "HIKARI, 4", "TOMCAT, 1", "TOMCAT, 2", "TOMCAT, 4"})
    void any_number_of_threads_write_after_their_transactions_and_are_refused_at_once_inside(Kind pools, int size)
            throws Exception {
        DataSource pool = pool(pools, size);
        SpringPath oldOrders = new SpringPath(pool, TransactionDefinition.PROPAGATION_REQUIRED);
        oldOrders.createTable();
        new JdbcTemplate(pool).execute("CREATE TABLE stock (id BIGINT PRIMARY KEY)");
        Migration<Long, String> orders = orders(pool, oldOrders, builder -> builder);
        Controller controller = opened(Controller.of(orders));
        for (Stage stage : List.of(Stage.OFF, Stage.DUAL_WRITE)) {
            controller.moveTo(Goal.of(stage), "test", "x").get(30, TimeUnit.SECONDS);
            long first = stage == Stage.OFF ? 0 : 100;

            List<Future<?>> writes = new ArrayList<>();
            for (int i = 0; i < 5 * WRITERS; i++) {
                long key = first + i;
                writes.add(threads.submit(() -> {
                    Throwable refusal = catchThrowable(() -> oldOrders.caller.executeWithoutResult(status -> {
                        new JdbcTemplate(pool).update("INSERT INTO stock (id) VALUES (?)", key);
                        orders.put(key, "paid");
                    }));
                    assertThat(refusal).isInstanceOf(WriteInTransactionException.class);
                    oldOrders.caller.executeWithoutResult(status -> {
                        new JdbcTemplate(pool).update("INSERT INTO stock (id) VALUES (?)", key);
                        assertThat(orders.get(key)).isEmpty();
                    });
                    return orders.put(key, "paid");
                }));
            }
            awaitAll(writes);

            assertThat(oldOrders.read(first).value()).contains("paid");
        }
        assertThat(Statements.query(database, row -> row.getLong(1), "SELECT count(*) FROM stock"))
                .containsExactly(2 * 5L * WRITERS);
    }

    @ParameterizedTest
    @CsvSource({"HIKARI, 1", "HIKARI, 2", "HIKARI, 4", "TOMCAT, 1", "TOMCAT, 2", "TOMCAT, 4"})
    void who_holds_the_last_connection_in_a_transaction_is_not_kept_waiting_for_another(Kind pools, int size)
            throws Exception {
        DataSource pool = pool(pools, size);
        SpringPath oldOrders = new SpringPath(pool, TransactionDefinition.PROPAGATION_REQUIRES_NEW);
        oldOrders.createTable();
        Migration<Long, String> orders = orders(pool, oldOrders, MigrationBuilder::allowedInTransactions);
        Controller controller = opened(Controller.of(orders));
        controller.moveTo(Goal.of(Stage.DUAL_WRITE), "test", "x").get(30, TimeUnit.SECONDS);
        CyclicBarrier allHaveOne = new CyclicBarrier(size);
        long began = System.nanoTime();

        List<Future<?>> writes = new ArrayList<>();
        IntStream.range(0, size)
                .forEach(key -> writes.add(threads.submit(() -> oldOrders.caller.execute(status -> {
                    oldOrders.read(0L);
                    await(allHaveOne);
                    Throwable refusal = catchThrowable(() -> orders.put((long) key, "paid"));
                    await(allHaveOne);
                    assertThat(refusal)
                            .isInstanceOf(UnavailableException.class)
                            .rootCause()
                            .hasMessageContaining("The caller is inside a transaction")
                            .hasMessageContaining("pool of their own");
                    return null;
                }))));
        awaitAll(writes);

        assertThat(System.nanoTime() - began)
                .as("less than what the pool waits")
                .isLessThan(TimeUnit.MILLISECONDS.toNanos(POOL_GIVES_UP_MILLIS));
        orders.put(1L, "paid");
        assertThat(oldOrders.get(1L)).contains("paid");
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await(30, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void heartbeats_do_not_wait_for_an_application_that_uses_all_other_connections_and_waits_for_more(Kind pools)
            throws Exception {
        DataSource pool = pool(pools, 8);
        JdbcFleetStore fleet = JdbcFleetStore.in(pool);
        FleetStore.Membership member = fleet.join("orders", REGISTRATION);
        assertThat(member.report(REPORT)).isTrue();
        FleetStore.Membership other = fleet.join("orders", REGISTRATION);
        List<Connection> held = hold(pool, 7);
        Future<Connection> eighth = threads.submit(() -> pool.getConnection());
        while (!eighth.isDone() && waiting(pool) == 0) {
            Thread.onSpinWait();
        }

        assertThat(inTime(() -> member.report(REPORT))).isTrue();
        assertThat(inTime(() -> other.report(REPORT))).isTrue();
        inTime(() -> close(member));
        assertThat(inTime(() -> other.report(REPORT))).isTrue();
        assertThat(eighth).isNotDone();
        inTime(() -> close(other));

        eighth.get(10, TimeUnit.SECONDS).close(); // with the last of them it was given back
        closeAll(held);
    }

    private static int waiting(DataSource pool) {
        return pool instanceof HikariDataSource hikari
                ? hikari.getHikariPoolMXBean().getThreadsAwaitingConnection()
                : ((org.apache.tomcat.jdbc.pool.DataSource) pool).getWaitCount();
    }

    private static boolean close(FleetStore.Membership member) {
        member.close();
        return true;
    }

    private <T> T inTime(Callable<T> work) throws Exception {
        return threads.submit(work).get(POOL_GIVES_UP_MILLIS / 2, TimeUnit.MILLISECONDS);
    }

    private static List<Connection> hold(DataSource pool, int connections) throws SQLException {
        List<Connection> held = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
            held.add(pool.getConnection());
        }
        return held;
    }

    private static void closeAll(List<Connection> connections) throws SQLException {
        for (Connection connection : connections) {
            connection.close();
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void a_connection_of_heartbeats_that_is_lost_is_replaced(Kind pools) throws Exception {
        assumeTrue(kind == Database.POSTGRES, "only PostgreSQL ends a session by a statement");
        DataSource pool = pool(pools, 8);
        List<Integer> before = sessions();
        FleetStore.Membership member = opened(JdbcFleetStore.in(pool).join("orders", REGISTRATION));
        assertThat(member.report(REPORT)).isTrue();
        List<Connection> others = hold(pool, 7);
        List<Integer> spared = new ArrayList<>(before);
        for (Connection other : others) {
            spared.addAll(Statements.query(other, row -> row.getInt(1), "SELECT pg_backend_pid()"));
        }
        for (int session : sessions()) {
            if (!spared.contains(session)) {
                Statements.query(database, row -> 1, "SELECT pg_terminate_backend(?)", session);
            }
        }

        assertThat(inTime(() -> member.report(REPORT))).isTrue();
        closeAll(others);
    }

    private List<Integer> sessions() throws SQLException {
        return Statements.query(
                database,
                row -> row.getInt(1),
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
    }

    @ParameterizedTest
    @CsvSource({"HIKARI, 7, true", "HIKARI, 8, false", "TOMCAT, 7, true", "TOMCAT, 8, false"})
    void no_connection_is_kept_of_a_small_pool_or_where_that_is_not_wanted(Kind pools, int size, boolean isWanted)
            throws Exception {
        DataSource pool = pool(pools, size);
        FleetStore.Membership member = opened(
                JdbcFleetStore.in(OwnTables.in(pool).keepConnection(isWanted)).join("orders", REGISTRATION));
        assertThat(member.report(REPORT)).isTrue();

        closeAll(hold(pool, size));
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void no_connection_is_kept_of_a_pool_that_looks_for_leaks(Kind pools) throws Exception {
        DataSource pool = pool(pools, 8);
        if (pool instanceof HikariDataSource hikari) {
            hikari.setLeakDetectionThreshold(POOL_GIVES_UP_MILLIS);
        } else {
            ((org.apache.tomcat.jdbc.pool.DataSource) pool).setRemoveAbandoned(true);
        }
        FleetStore.Membership member = opened(JdbcFleetStore.in(pool).join("orders", REGISTRATION));
        assertThat(member.report(REPORT)).isTrue();

        closeAll(hold(pool, 8));
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void a_journal_that_gets_no_connection_says_so_once_and_stores_what_waited_when_it_does(Kind pools)
            throws Exception {
        DataSource pool = pool(pools, 1);
        if (pool instanceof HikariDataSource hikari) {
            hikari.setConnectionTimeout(250);
        } else {
            ((org.apache.tomcat.jdbc.pool.DataSource) pool).setMaxWait(250);
        }
        JdbcJournal<Long> journal = opened(JdbcJournal.in(pool, "orders", KeyCodec.longs()));
        Journal.Entry<Long> entry = journal.record(1L, new Journal.Origin("another", Side.OLD, true));
        try (LogLines lines = new LogLines(JdbcJournal.class)) {
            try (Connection held = pool.getConnection()) {
                assertThat(held.isClosed()).isFalse();
                journal.handOver(entry);
                assertThat(journal.isUpToDate()).isFalse();
                assertThat(catchThrowable(journal::depth)).hasMessageContaining("pool of their own");
            }

            assertThat(lines.next()).startsWith("WARN The journal cannot be written");
            assertThat(lines.next()).startsWith("INFO The journal can be written again");
        }
        assertThat(journal.depth()).isEqualTo(1);
    }
}
