package dev.turnout.flags.jdbc.path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.jdbc.Faults;
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
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TimeZone;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What would break a promise of paths that are made of a mapping. */
@OnEachDatabase
@Timeout(60)
class JdbcPathAttackTest {
    private static final String MARKS =
            "version BIGINT DEFAULT 0 NOT NULL, writer BIGINT DEFAULT 0 NOT NULL, deleted BOOLEAN DEFAULT FALSE NOT NULL";
    private static final Version ONE = new Version(1, 1);
    private static final Version TWO = new Version(2, 2);

    private final Database kind;
    private final DataSource database;
    private final boolean isMySql;

    JdbcPathAttackTest(Database kind) {
        this.kind = kind;
        database = kind.create();
        isMySql = kind == Database.MARIADB || kind == Database.MARIADB_AS_MYSQL;
    }

    /** What tells all texts apart. */
    private String exactText() {
        return isMySql ? " CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin" : "";
    }

    private void execute(String... statements) {
        Database.execute(database, statements);
    }

    private List<String> texts(String query) throws SQLException {
        return Statements.query(database, row -> row.getString(1), query);
    }

    /** Something happens once, before or after a statement that begins so. */
    private DataSource hooked(String text, boolean isBefore, Runnable event) {
        AtomicBoolean done = new AtomicBoolean();
        String wanted = text.toLowerCase(Locale.ROOT);
        return Faults.proxy(DataSource.class, (proxy, method, arguments) -> {
            Connection connection = (Connection) Faults.call(database, method, arguments);
            return Faults.proxy(Connection.class, (self, call, parameters) -> {
                Object result = Faults.call(connection, call, parameters);
                if (!(result instanceof PreparedStatement statement)) {
                    return result;
                }
                String sql = ((String) parameters[0]).toLowerCase(Locale.ROOT).replaceAll("[\"`]", "");
                return Faults.proxy(PreparedStatement.class, (that, each, values) -> {
                    boolean isIt = each.getName().startsWith("execute") && sql.startsWith(wanted);
                    if (isIt && isBefore && !done.getAndSet(true)) {
                        event.run();
                    }
                    Object answer = Faults.call(statement, each, values);
                    if (isIt && !isBefore && !done.getAndSet(true)) {
                        event.run();
                    }
                    return answer;
                });
            });
        });
    }

