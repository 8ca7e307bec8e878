package dev.turnout.flags.jdbc.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.jdbc.table.TableMapping;
import dev.turnout.flags.migration.Difference;
import dev.turnout.flags.migration.Difference.Kind;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each pair of databases, with each type, damaged in each way: all of it is found, and nothing else. */
@Timeout(300)
class TruthTest {
    private static final int ROWS = 3_000;

    private final Random random = new Random(7);
    private final Map<Long, Kind> expected = new HashMap<>();
    private final Map<Long, String> column = new HashMap<>();
    private long next = 11;
    private boolean withH2;
    private List<Samples> samples = List.of();

    static Stream<Arguments> pairs() {
        return Database.pairs();
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void every_damage_is_found_and_nothing_else(Database one, Database other) throws SQLException {
        withH2 = one == Database.H2 || other == Database.H2;
        samples = Stream.of(Samples.values())
                .filter(each -> each.isKnownTo(one) && each.isKnownTo(other))
                .toList();
        DataSource authority = one.create();
        DataSource mirror = other.create();
        List<Object[]> rows = rows();
        List<Object[]> damaged = damaged(rows);
        fill(authority, one, rows);
        fill(mirror, other, damaged);

        VerifyResult<RowKey> result = Verify.tables(mapping(), authority, mirror)
                .chunkSize(500)
                .settle(Duration.ofMillis(1), 1)
                .build()
                .run();

        Map<Long, Kind> found = result.differences().stream()
                .collect(Collectors.toMap(each -> each.key().only(Long.class), Difference::kind));
        assertThat(result.differences())
                .filteredOn(each -> !expected.containsKey(each.key().only(Long.class)))
                .as("found, but not there")
                .isEmpty();
        assertThat(expected.keySet().stream()
                        .filter(key -> !found.containsKey(key))
                        .map(key -> key / 1_000_003 + " " + column.get(key)))
                .as("there, but not found")
                .isEmpty();
        assertThat(found).isEqualTo(expected);
        for (Difference<RowKey> difference : result.differences()) {
            String only = column.get(difference.key().only(Long.class));
            if (only != null) {
                assertThat(difference.fields())
                        .as("row " + difference.key())
                        .extracting(Difference.Field::name)
                        .containsExactly(only);
            }
        }
        assertThat(result.unsettled()).isZero();
    }

    private TableMapping mapping() {
        TableMapping.Builder mapping =
                TableMapping.from("sample").into("sample").key("id");
        samples.forEach(each -> mapping.column(name(each)));
        return mapping.column("note").column("other_note").build();
    }

    private static String name(Samples sample) {
        return "c_" + sample.name().toLowerCase(Locale.ROOT);
    }

    private List<Object[]> rows() {
        List<Object[]> rows = new ArrayList<>();
        for (int i = 0; i < ROWS; i++) {
            Object[] row = new Object[samples.size() + 3];
            row[0] = (long) i * 1_000_003;
            for (int c = 0; c < samples.size(); c++) {
                row[c + 1] =
                        random.nextInt(15) == 0 ? null : stored(samples.get(c).value(i, random));
            }
            row[samples.size() + 1] = "note " + i;
            row[samples.size() + 2] = "other " + i;
            rows.add(row);
        }
        return rows;
    }

    private List<Object[]> damaged(List<Object[]> rows) {
        List<Object[]> damaged = rows.stream().map(Object[]::clone).collect(Collectors.toCollection(ArrayList::new));
        for (Samples sample : samples) {
            for (int time = 0; time < 3; time++) {
                flip(damaged, sample);
            }
            change(rows, damaged, sample, stored(sample.value(1, random)), null);
            change(rows, damaged, sample, null, sample.value(0, random));
        }
        change(rows, damaged, Samples.VARCHAR, "", null);
        change(rows, damaged, Samples.BINARY, new byte[0], null);
        if (!withH2) {
            change(rows, damaged, Samples.DOUBLE, 0.0, -0.0);
            change(rows, damaged, Samples.REAL, 0f, -0f);
        }
        change(rows, damaged, Samples.DOUBLE, 0.1, Math.nextUp(0.1));
        change(rows, damaged, Samples.DOUBLE, 0.1, (double) 0.1f);
        change(rows, damaged, Samples.VARCHAR, "a", "a ");
        change(rows, damaged, Samples.VARCHAR, "a", " a");
        change(rows, damaged, Samples.VARCHAR, "a", "A");
        change(rows, damaged, Samples.CHAR, "a", "A");
        change(rows, damaged, Samples.VARCHAR, "\u00e4", "a\u0308");
        change(rows, damaged, Samples.VARCHAR, "\u00e4", "a");
        change(rows, damaged, Samples.VARCHAR, "a long text that is cut", "a long text");
        change(rows, damaged, Samples.BINARY, new byte[] {1, 0}, new byte[] {1});
        change(rows, damaged, Samples.DECIMAL, new BigDecimal("1.2345678901"), new BigDecimal("1.23456789"));
        change(rows, damaged, Samples.DECIMAL, new BigDecimal("9007199254740993"), new BigDecimal("9007199254740992"));
        change(rows, damaged, Samples.BIGINT, 9007199254740993L, 9007199254740992L);
        LocalDateTime moment = LocalDateTime.of(2024, 3, 31, 2, 30, 0, 123_456_000);
        change(rows, damaged, Samples.TIMESTAMP, moment, moment.withNano(123_000_000));
        change(rows, damaged, Samples.TIMESTAMP, moment, moment.plusHours(1));
        OffsetDateTime instant = OffsetDateTime.parse("2024-03-31T02:30:00.123456+05:30");
        change(rows, damaged, Samples.INSTANT, instant, OffsetDateTime.parse("2024-03-31T02:30:00.123456Z"));
        change(rows, damaged, Samples.TIME, LocalTime.of(1, 2, 3, 456_000), LocalTime.of(1, 2, 3));
        change(rows, damaged, Samples.DATE, LocalDate.of(2024, 1, 2), LocalDate.of(2024, 1, 1));
        change(rows, damaged, Samples.UUIDS, new UUID(1, 2), new UUID(2, 1));
        swapColumns(damaged);
        swapRows(damaged);
        dropAndAdd(damaged);
        return damaged;
    }

    /** H2 has no -0: it stores a 0 for it. */
    private Object stored(Object value) {
        if (withH2 && value instanceof Number number && number.doubleValue() == 0) {
            return value instanceof Double ? (Object) 0.0 : value instanceof Float ? (Object) 0f : value;
        }
        return value;
    }

    private int index(Samples sample) {
        return samples.indexOf(sample) + 1;
    }

    /** One that is not damaged yet. */
    private Object[] untouched(List<Object[]> rows) {
        Object[] row = rows.get((int) next);
        next += 7;
        expected.put((Long) row[0], Kind.DIFFERENT);
        return row;
    }

    private Object[] row(List<Object[]> rows, Samples sample, @Nullable Object value) {
        Object[] row = untouched(rows);
        row[index(sample)] = value;
        column.put((Long) row[0], name(sample));
        return row;
    }

    private void flip(List<Object[]> rows, Samples sample) {
        Object[] row = untouched(rows);
        column.put((Long) row[0], name(sample));
        Object before = row[index(sample)];
        Object after = sample.any(random);
        while (Arrays.deepEquals(new Object[] {before}, new Object[] {after})) {
            after = sample.any(random);
        }
        row[index(sample)] = after;
    }

    private void change(
            List<Object[]> rows, List<Object[]> damaged, Samples sample, @Nullable Object from, @Nullable Object to) {
        if (!samples.contains(sample)) {
            return;
        }
        Object[] row = row(damaged, sample, from);
        row[index(sample)] = to;
        rows.get((int) ((long) row[0] / 1_000_003))[index(sample)] = from;
    }

    private void swapColumns(List<Object[]> rows) {
        Object[] row = untouched(rows);
        Object note = row[samples.size() + 1];
        row[samples.size() + 1] = row[samples.size() + 2];
        row[samples.size() + 2] = note;
    }

    /** Two rows have each other's value: a sum over columns would not see it. */
    private void swapRows(List<Object[]> rows) {
        Object[] one = untouched(rows);
        Object[] other = untouched(rows);
        Object note = one[samples.size() + 1];
        one[samples.size() + 1] = other[samples.size() + 1];
        other[samples.size() + 1] = note;
        column.put((Long) one[0], "note");
        column.put((Long) other[0], "note");
    }

    private void dropAndAdd(List<Object[]> rows) {
        Object[] twice = untouched(rows);
        Object[] dropped = untouched(rows);
        Object[] copied = untouched(rows).clone();
        expected.remove((Long) copied[0]);
        expected.put((Long) dropped[0], Kind.MISSING);
        rows.remove(dropped);
        rows.remove(rows.get(0));
        expected.put(0L, Kind.MISSING);
        copied[0] = (Long) copied[0] + 1;
        rows.add(copied);
        expected.put((Long) copied[0], Kind.EXTRA);
        rows.add(twice.clone()); // of one key: no table of theirs has a unique one
        column.put((Long) twice[0], "rows");
        Object[] last = rows.get(rows.size() - 1).clone();
        last[0] = 10_000_000_000L;
        rows.add(last);
        expected.put(10_000_000_000L, Kind.EXTRA);
    }

    /** Its drivers write moments in the zone of this machine, and the server reads them in its own; one of them knows no UUID. */
    private static @Nullable Object forMySql(@Nullable Object value) {
        if (value instanceof OffsetDateTime moment) {
            return moment.withOffsetSameInstant(ZoneOffset.UTC).toLocalDateTime();
        }
        return value instanceof UUID ? value.toString() : value;
    }

    private void fill(DataSource data, Database database, List<Object[]> rows) throws SQLException {
        String columns = samples.stream()
                .map(each -> name(each) + " " + each.type(database) + " NULL, ")
                .collect(Collectors.joining());
        String text = Samples.VARCHAR.type(database);
        Database.execute(
                data,
                "CREATE TABLE sample (id BIGINT, " + columns + "note " + text + ", other_note " + text + ")",
                "CREATE INDEX sample_by_id ON sample (id)");
        String parameters = "?" + ", ?".repeat(samples.size() + 2);
        try (Connection connection = data.getConnection();
                PreparedStatement insert =
                        connection.prepareStatement("INSERT INTO sample VALUES (" + parameters + ")")) {
            boolean isMySql = database != Database.H2 && database != Database.POSTGRES;
            if (isMySql) {
                connection.createStatement().execute("SET time_zone = '+00:00'");
            }
            for (Object[] row : rows) {
                for (int i = 0; i < row.length; i++) {
                    insert.setObject(i + 1, isMySql ? forMySql(row[i]) : row[i]);
                }
                insert.addBatch();
            }
            insert.executeBatch();
        }
    }
}
