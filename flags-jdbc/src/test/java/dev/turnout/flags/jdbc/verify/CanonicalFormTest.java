package dev.turnout.flags.jdbc.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.jdbc.table.TableMapping;
import dev.turnout.flags.jdbc.type.ValueKind;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class CanonicalFormTest {
    private static final int ROWS = 2_000;

    @ParameterizedTest
    @CsvSource({
        "NUMBER, n12;",
        "TEXT, s4:1\u00e4x",
        "UUID, uab;",
    })
    void a_value_has_a_tag_and_a_length_or_an_end(ValueKind kind, String expected) {
        Map<ValueKind, Object> values =
                Map.of(ValueKind.NUMBER, new BigDecimal("12.00"), ValueKind.TEXT, "1\u00e4x", ValueKind.UUID, "AB");

        assertThat(CanonicalForm.of(kind, values.get(kind))).isEqualTo(expected);
    }

    @Test
    void nothing_is_unlike_everything_else() {
        assertThat(CanonicalForm.of(ValueKind.TEXT, null)).isEqualTo("s:");
        assertThat(CanonicalForm.of(ValueKind.TEXT, "")).isEqualTo("s0:");
        assertThat(CanonicalForm.of(ValueKind.BINARY, null)).isEqualTo("x;");
        assertThat(CanonicalForm.of(ValueKind.BINARY, new byte[0])).isEqualTo("x\\x;");
    }

    @Test
    void what_is_the_same_amount_or_moment_is_the_same_text() {
        assertThat(Stream.of("0", "0.00", "0E+5").map(text -> CanonicalForm.of(ValueKind.NUMBER, new BigDecimal(text))))
                .containsOnly("n0;");
        assertThat(CanonicalForm.of(ValueKind.NUMBER, new BigDecimal("1.5E+3")))
                .isEqualTo(CanonicalForm.of(ValueKind.NUMBER, 1500L));
        OffsetDateTime moment = OffsetDateTime.of(2024, 1, 1, 5, 0, 0, 120_000_000, ZoneOffset.ofHours(5));
        assertThat(CanonicalForm.of(ValueKind.INSTANT, moment)).isEqualTo("i2024-01-01 00:00:00.12+00;");
        assertThat(CanonicalForm.of(ValueKind.INSTANT, moment.toInstant())).isEqualTo("i2024-01-01 00:00:00.12+00;");
        assertThat(CanonicalForm.of(ValueKind.DATE, LocalDate.of(-43, 3, 15))).isEqualTo("d0044-03-15 BC;");
        assertThat(CanonicalForm.of(ValueKind.TIMESTAMP, LocalDateTime.MAX)).isEqualTo("linfinity;");
        assertThat(CanonicalForm.of(ValueKind.DOUBLE, Double.longBitsToDouble(0xfff8000000000001L)))
                .isEqualTo(CanonicalForm.of(ValueKind.DOUBLE, Double.NaN));
        assertThat(CanonicalForm.of(ValueKind.DOUBLE, -0.0)).isNotEqualTo(CanonicalForm.of(ValueKind.DOUBLE, 0.0));
    }

    @Test
    void what_is_no_such_value_is_refused_without_showing_it() {
        assertThatThrownBy(() -> CanonicalForm.of(ValueKind.DATE, "1999-01-01"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("java.lang.String")
                .hasMessageNotContaining("1999");
        assertThatThrownBy(() -> CanonicalForm.of(ValueKind.TEXT, "\ud800"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void of_a_large_value_its_length_and_its_hash_are_written() {
        String text = "\u00e4".repeat(500_000);

        assertThat(CanonicalForm.of(ValueKind.TEXT, text)).isEqualTo("s1000000:" + text);
        assertThat(CanonicalForm.of(ValueKind.TEXT, text + "a"))
                .isEqualTo("s#1000001:6a7d9801bde2d5e41b9b5b8578c0e4bf;");
        assertThat(CanonicalForm.of(ValueKind.BINARY, new byte[1_000_000])).startsWith("x\\x00");
        assertThat(CanonicalForm.of(ValueKind.BINARY, new byte[1_000_001]))
                .isEqualTo("x#1000001:7583d758db9af5739a444af5401ec27d;");
    }

    static Stream<Database> withForm() {
        return Database.each().filter(database -> database != Database.H2 && database != Database.MARIADB_AS_MYSQL);
    }

    /** Doubles are for Java alone in MariaDB. */
    private static List<Samples> samples(Database database) {
        return Arrays.stream(Samples.values())
                .filter(each -> database == Database.POSTGRES || (each != Samples.DOUBLE && each != Samples.REAL))
                .filter(each -> each.isKnownTo(database))
                .toList();
    }

    @ParameterizedTest(allowZeroInvocations = true) // a build may have H2 alone
    @MethodSource("withForm")
    void a_database_writes_and_hashes_what_java_does(Database database) throws SQLException {
        DataSource data = database.create();
        List<Samples> samples = samples(database);
        fill(data, database, samples, new Random(5));
        Layout form = Layout.of(mapping(samples), data, data).source();
        TableSide inDatabase = new TableSide("the database", data, form);
        TableSide inJava = new TableSide("Java", data, inJava(form));
        List<RowKey> keys = LongStream.range(0, ROWS).mapToObj(RowKey::of).toList();

        assertThat(form.form()).isNotNull();
        for (int i = 0; i < ROWS; i += 500) {
            List<RowKey> some = keys.subList(i, i + 500);
            List<List<String>> written = rows(inDatabase, some);
            List<List<String>> expected = rows(inJava, some);
            for (int row = 0; row < some.size(); row++) {
                assertThat(written.get(row)).as("row " + some.get(row)).isEqualTo(expected.get(row));
            }
        }
        assertThat(inDatabase.hashes(KeyRange.ALL))
                .isEqualTo(inJava.hashes(KeyRange.ALL))
                .hasSize(ROWS);
        assertThat(inDatabase.sum(KeyRange.ALL)).isEqualTo(inJava.sum(KeyRange.ALL));
        if (database == Database.POSTGRES) {
            Layout older = new Layout(
                    form.dialect(),
                    form.table(),
                    form.keys(),
                    form.columns(),
                    form.versions(),
                    form.deleted(),
                    new PostgresForm(false));
            assertThat(new TableSide("an older one", data, older).sum(KeyRange.ALL))
                    .isEqualTo(inJava.sum(KeyRange.ALL));
        }
    }

    private static Layout inJava(Layout form) {
        return new Layout(
                form.dialect(), form.table(), form.keys(), form.columns(), form.versions(), form.deleted(), null);
    }

    private static List<List<String>> rows(TableSide side, List<RowKey> keys) {
        return side.read(keys).stream()
                .map(row -> row.value().orElseThrow().rows().get(0))
                .toList();
    }

    private static TableMapping mapping(List<Samples> samples) {
        TableMapping.Builder mapping =
                TableMapping.from("sample").into("sample").key("id");
        samples.forEach(each -> mapping.column("c_" + each.name().toLowerCase(java.util.Locale.ROOT)));
        return mapping.build();
    }

    private static void fill(DataSource data, Database database, List<Samples> samples, Random random)
            throws SQLException {
        String columns = samples.stream()
                .map(each -> "c_" + each + " " + each.type(database) + " NULL")
                .collect(Collectors.joining(", "));
        Database.execute(data, "CREATE TABLE sample (id BIGINT PRIMARY KEY, " + columns + ")");
        List<String> parameters = new ArrayList<>(List.of("?"));
        samples.forEach(each -> parameters.add("?"));
        try (Connection connection = data.getConnection();
                PreparedStatement insert = connection.prepareStatement(
                        "INSERT INTO sample VALUES (" + String.join(", ", parameters) + ")")) {
            for (int row = 0; row < ROWS; row++) {
                insert.setLong(1, row);
                for (int i = 0; i < samples.size(); i++) {
                    boolean isNull = random.nextInt(20) == 0;
                    insert.setObject(i + 2, isNull ? null : samples.get(i).value(row, random));
                }
                insert.addBatch();
            }
            insert.executeBatch();
        }
    }

    private static final String BYTES_OF_POSTGRES = "convert_to(repeat('%s', %d), 'UTF8')";

    private static String bytes(Database database, String letter, int length) {
        return (database == Database.POSTGRES ? BYTES_OF_POSTGRES : "REPEAT('%s', %d)").formatted(letter, length);
    }

    private static void createLarge(DataSource data, Database database) {
        boolean isPostgres = database == Database.POSTGRES;
        Database.execute(
                data,
                "CREATE TABLE big (id INT PRIMARY KEY, v " + (isPostgres ? "TEXT" : "LONGTEXT CHARACTER SET utf8mb4")
                        + ", b " + (isPostgres ? "BYTEA" : "LONGBLOB") + ")");
    }

    private static TableMapping large() {
        return TableMapping.from("big")
                .into("big")
                .key("id")
                .column("v")
                .column("b")
                .build();
    }

    @ParameterizedTest(allowZeroInvocations = true) // a build may have H2 alone
    @MethodSource("withForm")
    void a_database_writes_large_values_as_java_does(Database database) {
        DataSource data = database.create();
        createLarge(data, database);
        Database.execute(data, "INSERT INTO big VALUES (0, NULL, NULL)");
        int row = 1;
        for (String letter : List.of("a", "\u00e4", "\ud83d\ude00")) {
            int letters = 1_000_000 / letter.getBytes(java.nio.charset.StandardCharsets.UTF_8).length;
            for (int length : List.of(letters, letters + 1)) {
                Database.execute(
                        data,
                        "INSERT INTO big VALUES (" + row++ + ", REPEAT('" + letter + "', " + length + "), "
                                + bytes(database, "z", 999_994 + 2 * row) + ")");
            }
        }
        Layout form = Layout.of(large(), data, data).source();
        TableSide inDatabase = new TableSide("the database", data, form);
        TableSide inJava = new TableSide("Java", data, inJava(form));
        List<RowKey> keys = LongStream.range(0, row).mapToObj(RowKey::of).toList();

        assertThat(form.form()).isNotNull();
        assertThat(rows(inDatabase, keys)).isEqualTo(rows(inJava, keys));
        assertThat(rows(inDatabase, keys))
                .filteredOn(values -> values.get(0).startsWith("s#"))
                .hasSize(3);
        assertThat(rows(inDatabase, keys))
                .filteredOn(values -> values.get(1).startsWith("x#"))
                .hasSize(4);
        assertThat(inDatabase.hashes(KeyRange.ALL)).isEqualTo(inJava.hashes(KeyRange.ALL));
        assertThat(inDatabase.sum(KeyRange.ALL)).isEqualTo(inJava.sum(KeyRange.ALL));
    }

    /** In MariaDB, the hexadecimal digits of such bytes have no room in one text. */
    @ParameterizedTest(allowZeroInvocations = true) // a build may have H2 alone
    @MethodSource("withForm")
    void bytes_that_a_database_can_not_write_as_text_are_compared(Database database) {
        DataSource one = database.create();
        DataSource other = database.create();
        createLarge(one, database);
        createLarge(other, database);
        int length = 36_000_000;
        Database.execute(one, "INSERT INTO big VALUES (1, 'a', " + bytes(database, "a", length) + ")");
        Database.execute(other, "INSERT INTO big VALUES (1, 'a', " + bytes(database, "a", length) + ")");

        assertThat(verify(large(), one, other).isEqual()).isTrue();
        Database.execute(other, "UPDATE big SET b = " + bytes(database, "b", length));
        assertThat(verify(large(), one, other).isEqual()).isFalse();
        Database.execute(other, "UPDATE big SET b = NULL");
        assertThat(verify(large(), one, other).isEqual()).isFalse();
    }

    private static VerifyResult<RowKey> verify(TableMapping mapping, DataSource one, DataSource other) {
        return Verify.tables(mapping, one, other)
                .settle(Duration.ofMillis(1), 1)
                .build()
                .run();
    }

    @ParameterizedTest(allowZeroInvocations = true) // a build may have H2 alone
    @MethodSource("withForm")
    void a_row_that_has_no_room_in_one_text_is_an_error(Database database) {
        Assumptions.assumeTrue(database == Database.MARIADB, "PostgreSQL reports it itself, above a gigabyte");
        DataSource data = database.create();
        int columns = 70;
        TableMapping.Builder mapping = TableMapping.from("wide").into("wide").key("id");
        StringBuilder create = new StringBuilder("CREATE TABLE wide (id INT PRIMARY KEY");
        for (int i = 0; i < columns; i++) {
            mapping.computed("c" + i, "CASE id WHEN 2 THEN REPEAT('a', 990000) ELSE c" + i + " END");
            create.append(", c").append(i).append(" TEXT");
        }
        Database.execute(data, create + ")", "INSERT INTO wide (id) VALUES (1), (2), (3)");
        TableSide side = new TableSide(
                "the authority", data, Layout.of(mapping.build(), data, data).source());

        for (ThrowingCallable reading :
                List.<ThrowingCallable>of(() -> side.sum(KeyRange.ALL), () -> side.hashes(KeyRange.ALL))) {
            assertThatThrownBy(reading)
                    .isInstanceOf(VerifyException.class)
                    .hasMessageContainingAll("`wide` of the authority", "max_allowed_packet");
        }
    }
}
