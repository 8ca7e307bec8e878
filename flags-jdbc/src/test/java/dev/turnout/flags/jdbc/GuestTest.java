package dev.turnout.flags.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.zaxxer.hikari.HikariDataSource;
import dev.turnout.flags.Flags;
import dev.turnout.flags.jdbc.rows.KeyCodec;
import dev.turnout.flags.jdbc.sql.Statements;
import dev.turnout.flags.migration.DataPath;
import dev.turnout.flags.migration.Migration;
import dev.turnout.flags.spi.Journal;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.store.Change;
import dev.turnout.flags.store.InMemoryFlagStore;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.apache.tomcat.jdbc.pool.PoolProperties;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.TransactionState;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.transaction.support.TransactionTemplate;

/** In the database of an application that has pools and transactions of its own. */
@OnEachDatabase
@Timeout(120)
class GuestTest {
    private final Database kind;
    private final DataSource database;
    private final String url;
    private HikariDataSource pool;

    GuestTest(Database kind) throws SQLException {
        this.kind = kind;
        database = kind.create();
        Database.execute(database, "CREATE TABLE orders (id INT NOT NULL PRIMARY KEY)");
        try (Connection connection = database.getConnection()) {
            String full = connection.getMetaData().getURL();
            url = kind == Database.H2 ? full + ";LOCK_TIMEOUT=10000" : full;
        }
    }

    private HikariDataSource pool(int size, boolean autoCommit) {
        pool = new HikariDataSource();
        pool.setJdbcUrl(url);
        pool.setMaximumPoolSize(size);
        pool.setAutoCommit(autoCommit);
        pool.setConnectionTimeout(1_000);
        return pool;
    }

    @AfterEach
    void close() {
        if (pool != null) {
            pool.close();
        }
    }

    private long orders() throws SQLException {
        return Statements.query(database, row -> row.getLong(1), "SELECT count(*) FROM orders")
                .get(0);
    }

    @Test
    void a_data_source_that_is_known_to_give_the_caller_s_connection_is_refused_at_once() {
        DataSource proxy = new TransactionAwareDataSourceProxy(pool(1, true));

        for (Runnable use : List.<Runnable>of(
                () -> JdbcFlagStore.in(proxy).close(),
                () -> JdbcFleetStore.in(proxy),
                () -> JdbcJournal.in(proxy, "m", KeyCodec.longs()).close(),
                () -> JdbcFence.in(proxy, "m"))) {
            assertThatThrownBy(use::run)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("getTargetDataSource");
        }
    }

