package dev.turnout.flags.jdbc.path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.jdbc.OnEachDatabase;
import dev.turnout.flags.jdbc.sql.Statements;
import dev.turnout.flags.jdbc.table.TableMapping;
import dev.turnout.flags.migration.DataPath;
import dev.turnout.flags.migration.RefusedWriteException;
import dev.turnout.flags.migration.Version;
import dev.turnout.flags.migration.Versioned;
import dev.turnout.flags.migration.VersionedDataPath;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.threads.OwnThread;
import java.math.BigDecimal;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Paths over tables of one database, those of both sides. */
@OnEachDatabase
@Timeout(120)
class JdbcPathTest {
    record Order(long id, String customerName, @Nullable BigDecimal total, List<Line> lines) {}

    record Line(int lineNo, String article, int pieces) {}

    record Customer(String region, int number, @Nullable String name) {}

    record CustomerKey(String region, int number) {}

    private static final TableMapping ORDERS = TableMapping.from("orders")
            .into("order_v2")
            .key("id")
            .column("customer", "customer_name")
            .column(
                    "cents",
                    "total",
                    Long.class,
                    cents -> BigDecimal.valueOf(cents, 2),
                    BigDecimal.class,
                    total -> total.movePointRight(2).longValueExact())
            .version("version", "writer")
            .deleted("deleted")
            .build();

    private static final TableMapping LINES = TableMapping.from("order_items")
            .into("order_line")
            .key("order_id")
            .key("pos", "line_no")
            .column("article")
            .column("pieces")
            .build();

    private static final TableMapping CUSTOMERS = TableMapping.from("customer")
            .into("customer_v2")
            .key("region")
            .key("number")
            .column("name")
            .build();

    private final DataSource database;
    private final JdbcPath<Long, Order> orders =
            JdbcPath.of(ORDERS, Long.class, Order.class).children("lines", LINES);
    private final JdbcPath<CustomerKey, Customer> customers = JdbcPath.of(CUSTOMERS, CustomerKey.class, Customer.class);

    JdbcPathTest(Database kind) {
        database = kind.create();
        boolean isMySql = kind == Database.MARIADB || kind == Database.MARIADB_AS_MYSQL;
        String exactText = isMySql ? " CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin" : "";
        String marks =
                "version BIGINT DEFAULT 0 NOT NULL, writer BIGINT DEFAULT 0 NOT NULL, deleted BOOLEAN DEFAULT FALSE NOT NULL";
        Database.execute(
                database,
                "CREATE TABLE orders (id BIGINT NOT NULL PRIMARY KEY, customer VARCHAR(40), cents BIGINT, " + marks
                        + ")",
                "CREATE TABLE order_items (order_id BIGINT NOT NULL REFERENCES orders (id), pos INT NOT NULL, article VARCHAR(40) NOT NULL,"
                        + " pieces INT NOT NULL, PRIMARY KEY (order_id, pos))",
                "CREATE TABLE order_v2 (id BIGINT NOT NULL PRIMARY KEY, customer_name VARCHAR(40) UNIQUE, total DECIMAL(20, 4), "
                        + marks + ")",
                "CREATE TABLE order_line (order_id BIGINT NOT NULL REFERENCES order_v2 (id), line_no INT NOT NULL, article VARCHAR(40) NOT NULL,"
                        + " pieces INT NOT NULL CHECK (pieces > 0), PRIMARY KEY (order_id, line_no))",
                "CREATE TABLE customer (region VARCHAR(10)" + exactText
                        + " NOT NULL, number INT NOT NULL, name VARCHAR(40), PRIMARY KEY (region, number))",
                "CREATE TABLE customer_v2 (region VARCHAR(10)" + exactText
                        + " NOT NULL, number INT NOT NULL, name VARCHAR(40), PRIMARY KEY (region, number))");
    }

    private static Order order(long id, String customer, int lines) {
        List<Line> all = new ArrayList<>();
        for (int i = 1; i <= lines; i++) {
            all.add(new Line(i, customer + " " + i, i));
        }
        return new Order(id, customer, new BigDecimal("12.5"), all);
    }

    private long count(String table) throws SQLException {
        return Statements.query(database, row -> row.getLong(1), "SELECT count(*) FROM " + table)
                .get(0);
    }

