package dev.turnout.flags.jdbc.path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.jdbc.OnEachDatabase;
import dev.turnout.flags.migration.DataPath;
import dev.turnout.flags.migration.RefusedWriteException;
import dev.turnout.flags.migration.Version;
import dev.turnout.flags.migration.Versioned;
import dev.turnout.flags.migration.VersionedDataPath;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.threads.OwnThread;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Records with lists of others, which have tables of their own. */
@OnEachDatabase
@Timeout(120)
class JdbcPathChildrenTest extends JdbcPathFixture {
    JdbcPathChildrenTest(Database kind) {
        super(kind);
    }

    @Test
    void a_column_of_children_that_is_not_mapped_keeps_its_value() throws SQLException {
        createOrders("note VARCHAR(20), ");
        execute(
                "INSERT INTO t (id, customer) VALUES (1, 'ana')",
                "INSERT INTO line (order_id, no, article, note) VALUES (1, 1, 'a', 'fragile')");
        VersionedDataPath<Long, Order> path = orders(database);

        path.writeIfNewer(1L, Versioned.of(ONE, path.get(1L).orElseThrow()));

        assertThat(texts("SELECT note FROM line")).containsExactly("fragile");
    }

    @Test
    void what_belongs_to_children_stays_when_their_record_is_written() throws SQLException {
        createOrders("");
        execute(
                "CREATE TABLE note (id INT PRIMARY KEY, order_id BIGINT NOT NULL, no INT NOT NULL,"
                        + " FOREIGN KEY (order_id, no) REFERENCES line (order_id, no) ON DELETE CASCADE)",
                "INSERT INTO t (id, customer) VALUES (1, 'ana')",
                "INSERT INTO line (order_id, no, article) VALUES (1, 1, 'a')",
                "INSERT INTO note VALUES (5, 1, 1)");
        VersionedDataPath<Long, Order> path = orders(database);

        path.writeIfNewer(1L, Versioned.of(ONE, path.get(1L).orElseThrow()));

        assertThat(texts("SELECT id FROM note")).containsExactly("5");
    }

    @Test
    void a_child_that_says_it_belongs_to_another_record_is_refused() {
        record Child(long orderId, int no, @Nullable String article) {}
        record Parent(long id, List<Child> lines) {}
        createOrders("");
        DataPath<Long, Parent> path = JdbcPath.of(mapping().build(), Long.class, Parent.class)
                .children("lines", lines())
                .plain(Side.NEW, database);

        assertThatThrownBy(() -> path.put(7L, new Parent(7, List.of(new Child(9, 1, "a")))))
                .isInstanceOf(RefusedWriteException.class);
    }

    @Test
    void a_reader_whom_a_write_comes_between_makes_no_record_of_the_mixture() {
        createOrders("");
        VersionedDataPath<Long, Order> writer = orders(database);
        writer.writeIfNewer(1L, Versioned.of(ONE, new Order(1, "ana", List.of(new Line(1, "ana")))));
        DataSource between = hooked(
                "select order_id",
                true,
                () -> writer.writeIfNewer(1L, Versioned.of(TWO, new Order(1, "bo", List.of(new Line(1, "bo"))))));
        VersionedDataPath<Long, Checked> reader = JdbcPath.of(
                        mapping("customer")
                                .version("version", "writer")
                                .deleted("deleted")
                                .build(),
                        Long.class,
                        Checked.class)
                .children("lines", lines())
                .versioned(Side.NEW, between);

        assertThat(reader.get(1L)).contains(new Checked(1, "bo", List.of(new Line(1, "bo"))));
    }

    @Test
    void two_puts_of_a_record_that_has_but_children_leave_those_of_one() throws Exception {
        createOrders("");
        JdbcPath<Long, Bare> paths =
                JdbcPath.of(mapping().build(), Long.class, Bare.class).children("lines", lines());
        paths.plain(Side.NEW, database).put(1L, new Bare(1, List.of()));
        Bare one = new Bare(1, List.of(new Line(1, "one")));
        Bare two = new Bare(1, List.of(new Line(2, "two")));
        List<CompletableFuture<Void>> other = new ArrayList<>();
        DataSource between = hooked("insert into line", false, () -> {
            other.add(briefly(() -> paths.plain(Side.NEW, database).put(1L, two)));
        });

        paths.plain(Side.NEW, between).put(1L, one);
        other.get(0).join();

        assertThat(paths.plain(Side.NEW, database).get(1L).orElseThrow()).isIn(one, two);
    }

    @Test
    void ten_thousand_children_are_written_and_read() {
        createOrders("");
        Order many = new Order(
                1,
                "ana",
                IntStream.range(0, 10_000).mapToObj(i -> new Line(i, "a" + i)).toList());
        VersionedDataPath<Long, Order> path = orders(database);

        assertThat(path.writeIfNewer(1L, Versioned.of(ONE, many))).isTrue();
        assertThat(path.get(1L)).contains(many);
    }

