package dev.turnout.flags.jdbc.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.jdbc.table.TableMapping;
import dev.turnout.flags.jdbc.type.ValueKind;
import dev.turnout.flags.migration.Difference;
import dev.turnout.flags.migration.Difference.Kind;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What only some databases have, or have in another way. */
@Timeout(300)
class OddValuesTest {
    private static final int KEYS = 60_000;

    static Stream<Database> databases() {
        return Database.each();
    }

    static Stream<Arguments> pairs() {
        return Database.pairs();
    }

    private static boolean isMySql(Database database) {
        return database == Database.MARIADB || database == Database.MARIADB_AS_MYSQL;
    }

    private static TableMapping mapping(String key, String... columns) {
        TableMapping.Builder mapping = TableMapping.from("odd").into("odd").key(key);
        Stream.of(columns).forEach(mapping::column);
        return mapping.build();
    }

    private static Verify.Builder<RowKey, ?> verify(TableMapping mapping, DataSource one, DataSource other) {
        return Verify.tables(mapping, one, other).settle(Duration.ofMillis(1), 1);
    }

    @Test
    void two_rows_that_cannot_be_compared_are_not_equal() {
        DataSource one = Database.H2.create();
        DataSource other = Database.H2.create();
        Database.execute(one, "CREATE TABLE odd (id INT PRIMARY KEY, t VARCHAR(9)) AS SELECT 1, U&'x\\d800'");
        Database.execute(other, "CREATE TABLE odd (id INT PRIMARY KEY, t VARCHAR(9)) AS SELECT 1, U&'y\\d800'");

        assertThat(verify(mapping("id", "t"), one, other).build().run().counts())
                .isEqualTo(Map.of(Kind.NOT_TRANSFORMABLE, 1L));
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void a_zero_date_is_no_null(Database one, Database other) {
        Assumptions.assumeTrue(isMySql(one), "no other database has it");
        for (String more : List.of("", ", f DOUBLE PRECISION")) { // by the database, and in Java
            DataSource old = one.create();
            DataSource now = other.create();
            DataSource same = one.create();
            String[] columns =
                    more.isEmpty() ? new String[] {"d", "n", "l", "i"} : new String[] {"d", "n", "l", "i", "f"};
            for (DataSource each : List.of(old, same)) {
                Database.execute(
                        each,
                        "SET sql_mode = ''",
                        "CREATE TABLE odd (id INT PRIMARY KEY, d DATE, n DATE NOT NULL, l DATETIME(6), i TIMESTAMP(6) NULL"
                                + more + ")",
                        "INSERT INTO odd (id, d, n, l, i) VALUES (1, '0000-00-00', '0000-00-00', '0000-00-00 00:00:00', '0000-00-00 00:00:00'),"
                                + " (2, '2020-02-00', '2020-02-03', '2020-00-00 00:00:00', NULL), (3, NULL, '2020-02-03', NULL, NULL)");
            }
            boolean isMySql = isMySql(other);
            String moment = isMySql ? "DATETIME(6)" : "TIMESTAMP(6)";
            Database.execute(
                    now,
                    "CREATE TABLE odd (id INT PRIMARY KEY, d DATE, n DATE, l " + moment + ", i "
                            + (isMySql ? "TIMESTAMP(6) NULL" : "TIMESTAMP(6) WITH TIME ZONE") + more + ")",
                    "INSERT INTO odd (id, d, n, l, i) VALUES (1, NULL, NULL, NULL, NULL), (2, NULL, DATE '2020-02-03', NULL, NULL),"
                            + " (3, NULL, DATE '2020-02-03', NULL, NULL)");

            VerifyResult<RowKey> result = verify(mapping("id", columns), old, now)
                    .revealColumns("d", "n", "l", "i")
                    .build()
                    .run();

            assertThat(result.differences())
                    .extracting(each -> each.key() + " " + each.kind())
                    .containsExactlyInAnyOrder("1 DIFFERENT", "2 DIFFERENT");
            assertThat(result.differences())
                    .filteredOn(each -> each.key().equals(RowKey.of(1L)))
                    .flatExtracting(Difference::fields)
                    .containsExactly(
                            new Difference.Field("d", "d0000-00-00;", "d;"),
                            new Difference.Field("n", "d0000-00-00;", "d;"),
                            new Difference.Field("l", "l0000-00-00 00:00:00;", "l;"),
                            new Difference.Field("i", "i0000-00-00 00:00:00+00;", "i;"));
            assertThat(verify(mapping("id", columns), old, same).build().run().isEqual())
                    .isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void padding_of_one_side_is_none_on_the_other(Database one, Database other) {
        DataSource old = one.create();
        DataSource now = other.create();
        Database.execute(
                old,
                "CREATE TABLE odd (id CHAR(9) PRIMARY KEY, c CHAR(5), v VARCHAR(5))",
                "INSERT INTO odd VALUES ('x', 'ab', 'ab'), ('y', 'ab', 'ab'), ('z z', '', ''), ('zz', NULL, NULL)");
        Database.execute(
                now,
                "CREATE TABLE odd (id VARCHAR(9) PRIMARY KEY, c VARCHAR(5), v CHAR(5))",
                "INSERT INTO odd VALUES ('x        ', 'ab   ', 'ab'), ('y', ' ab  ', 'ab'), ('z z', '     ', ''), ('zz', NULL, NULL)");
        TableMapping inJava = TableMapping.from("odd")
                .into("odd")
                .key("id")
                .column("c")
                .column("v", "v", String.class, text -> text + "  ")
                .build();

        for (TableMapping mapping : List.of(mapping("id", "c", "v"), inJava)) {
            VerifyResult<RowKey> result = verify(mapping, old, now).build().run();

            assertThat(result.differences())
                    .extracting(each -> each.key() + " " + each.kind())
                    .containsExactly("y DIFFERENT");
            assertThat(result.keysCompared()).isEqualTo(4);
        }
        Database.execute(now, "UPDATE odd SET c = 'ab' WHERE id = 'y'");
        assertThat(verify(mapping("id", "c", "v"), old, now).build().run().isEqual())
                .isTrue();
    }

    private static void fill(DataSource database, String id, int from, int to, IntFunction<String> key)
            throws SQLException {
        Database.execute(database, "CREATE TABLE odd (id " + id + " PRIMARY KEY, v INT)");
        insert(database, from, to, key);
    }

    private static void insert(DataSource database, int from, int to, IntFunction<String> key) throws SQLException {
        try (Connection connection = database.getConnection();
                PreparedStatement insert = connection.prepareStatement("INSERT INTO odd VALUES (?, 1)")) {
            connection.setAutoCommit(false);
            for (int i = from; i < to; i++) {
                insert.setString(1, key.apply(i));
                insert.addBatch();
            }
            insert.executeBatch();
            connection.commit();
            connection.setAutoCommit(true);
        }
    }

    private static final List<String> NAMES = List.of("anna", "Bob", "c.lee", "Dana-Fox", "eve_x");

    private static String mail(int number) {
        return NAMES.get(number % 5) + "." + number + "@example.com";
    }

    /** Each has keys that the other one lacks, and one that is different. */
    private static void compareInOrders(
            DataSource one, String oneId, DataSource other, String otherId, int keys, IntFunction<String> key)
            throws SQLException {
        int extra = keys / 50;
        fill(one, oneId, 0, keys - extra, key);
        fill(other, otherId, extra, keys, key);
        Database.execute(one, "UPDATE odd SET v = 2 WHERE id = '" + key.apply(keys / 2) + "'");
        for (int chunkSize : List.of(10_000, keys * 2)) {
            VerifyResult<RowKey> result = verify(mapping("id", "v"), one, other)
                    .chunkSize(chunkSize)
                    .build()
                    .run();

            assertThat(result.counts())
                    .isEqualTo(Map.of(Kind.MISSING, (long) extra, Kind.EXTRA, (long) extra, Kind.DIFFERENT, 1L));
            assertThat(result.keysCompared()).isEqualTo(keys);
            assertThat(result.unsettled()).isZero();
        }
    }

    @Test
    void databases_of_other_collations_are_compared_in_one_order() throws SQLException {
        Assumptions.assumeTrue(Database.ofThisBuild().contains(Database.POSTGRES));
        compareInOrders(
                Database.POSTGRES.create(),
                "VARCHAR(60) COLLATE \"C\"",
                Database.POSTGRES.create(),
                "VARCHAR(60) COLLATE \"en-US-x-icu\"",
                KEYS,
                OddValuesTest::mail);
    }

    @ParameterizedTest
    @MethodSource("databases")
    void whatever_collations_two_databases_have(Database database) throws SQLException {
        Assumptions.assumeTrue(Database.ofThisBuild().contains(Database.POSTGRES));
        DataSource other = database.create();
        if (database == Database.H2) {
            Database.execute(other, "SET COLLATION ENGLISH");
        }
        String id = "VARCHAR(60)" + (database == Database.POSTGRES ? " COLLATE \"de-x-icu\"" : "");
        compareInOrders(
                Database.POSTGRES.create(),
                "VARCHAR(60) COLLATE \"en-US-x-icu\"",
                other,
                id,
                KEYS / 2,
                OddValuesTest::mail);
    }

    private static String highCharacters(int number) {
        return (number % 2 == 0 ? "\ue000" : "\ud83d\ude00") + (1_000_000 + number);
    }

    /** H2 orders UTF-16, and PostgreSQL UTF-8, which is not the same. */
    @Test
    void keys_outside_the_plain_part_of_unicode_are_compared_in_one_order() throws SQLException {
        Assumptions.assumeTrue(Database.ofThisBuild().containsAll(List.of(Database.H2, Database.POSTGRES)));
        String postgres = "VARCHAR(60) COLLATE \"C\"";
        compareInOrders(
                Database.H2.create(),
                "VARCHAR(60)",
                Database.POSTGRES.create(),
                postgres,
                KEYS / 2,
                OddValuesTest::highCharacters);
        compareInOrders(
                Database.POSTGRES.create(),
                postgres,
                Database.H2.create(),
                "VARCHAR(60)",
                KEYS / 2,
                OddValuesTest::highCharacters);
    }

    /** As the tables are empty when H2 is asked for its order. */
    @Test
    void an_order_that_is_not_that_of_the_other_side_in_spite_of_all_hides_nothing() throws SQLException {
        Assumptions.assumeTrue(Database.ofThisBuild().containsAll(List.of(Database.H2, Database.POSTGRES)));
        for (Database authority : List.of(Database.H2, Database.POSTGRES)) {
            DataSource one = authority.create();
            DataSource other = (authority == Database.H2 ? Database.POSTGRES : Database.H2).create();
            String text = "CREATE TABLE odd (id VARCHAR(60)%s PRIMARY KEY, v INT)";
            Database.execute(one, text.formatted(authority == Database.POSTGRES ? " COLLATE \"C\"" : ""));
            Database.execute(other, text.formatted(authority == Database.H2 ? " COLLATE \"C\"" : ""));
            Verify<RowKey, ?> verify =
                    verify(mapping("id", "v"), one, other).chunkSize(KEYS).build();
            insert(one, 0, KEYS / 2 - 10, OddValuesTest::highCharacters);
            insert(other, 10, KEYS / 2, OddValuesTest::highCharacters);

            VerifyResult<RowKey> result = verify.run();

            assertThat(result.differences().stream()
                            .map(each -> each.key() + " " + each.kind())
                            .distinct())
                    .containsExactlyInAnyOrderElementsOf(IntStream.range(0, 20)
                            .mapToObj(i -> i < 10
                                    ? highCharacters(i) + " MISSING"
                                    : highCharacters(KEYS / 2 - 20 + i) + " EXTRA")
                            .toList());
        }
    }

    @Test
    void labels_of_an_enum_are_keys() {
        Assumptions.assumeTrue(Database.ofThisBuild().contains(Database.POSTGRES));
        DataSource old = Database.POSTGRES.create();
        DataSource now = Database.POSTGRES.create();
        Database.execute(
                old,
                "CREATE TYPE color AS ENUM ('red', 'green', 'blue')",
                "CREATE TABLE odd (id color PRIMARY KEY, v INT)");
        Database.execute(now, "CREATE TABLE odd (id TEXT PRIMARY KEY, v INT)");
        for (DataSource each : List.of(old, now)) {
            Database.execute(each, "INSERT INTO odd VALUES ('red', 1), ('green', 1), ('blue', 1)");
        }

        VerifyResult<RowKey> result =
                verify(mapping("id", "v"), old, now).chunkSize(1).build().run();

        assertThat(result.isEqual()).isTrue();
        assertThat(result.keysCompared()).isEqualTo(3);
    }

    @Test
    void keys_that_are_infinite_or_no_number_or_long_ago_are_compared() {
        Assumptions.assumeTrue(Database.ofThisBuild().contains(Database.POSTGRES));
        Map<String, List<String>> keys = Map.of(
                "TIMESTAMPTZ",
                List.of("-infinity", "0044-03-15 10:00:00.123456+00 BC", "2024-01-01 00:00:00+00", "infinity"),
                "TIMESTAMP",
                List.of("-infinity", "0044-03-15 10:00:00 BC", "12345-01-01 00:00:00.5", "infinity"),
                "DATE",
                List.of("-infinity", "4000-12-31 BC", "0001-01-01 BC", "12345-01-01", "infinity"),
                "NUMERIC",
                List.of("-Infinity", "-1.5", "0", "1e30", "Infinity", "NaN"));
        keys.forEach((type, values) -> {
            DataSource old = Database.POSTGRES.create();
            DataSource now = Database.POSTGRES.create();
            for (DataSource each : List.of(old, now)) {
                Database.execute(each, "CREATE TABLE odd (id " + type + " PRIMARY KEY, v INT)");
                values.forEach(value -> Database.execute(each, "INSERT INTO odd VALUES ('" + value + "', 1)"));
            }
            Database.execute(now, "UPDATE odd SET v = 2");
            VerifiedRanges verified = VerifiedRanges.in(now, "odd", () -> 1);

            VerifyResult<RowKey> result = verify(mapping("id", "v"), old, now)
                    .chunkSize(1)
                    .remember(verified)
                    .build()
                    .run();

            assertThat(result.counts()).as(type).isEqualTo(Map.of(Kind.DIFFERENT, (long) values.size()));
            assertThat(result.keysCompared()).isEqualTo(values.size());
        });
    }

    @ParameterizedTest
    @MethodSource("databases")
    void keys_that_another_database_can_not_have_are_missing_there(Database database) {
        Assumptions.assumeTrue(Database.ofThisBuild().contains(Database.POSTGRES));
        Map<String, List<String>> keys = Map.of(
                "TIMESTAMP(6)", List.of("-infinity", "0044-03-15 10:00:00 BC", "12345-01-01 00:00:00.5", "infinity"),
                "DATE", List.of("-infinity", "4000-12-31 BC", "12345-01-01", "infinity"),
                "DECIMAL(30, 2)", List.of("-Infinity", "Infinity", "NaN"));
        keys.forEach((type, values) -> {
            DataSource old = Database.POSTGRES.create();
            DataSource now = database.create();
            Database.execute(
                    old, "CREATE TABLE odd (id " + type.replaceFirst("DECIMAL.*", "NUMERIC") + " PRIMARY KEY, v INT)");
            values.forEach(value -> Database.execute(old, "INSERT INTO odd VALUES ('" + value + "', 1)"));
            Database.execute(
                    now,
                    "CREATE TABLE odd (id " + (isMySql(database) ? type.replace("TIMESTAMP", "DATETIME") : type)
                            + " PRIMARY KEY, v INT)");

            VerifyResult<RowKey> result =
                    verify(mapping("id", "v"), old, now).chunkSize(1).build().run();

            assertThat(result.counts()).as(type).isEqualTo(Map.of(Kind.MISSING, (long) values.size()));
        });
    }

    @Test
    void a_key_is_read_from_what_it_is_written_as() {
        Map<ValueKind, List<Object>> keys = Map.of(
                ValueKind.NUMBER,
                List.of(
                        1L,
                        Long.MIN_VALUE,
                        new BigDecimal("1.5"),
                        BigDecimal.TEN.pow(30),
                        Double.NaN,
                        Double.POSITIVE_INFINITY,
                        Double.NEGATIVE_INFINITY),
                ValueKind.TEXT,
                List.of("", "a;", "\u00e4".repeat(600_000)),
                ValueKind.UUID,
                List.of(new UUID(1, -2)),
                ValueKind.DATE,
                List.of(
                        LocalDate.MIN,
                        LocalDate.MAX,
                        LocalDate.of(-4712, 1, 1),
                        LocalDate.of(0, 12, 31),
                        LocalDate.of(12345, 1, 1)),
                ValueKind.TIMESTAMP,
                List.of(
                        LocalDateTime.MIN,
                        LocalDateTime.MAX,
                        LocalDateTime.of(-4712, 1, 1, 1, 2, 3, 400_000),
                        LocalDateTime.of(12345, 1, 1, 0, 0)),
                ValueKind.INSTANT,
                List.of(
                        Instant.MIN,
                        Instant.MAX,
                        LocalDateTime.of(-43, 3, 15, 1, 2, 3, 400_000).toInstant(java.time.ZoneOffset.UTC),
                        Instant.parse("2024-01-01T00:00:00.5Z")));
        keys.forEach((kind, values) -> {
            List<KeyColumn> columns = List.of(new KeyColumn(ValueKind.TEXT), new KeyColumn(kind));
            for (Object value : values) {
                RowKey key = RowKey.of("before", value);
                assertThat(KeyColumn.parse(columns, KeyColumn.text(columns, key)))
                        .isEqualTo(key);
            }
        });
    }

    @ParameterizedTest
    @MethodSource("databases")
    void a_key_that_is_no_date_is_refused(Database database) {
        Assumptions.assumeTrue(isMySql(database), "no other database has it");
        DataSource data = database.create();
        Database.execute(
                data,
                "SET sql_mode = ''",
                "CREATE TABLE odd (id DATE PRIMARY KEY, v INT)",
                "INSERT INTO odd VALUES ('0000-00-00', 1), ('2020-01-01', 1)");

        assertThatThrownBy(() -> verify(mapping("id", "v"), data, data)
                        .chunkSize(1)
                        .build()
                        .run())
                .isInstanceOf(VerifyException.class)
                .hasMessageContaining("0000-00-00");
    }
}
