package dev.turnout.flags.jdbc.backfill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.jdbc.sql.Statements;
import dev.turnout.flags.jdbc.table.TableMapping;
import dev.turnout.flags.stage.Side;
import java.sql.SQLException;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Keys in which orders, texts and types of databases differ, each of them where a chunk and a range end. */
@Timeout(300)
class SecondPassKeysTest {
    /** Of a database: a type and literals of it, in no order. */
    private record Kind(Database database, String type, List<String> literals, String collation) {
        Kind(Database database, String type, String... literals) {
            this(database, type, List.of(literals), "");
        }

        @Override
        public String toString() {
            return database + " " + type + collation;
        }
    }

    private static final String[] LONGS = {
        "-9223372036854775808", "9223372036854775807", "0", "-1", "1", "10", "9", "-10", "2", "100", "20", "-2"
    };
    private static final String[] DECIMALS = {
        "-99999999999999.999999",
        "99999999999999.999999",
        "0",
        "-0.000001",
        "0.000001",
        "1",
        "1.5",
        "-1.5",
        "10",
        "9",
        "2",
        "11"
    };
    private static final String[] UUIDS = {
        "'00000000-0000-0000-0000-000000000000'", "'ffffffff-ffff-ffff-ffff-ffffffffffff'",
        "'7fffffff-ffff-ffff-ffff-ffffffffffff'", "'80000000-0000-0000-0000-000000000000'",
        "'12345678-1234-1234-9234-123456789abc'", "'92345678-1234-1234-1234-123456789abc'",
        "'00000000-0000-0000-8000-000000000000'", "'00000000-0000-0000-7fff-ffffffffffff'",
        "'0a000000-0000-0000-0000-00000000000b'", "'a0000000-0000-0000-0000-00000000000b'",
        "'00000000-0000-0001-0000-000000000000'", "'00000000-0000-8000-0000-000000000000'"
    };
    private static final String[] TEXTS = {
        "''", "' '", "'  '", "'a'", "'A'", "'a '", "'ä'", "'z'", "'🧀'", "'%_'", "'it''s'", "'é'", "'e'", "'Z'", "'10'",
        "'9'"
    };
    private static final String[] BYTES = {
        "", "00", "0000", "ff", "ff00", "00ff", "5c", "27", "7f", "80", "c3a4", "20", "2020", "0a"
    };

    private static String[] bytes(String before) {
        return Stream.of(BYTES).map(hex -> before + hex + "'").toArray(String[]::new);
    }

