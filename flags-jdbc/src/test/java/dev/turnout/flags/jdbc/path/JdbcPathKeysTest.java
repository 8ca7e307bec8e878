package dev.turnout.flags.jdbc.path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.jdbc.OnEachDatabase;
import dev.turnout.flags.jdbc.table.TableMapping;
import dev.turnout.flags.migration.DataPath;
import dev.turnout.flags.migration.RefusedWriteException;
import dev.turnout.flags.migration.Version;
import dev.turnout.flags.migration.Versioned;
import dev.turnout.flags.migration.VersionedDataPath;
import dev.turnout.flags.stage.Side;
import java.math.BigDecimal;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A key finds its record, and none of another key. */
@OnEachDatabase
@Timeout(120)
class JdbcPathKeysTest extends JdbcPathFixture {
    JdbcPathKeysTest(Database kind) {
        super(kind);
    }

    @Test
    void many_are_read_as_each_one_is_where_the_database_fills_keys_with_spaces() {
        execute("CREATE TABLE t (id CHAR(8)" + exactText() + " PRIMARY KEY, name VARCHAR(20))");
        DataPath<String, Named2> path =
                JdbcPath.of(mapping("name").build(), String.class, Named2.class).plain(Side.NEW, database);
        path.put("eu", new Named2("ana"));
        assertThat(path.get("eu")).contains(new Named2("ana"));

        assertThat(path.getAll(Set.of("eu"))).isEqualTo(Map.of("eu", new Named2("ana")));
    }

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

    @Test
    void many_are_read_as_each_one_is_where_two_keys_say_the_same() {
        execute("CREATE TABLE t (id DECIMAL(10, 2) PRIMARY KEY, name VARCHAR(20))");
        DataPath<BigDecimal, Decimal> path = JdbcPath.of(mapping("name").build(), BigDecimal.class, Decimal.class)
                .plain(Side.NEW, database);
        BigDecimal one = new BigDecimal("1.5");
        BigDecimal same = new BigDecimal("1.50");
        path.put(one, new Decimal(one, "ana"));

        assertThat(path.get(one)).isPresent().isEqualTo(path.get(same));
        assertThat(path.getAll(Set.of(one, same)).keySet()).isEqualTo(Set.of(one, same));
    }

    @Test
    void a_key_that_its_column_would_round_is_not_written_under_another_one() throws SQLException {
        execute("CREATE TABLE t (id DECIMAL(10, 2) PRIMARY KEY, name VARCHAR(20))");
        DataPath<BigDecimal, Decimal> path = JdbcPath.of(mapping("name").build(), BigDecimal.class, Decimal.class)
                .plain(Side.NEW, database);
        BigDecimal key = new BigDecimal("1.234");

        Throwable refused = catchThrowable(() -> path.put(key, new Decimal(key, "ana")));

        assertThat(texts("SELECT id FROM t")).as("refused: " + refused).isEmpty();
    }

    @Test
    void of_two_that_write_a_key_without_an_index_at_once_one_is_told_so_or_it_is_refused() throws SQLException {
        execute("CREATE TABLE t (id BIGINT NOT NULL, customer VARCHAR(20), " + MARKS + ")");
        record Customer(long id, String customer) {}
        JdbcPath<Long, Customer> paths = JdbcPath.of(
                mapping("customer")
                        .version("version", "writer")
                        .deleted("deleted")
                        .build(),
                Long.class,
                Customer.class);
        boolean first = false;
        boolean second = false;
        try {
            first = paths.versioned(Side.NEW, database)
                    .replace(1L, Version.ABSENT, Versioned.of(ONE, new Customer(1, "ana")));
            second = paths.versioned(Side.NEW, database)
                    .replace(1L, Version.ABSENT, Versioned.of(TWO, new Customer(1, "bo")));
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
        DataPath<Long, Named> path =
                JdbcPath.of(mapping("name").build(), Long.class, Named.class).plain(Side.NEW, database);

        assertThat(path.getAll(java.util.stream.LongStream.range(0, 100_000)
                        .boxed()
                        .collect(java.util.stream.Collectors.toSet())))
                .isEqualTo(Map.of(77777L, new Named(77777, "ana")));
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
    void a_number_that_is_kept_as_a_text_is_no_other_ones_key() throws SQLException {
        execute(
                "CREATE TABLE t (id VARCHAR(10) PRIMARY KEY, name VARCHAR(20))",
                "INSERT INTO t VALUES ('5', 'five')",
                "INSERT INTO t VALUES ('05', 'zero five')");
        DataPath<Long, Named> path =
                JdbcPath.of(mapping("name").build(), Long.class, Named.class).plain(Side.NEW, database);

        Throwable refused = catchThrowable(() -> path.put(5L, new Named(5, "ana")));

        assertThat(texts("SELECT name FROM t WHERE id = '05'"))
                .as("refused: " + refused)
                .containsExactly("zero five");
    }

    @Test
    void a_text_that_is_kept_as_a_number_is_no_other_ones_key() {
        execute("CREATE TABLE t (id BIGINT PRIMARY KEY, name VARCHAR(20))", "INSERT INTO t VALUES (5, 'five')");
        DataPath<String, Named2> path =
                JdbcPath.of(mapping("name").build(), String.class, Named2.class).plain(Side.NEW, database);
        List<Optional<Named2>> found = new ArrayList<>();

        var refused = catchThrowable(() -> found.add(path.get("5x")));

        assertThat(found).as("%s", refused).doesNotContain(Optional.of(new Named2("five")));
    }

    @Test
    void a_uuid_that_is_kept_as_a_text_is_no_key_and_not_written_twice() throws SQLException {
        record Thing(java.util.UUID id, String name) {}
        java.util.UUID id = java.util.UUID.fromString("01234567-89ab-cdef-0123-456789abcdef");
        execute(
                "CREATE TABLE t (id VARCHAR(36) PRIMARY KEY, name VARCHAR(20))",
                "INSERT INTO t VALUES ('" + id.toString().toUpperCase(Locale.ROOT) + "', 'ana')");
        DataPath<java.util.UUID, Thing> path = JdbcPath.of(mapping("name").build(), java.util.UUID.class, Thing.class)
                .plain(Side.NEW, database);

        assertThatThrownBy(() -> path.put(id, new Thing(id, "bo"))).isInstanceOf(RefusedWriteException.class);
        assertThatIllegalArgumentException().isThrownBy(() -> path.get(id));

        assertThat(texts("SELECT name FROM t")).containsExactly("ana");
    }

    @Test
    void a_key_whose_parts_are_in_another_order_than_the_mappings_is_the_same_key() {
        record Key(int number, String region) {}
        record Customer(@Nullable String name, int number, String region) {}
        execute("CREATE TABLE t (region VARCHAR(10)" + exactText()
                + " NOT NULL, number INT NOT NULL, name VARCHAR(20), PRIMARY KEY (number, region))");
        DataPath<Key, Customer> path = JdbcPath.of(
                        TableMapping.from("t")
                                .into("t")
                                .key("region")
                                .key("number")
                                .column("name")
                                .build(),
                        Key.class,
                        Customer.class)
                .plain(Side.NEW, database);

        path.put(new Key(1, "2"), new Customer("ana", 1, "2"));
        path.put(new Key(2, "1"), new Customer("bo", 2, "1"));

        assertThat(path.get(new Key(1, "2"))).contains(new Customer("ana", 1, "2"));
        assertThat(path.getAll(Set.of(new Key(1, "2"), new Key(2, "1")))).hasSize(2);
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