    /** Something that may have to wait for us; it goes on later then. */
    private static CompletableFuture<Void> briefly(Runnable other) {
        CompletableFuture<Void> running = OwnThread.run(other);
        try {
            running.get(1, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            // it waits for a lock
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
        return running;
    }

    private static TableMapping.Builder mapping(String... columns) {
        TableMapping.Builder builder = TableMapping.from("t").into("t").key("id");
        for (String column : columns) {
            builder.column(column);
        }
        return builder;
    }

    private static TableMapping lines() {
        return TableMapping.from("line").into("line").key("order_id").key("no").column("article").build();
    }

    // ---- columns that are changed on their way

    record Named(long id, @Nullable String name) {}

    @Test
    void a_function_between_two_values_of_one_class_is_applied_when_the_old_table_is_read() {
        execute("CREATE TABLE t (id BIGINT PRIMARY KEY, name VARCHAR(20))", "INSERT INTO t VALUES (1, 'ANA')");
        TableMapping lower = TableMapping.from("t")
                .into("t_v2")
                .key("id")
                .column(
                        "name",
                        "name",
                        String.class,
                        name -> name.toLowerCase(Locale.ROOT),
                        String.class,
                        name -> name.toUpperCase(Locale.ROOT))
                .build();
        DataPath<Long, Named> path = JdbcPath.of(lower, Long.class, Named.class).plain(Side.OLD, database);

        assertThat(path.get(1L)).contains(new Named(1, "ana"));
        path.put(2L, new Named(2, "bo"));
        assertThat(path.get(2L)).contains(new Named(2, "bo"));
    }

    @Test
    void a_component_of_another_class_than_its_function_takes_is_refused_when_the_path_is_made() {
        record Amount(long id, long total) {}
        TableMapping amounts = TableMapping.from("t")
                .into("t_v2")
                .key("id")
                .column(
                        "cents",
                        "total",
                        Long.class,
                        cents -> BigDecimal.valueOf(cents, 2),
                        BigDecimal.class,
                        total -> total.movePointRight(2).longValueExact())
                .build();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> JdbcPath.of(amounts, Long.class, Amount.class).plain(Side.OLD, database));
    }

    @Test
    void two_columns_of_one_column_of_the_old_table_are_refused_as_it_cannot_be_written() {
        record Split(long id, String first, String last) {}
        execute("CREATE TABLE t (id BIGINT PRIMARY KEY, name VARCHAR(20), " + MARKS + ")", "INSERT INTO t (id, name) VALUES (1, 'ana li')");
        TableMapping split = TableMapping.from("t")
                .into("t_v2")
                .key("id")
                .column("name", "first", String.class, name -> name.split(" ")[0], String.class, first -> first + " ?")
                .column("name", "last", String.class, name -> name.split(" ")[1], String.class, last -> "? " + last)
                .version("version", "writer")
                .deleted("deleted")
                .build();

        Throwable refused = catchThrowable(() -> {
            VersionedDataPath<Long, Split> path =
                    JdbcPath.of(split, Long.class, Split.class).versioned(Side.OLD, database);
            boolean isWritten = path.writeIfNewer(1L, Versioned.of(ONE, new Split(1, "bo", "wu")));
            assertThat(texts("SELECT name FROM t")).as("written: " + isWritten).containsExactly("bo wu");
        });
        assertThat(refused).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void two_columns_that_one_component_stands_for_are_refused() {
        record Short(long id, String shortName) {}
        TableMapping twice = mapping("short_name", "shortname").build();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> JdbcPath.of(twice, Long.class, Short.class).plain(Side.NEW, database));
    }

    @Test
    void a_key_of_another_class_than_its_component_is_refused_when_the_path_is_made() {
        record Whole(int id, String name) {}
        JdbcPath<Long, Whole> paths = JdbcPath.of(mapping("name").build(), Long.class, Whole.class);

        assertThatIllegalArgumentException().isThrownBy(() -> paths.plain(Side.NEW, database));
    }

    // ---- children

    record Order(long id, String customer, List<Line> lines) {}

    record Line(int no, String article) {}

    record Bare(long id, List<Line> lines) {}

    private VersionedDataPath<Long, Order> orders(DataSource of) {
        return JdbcPath.of(
                        mapping("customer").version("version", "writer").deleted("deleted").build(),
                        Long.class,
                        Order.class)
                .children("lines", lines())
                .versioned(Side.NEW, of);
    }

    private void createOrders(String moreOfLines) {
        execute(
                "CREATE TABLE t (id BIGINT PRIMARY KEY, customer VARCHAR(20), " + MARKS + ")",
                "CREATE TABLE line (order_id BIGINT NOT NULL, no INT NOT NULL, article VARCHAR(20), " + moreOfLines
                        + "PRIMARY KEY (order_id, no))");
    }

    @Test
    void a_column_of_children_that_is_not_mapped_keeps_its_value() throws SQLException {
        createOrders("note VARCHAR(20), ");
        execute("INSERT INTO t (id, customer) VALUES (1, 'ana')", "INSERT INTO line (order_id, no, article, note) VALUES (1, 1, 'a', 'fragile')");
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
    void children_whose_mapping_has_versions_are_refused_as_they_would_not_be_kept() {
        TableMapping versioned = TableMapping.from("line")
                .into("line")
                .key("order_id")
                .key("no")
                .column("article")
                .version("version", "writer")
                .deleted("deleted")
                .build();

        assertThatIllegalArgumentException().isThrownBy(() -> JdbcPath.of(
                        mapping("customer").version("version", "writer").deleted("deleted").build(), Long.class, Order.class)
                .children("lines", versioned)
                .versioned(Side.NEW, database));
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

    /** Its constructor knows what belongs together. */
    record Checked(long id, String customer, List<Line> lines) {
        Checked {
            if (lines.stream().anyMatch(line -> !line.article().equals(customer))) {
                throw new IllegalArgumentException("A line of somebody else");
            }
        }
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
                        mapping("customer").version("version", "writer").deleted("deleted").build(),
                        Long.class,
                        Checked.class)
                .children("lines", lines())
                .versioned(Side.NEW, between);

        assertThat(reader.get(1L)).contains(new Checked(1, "bo", List.of(new Line(1, "bo"))));
    }

    @Test
    void two_puts_of_a_record_that_has_but_children_leave_those_of_one() throws Exception {
        createOrders("");
        JdbcPath<Long, Bare> paths = JdbcPath.of(mapping().build(), Long.class, Bare.class).children("lines", lines());
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
    void a_plain_delete_whom_a_put_comes_between_leaves_no_children_and_is_no_error() throws SQLException {
        execute(
                "CREATE TABLE t (id BIGINT PRIMARY KEY, customer VARCHAR(20))",
                "CREATE TABLE line (order_id BIGINT NOT NULL, no INT NOT NULL, article VARCHAR(20), PRIMARY KEY (order_id, no))");
        JdbcPath<Long, Order> paths =
                JdbcPath.of(mapping("customer").build(), Long.class, Order.class).children("lines", lines());
        DataPath<Long, Order> path = paths.plain(Side.NEW, database);
        path.put(1L, new Order(1, "ana", List.of()));
        List<CompletableFuture<Void>> other = new ArrayList<>();
        DataSource between = hooked("delete from line", false, () -> {
            other.add(briefly(() -> path.put(1L, new Order(1, "bo", List.of(new Line(1, "bo"))))));
        });

        paths.plain(Side.NEW, between).delete(1L);
        other.get(0).join();

        assertThat(texts("SELECT article FROM line WHERE order_id NOT IN (SELECT id FROM t)"))
                .as("children of nobody")
                .isEmpty();
    }

    @Test
    void a_plain_delete_whom_a_put_comes_between_is_no_error_of_a_foreign_key() throws SQLException {
        execute(
                "CREATE TABLE t (id BIGINT PRIMARY KEY, customer VARCHAR(20))",
                "CREATE TABLE line (order_id BIGINT NOT NULL REFERENCES t (id), no INT NOT NULL, article VARCHAR(20), PRIMARY KEY (order_id, no))");
        JdbcPath<Long, Order> paths =
                JdbcPath.of(mapping("customer").build(), Long.class, Order.class).children("lines", lines());
        DataPath<Long, Order> path = paths.plain(Side.NEW, database);
        path.put(1L, new Order(1, "ana", List.of()));
        List<CompletableFuture<Void>> other = new ArrayList<>();
        DataSource between = hooked("delete from line", false, () -> {
            other.add(briefly(() -> path.put(1L, new Order(1, "bo", List.of(new Line(1, "bo"))))));
        });

        paths.plain(Side.NEW, between).delete(1L);
        other.get(0).join();

        assertThat(path.get(1L)).contains(new Order(1, "bo", List.of(new Line(1, "bo"))));
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

    // ---- keys

    record Text(String id, @Nullable String name) {}

    @Test
    void many_are_read_as_each_one_is_where_the_database_fills_keys_with_spaces() {
        execute("CREATE TABLE t (id CHAR(8)" + exactText() + " PRIMARY KEY, name VARCHAR(20))");
        DataPath<String, Named2> path =
                JdbcPath.of(mapping("name").build(), String.class, Named2.class).plain(Side.NEW, database);
        path.put("eu", new Named2("ana"));
        assertThat(path.get("eu")).contains(new Named2("ana"));

        assertThat(path.getAll(Set.of("eu"))).isEqualTo(Map.of("eu", new Named2("ana")));
    }

    record Named2(String name) {}

    @Test
    void keys_of_which_the_database_ignores_the_case_are_refused() {
        String type = switch (kind) {
            case H2 -> "VARCHAR_IGNORECASE(8)";
            case POSTGRES -> "VARCHAR(8) COLLATE ci";
            default -> "VARCHAR(8)";
        };
        if (kind == Database.POSTGRES) {
            execute("CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false)");
        }
        execute("CREATE TABLE t (id " + type + " PRIMARY KEY, name VARCHAR(20))", "INSERT INTO t VALUES ('EU', 'ana')");
        DataPath<String, Named2> path =
                JdbcPath.of(mapping("name").build(), String.class, Named2.class).plain(Side.NEW, database);

        assertThatIllegalArgumentException().isThrownBy(() -> path.get("eu"));
        assertThatIllegalArgumentException().isThrownBy(() -> path.getAll(Set.of("eu")));
    }

    @Test
    void two_keys_that_the_database_takes_for_one_do_not_write_each_other() {
        assumeTrue(isMySql);
        execute("CREATE TABLE t (id VARCHAR(8) PRIMARY KEY, name VARCHAR(20))");
        DataPath<String, Text> path =
                JdbcPath.of(mapping("name").build(), String.class, Text.class).plain(Side.NEW, database);

        assertThatThrownBy(() -> path.put("a", new Text("a", "small"))).isInstanceOf(RefusedWriteException.class);
        assertThatIllegalArgumentException().isThrownBy(() -> path.get("a"));
    }

    record Decimal(BigDecimal id, @Nullable String name) {}

    @Test
    void many_are_read_as_each_one_is_where_two_keys_say_the_same() {
        execute("CREATE TABLE t (id DECIMAL(10, 2) PRIMARY KEY, name VARCHAR(20))");
        DataPath<BigDecimal, Decimal> path =
                JdbcPath.of(mapping("name").build(), BigDecimal.class, Decimal.class).plain(Side.NEW, database);
        BigDecimal one = new BigDecimal("1.5");
        BigDecimal same = new BigDecimal("1.50");
        path.put(one, new Decimal(one, "ana"));

        assertThat(path.get(one)).isPresent().isEqualTo(path.get(same));
        assertThat(path.getAll(Set.of(one, same)).keySet()).isEqualTo(Set.of(one, same));
    }

    @Test
    void a_key_that_its_column_would_round_is_not_written_under_another_one() throws SQLException {
        execute("CREATE TABLE t (id DECIMAL(10, 2) PRIMARY KEY, name VARCHAR(20))");
        DataPath<BigDecimal, Decimal> path =
                JdbcPath.of(mapping("name").build(), BigDecimal.class, Decimal.class).plain(Side.NEW, database);
        BigDecimal key = new BigDecimal("1.234");

        Throwable refused = catchThrowable(() -> path.put(key, new Decimal(key, "ana")));

        assertThat(texts("SELECT id FROM t")).as("refused: " + refused).isEmpty();
    }

    @Test
    void of_two_that_write_a_key_without_an_index_at_once_one_is_told_so_or_it_is_refused() throws SQLException {
        execute("CREATE TABLE t (id BIGINT NOT NULL, customer VARCHAR(20), " + MARKS + ")");
        record Flat(long id, String customer) {}
        JdbcPath<Long, Flat> paths = JdbcPath.of(
                mapping("customer").version("version", "writer").deleted("deleted").build(), Long.class, Flat.class);
        boolean first = false;
        boolean second = false;
        try {
            first = paths.versioned(Side.NEW, database).replace(1L, Version.ABSENT, Versioned.of(ONE, new Flat(1, "ana")));
            second = paths.versioned(Side.NEW, database).replace(1L, Version.ABSENT, Versioned.of(TWO, new Flat(1, "bo")));
        } catch (RefusedWriteException e) {
            assertThat(texts("SELECT customer FROM t")).isEmpty();
            return;
        }

        assertThat(first && second).as("both have created it").isFalse();
        assertThat(texts("SELECT customer FROM t")).hasSize(1);
    }

    @Test
    void a_hundred_thousand_keys_are_asked_for_at_once() {
        execute("CREATE TABLE t (id BIGINT PRIMARY KEY, name VARCHAR(20))", "INSERT INTO t VALUES (77777, 'ana')");
        DataPath<Long, Named> path = JdbcPath.of(mapping("name").build(), Long.class, Named.class).plain(Side.NEW, database);

        assertThat(path.getAll(java.util.stream.LongStream.range(0, 100_000)
                        .boxed()
                        .collect(java.util.stream.Collectors.toSet())))
                .isEqualTo(Map.of(77777L, new Named(77777, "ana")));
    }

    // ---- versions

    record Flat(long id, @Nullable String customer) {}

    private JdbcPath<Long, Flat> flats() {
        return JdbcPath.of(
                mapping("customer").version("version", "writer").deleted("deleted").build(), Long.class, Flat.class);
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
    void a_plain_write_that_a_trigger_swallows_is_an_error() {
        assumeTrue(kind == Database.POSTGRES);
        execute(
                "CREATE TABLE t (id BIGINT PRIMARY KEY, name VARCHAR(20))",
                "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
                "CREATE TRIGGER swallow BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION nothing()");
        DataPath<Long, Named> path = JdbcPath.of(mapping("name").build(), Long.class, Named.class).plain(Side.NEW, database);

        assertThatThrownBy(() -> path.put(1L, new Named(1, "ana"))).isInstanceOf(RuntimeException.class);
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
                    boolean won = path.replace(key, Version.ABSENT, Versioned.of(new Version(1, me), new Flat(key, "r" + me)));
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

    /** As pools do that are told to. */
    private DataSource withoutAutoCommit() {
        return Faults.proxy(DataSource.class, (proxy, method, arguments) -> {
            Connection connection = (Connection) Faults.call(database, method, arguments);
            connection.setAutoCommit(false);
            return Faults.proxy(Connection.class, (self, call, parameters) -> {
                if (call.getName().equals("close") && !connection.isClosed()) {
                    connection.rollback();
                    connection.setAutoCommit(true);
                }
                return Faults.call(connection, call, parameters);
            });
        });
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

    // ---- values

    @Test
    void a_small_number_is_not_read_as_a_boolean() {
        assumeTrue(isMySql);
        record Small(long id, int stars) {}
        execute("CREATE TABLE t (id BIGINT PRIMARY KEY, stars TINYINT(1))");
        DataPath<Long, Small> path = JdbcPath.of(mapping("stars").build(), Long.class, Small.class).plain(Side.NEW, database);

        path.put(1L, new Small(1, 5));

        assertThat(path.get(1L)).contains(new Small(1, 5));
    }

    @Test
    void a_decimal_that_a_double_cannot_hold_is_an_error_and_not_rounded() {
        record Real(long id, double amount) {}
        execute(
                "CREATE TABLE t (id BIGINT PRIMARY KEY, amount DECIMAL(30, 18))",
                "INSERT INTO t VALUES (1, 123456789012.123456789012345678)");
        DataPath<Long, Real> path = JdbcPath.of(mapping("amount").build(), Long.class, Real.class).plain(Side.NEW, database);

        assertThatIllegalArgumentException().isThrownBy(() -> path.get(1L));
    }

    @Test
    void a_float_does_not_become_a_decimal_without_a_function() {
        record Amount(long id, BigDecimal amount) {}
        String type = isMySql ? "FLOAT" : "REAL";
        execute("CREATE TABLE t (id BIGINT PRIMARY KEY, amount " + type + ")", "INSERT INTO t VALUES (1, 16777216)");
        DataPath<Long, Amount> path =
                JdbcPath.of(mapping("amount").build(), Long.class, Amount.class).plain(Side.NEW, database);

        assertThatIllegalArgumentException().isThrownBy(() -> path.get(1L));
    }

    @Test
    void a_double_does_not_become_a_decimal_without_a_function() {
        record Real(long id, double amount) {}
        execute("CREATE TABLE t (id BIGINT PRIMARY KEY, amount DECIMAL(30, 18))");
        DataPath<Long, Real> path = JdbcPath.of(mapping("amount").build(), Long.class, Real.class).plain(Side.NEW, database);

        assertThatThrownBy(() -> path.put(1L, new Real(1, 0.1 + 0.2))).isInstanceOf(RefusedWriteException.class);
    }

    @Test
    void a_decimal_with_more_digits_than_its_column_is_an_error_and_not_rounded() {
        record Amount(long id, BigDecimal amount) {}
        execute("CREATE TABLE t (id BIGINT PRIMARY KEY, amount DECIMAL(10, 2))");
        DataPath<Long, Amount> path =
                JdbcPath.of(mapping("amount").build(), Long.class, Amount.class).plain(Side.NEW, database);
        Amount exact = new Amount(1, new BigDecimal("1.239"));

        Throwable refused = catchThrowable(() -> path.put(1L, exact));

        if (refused == null) {
            assertThat(path.get(1L)).contains(exact);
        }
    }

    @Test
    void a_moment_with_nanoseconds_is_the_same_from_each_database() {
        record At(long id, Instant moment) {}
        String type = isMySql ? "TIMESTAMP(6) NULL" : "TIMESTAMP(6) WITH TIME ZONE";
        execute("CREATE TABLE t (id BIGINT PRIMARY KEY, moment " + type + ")");
        DataPath<Long, At> path = JdbcPath.of(mapping("moment").build(), Long.class, At.class).plain(Side.NEW, database);
        At exact = new At(1, Instant.parse("2026-03-01T00:00:00.123456789Z"));

        Throwable refused = catchThrowable(() -> path.put(1L, exact));

        if (refused == null) {
            assertThat(path.get(1L)).contains(exact);
        }
    }

    @Test
    void a_moment_in_a_column_without_a_time_zone_is_not_shifted_where_clocks_are_set_back() {
        record At(long id, Instant moment) {}
        TimeZone usual = TimeZone.getDefault();
        TimeZone.setDefault(TimeZone.getTimeZone("Europe/Berlin"));
        try {
            DataSource here = kind.create();
            Database.execute(
                    here, "CREATE TABLE t (id BIGINT PRIMARY KEY, moment " + (isMySql ? "DATETIME(6)" : "TIMESTAMP(6)") + ")");
            DataPath<Long, At> path = JdbcPath.of(mapping("moment").build(), Long.class, At.class).plain(Side.NEW, here);
            At first = new At(1, Instant.parse("2026-10-25T00:30:00Z"));
            At second = new At(2, Instant.parse("2026-10-25T01:30:00Z"));

            path.put(1L, first);
            path.put(2L, second);

            assertThat(List.of(path.get(1L), path.get(2L))).containsExactly(Optional.of(first), Optional.of(second));
        } finally {
            TimeZone.setDefault(usual);
        }
    }

    @Test
    void json_that_the_database_writes_in_its_own_way_is_refused() {
        execute("CREATE TABLE t (id BIGINT PRIMARY KEY, name " + (kind == Database.POSTGRES ? "jsonb" : "JSON") + ")");
        DataPath<Long, Named> path = JdbcPath.of(mapping("name").build(), Long.class, Named.class).plain(Side.NEW, database);

        Named exact = new Named(1, "{\"a\": 1}");
        if (isMySql) { // whose JSON is a text
            path.put(1L, exact);
            assertThat(path.get(1L)).contains(exact);
        } else {
            assertThatThrownBy(() -> path.put(1L, exact)).isInstanceOf(RefusedWriteException.class);
        }
    }

    @Test
    void a_text_in_a_column_of_fixed_width_is_the_same_when_it_comes_back() {
        execute("CREATE TABLE t (id BIGINT PRIMARY KEY, name CHAR(5))");
        DataPath<Long, Named> path = JdbcPath.of(mapping("name").build(), Long.class, Named.class).plain(Side.NEW, database);

        path.put(1L, new Named(1, "ab"));

        assertThat(path.get(1L)).contains(new Named(1, "ab"));
    }

    @Test
    void a_text_that_is_too_long_is_an_error_and_not_cut() {
        execute("CREATE TABLE t (id BIGINT PRIMARY KEY, name VARCHAR(5))");
        DataPath<Long, Named> path = JdbcPath.of(mapping("name").build(), Long.class, Named.class).plain(Side.NEW, database);

        assertThatThrownBy(() -> path.put(1L, new Named(1, "abcdefgh"))).isInstanceOf(RefusedWriteException.class);
    }

    @Test
    void a_text_that_ends_with_too_many_spaces_is_an_error_and_not_cut() {
        execute("CREATE TABLE t (id BIGINT PRIMARY KEY, name VARCHAR(5))");
        DataPath<Long, Named> path = JdbcPath.of(mapping("name").build(), Long.class, Named.class).plain(Side.NEW, database);

        Throwable refused = catchThrowable(() -> path.put(1L, new Named(1, "abc     ")));

        if (refused == null) {
            assertThat(path.get(1L)).contains(new Named(1, "abc     "));
        }
    }

    // ---- drivers and sessions

    /** The same database with an option of the driver. */
    private DataSource with(String option) throws SQLException {
        String url;
        try (Connection connection = database.getConnection()) {
            url = connection.getMetaData().getURL();
        }
        String root = url.contains("user=") ? "" : (url.contains("?") ? "&" : "?") + "user=root";
        String whole = url + root + (url.contains("?") || !root.isEmpty() ? "&" : "?") + option;
        return Faults.proxy(
                DataSource.class, (proxy, method, arguments) -> java.sql.DriverManager.getConnection(whole));
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
    void a_key_whose_index_is_not_unique_is_refused() throws SQLException {
        assumeTrue(isMySql);
        execute("CREATE TABLE t (id BIGINT NOT NULL, name VARCHAR(20), INDEX (id))");
        DataPath<Long, Named> path = JdbcPath.of(mapping("name").build(), Long.class, Named.class)
                .plain(Side.NEW, with("useAffectedRows=true"));

        assertThatThrownBy(() -> path.put(1L, new Named(1, "ana"))).isInstanceOf(RefusedWriteException.class);

        assertThat(texts("SELECT name FROM t")).isEmpty();
    }

    @Test
    void many_children_are_written_by_a_driver_that_joins_statements() throws SQLException {
        assumeTrue(kind != Database.H2);
        createOrders("");
        VersionedDataPath<Long, Order> path =
                orders(with(isMySql ? "rewriteBatchedStatements=true" : "reWriteBatchedInserts=true"));
        Order many = new Order(
                1, "ana", IntStream.range(0, 10_000).mapToObj(i -> new Line(i, i % 3 == 0 ? null : "a" + i)).toList());

        assertThat(path.writeIfNewer(1L, Versioned.of(ONE, many))).isTrue();
        assertThat(path.get(1L)).contains(many);
    }

    @Test
    void a_session_that_is_not_strict_cuts_no_text_and_clamps_no_number() throws SQLException {
        assumeTrue(isMySql);
        execute("CREATE TABLE t (id BIGINT PRIMARY KEY, name VARCHAR(5))");
        DataPath<Long, Named> path = JdbcPath.of(mapping("name").build(), Long.class, Named.class)
                .plain(Side.NEW, with("sessionVariables=sql_mode=''"));
        Named exact = new Named(1, "abcdefgh");

        Throwable refused = catchThrowable(() -> path.put(1L, exact));

        if (refused == null) {
            assertThat(path.get(1L)).contains(exact);
        }
    }

    // ---- more of keys and values

    @Test
    void a_function_is_given_what_a_backfill_gives_it() {
        record Cents(long id, long cents) {}
        execute("CREATE TABLE t (id BIGINT PRIMARY KEY, amount DECIMAL(10, 2))", "INSERT INTO t VALUES (1, 12.50)");
        TableMapping cents = TableMapping.from("t")
                .into("t_v2")
                .key("id")
                .column(
                        "amount",
                        "cents",
                        BigDecimal.class,
                        amount -> amount.unscaledValue().longValueExact(), // of a column with two places
                        Long.class,
                        count -> BigDecimal.valueOf(count, 2))
                .build();
        DataPath<Long, Cents> path = JdbcPath.of(cents, Long.class, Cents.class).plain(Side.OLD, database);

        assertThat(path.get(1L)).contains(new Cents(1, 1250));
    }

    @Test
    void a_number_that_is_kept_as_a_text_is_no_other_ones_key() throws SQLException {
        execute(
                "CREATE TABLE t (id VARCHAR(10) PRIMARY KEY, name VARCHAR(20))",
                "INSERT INTO t VALUES ('5', 'five')",
                "INSERT INTO t VALUES ('05', 'zero five')");
        DataPath<Long, Named> path = JdbcPath.of(mapping("name").build(), Long.class, Named.class).plain(Side.NEW, database);

        Throwable refused = catchThrowable(() -> path.put(5L, new Named(5, "ana")));

        assertThat(texts("SELECT name FROM t WHERE id = '05'")).as("refused: " + refused).containsExactly("zero five");
    }

    @Test
    void a_text_that_is_kept_as_a_number_is_no_other_ones_key() {
        execute("CREATE TABLE t (id BIGINT PRIMARY KEY, name VARCHAR(20))", "INSERT INTO t VALUES (5, 'five')");
        DataPath<String, Named2> path =
                JdbcPath.of(mapping("name").build(), String.class, Named2.class).plain(Side.NEW, database);
        List<Optional<Named2>> found = new ArrayList<>();

        catchThrowable(() -> found.add(path.get("5x")));

        assertThat(found).doesNotContain(Optional.of(new Named2("five")));
    }

    @Test
    void a_uuid_that_is_kept_as_a_text_is_no_key_and_not_written_twice() throws SQLException {
        record Thing(java.util.UUID id, String name) {}
        java.util.UUID id = java.util.UUID.fromString("01234567-89ab-cdef-0123-456789abcdef");
        execute(
                "CREATE TABLE t (id VARCHAR(36) PRIMARY KEY, name VARCHAR(20))",
                "INSERT INTO t VALUES ('" + id.toString().toUpperCase(Locale.ROOT) + "', 'ana')");
        DataPath<java.util.UUID, Thing> path =
                JdbcPath.of(mapping("name").build(), java.util.UUID.class, Thing.class).plain(Side.NEW, database);

        assertThatThrownBy(() -> path.put(id, new Thing(id, "bo"))).isInstanceOf(RefusedWriteException.class);
        assertThatIllegalArgumentException().isThrownBy(() -> path.get(id));

        assertThat(texts("SELECT name FROM t")).containsExactly("ana");
    }

    @Test
    void days_of_long_ago_and_where_midnight_is_left_out_are_the_same() {
        record Day(long id, java.time.LocalDate born, java.time.LocalDateTime moment) {}
        TimeZone usual = TimeZone.getDefault();
        TimeZone.setDefault(TimeZone.getTimeZone("America/Sao_Paulo"));
        try {
            DataSource here = kind.create();
            Database.execute(
                    here,
                    "CREATE TABLE t (id BIGINT PRIMARY KEY, born DATE, moment " + (isMySql ? "DATETIME(6)" : "TIMESTAMP(6)") + ")");
            DataPath<Long, Day> path =
                    JdbcPath.of(mapping("born", "moment").build(), Long.class, Day.class).plain(Side.NEW, here);
            for (java.time.LocalDate day : List.of(
                    java.time.LocalDate.of(2018, 11, 4),
                    java.time.LocalDate.of(1582, 10, 10),
                    java.time.LocalDate.of(1500, 2, 28),
                    java.time.LocalDate.of(1000, 1, 1),
                    java.time.LocalDate.of(9999, 12, 31))) {
                Day exact = new Day(1, day, day.atStartOfDay());
                path.put(1L, exact);
                assertThat(path.get(1L)).contains(exact);
            }
        } finally {
            TimeZone.setDefault(usual);
        }
    }

    @Test
    void a_moment_in_a_column_with_a_time_zone_is_the_same_where_clocks_are_set_back() {
        record At(long id, Instant moment) {}
        TimeZone usual = TimeZone.getDefault();
        TimeZone.setDefault(TimeZone.getTimeZone("Europe/Berlin"));
        try {
            DataSource here = kind.create();
            Database.execute(
                    here,
                    "CREATE TABLE t (id BIGINT PRIMARY KEY, moment "
                            + (isMySql ? "TIMESTAMP(6) NULL" : "TIMESTAMP(6) WITH TIME ZONE") + ")");
            DataPath<Long, At> path = JdbcPath.of(mapping("moment").build(), Long.class, At.class).plain(Side.NEW, here);
            for (String moment : List.of("2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-03-29T01:30:00Z")) {
                At exact = new At(1, Instant.parse(moment));
                path.put(1L, exact);
                assertThat(path.get(1L)).contains(exact);
            }
        } finally {
            TimeZone.setDefault(usual);
        }
    }

    @Test
    void names_that_have_to_be_quoted_and_schemas_are_taken() throws SQLException {
        String quote = isMySql ? "`" : "\"";
        String table = quote + "Big Table" + quote;
        execute("CREATE TABLE " + table + " (" + quote + "Id" + quote + " BIGINT PRIMARY KEY, " + quote + "shortName" + quote
                + " VARCHAR(20))");
        record Big(long id, String shortName) {}
        TableMapping big = TableMapping.from("Big Table").into("Big Table").key("Id").column("shortName").build();
        DataPath<Long, Big> path = JdbcPath.of(big, Long.class, Big.class).plain(Side.NEW, database);

        path.put(1L, new Big(1, "ana"));

        assertThat(path.get(1L)).contains(new Big(1, "ana"));
    }

    @Test
    void enums_of_postgres_are_taken_and_arrays_refused() {
        assumeTrue(kind == Database.POSTGRES);
        execute(
                "CREATE TYPE colour AS ENUM ('RED', 'BLUE')",
                "CREATE TABLE t (id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, colour colour, tags TEXT[],"
                        + " twice INT GENERATED ALWAYS AS (1 + 1) STORED)");
        record Painted(long id, String colour) {}
        record Tagged(long id, String tags) {}
        DataPath<Long, Painted> path =
                JdbcPath.of(mapping("colour").build(), Long.class, Painted.class).plain(Side.NEW, database);
        DataPath<Long, Tagged> tagged =
                JdbcPath.of(mapping("tags").build(), Long.class, Tagged.class).plain(Side.NEW, database);

        path.put(1L, new Painted(1, "BLUE"));

        assertThat(path.get(1L)).contains(new Painted(1, "BLUE"));
        assertThatIllegalArgumentException().isThrownBy(() -> tagged.get(1L));
    }

    // ---- more of races and lost connections

    @Test
    void what_was_never_there_is_not_above_what_was_never_there() {
        execute("CREATE TABLE t (id BIGINT PRIMARY KEY, customer VARCHAR(20), " + MARKS + ")");
        VersionedDataPath<Long, Flat> path = flats().versioned(Side.NEW, database);

        assertThat(path.writeIfNewer(1L, Versioned.absent())).isFalse();
        assertThat(path.replace(1L, Version.ABSENT, Versioned.of(ONE, new Flat(1, "ana")))).isTrue();
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
                    Order mine = new Order(key, "v" + version, List.of(new Line((int) version, "a"), new Line(0, "v" + version)));
                    Order sorted = new Order(key, mine.customer(), List.of(mine.lines().get(1), mine.lines().get(0)));
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
                        assertThat(isWritten || state.equals("40001") && afterwards)
                                .as("step " + step + ", afterwards " + afterwards + ", " + state)
                                .isTrue();
                        assertThat(now).isEqualTo(sorted);
                    }
                }
            }
        }
    }

    // ---- time zones, leaks, and races of plain paths

    @Test
    void a_moment_is_the_same_for_a_node_in_another_time_zone() {
        assumeTrue(kind != Database.H2); // whose database in memory has no other address
        record At(long id, Instant moment) {}
        TimeZone usual = TimeZone.getDefault();
        String type = isMySql ? "TIMESTAMP(6) NULL" : "TIMESTAMP(6) WITH TIME ZONE";
        execute("CREATE TABLE t (id BIGINT PRIMARY KEY, moment " + type + ")");
        At exact = new At(1, Instant.parse("2026-03-01T12:00:00Z"));
        JdbcPath<Long, At> paths = JdbcPath.of(mapping("moment").build(), Long.class, At.class);
        try {
            TimeZone.setDefault(TimeZone.getTimeZone("Asia/Kathmandu"));
            paths.plain(Side.NEW, with("ApplicationName=a")).put(1L, exact);
            TimeZone.setDefault(TimeZone.getTimeZone("America/Lima"));

            assertThat(paths.plain(Side.NEW, with("ApplicationName=b")).get(1L)).contains(exact);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        } finally {
            TimeZone.setDefault(usual);
        }
    }

    @Test
    void a_key_whose_parts_are_in_another_order_than_the_mappings_is_the_same_key() {
        record Key(int number, String region) {}
        record Customer(@Nullable String name, int number, String region) {}
        execute(
                "CREATE TABLE t (region VARCHAR(10)" + exactText() + " NOT NULL, number INT NOT NULL, name VARCHAR(20), PRIMARY KEY (number, region))");
        DataPath<Key, Customer> path = JdbcPath.of(
                        TableMapping.from("t").into("t").key("region").key("number").column("name").build(),
                        Key.class,
                        Customer.class)
                .plain(Side.NEW, database);

        path.put(new Key(1, "2"), new Customer("ana", 1, "2"));
        path.put(new Key(2, "1"), new Customer("bo", 2, "1"));

        assertThat(path.get(new Key(1, "2"))).contains(new Customer("ana", 1, "2"));
        assertThat(path.getAll(Set.of(new Key(1, "2"), new Key(2, "1")))).hasSize(2);
    }

    @Test
    void a_call_that_fails_gives_its_connection_back_as_it_was() {
        createOrders("");
        execute("INSERT INTO t (id, customer) VALUES (1, 'ana')", "INSERT INTO line (order_id, no, article) VALUES (1, 1, 'x')");
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
                        mapping("customer").version("version", "writer").deleted("deleted").build(),
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

    private JdbcPath<Long, Order> plainOrders() {
        execute(
                "CREATE TABLE t (id BIGINT PRIMARY KEY, customer VARCHAR(20))",
                "CREATE TABLE line (order_id BIGINT NOT NULL, no INT NOT NULL, article VARCHAR(20), PRIMARY KEY (order_id, no))");
        return JdbcPath.of(mapping("customer").build(), Long.class, Order.class).children("lines", lines());
    }

    @Test
    void a_plain_put_whom_a_delete_comes_between_leaves_no_children_of_nobody() throws SQLException {
        JdbcPath<Long, Order> paths = plainOrders();
        DataPath<Long, Order> path = paths.plain(Side.NEW, database);
        List<CompletableFuture<Void>> other = new ArrayList<>();
        Order mine = new Order(1, "ana", List.of(new Line(1, "ana")));
        DataSource between = hooked("insert into t ", false, () -> {
            other.add(briefly(() -> path.delete(1L)));
        });
        DataSource both = hookedBefore(between, "insert into t ", () -> path.put(1L, new Order(1, "bo", List.of())));

        paths.plain(Side.NEW, both).put(1L, mine);
        other.forEach(CompletableFuture::join);

        assertThat(texts("SELECT article FROM line WHERE order_id NOT IN (SELECT id FROM t)"))
                .as("children of nobody")
                .isEmpty();
    }

    private static DataSource hookedBefore(DataSource of, String text, Runnable event) {
        AtomicBoolean done = new AtomicBoolean();
        return Faults.proxy(DataSource.class, (proxy, method, arguments) -> {
            Connection connection = (Connection) Faults.call(of, method, arguments);
            return Faults.proxy(Connection.class, (self, call, parameters) -> {
                boolean isIt = call.getName().equals("prepareStatement")
                        && ((String) parameters[0])
                                .toLowerCase(Locale.ROOT)
                                .replaceAll("[\"`]", "")
                                .startsWith(text);
                if (isIt && !done.getAndSet(true)) {
                    OwnThread.run(event).join();
                }
                return Faults.call(connection, call, parameters);
            });
        });
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
                    briefly(() -> execute("DELETE FROM t"));
                }
                return Faults.call(connection, call, parameters);
            });
        });
        VersionedDataPath<Long, Flat> mine = flats().versioned(Side.NEW, all);

        Boolean isWritten = null;
        try {
            isWritten = mine.writeIfNewer(1L, Versioned.of(TWO, new Flat(1, "bo")));
        } catch (RuntimeException e) {
            return; // it says that it does not know
        }

        assertThat(isWritten || !texts("SELECT id FROM t").isEmpty())
                .as("somebody wrote later")
                .isTrue();
    }