    @Test
    void a_list_that_is_null_is_refused_or_stays_so() {
        createOrders("");
        VersionedDataPath<Long, Order> path = orders(database);
        Order without = new Order(1, "ana", null);

        Throwable refused = catchThrowable(() -> path.writeIfNewer(1L, Versioned.of(ONE, without)));

        if (refused == null) {
            assertThat(path.get(1L)).contains(without);
        }
    }

    @Test
    void a_driver_that_counts_changed_rows_only_tells_the_same() throws SQLException {
        assumeTrue(isMySql);
        createOrders("");
        execute("CREATE TABLE plain (id BIGINT PRIMARY KEY, name VARCHAR(20))");
        DataSource changed = with("useAffectedRows=true");
        VersionedDataPath<Long, Order> path = orders(changed);
        Order first = new Order(1, "ana", List.of(new Line(1, "a")));
        Order second = new Order(1, "ana", List.of(new Line(1, "b")));

        assertThat(path.writeIfNewer(1L, Versioned.of(ONE, first))).isTrue();
        assertThat(path.replace(1L, ONE, Versioned.of(ONE, second))).isTrue();
        assertThat(path.get(1L)).contains(second);
    }

    @Test
    void many_children_are_written_by_a_driver_that_joins_statements() throws SQLException {
        assumeTrue(kind != Database.H2);
        createOrders("");
        VersionedDataPath<Long, Order> path =
                orders(with(isMySql ? "rewriteBatchedStatements=true" : "reWriteBatchedInserts=true"));
        Order many = new Order(
                1,
                "ana",
                IntStream.range(0, 10_000)
                        .mapToObj(i -> new Line(i, i % 3 == 0 ? null : "a" + i))
                        .toList());

        assertThat(path.writeIfNewer(1L, Versioned.of(ONE, many))).isTrue();
        assertThat(path.get(1L)).contains(many);
    }

    @Test
    void many_writers_of_a_record_with_children_and_a_second_unique_value_do_not_fail() {
        execute(
                "CREATE TABLE t (id BIGINT NOT NULL, customer VARCHAR(20), " + MARKS + ")",
                "CREATE UNIQUE INDEX first_one ON t (customer)",
                "ALTER TABLE t ADD PRIMARY KEY (id)",
                "CREATE TABLE line (order_id BIGINT NOT NULL REFERENCES t (id), no INT NOT NULL, article VARCHAR(20), PRIMARY KEY (order_id, no))");
        VersionedDataPath<Long, Order> path = orders(database);
        int threads = 6;
        for (long round = 0; round < 30; round++) {
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
                    Order mine = new Order(key, "c" + key, List.of(new Line(me, "w" + me)));
                    return path.writeIfNewer(key, Versioned.of(new Version(1, me), mine));
                }));
            }
            all.forEach(CompletableFuture::join);
            assertThat(path.get(key)).contains(new Order(key, "c" + key, List.of(new Line(threads, "w" + threads))));
        }
    }

    @Test
    void children_that_are_there_twice_in_a_list_are_an_error_and_nothing_is_written() {
        createOrders("");
        VersionedDataPath<Long, Order> path = orders(database);
        Order first = new Order(1, "ana", List.of(new Line(1, "a")));
        path.writeIfNewer(1L, Versioned.of(ONE, first));

        assertThatThrownBy(() -> path.writeIfNewer(
                        1L, Versioned.of(TWO, new Order(1, "bo", List.of(new Line(1, "b"), new Line(1, "c"))))))
                .isInstanceOf(RefusedWriteException.class);
        assertThat(path.read(1L).version()).isEqualTo(ONE);
        assertThat(path.get(1L)).contains(first);
    }

    @Test
    void a_list_of_the_wrong_order_comes_back_by_its_keys_and_writers_of_many_records_do_not_fail() {
        createOrders("");
        execute("ALTER TABLE line ADD FOREIGN KEY (order_id) REFERENCES t (id)");
        VersionedDataPath<Long, Order> path = orders(database);
        List<CompletableFuture<?>> all = new ArrayList<>();
        for (int writer = 1; writer <= 4; writer++) {
            int me = writer;
            all.add(OwnThread.run(() -> {
                for (int i = 1; i <= 60; i++) {
                    long key = (long) i * me % 10;
                    path.writeIfNewer(
                            key,
                            i % 5 == 0
                                    ? Versioned.deleted(new Version(i, me))
                                    : Versioned.of(
                                            new Version(i, me),
                                            new Order(
                                                    key,
                                                    "c",
                                                    List.of(new Line(9, "b"), new Line(i, "a"))
                                                            .subList(0, i == 9 ? 1 : 2))));
                }
            }));
        }
        all.forEach(CompletableFuture::join);
    }
}