    @ParameterizedTest
    @EnumSource(
            value = Side.class,
            names = {"OLD", "NEW"})
    void a_record_is_written_where_its_version_is_above_the_stored_one(Side side) throws SQLException {
        VersionedDataPath<Long, Order> path = orders.versioned(side, database);
        Order first = order(7, "ana", 2);
        Order second = order(7, "bo", 1);

        assertThat(path.read(7L).version()).isEqualTo(Version.ABSENT);
        assertThat(path.get(7L)).isEmpty();
        assertThat(path.writeIfNewer(7L, Versioned.of(new Version(3, 5), first)))
                .isTrue();
        assertThat(path.get(7L)).contains(first);
        assertThat(path.read(7L).version()).isEqualTo(new Version(3, 5));
        for (Version notAbove : List.of(new Version(3, 5), new Version(3, 4), new Version(2, 9))) {
            assertThat(path.writeIfNewer(7L, Versioned.of(notAbove, second))).isFalse();
            assertThat(path.writeIfNewer(7L, Versioned.deleted(notAbove))).isFalse();
        }
        assertThat(path.get(7L)).contains(first);
        assertThat(path.writeIfNewer(7L, Versioned.of(new Version(3, 6), second)))
                .isTrue();
        assertThat(path.get(7L)).contains(second);
        assertThat(path.writeIfNewer(7L, Versioned.deleted(new Version(4, 0)))).isTrue();
        assertThat(path.get(7L)).isEmpty();
        assertThat(path.read(7L).version()).isEqualTo(new Version(4, 0));
        assertThat(count(side == Side.OLD ? "order_items" : "order_line")).isZero();
        assertThat(path.writeIfNewer(7L, Versioned.of(new Version(5, 0), first)))
                .isTrue();
        assertThat(path.get(7L)).contains(first);
    }

    @ParameterizedTest
    @EnumSource(
            value = Side.class,
            names = {"OLD", "NEW"})
    void a_record_is_replaced_where_its_version_is_the_expected_one(Side side) {
        VersionedDataPath<Long, Order> path = orders.versioned(side, database);
        Order first = order(7, "ana", 2);
        Order second = order(7, "bo", 0);

        assertThat(path.replace(7L, new Version(1, 1), Versioned.of(new Version(2, 0), first)))
                .isFalse();
        assertThat(path.replace(7L, Version.ABSENT, Versioned.of(new Version(1, 1), first)))
                .isTrue();
        assertThat(path.replace(7L, Version.ABSENT, Versioned.of(new Version(9, 9), second)))
                .isFalse();
        assertThat(path.get(7L)).contains(first);
        assertThat(path.replace(7L, new Version(1, 2), Versioned.of(new Version(9, 9), second)))
                .isFalse();
        assertThat(path.replace(7L, new Version(1, 1), Versioned.of(new Version(2, 0), second)))
                .isTrue();
        assertThat(path.get(7L)).contains(second);
        assertThat(path.replace(7L, new Version(2, 0), Versioned.deleted(new Version(3, 0))))
                .isTrue();
        assertThat(path.replace(7L, Version.ABSENT, Versioned.of(new Version(9, 9), first)))
                .as("there is a tombstone")
                .isFalse();
        assertThat(path.replace(8L, Version.ABSENT, Versioned.deleted(new Version(1, 0))))
                .isTrue();
        assertThat(path.read(8L).version()).isEqualTo(new Version(1, 0));
        assertThat(path.get(8L)).isEmpty();
    }

    @Test
    void what_one_side_has_the_other_takes_and_a_row_from_before_has_the_first_version() {
        Database.execute(
                database,
                "INSERT INTO orders (id, customer, cents) VALUES (1, 'ana', 1250)",
                "INSERT INTO order_items (order_id, pos, article, pieces) VALUES (1, 20, 'b', 3), (1, 3, 'a', 1)");
        VersionedDataPath<Long, Order> oldPath = orders.versioned(Side.OLD, database);
        VersionedDataPath<Long, Order> newPath = orders.versioned(Side.NEW, database);

        Versioned<Order> record = oldPath.read(1L);

        assertThat(record.version()).isEqualTo(Version.FIRST);
        assertThat(record.value())
                .contains(new Order(
                        1, "ana", new BigDecimal("12.5"), List.of(new Line(3, "a", 1), new Line(20, "b", 3))));
        assertThat(newPath.writeIfNewer(1L, record)).isTrue();
        assertThat(newPath.get(1L)).isEqualTo(record.value());
    }