    @Test
    void readers_of_a_plain_record_see_no_mixture_and_nobody_fails() {
        JdbcPath<Long, Order> paths = plainOrders();
        DataPath<Long, Order> path = paths.plain(Side.NEW, database);
        List<CompletableFuture<?>> all = new ArrayList<>();
        for (int writer = 1; writer <= 4; writer++) {
            int me = writer;
            all.add(OwnThread.run(() -> {
                for (int i = 0; i < 40; i++) {
                    long key = i % 2;
                    String name = me + "-" + i;
                    path.put(key, new Order(key, name, List.of(new Line(me, name), new Line(me + 10, name))));
                }
            }));
        }
        while (!all.stream().allMatch(CompletableFuture::isDone)) {
            path.get(1L).ifPresent(order -> {
                assertThat(order.lines()).hasSize(2);
                assertThat(order.lines()).allMatch(line -> line.article().equals(order.customer()));
            });
        }
        all.forEach(CompletableFuture::join);
    }

    @Test
    void puts_and_deletes_of_a_plain_record_at_once_do_not_fail() throws SQLException {
        JdbcPath<Long, Order> paths = plainOrders();
        DataPath<Long, Order> path = paths.plain(Side.NEW, database);
        List<CompletableFuture<?>> all = new ArrayList<>();
        for (int writer = 1; writer <= 4; writer++) {
            int me = writer;
            all.add(OwnThread.run(() -> {
                for (int i = 0; i < 40; i++) {
                    String name = me + "-" + i;
                    if (me % 2 == 0) {
                        path.delete(1L);
                    } else {
                        path.put(1L, new Order(1, name, List.of(new Line(me, name), new Line(me + 10, name))));
                    }
                }
            }));
        }
        all.forEach(CompletableFuture::join);

        assertThat(texts("SELECT article FROM line WHERE order_id NOT IN (SELECT id FROM t)"))
                .as("children of nobody")
                .isEmpty();
    }

