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
import dev.turnout.flags.migration.Versioned;
import dev.turnout.flags.migration.VersionedDataPath;
import dev.turnout.flags.stage.Side;
import java.math.BigDecimal;
import java.sql.SQLException;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which columns stand for which components, and what is refused. */
@OnEachDatabase
@Timeout(120)
class JdbcPathColumnsTest extends JdbcPathFixture {
    JdbcPathColumnsTest(Database kind) {
        super(kind);
    }

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
        execute(
                "CREATE TABLE t (id BIGINT PRIMARY KEY, name VARCHAR(20), " + MARKS + ")",
                "INSERT INTO t (id, name) VALUES (1, 'ana li')");
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
        record TooFew(long id, String shortName) {}
        TableMapping twice = mapping("short_name", "shortname").build();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> JdbcPath.of(twice, Long.class, TooFew.class).plain(Side.NEW, database));
    }

    @Test
    void a_key_of_another_class_than_its_component_is_refused_when_the_path_is_made() {
        record Whole(int id, String name) {}
        JdbcPath<Long, Whole> paths = JdbcPath.of(mapping("name").build(), Long.class, Whole.class);

        assertThatIllegalArgumentException().isThrownBy(() -> paths.plain(Side.NEW, database));
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

        assertThatIllegalArgumentException()
                .isThrownBy(() -> JdbcPath.of(
                                mapping("customer")
                                        .version("version", "writer")
                                        .deleted("deleted")
                                        .build(),
                                Long.class,
                                Order.class)
                        .children("lines", versioned)
                        .versioned(Side.NEW, database));
    }

    @Test
    void a_small_number_is_not_read_as_a_boolean() {
        assumeTrue(isMySql);
        record Small(long id, int stars) {}
        execute("CREATE TABLE t (id BIGINT PRIMARY KEY, stars TINYINT(1))");
        DataPath<Long, Small> path =
                JdbcPath.of(mapping("stars").build(), Long.class, Small.class).plain(Side.NEW, database);

        path.put(1L, new Small(1, 5));

        assertThat(path.get(1L)).contains(new Small(1, 5));
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
        DataPath<Long, Real> path =
                JdbcPath.of(mapping("amount").build(), Long.class, Real.class).plain(Side.NEW, database);

        assertThatThrownBy(() -> path.put(1L, new Real(1, 0.1 + 0.2))).isInstanceOf(RefusedWriteException.class);
    }

    @Test
    void json_that_the_database_writes_in_its_own_way_is_refused() {
        execute("CREATE TABLE t (id BIGINT PRIMARY KEY, name " + (kind == Database.POSTGRES ? "jsonb" : "JSON") + ")");
        DataPath<Long, Named> path =
                JdbcPath.of(mapping("name").build(), Long.class, Named.class).plain(Side.NEW, database);

        Named exact = new Named(1, "{\"a\": 1}");
        if (isMySql) { // whose JSON is a text
            path.put(1L, exact);
            assertThat(path.get(1L)).contains(exact);
        } else {
            assertThatThrownBy(() -> path.put(1L, exact)).isInstanceOf(RefusedWriteException.class);
        }
    }

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
    void names_that_have_to_be_quoted_and_schemas_are_taken() throws SQLException {
        String quote = isMySql ? "`" : "\"";
        String table = quote + "Big Table" + quote;
        execute("CREATE TABLE " + table + " (" + quote + "Id" + quote + " BIGINT PRIMARY KEY, " + quote + "shortName"
                + quote + " VARCHAR(20))");
        record Big(long id, String shortName) {}
        TableMapping big = TableMapping.from("Big Table")
                .into("Big Table")
                .key("Id")
                .column("shortName")
                .build();
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
        DataPath<Long, Painted> path = JdbcPath.of(mapping("colour").build(), Long.class, Painted.class)
                .plain(Side.NEW, database);
        DataPath<Long, Tagged> tagged =
                JdbcPath.of(mapping("tags").build(), Long.class, Tagged.class).plain(Side.NEW, database);

        path.put(1L, new Painted(1, "BLUE"));

        assertThat(path.get(1L)).contains(new Painted(1, "BLUE"));
        assertThatIllegalArgumentException().isThrownBy(() -> tagged.get(1L));
    }

    @Test
    void a_boolean_that_is_neither_true_nor_false_is_an_error() {
        assumeTrue(isMySql);
        record Flag(long id, boolean flag) {}
        execute("CREATE TABLE t (id BIGINT PRIMARY KEY, flag TINYINT(1))", "INSERT INTO t VALUES (1, 2)");
        DataPath<Long, Flag> path =
                JdbcPath.of(mapping("flag").build(), Long.class, Flag.class).plain(Side.NEW, database);

        assertThatIllegalArgumentException().isThrownBy(() -> path.get(1L));
    }

    @Test
    void the_same_list_is_not_two_tables() {
        createOrders("");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> JdbcPath.of(
                                mapping("customer")
                                        .version("version", "writer")
                                        .deleted("deleted")
                                        .build(),
                                Long.class,
                                Order.class)
                        .children("lines", lines())
                        .children("lines", lines())
                        .versioned(Side.NEW, database));
    }

    @Test
    void a_whole_number_is_not_kept_in_a_floating_column_without_a_function() {
        record Whole(long id, long amount) {}
        execute("CREATE TABLE t (id BIGINT PRIMARY KEY, amount DOUBLE PRECISION)");
        DataPath<Long, Whole> path =
                JdbcPath.of(mapping("amount").build(), Long.class, Whole.class).plain(Side.NEW, database);
        Whole exact = new Whole(1, 1L << 62); // a double has it

        assertThatThrownBy(() -> path.put(1L, exact)).isInstanceOf(RefusedWriteException.class);
    }
}