    @ParameterizedTest
    @EnumSource(
            value = Side.class,
            names = {"OLD", "NEW"})
    void a_plain_path_puts_gets_and_deletes(Side side) {
        DataPath<CustomerKey, Customer> path = customers.plain(side, database);
        CustomerKey key = new CustomerKey("eu", 1);

        path.delete(key);
        path.put(key, new Customer("eu", 1, "ana"));
        path.put(key, new Customer("eu", 1, "ana"));
        assertThat(path.get(key)).contains(new Customer("eu", 1, "ana"));
        path.put(key, new Customer("eu", 1, null));
        path.put(new CustomerKey("us", 1), new Customer("us", 1, "bo"));
        assertThat(path.get(key)).contains(new Customer("eu", 1, null));
        assertThat(path.getAll(Set.of(key, new CustomerKey("us", 1), new CustomerKey("us", 2))))
                .isEqualTo(Map.of(
                        key, new Customer("eu", 1, null), new CustomerKey("us", 1), new Customer("us", 1, "bo")));
        path.delete(key);
        assertThat(path.get(key)).isEmpty();
    }

    @Test
    void many_records_are_read_at_once_and_tombstones_are_none() {
        record Flat(
                long id,
                @Nullable String customerName,
                @Nullable BigDecimal total) {}
        VersionedDataPath<Long, Flat> path =
                JdbcPath.of(ORDERS, Long.class, Flat.class).versioned(Side.NEW, database);
        Map<Long, Flat> expected = new HashMap<>();
        for (long id = 0; id < 1_200; id++) {
            if (id % 3 == 0) {
                path.writeIfNewer(id, Versioned.deleted(new Version(1, 0)));
            } else {
                Flat flat = new Flat(id, null, new BigDecimal(id));
                path.writeIfNewer(id, Versioned.of(new Version(1, 0), flat));
                expected.put(id, flat);
            }
        }
        Set<Long> keys = new HashSet<>(expected.keySet());
        Stream.iterate(0L, id -> id + 3).limit(500).forEach(keys::add);

        assertThat(path.getAll(keys)).isEqualTo(expected);
    }

    @Test
    void whoever_writes_a_key_at_once_the_newest_stays_with_its_own_children_and_no_reader_sees_a_mixture() {
        VersionedDataPath<Long, Order> path = orders.versioned(Side.NEW, database);
        int writers = 4;
        int writes = 30;
        List<CompletableFuture<?>> all = new ArrayList<>();
        for (int writer = 1; writer <= writers; writer++) {
            int me = writer;
            all.add(OwnThread.supply(() -> {
                for (int i = 1; i <= writes; i++) {
                    path.writeIfNewer(1L, Versioned.of(new Version(i, me), order(1, me + "-" + i, me)));
                }
                return null;
            }));
        }
        while (!all.stream().allMatch(CompletableFuture::isDone)) {
            path.get(1L).ifPresent(JdbcPathTest::assertWhole);
        }
        all.forEach(CompletableFuture::join);

        assertThat(path.read(1L).version()).isEqualTo(new Version(writes, writers));
        assertThat(path.get(1L)).contains(order(1, writers + "-" + writes, writers));
    }

    private static void assertWhole(Order order) {
        int writer = Integer.parseInt(order.customerName().substring(0, 1));
        assertThat(order).isEqualTo(order(1, order.customerName(), writer));
    }