    @Test
    void a_boolean_that_is_neither_true_nor_false_is_an_error() {
        assumeTrue(isMySql);
        record Flag(long id, boolean flag) {}
        execute("CREATE TABLE t (id BIGINT PRIMARY KEY, flag TINYINT(1))", "INSERT INTO t VALUES (1, 2)");
        DataPath<Long, Flag> path = JdbcPath.of(mapping("flag").build(), Long.class, Flag.class).plain(Side.NEW, database);

        assertThatIllegalArgumentException().isThrownBy(() -> path.get(1L));
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

    @Test
    void the_same_list_is_not_two_tables() {
        createOrders("");

        assertThatIllegalArgumentException().isThrownBy(() -> JdbcPath.of(
                        mapping("customer").version("version", "writer").deleted("deleted").build(), Long.class, Order.class)
                .children("lines", lines())
                .children("lines", lines())
                .versioned(Side.NEW, database));
    }

    @Test
    void a_whole_number_is_not_kept_in_a_floating_column_without_a_function() {
        record Whole(long id, long amount) {}
        execute("CREATE TABLE t (id BIGINT PRIMARY KEY, amount DOUBLE PRECISION)");
        DataPath<Long, Whole> path = JdbcPath.of(mapping("amount").build(), Long.class, Whole.class).plain(Side.NEW, database);
        Whole exact = new Whole(1, 1L << 62); // a double has it

        assertThatThrownBy(() -> path.put(1L, exact)).isInstanceOf(RefusedWriteException.class);
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
                    long key = (i * me) % 10;
                    path.writeIfNewer(
                            key,
                            i % 5 == 0
                                    ? Versioned.deleted(new Version(i, me))
                                    : Versioned.of(
                                            new Version(i, me),
                                            new Order(key, "c", List.of(new Line(9, "b"), new Line(i, "a")).subList(0, i == 9 ? 1 : 2))));
                }
            }));
        }
        all.forEach(CompletableFuture::join);
    }

    @Test
    void the_key_zero_is_not_replaced_by_a_number_of_the_database() throws SQLException {
        assumeTrue(isMySql);
        execute("CREATE TABLE t (id BIGINT AUTO_INCREMENT PRIMARY KEY, customer VARCHAR(20), " + MARKS + ")");
        VersionedDataPath<Long, Flat> path = flats().versioned(Side.NEW, database);

        assertThat(path.writeIfNewer(0L, Versioned.of(ONE, new Flat(0, "ana")))).isTrue();

        assertThat(texts("SELECT id FROM t")).containsExactly("0");
        assertThat(path.get(0L)).contains(new Flat(0, "ana"));
    }
}