    static Stream<Arguments> kinds() {
        return Stream.of(
                        new Kind(Database.H2, "BIGINT", LONGS),
                        new Kind(Database.POSTGRES, "BIGINT", LONGS),
                        new Kind(Database.MARIADB, "BIGINT", LONGS),
                        new Kind(Database.H2, "DECIMAL(20, 6)", DECIMALS),
                        new Kind(Database.POSTGRES, "DECIMAL(20, 6)", DECIMALS),
                        new Kind(Database.MARIADB, "DECIMAL(20, 6)", DECIMALS),
                        new Kind(
                                Database.POSTGRES,
                                "NUMERIC",
                                "'NaN'",
                                "'0'",
                                "'-1'",
                                "'1e30'",
                                "'-1e30'",
                                "'1e-30'",
                                "'1'",
                                "'10'",
                                "'9'",
                                "'2.50'",
                                "'2.5001'",
                                "'-2'"),
                        new Kind(Database.H2, "UUID", UUIDS),
                        new Kind(Database.POSTGRES, "UUID", UUIDS),
                        new Kind(Database.MARIADB, "UUID", UUIDS),
                        new Kind(Database.H2, "VARCHAR(40)", TEXTS),
                        new Kind(Database.POSTGRES, "VARCHAR(40)", List.of(TEXTS), " COLLATE \"C\""),
                        new Kind(Database.POSTGRES, "TEXT", List.of(TEXTS), " COLLATE \"und-x-icu\""),
                        new Kind(
                                Database.MARIADB,
                                "VARCHAR(40)",
                                List.of(TEXTS),
                                " CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin"),
                        new Kind(Database.H2, "VARBINARY(40)", bytes("X'")),
                        new Kind(Database.POSTGRES, "BYTEA", bytes("'\\x")),
                        new Kind(Database.MARIADB, "VARBINARY(40)", bytes("X'")),
                        new Kind(
                                Database.POSTGRES,
                                "TIMESTAMP",
                                "'infinity'",
                                "'-infinity'",
                                "'0044-03-15 00:00:00 BC'",
                                "'2024-10-27 02:30:00'",
                                "'1970-01-01'",
                                "'1969-12-31 23:59:59.999999'",
                                "'9999-12-31'",
                                "'0001-01-01'",
                                "'2024-02-29 00:00:00.000001'"),
                        new Kind(
                                Database.POSTGRES,
                                "DATE",
                                "'infinity'",
                                "'-infinity'",
                                "'0044-03-15 BC'",
                                "'1582-10-10'",
                                "'1970-01-01'",
                                "'9999-12-31'",
                                "'0001-01-01'",
                                "'2024-02-29'",
                                "'10000-01-01'"),
                        new Kind(
                                Database.H2,
                                "DATE",
                                "DATE '0001-01-01'",
                                "DATE '1970-01-01'",
                                "DATE '9999-12-31'",
                                "DATE '2024-02-29'",
                                "DATE '1969-12-31'",
                                "DATE '1900-01-01'"))
                .filter(kind -> Database.each().anyMatch(kind.database()::equals))
                .flatMap(kind -> Stream.of(false, true).map(composite -> Arguments.of(kind, composite)));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void each_odd_key_of_either_table_is_visited_once(Kind kind, boolean isComposite) throws SQLException {
        DataSource source = kind.database().create();
        DataSource target = kind.database().create();
        assumeTrue(
                !kind.collation().contains("icu")
                        || !Statements.query(
                                        source, row -> 1, "SELECT 1 FROM pg_collation WHERE collname = 'und-x-icu'")
                                .isEmpty(),
                "a PostgreSQL with ICU");
        String columns = " (a INT NOT NULL, k " + kind.type() + kind.collation()
                + " NOT NULL, note VARCHAR(10), PRIMARY KEY (" + (isComposite ? "a, k" : "k") + "))";
        Database.execute(source, "CREATE TABLE odd" + columns);
        Database.execute(target, "CREATE TABLE odd" + columns);
        TableMapping.Builder mapping = TableMapping.from("odd").into("odd");
        if (isComposite) {
            mapping.key("a").key("k").column("note");
        } else {
            mapping.key("k").column("a").column("note");
        }
        BackfillBuilder<List<String>, Void> copying = Backfill.from(source, mapping.build())
                .into(target)
                .named("odd")
                .workers(2)
                .chunkSize(1);
        copying.build().run("1"); // nothing is there yet, so all is for the second pass
        int both = 0;
        for (int i : IntStream.range(0, kind.literals().size()).toArray()) {
            String row =
                    "INSERT INTO odd VALUES (" + i % 2 + ", " + kind.literals().get(i) + ", 'x')";
            if (i % 3 != 1) {
                Database.execute(source, row);
            }
            if (i % 3 != 0) {
                Database.execute(target, row);
            }
            both += i % 3 == 2 ? 1 : 0;
        }
        Queue<List<String>> reconciled = new ConcurrentLinkedQueue<>();

        BackfillResult result = copying.reconciling(Function.identity(), (key, side) -> reconciled.add(key), Side.OLD)
                .build()
                .run("1");

        assertThat(result.reconciled()).isEqualTo(kind.literals().size() - both);
        assertThat(reconciled).hasSize(kind.literals().size() - both).doesNotHaveDuplicates();
        assertThat(Statements.query(
                        target,
                        row -> row.getLong(1),
                        "SELECT sum(rows_done) FROM turnout_backfill_range WHERE range_no >= 1000"))
                .as("visited")
                .containsExactly((long) kind.literals().size() + both);
    }
}