    @Test
    void another_constraint_in_the_way_is_an_error_and_nothing_is_written() throws SQLException {
        VersionedDataPath<Long, Order> path = orders.versioned(Side.NEW, database);
        path.writeIfNewer(1L, Versioned.of(new Version(1, 0), order(1, "ana", 1)));

        assertThatThrownBy(() -> path.writeIfNewer(2L, Versioned.of(new Version(1, 0), order(2, "ana", 1))))
                .isInstanceOf(RefusedWriteException.class)
                .hasMessageStartingWith(
                        "Table order_v2 could not be written: a row does not fit a constraint of the table");
        assertThatThrownBy(() -> path.replace(2L, Version.ABSENT, Versioned.of(new Version(1, 0), order(2, "ana", 1))))
                .isInstanceOf(RefusedWriteException.class);
        Order withoutPieces = new Order(1, "bo", null, List.of(new Line(1, "a", 2), new Line(2, "a", 0)));
        assertThatThrownBy(() -> path.writeIfNewer(1L, Versioned.of(new Version(2, 0), withoutPieces)))
                .isInstanceOf(RefusedWriteException.class);

        assertThat(count("order_v2")).isEqualTo(1);
        assertThat(path.read(1L).version()).isEqualTo(new Version(1, 0));
        assertThat(path.get(1L)).contains(order(1, "ana", 1));
    }

    @Test
    void a_value_that_a_component_cannot_hold_is_an_error_that_says_where() {
        Database.execute(
                database,
                "INSERT INTO order_v2 (id, customer_name, total) VALUES (1, 'ana', 1.5)",
                "INSERT INTO order_v2 (id, customer_name, total) VALUES (2, 'bo', NULL)");
        record Whole(String customerName, long total) {}
        TableMapping same = TableMapping.from("order_v2")
                .into("order_v2")
                .key("id")
                .column("customer_name")
                .column("total")
                .version("version", "writer")
                .deleted("deleted")
                .build();
        VersionedDataPath<Long, Whole> path =
                JdbcPath.of(same, Long.class, Whole.class).versioned(Side.NEW, database);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> path.get(1L))
                .withMessage(
                        "Column 'total' of order_v2 cannot be read as long: it has a BigDecimal that long cannot hold.");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> path.get(2L))
                .withMessage(
                        "Column 'total' of order_v2 cannot be read as long: it is NULL, which long does not have. Use Long.");
    }

    @Test
    void a_record_under_a_key_that_is_not_its_own_is_refused() {
        VersionedDataPath<Long, Order> path = orders.versioned(Side.NEW, database);

        assertThatThrownBy(() -> path.put(2L, order(1, "ana", 0)))
                .isInstanceOf(RefusedWriteException.class)
                .hasMessage(
                        "The record Order cannot be written under a key that is not its 'id'. Write it under its own key. Nothing was written.");
        assertThat(path.get(2L)).isEmpty();
    }

    @Test
    void what_does_not_fit_is_refused_with_all_that_does_not_before_anything_is_asked() {
        record Wrong(long id, Object total, String nick) {}
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JdbcPath.of(ORDERS, Long.class, Wrong.class).versioned(Side.NEW, database))
                .withMessageContaining("no component is for column 'customer_name'")
                .withMessageContaining("component 'total' is a Object, which no column is read as")
                .withMessageContaining("component 'nick' is for no column, nor for children");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JdbcPath.of(ORDERS, Long.class, Order.class).versioned(Side.NEW, database))
                .withMessageContaining("component 'lines' is for no column, nor for children");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JdbcPath.of(CUSTOMERS, Long.class, Customer.class))
                .withMessageContaining("has 2 columns, but was to be a Long");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> customers.versioned(Side.NEW, database))
                .withMessageContaining("needs version(counter, writer)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> orders.plain(Side.NEW, database))
                .withMessageContaining("has versions, which a plain path does not keep");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> orders.versioned(Side.BOTH, database))
                .withMessageContaining("Side.OLD or of Side.NEW");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> orders.children("nothing", LINES))
                .withMessageContaining("need a component of that name that is a List of records");
    }

    @Test
    void a_column_that_is_made_in_one_direction_only_cannot_be_written_to_the_old_table() {
        record Named(long id, String name) {}
        for (TableMapping mapping : List.of(
                TableMapping.from("t")
                        .into("t_v2")
                        .key("id")
                        .computed("name", "first || last")
                        .build(),
                TableMapping.from("t")
                        .into("t_v2")
                        .key("id")
                        .column("n", "name", String.class, String::trim)
                        .build())) {
            JdbcPath<Long, Named> path = JdbcPath.of(mapping, Long.class, Named.class);

            path.plain(Side.NEW, database);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> path.plain(Side.OLD, database))
                    .withMessageContaining("column 'name' cannot be written to the source");
        }
    }
}
