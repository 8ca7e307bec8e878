package dev.turnout.flags.jdbc.path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.jdbc.Faults;
import dev.turnout.flags.jdbc.OnEachDatabase;
import dev.turnout.flags.migration.RefusedWriteException;
import dev.turnout.flags.migration.Version;
import dev.turnout.flags.migration.Versioned;
import dev.turnout.flags.migration.VersionedDataPath;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.threads.OwnThread;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A versioned path reports the truth, whatever comes between. */
@OnEachDatabase
@Timeout(120)
class JdbcPathVersionsTest extends JdbcPathFixture {
    JdbcPathVersionsTest(Database kind) {
        super(kind);
    }

    @Test
    void a_row_without_a_version_is_written_or_an_error_but_nobody_has_written_later() {
        execute(
                "CREATE TABLE t (id BIGINT PRIMARY KEY, customer VARCHAR(20), version BIGINT, writer BIGINT, deleted BOOLEAN)",
                "INSERT INTO t (id, customer) VALUES (1, 'ana')");
        VersionedDataPath<Long, Flat> path = flats().versioned(Side.NEW, database);

        Throwable refused = catchThrowable(() -> assertThat(path.writeIfNewer(1L, Versioned.of(ONE, new Flat(1, "bo"))))
                .as("after version " + path.read(1L).version())
                .isTrue());

        assertThat(refused).isNotInstanceOf(AssertionError.class);
    }

    @Test
    void a_write_that_a_trigger_swallows_is_an_error_but_nobody_has_written_later() {
        assumeTrue(kind == Database.POSTGRES);
        execute(
                "CREATE TABLE t (id BIGINT PRIMARY KEY, customer VARCHAR(20), " + MARKS + ")",
                "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
                "CREATE TRIGGER swallow BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION nothing()");
        VersionedDataPath<Long, Flat> path = flats().versioned(Side.NEW, database);

        Throwable refused = catchThrowable(() -> assertThat(path.writeIfNewer(1L, Versioned.of(ONE, new Flat(1, "bo"))))
                .as("there is " + path.read(1L))
                .isTrue());

        assertThat(refused).isNotInstanceOf(AssertionError.class);
    }