    /** Behind another one, Spring's proxy is not known by its class. */
    @ParameterizedTest
    @CsvSource({"1,true", "2,true", "4,true", "1,false", "2,false", "4,false"})
    void nothing_of_the_caller_s_transaction_is_committed(int size, boolean autoCommit) throws Exception {
        DataSource hides = new DelegatingDataSource(new TransactionAwareDataSourceProxy(pool(size, autoCommit)));
        for (boolean isKnown : List.of(false, true)) {
            if (isKnown) {
                assertThat(JdbcFleetStore.in(hides).members("m")).isEmpty();
            }
            try (JdbcJournal<Long> journal = JdbcJournal.in(hides, "m", KeyCodec.longs())) {
                new TransactionTemplate(new DataSourceTransactionManager(pool)).executeWithoutResult(status -> {
                    new JdbcTemplate(pool).update("INSERT INTO orders (id) VALUES (1)");
                    List<Throwable> problems = Stream.<Runnable>of(
                                    () -> JdbcFleetStore.in(hides).members("m"),
                                    () -> journal.record(1L, new Journal.Origin("node", Side.OLD, true)),
                                    () -> journal.pending(List.of(1L)))
                            .map(use -> catchThrowable(use::run))
                            .toList();
                    assertThat(problems)
                            .allSatisfy(problem -> assertThat(problem)
                                    .isNotNull()
                                    .hasMessageContaining("caller's")
                                    .hasMessageContaining("getTargetDataSource"));
                    assertThat(new JdbcTemplate(pool).queryForObject("SELECT count(*) FROM orders", Integer.class))
                            .isEqualTo(1);
                    status.setRollbackOnly();
                });
            }
            assertThat(orders()).isZero();
        }
        assertThat(JdbcFleetStore.in(hides).members("m")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void no_transaction_stays_open_where_pools_neither_commit_nor_roll_back(int size) throws Exception {
        PoolProperties settings = new PoolProperties();
        settings.setUrl(url);
        settings.setDriverClassName(DriverManager.getDriver(url).getClass().getName());
        settings.setMinIdle(1);
        settings.setMaxIdle(1);
        settings.setMaxActive(size);
        settings.setInitialSize(1);
        settings.setDefaultAutoCommit(false);
        settings.setMaxWait(5_000);
        org.apache.tomcat.jdbc.pool.DataSource tomcat = new org.apache.tomcat.jdbc.pool.DataSource(settings);
        try (JdbcFlagStore flags = JdbcFlagStore.in(tomcat);
                JdbcJournal<Long> journal = JdbcJournal.in(tomcat, "m", KeyCodec.longs())) {
            flags.apply(Change.by("test", "x").put(MigrationState.startingAt("m", Stage.OFF), Change.ABSENT));
            assertThat(flags.read().revision()).isEqualTo(1);
            assertThat(JdbcFleetStore.in(tomcat).members("m")).isEmpty();
            Journal.Entry<Long> entry = journal.record(1L, new Journal.Origin("node", Side.OLD, true));
            assertThat(journal.pending(List.of(1L))).containsExactly(1L);
            journal.clear(entry);
            JdbcFence.in(tomcat, "m").close(3);

            assertThat(JdbcFence.in(database, "m").closedBelow()).isEqualTo(3);
            for (int i = 0; i < size; i++) {
                try (Connection connection = tomcat.getConnection()) {
                    assertThat(isInTransaction(connection)).isFalse();
                }
            }
        } finally {
            tomcat.close(true);
        }
    }

    private boolean isInTransaction(Connection connection) throws SQLException {
        if (kind == Database.POSTGRES) {
            return connection.unwrap(BaseConnection.class).getTransactionState() != TransactionState.IDLE;
        }
        String question = kind == Database.H2 ? "SELECT TRANSACTION_ID() IS NOT NULL" : "SELECT @@in_transaction";
        boolean is =
                Statements.query(connection, row -> row.getBoolean(1), question).get(0);
        connection.rollback();
        return is;
    }

    /** Each has the last connection of its pool when its fence is looked at for the first time. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void first_writes_with_all_connections_of_a_pool_need_no_other_one(int size) throws Exception {
        pool(size, true);
        InMemoryFlagStore store = new InMemoryFlagStore();
        store.apply(Change.by("test", "x").put(MigrationState.startingAt("m", Stage.OFF), Change.ABSENT));
        JdbcFence fence = JdbcFence.in(pool, "m");
        CyclicBarrier allHaveOne = new CyclicBarrier(size);
        DataPath<Integer, String> path = new DataPath<>() {
            @Override
            public Optional<String> get(Integer key) {
                return Optional.empty();
            }

            @Override
            public void put(Integer key, String value) {
                try (Connection connection = pool.getConnection()) {
                    connection.setAutoCommit(false);
                    allHaveOne.await(30, TimeUnit.SECONDS);
                    fence.check(connection);
                    connection.commit();
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            }

            @Override
            public void delete(Integer key) {}
        };
        ExecutorService threads = Executors.newFixedThreadPool(size);
        try (Flags flags = Flags.from(store);
                Migration<Integer, String> migration =
                        Migration.named("m", path, path).fences(fence, fence).build(flags)) {
            List<CompletableFuture<Void>> writes = IntStream.range(0, size)
                    .mapToObj(key -> CompletableFuture.runAsync(() -> migration.put(key, "a"), threads))
                    .toList();

            for (CompletableFuture<Void> write : writes) {
                write.get(30, TimeUnit.SECONDS);
            }
        } finally {
            threads.shutdownNow();
        }
    }
}
