package dev.turnout.flags.jdbc.diff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.jdbc.table.TableMapping;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
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

    static Stream<Database> withForm() {
        return Database.ofThisBuild().stream()
                .filter(database -> database != Database.H2 && database != Database.MARIADB_AS_MYSQL);
    }

    /** Doubles are for Java alone in MariaDB. */
    private static List<Samples> samples(Database database) {
        return Arrays.stream(Samples.values())
                .filter(each -> database == Database.POSTGRES || (each != Samples.DOUBLE && each != Samples.REAL))
                .filter(each -> each.isKnownTo(database))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("withForm")
    void a_database_writes_and_hashes_what_java_does(Database database) throws SQLException {
        DataSource data = database.create();
        List<Samples> samples = samples(database);
        fill(data, database, samples, new Random(5));
        Layout form = Layout.of(mapping(samples), data, data).source();
        Layout java = new Layout(
                form.dialect(), form.table(), form.keys(), form.columns(), form.versions(), form.deleted(), null);
        TableSide inDatabase = new TableSide("the database", data, form);
        TableSide inJava = new TableSide("Java", data, java);
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
        assertThat(inDatabase.hashes(Range.ALL))
                .isEqualTo(inJava.hashes(Range.ALL))
                .hasSize(ROWS);
        assertThat(inDatabase.sum(Range.ALL)).isEqualTo(inJava.sum(Range.ALL));
        if (database == Database.POSTGRES) {
            Layout older = new Layout(
                    form.dialect(),
                    form.table(),
                    form.keys(),
                    form.columns(),
                    form.versions(),
                    form.deleted(),
                    new PostgresForm(false));
            assertThat(new TableSide("an older one", data, older).sum(Range.ALL))
                    .isEqualTo(inJava.sum(Range.ALL));
        }
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
}