    @Test
    void one_of_many_replaces_wins_and_of_many_writes_the_newest_stays() {
        execute("CREATE TABLE t (id BIGINT PRIMARY KEY, customer VARCHAR(20), " + MARKS + ")");
        VersionedDataPath<Long, Flat> path = flats().versioned(Side.NEW, database);
        int threads = 6;
        for (long round = 0; round < 15; round++) {
            long key = round;
            CyclicBarrier together = new CyclicBarrier(threads);
            List<CompletableFuture<Boolean>> all = new ArrayList<>();
            for (int i = 1; i <= threads; i++) {
                int me = i;
                all.add(OwnThread.supply(() -> {
                    try {
                        together.await();
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                    boolean won = path.replace(
                            key, Version.ABSENT, Versioned.of(new Version(1, me), new Flat(key, "r" + me)));
                    path.writeIfNewer(key, Versioned.of(new Version(2, me), new Flat(key, "w" + me)));
                    return won;
                }));
            }
            long winners = all.stream().filter(CompletableFuture::join).count();
            assertThat(winners).isLessThanOrEqualTo(1);
            assertThat(path.read(key).version()).isEqualTo(new Version(2, threads));
            assertThat(path.get(key)).contains(new Flat(key, "w" + threads));
        }
    }

    @Test
    void writers_of_different_keys_and_of_one_do_not_fail_where_connections_do_not_commit_by_themselves() {
        execute("CREATE TABLE t (id BIGINT PRIMARY KEY, customer VARCHAR(20), " + MARKS + ")");
        VersionedDataPath<Long, Flat> path = flats().versioned(Side.NEW, withoutAutoCommit());
        int threads = 6;
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (int i = 1; i <= threads; i++) {
            int me = i;
            all.add(OwnThread.run(() -> {
                for (long key = 0; key < 60; key++) {
                    path.writeIfNewer(key, Versioned.of(new Version(1, me), new Flat(key, "w" + me)));
                }
            }));
        }
        all.forEach(CompletableFuture::join);

        for (long key = 0; key < 60; key++) {
            assertThat(path.get(key)).contains(new Flat(key, "w" + threads));
        }
    }

    @Test
    void what_was_never_there_is_not_above_what_was_never_there() {
        execute("CREATE TABLE t (id BIGINT PRIMARY KEY, customer VARCHAR(20), " + MARKS + ")");
        VersionedDataPath<Long, Flat> path = flats().versioned(Side.NEW, database);

        assertThat(path.writeIfNewer(1L, Versioned.absent())).isFalse();
        assertThat(path.replace(1L, Version.ABSENT, Versioned.of(ONE, new Flat(1, "ana"))))
                .isTrue();
    }

    @Test
    void a_second_unique_index_in_the_way_is_told_with_its_own_state() {
        createOrders("");
        execute("CREATE UNIQUE INDEX other_one ON t (customer)");
        VersionedDataPath<Long, Order> path = orders(database);
        path.writeIfNewer(1L, Versioned.of(ONE, new Order(1, "ana", List.of())));

        assertThatThrownBy(() -> path.writeIfNewer(2L, Versioned.of(ONE, new Order(2, "ana", List.of()))))
                .isInstanceOf(RefusedWriteException.class)
                .hasMessageContaining(isMySql ? "23000" : "23505");
    }

    @Test
    void whoever_inserts_while_another_insert_is_rolled_back_or_committed_says_the_truth() throws Exception {
        execute("CREATE TABLE t (id BIGINT PRIMARY KEY, customer VARCHAR(20), " + MARKS + ")");
        VersionedDataPath<Long, Flat> path = flats().versioned(Side.NEW, database);
        for (boolean isCommitted : List.of(false, true)) {
            long key = isCommitted ? 2 : 1;
            CompletableFuture<Boolean> write;
            try (Connection other = database.getConnection()) {
                other.setAutoCommit(false);
                try (java.sql.Statement insert = other.createStatement()) {
                    insert.execute("INSERT INTO t (id, customer, version) VALUES (" + key + ", 'other', 0)");
                    write = OwnThread.supply(() -> path.writeIfNewer(key, Versioned.of(ONE, new Flat(key, "ana"))));
                    try {
                        write.get(300, java.util.concurrent.TimeUnit.MILLISECONDS);
                    } catch (java.util.concurrent.TimeoutException e) {
                        // it waits
                    }
                }
                if (isCommitted) {
                    other.commit();
                } else {
                    other.rollback();
                }
                other.setAutoCommit(true);
            }
            assertThat(write.join()).isTrue();
            assertThat(path.get(key)).contains(new Flat(key, "ana"));
        }
    }

    @Test
    void a_connection_that_is_lost_at_any_step_leaves_all_or_nothing_and_no_false_answer() {
        createOrders("");
        Faults faults = new Faults(database);
        VersionedDataPath<Long, Order> path = orders(faults.dataSource());
        VersionedDataPath<Long, Order> whole = orders(database);
        long version = 1;
        for (boolean afterwards : List.of(false, true)) {
            for (String state : List.of("08006", "40001")) {
                for (int step = 1; step < 12; step++) {
                    long key = step % 2;
                    version++;
                    Order before = whole.get(key).orElse(null);
                    Order mine = new Order(
                            key, "v" + version, List.of(new Line((int) version, "a"), new Line(0, "v" + version)));
                    Order sorted = new Order(
                            key,
                            mine.customer(),
                            List.of(mine.lines().get(1), mine.lines().get(0)));
                    faults.state(state).failAt(step, afterwards);
                    Boolean isWritten = null;
                    try {
                        isWritten = path.writeIfNewer(key, Versioned.of(new Version(version, 1), mine));
                    } catch (JdbcPath.PathException e) {
                        assertThat(faults.hasFailed()).isTrue();
                    }
                    faults.stop();
                    Order now = whole.get(key).orElse(null);
                    if (isWritten == null) {
                        assertThat(now).isIn(before, sorted);
                    } else {
                        assertThat(isWritten || (state.equals("40001") && afterwards))
                                .as("step " + step + ", afterwards " + afterwards + ", " + state)
                                .isTrue();
                        assertThat(now).isEqualTo(sorted);
                    }
                }
            }
        }
    }

    @Test
    void a_call_that_fails_gives_its_connection_back_as_it_was() {
        createOrders("");
        execute(
                "INSERT INTO t (id, customer) VALUES (1, 'ana')",
                "INSERT INTO line (order_id, no, article) VALUES (1, 1, 'x')");
        java.util.concurrent.atomic.AtomicInteger open = new java.util.concurrent.atomic.AtomicInteger();
        DataSource counted = Faults.proxy(DataSource.class, (proxy, method, arguments) -> {
            Connection connection = (Connection) Faults.call(database, method, arguments);
            open.incrementAndGet();
            AtomicBoolean closed = new AtomicBoolean();
            return Faults.proxy(Connection.class, (self, call, parameters) -> {
                boolean isEnd = call.getName().equals("close") || call.getName().equals("abort");
                Object result = Faults.call(connection, call, parameters);
                if (isEnd && !closed.getAndSet(true)) {
                    open.decrementAndGet();
                }
                return result;
            });
        });
        record Failing(long id, String customer, List<Line> lines) {
            Failing {
                if (customer.equals("ana")) {
                    throw new AssertionError("an error");
                }
            }
        }
        VersionedDataPath<Long, Failing> path = JdbcPath.of(
                        mapping("customer")
                                .version("version", "writer")
                                .deleted("deleted")
                                .build(),
                        Long.class,
                        Failing.class)
                .children("lines", lines())
                .versioned(Side.NEW, counted);

        assertThat(catchThrowable(() -> path.get(1L))).isInstanceOf(AssertionError.class);
        assertThat(catchThrowable(() ->
                        path.writeIfNewer(1L, Versioned.of(ONE, new Failing(1, "x".repeat(100), List.of())))))
                .isInstanceOf(RefusedWriteException.class);
        assertThat(catchThrowable(() -> path.writeIfNewer(
                        1L, Versioned.of(ONE, new Failing(1, "bo", java.util.Arrays.asList((Line) null))))))
                .isNotNull();
        assertThat(orders(database).read(1L).version()).isEqualTo(Version.FIRST);
        assertThat(open.get()).isZero();
    }

    @Test
    void a_write_is_not_called_older_than_a_row_that_a_purge_took_away() throws SQLException {
        execute("CREATE TABLE t (id BIGINT PRIMARY KEY, customer VARCHAR(20), " + MARKS + ")");
        VersionedDataPath<Long, Flat> path = flats().versioned(Side.NEW, database);
        AtomicBoolean done = new AtomicBoolean();
        DataSource both = hookedBefore(database, "insert into t ", () -> {
            path.writeIfNewer(1L, Versioned.deleted(ONE));
            done.set(true);
        });
        DataSource all = Faults.proxy(DataSource.class, (proxy, method, arguments) -> {
            Connection connection = (Connection) Faults.call(both, method, arguments);
            return Faults.proxy(Connection.class, (self, call, parameters) -> {
                boolean isSecondUpdate = call.getName().equals("prepareStatement")
                        && ((String) parameters[0]).startsWith("UPDATE")
                        && done.get();
                if (isSecondUpdate) {
                    var unused = briefly(() -> execute("DELETE FROM t"));
                }
                return Faults.call(connection, call, parameters);
            });
        });
        VersionedDataPath<Long, Flat> mine = flats().versioned(Side.NEW, all);

        Boolean isWritten = null;
        try {
            isWritten = mine.writeIfNewer(1L, Versioned.of(TWO, new Flat(1, "bo")));
        } catch (RuntimeException e) {
            return; // it reports that it does not know
        }

        assertThat(isWritten || !texts("SELECT id FROM t").isEmpty())
                .as("another writer wrote later")
                .isTrue();
    }

    @Test
    void a_session_that_is_serializable_by_default_lets_writers_of_one_key_through() throws SQLException {
        assumeTrue(kind == Database.POSTGRES);
        execute("CREATE TABLE t (id BIGINT PRIMARY KEY, customer VARCHAR(20), " + MARKS + ")");
        VersionedDataPath<Long, Flat> path =
                flats().versioned(Side.NEW, with("options=-c%20default_transaction_isolation=serializable"));
        List<CompletableFuture<?>> all = new ArrayList<>();
        for (int writer = 1; writer <= 6; writer++) {
            int me = writer;
            all.add(OwnThread.run(() -> {
                for (int i = 1; i <= 40; i++) {
                    path.writeIfNewer(1L, Versioned.of(new Version(i, me), new Flat(1, me + "-" + i)));
                }
            }));
        }
        all.forEach(CompletableFuture::join);

        assertThat(path.get(1L)).contains(new Flat(1, "6-40"));
    }
}
