package dev.turnout.flags.jdbc.backfill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.jdbc.OnEachDatabase;
import dev.turnout.flags.jdbc.sql.Statements;
import dev.turnout.flags.jdbc.table.TableMapping;
import dev.turnout.flags.jdbc.verify.RowKey;
import dev.turnout.flags.jdbc.verify.Verify;
import dev.turnout.flags.jdbc.verify.VerifyResult;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

/** What a plan reports of the types of columns, and of what else decides whether values come through. */
@OnEachDatabase
class PlanTypesTest {
    private static final String OVERWRITE = "overwrite each other";

    private final Database kind;
    private final DataSource source;
    private final DataSource target;

    PlanTypesTest(Database kind) {
        this.kind = kind;
        source = kind.create();
        target = kind.create();
    }

    private boolean isMySql() {
        return kind == Database.MARIADB || kind == Database.MARIADB_AS_MYSQL;
    }

    private <T> T each(T h2, T postgres, T mySql) {
        return isMySql() ? mySql : kind == Database.H2 ? h2 : postgres;
    }

    private static TableMapping mapping(String table, String... columns) {
        TableMapping.Builder mapping = TableMapping.from(table).into(table).key("k");
        for (String column : columns) {
            mapping.column(column);
        }
        return mapping.build();
    }

    private Plan plan(String from, String into) {
        Database.execute(source, "CREATE TABLE t (" + from + ")");
        Database.execute(target, "CREATE TABLE t (" + into + ")");
        try {
            return Plan.of(mapping("t"), source, target);
        } finally {
            Database.execute(source, "DROP TABLE t");
            Database.execute(target, "DROP TABLE t");
        }
    }

    private Plan keyed(String from, String into) {
        return plan("k " + from + " NOT NULL, PRIMARY KEY (k)", "k " + into + " NOT NULL, PRIMARY KEY (k)");
    }

    @Test
    void a_version_that_may_be_null_is_refused_on_both_sides_where_it_decides() {
        Database.execute(source, "CREATE TABLE t (k INT NOT NULL PRIMARY KEY, v INT)");
        Database.execute(target, "CREATE TABLE t (k INT NOT NULL PRIMARY KEY, v INT)");
        TableMapping mapping =
                TableMapping.from("t").into("t").key("k").version("v").build();
        BackfillBuilder<?, ?> backfill =
                Backfill.from(source, mapping).into(target).named("t");

        assertThatThrownBy(() -> backfill.build().run("1"))
                .hasMessageContainingAll("'v' of t in the source", "'v' of t in the target", "NOT NULL");

        backfill.guardedBy(OverwriteGuard.RECHECK).build().run("1");
    }

    @Test
    void what_nobody_can_compare_is_not_copied_unless_somebody_says_yes() throws SQLException {
        Database.execute(source, "CREATE TABLE t (k INT NOT NULL PRIMARY KEY, n INT, o INT)");
        Database.execute(target, "CREATE TABLE t (k INT NOT NULL PRIMARY KEY, n VARCHAR(9), o INT)");
        Database.execute(source, "INSERT INTO t VALUES (1, 7, 8)");
        TableMapping.Builder mapping =
                TableMapping.from("t").into("t").key("k").column("n").column("o");
        Plan refused = Plan.of(mapping.build(), source, target);

        assertThat(refused.isBlocked()).isTrue();
        assertThat(refused.toString())
                .contains("'n' of t cannot be verified", "unverified(\"n\")")
                .doesNotContain("'o'");
        assertThatThrownBy(() -> Backfill.from(source, mapping.build())
                        .into(target)
                        .named("t")
                        .build()
                        .run("1"))
                .isInstanceOf(BackfillException.class)
                .hasMessageContainingAll("'n' of t cannot be verified", "unverified(\"n\")");
        assertThat(rows()).isEmpty();

        TableMapping accepted = mapping.unverified("n").build();
        assertThat(Plan.of(accepted, source, target).isBlocked()).isFalse();
        assertThat(Plan.of(accepted, source, target).toString()).contains("'n' of the target will not be verified");
        Backfill.from(source, accepted)
                .guardedBy(OverwriteGuard.RECHECK)
                .into(target)
                .named("accepted")
                .build()
                .run("1");
        assertThat(rows()).containsExactly("1 7 8");
        Database.execute(target, "UPDATE t SET n = 'x'");
        assertThat(verify(accepted).isEqual()).isTrue();
        assertThat(verify(accepted).unverified()).containsExactly("n");
        Database.execute(target, "UPDATE t SET o = 9");
        assertThat(verify(accepted).isEqual()).isFalse();
    }

    private List<String> rows() throws SQLException {
        return Statements.query(
                target, row -> row.getInt(1) + " " + row.getString(2) + " " + row.getInt(3), "SELECT k, n, o FROM t");
    }

    private VerifyResult<RowKey> verify(TableMapping mapping) {
        return Verify.tables(mapping, source, target)
                .settle(Duration.ofMillis(1), 1)
                .build()
                .run();
    }

    @Test
    void what_is_said_to_be_unverified_must_be_a_column_that_is_copied() {
        TableMapping.Builder mapping =
                TableMapping.from("t").into("t").key("k").column("n").version("v");
        for (String name : List.of("k", "v", "x")) {
            assertThatThrownBy(() -> TableMapping.from("t")
                            .into("t")
                            .key("k")
                            .column("n")
                            .version("v")
                            .unverified(name)
                            .build())
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContainingAll("[" + name + "]", "[n]");
        }
        assertThat(mapping.unverified("n").build().description()).contains("not verified [n]");
        assertThatThrownBy(() -> TableMapping.from("t")
                        .into("t")
                        .withoutKey()
                        .column("n")
                        .unverified("n")
                        .build())
                .hasMessageContaining("nothing would be compared");
    }

    @Test
    void a_key_of_a_type_that_could_lose_rows_is_refused_on_both_sides() {
        List<String> types = each(
                List.of("DOUBLE PRECISION", "REAL", "TIME", "INTERVAL DAY", "DECFLOAT(10)"),
                List.of("DOUBLE PRECISION", "REAL", "TIME", "INTERVAL", "INT[]", "JSONB", "INET"),
                List.of(
                        "ENUM('red', 'blue')",
                        "SET('red', 'blue')",
                        "DOUBLE",
                        "FLOAT",
                        "TIMESTAMP",
                        "BIT(3)",
                        "TIME",
                        "YEAR"));

        for (String type : types) {
            Plan plan = keyed(type, type);

            assertThat(plan.findings())
                    .as(type)
                    .extracting(Plan.Finding::severity)
                    .containsExactly(Plan.Severity.ERROR, Plan.Severity.ERROR);
            assertThat(plan.toString())
                    .contains("'k' of t in the source belongs", "'k' of t in the target belongs", "Choose another");
        }
    }

    @Test
    void keys_of_all_other_types_are_taken() {
        if (kind == Database.POSTGRES) {
            for (DataSource database : List.of(source, target)) {
                Database.execute(
                        database,
                        "CREATE TYPE colour AS ENUM ('red', 'blue')",
                        "CREATE DOMAIN mail AS VARCHAR(40) CHECK (value LIKE '%@%')");
            }
        }
        List<String> integers = List.of("SMALLINT", "INT", "BIGINT", "DECIMAL(9, 2)", "DATE", "UUID");
        List<String> others = each(
                List.of(
                        "CHAR(9)",
                        "VARCHAR(9)",
                        "VARCHAR_IGNORECASE(9)",
                        "TIMESTAMP(9)",
                        "TIMESTAMP WITH TIME ZONE",
                        "BOOLEAN",
                        "TINYINT",
                        "BINARY(16)",
                        "VARBINARY(16)",
                        "ENUM('red', 'blue')",
                        "BIGINT GENERATED BY DEFAULT AS IDENTITY"),
                List.of(
                        "CHAR(9)",
                        "VARCHAR(9)",
                        "TEXT",
                        "NUMERIC",
                        "TIMESTAMP",
                        "TIMESTAMPTZ",
                        "BOOLEAN",
                        "BYTEA",
                        "BIGSERIAL",
                        "colour",
                        "mail"),
                List.of(
                        "CHAR(9)",
                        "VARCHAR(9)",
                        "DATETIME(6)",
                        "TINYINT",
                        "TINYINT(1)",
                        "MEDIUMINT",
                        "BIGINT UNSIGNED",
                        "BIGINT AUTO_INCREMENT",
                        "BINARY(16)",
                        "VARBINARY(16)"));

        for (List<String> types : List.of(integers, others)) {
            for (String type : types) {
                Plan plan = keyed(type, type);

                assertThat(plan.isBlocked()).as(plan.toString()).isFalse();
                assertThat(plan.toString()).doesNotContain(" becomes ");
            }
        }
    }

    @Test
    void only_the_side_that_cannot_have_it_is_named_and_a_backfill_refuses_it() {
        String floating = each("DOUBLE PRECISION", "DOUBLE PRECISION", "DOUBLE");

        assertThat(keyed("BIGINT", floating).findings())
                .singleElement()
                .asString()
                .contains("in the target belongs to the key")
                .doesNotContain("in the source");

        Database.execute(source, "CREATE TABLE t (k BIGINT PRIMARY KEY)", "INSERT INTO t VALUES (1)");
        Database.execute(target, "CREATE TABLE t (k " + floating + " PRIMARY KEY)");
        assertThatThrownBy(() -> Backfill.from(source, mapping("t"))
                        .into(target)
                        .named("floats")
                        .build()
                        .run("1"))
                .isInstanceOf(BackfillException.class)
                .hasMessageContainingAll("belongs to the key", "Choose another unique key");
    }

    @Test
    void a_target_that_takes_two_texts_for_one_key_is_told_with_both_collations() {
        if (kind == Database.POSTGRES) {
            for (DataSource database : List.of(source, target)) {
                Database.execute(
                        database,
                        "CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false)");
            }
        }
        String exact =
                each("VARCHAR(40)", "VARCHAR(40)", "VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin");
        String loose = each(
                "VARCHAR_IGNORECASE(40)",
                "VARCHAR(40) COLLATE nocase",
                "VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci");

        assertThat(keyed(exact, loose).toString().toLowerCase(Locale.ROOT))
                .contains("case, accents", OVERWRITE, "give the target's column")
                .contains(each("ignorecase off", "with collation nocase", "utf8mb4_nopad_bin becomes"))
                .contains(each("varchar", "collate \"c\"", "with collation utf8mb4_general_ci"));
        assertThat(keyed(loose, loose).toString()).doesNotContain(OVERWRITE);
        assertThat(keyed(loose, exact).toString()).doesNotContain(OVERWRITE);
        assertThat(keyed(exact, exact).toString()).doesNotContain(OVERWRITE);
    }

    @Test
    void a_target_to_which_trailing_spaces_say_nothing_is_told() {
        String exact =
                each("VARCHAR(40)", "VARCHAR(40)", "VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin");
        String padded = each("CHAR(40)", "CHAR(40)", "VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin");

        assertThat(keyed(exact, padded).toString()).contains("trailing spaces alone", OVERWRITE);
        assertThat(keyed(padded, padded).toString()).doesNotContain(OVERWRITE);
        assertThat(keyed(padded, exact).toString()).doesNotContain(OVERWRITE);
    }

    @Test
    void a_text_key_is_also_compared_between_two_kinds_of_database() {
        assumeTrue(kind != Database.H2);
        DataSource old = Database.H2.create();
        Database.execute(old, "CREATE TABLE t (k VARCHAR(40) PRIMARY KEY)");
        Database.execute(target, "CREATE TABLE t (k VARCHAR(40) PRIMARY KEY)");

        String plan = Plan.of(mapping("t"), old, target).toString();

        if (isMySql()) {
            assertThat(plan).contains("with collation OFF becomes", OVERWRITE, "COLLATE utf8mb4_nopad_bin");
        } else {
            assertThat(plan).doesNotContain(OVERWRITE);
        }
    }

    @Test
    void a_column_that_the_target_computes_is_an_error_unless_it_is_left_out() {
        String computed = each(
                "k BIGINT PRIMARY KEY, a INT, b INT GENERATED ALWAYS AS (a * 2)",
                "k BIGINT PRIMARY KEY, a INT, b INT GENERATED ALWAYS AS (a * 2) STORED NOT NULL",
                "k BIGINT PRIMARY KEY, a INT, b INT AS (a * 2) STORED");
        Database.execute(source, "CREATE TABLE t (k BIGINT PRIMARY KEY, a INT, b INT NOT NULL)");
        Database.execute(target, "CREATE TABLE t (" + computed + ")");

        assertThat(Plan.of(mapping("t", "a", "b"), source, target).findings())
                .singleElement()
                .asString()
                .contains("ERROR", "'b' of t in the target is computed", "Leave it out");
        assertThat(Plan.of(mapping("t", "a"), source, target).isBlocked()).isFalse();
        Database.execute(source, "DROP TABLE t", "CREATE TABLE t (" + computed + ")");
        Database.execute(target, "DROP TABLE t", "CREATE TABLE t (k BIGINT PRIMARY KEY, a INT, b INT)");
        assertThat(Plan.of(mapping("t", "a", "b"), source, target).isBlocked()).isFalse();
    }

    @Test
    void a_column_whose_numbers_cannot_be_set_is_an_error_unless_it_is_left_out() {
        assumeTrue(!isMySql(), "AUTO_INCREMENT takes other numbers");
        Database.execute(source, "CREATE TABLE t (k BIGINT PRIMARY KEY, a BIGINT)");
        Database.execute(target, "CREATE TABLE t (k BIGINT PRIMARY KEY, a BIGINT GENERATED ALWAYS AS IDENTITY)");

        assertThat(Plan.of(mapping("t", "a"), source, target).findings())
                .singleElement()
                .asString()
                .contains("ERROR", "'a' of t in the target is GENERATED ALWAYS AS IDENTITY", "GENERATED BY DEFAULT");
        assertThat(Plan.of(mapping("t"), source, target).isBlocked()).isFalse();
        Database.execute(target, "ALTER TABLE t ALTER COLUMN a SET GENERATED BY DEFAULT");
        assertThat(Plan.of(mapping("t", "a"), source, target).isBlocked()).isFalse();
    }

    @Test
    void a_key_whose_numbers_cannot_be_set_is_refused_where_that_is_so() throws SQLException {
        assumeTrue(!isMySql(), "AUTO_INCREMENT takes other numbers");
        Database.execute(source, "CREATE TABLE t (k BIGINT PRIMARY KEY)", "INSERT INTO t VALUES (7)");
        Database.execute(target, "CREATE TABLE t (k BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY)");
        Backfill<?, ?> backfill = Backfill.from(source, mapping("t"))
                .into(target)
                .named("numbered")
                .build();

        if (Plan.of(mapping("t"), source, target).isBlocked()) {
            assertThat(kind).isEqualTo(Database.H2);
            assertThatThrownBy(() -> backfill.run("1")).hasMessageContaining("GENERATED BY DEFAULT");
        } else {
            backfill.run("1");
            assertThat(Statements.query(target, row -> row.getLong(1), "SELECT k FROM t"))
                    .containsExactly(7L);
        }
    }

    @Test
    void row_level_security_is_an_error_on_both_sides() throws SQLException {
        assumeTrue(kind == Database.POSTGRES);
        for (DataSource database : List.of(source, target)) {
            Database.execute(
                    database,
                    "CREATE TABLE t (k BIGINT PRIMARY KEY)",
                    "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
                    "CREATE POLICY odd ON t USING (k % 2 = 1)");
        }

        assertThat(Plan.of(mapping("t"), source, target).isBlocked())
                .as("to a superuser they do not apply")
                .isFalse();
        assertThat(Plan.of(mapping("t"), asReader(source), asReader(target)).findings())
                .extracting(Plan.Finding::toString)
                .satisfiesExactly(
                        finding -> assertThat(finding).contains("ERROR: Row-level security of t in the source"),
                        finding -> assertThat(finding).contains("t in the target", "BYPASSRLS"));
    }

    private static DataSource asReader(DataSource database) throws SQLException {
        try (Connection connection = database.getConnection()) {
            String schema = connection.getSchema();
            String role = "reader_of_" + schema;
            Database.execute(
                    database,
                    "CREATE ROLE " + role,
                    "GRANT USAGE ON SCHEMA " + schema + " TO " + role,
                    "GRANT SELECT ON t TO " + role);
            String url = connection.getMetaData().getURL() + "&options=-c%20role%3D" + role;
            return (DataSource) Proxy.newProxyInstance(
                    PlanTypesTest.class.getClassLoader(),
                    new Class<?>[] {DataSource.class},
                    (proxy, method, arguments) -> DriverManager.getConnection(url));
        }
    }

    /** What a plan reports of columns of these types, one line for each: the hazards, or nothing. */
    private static List<String> hazards(DataSource old, DataSource now, List<List<String>> pairs) {
        return hazards(old, now, pairs, Set.of());
    }

    /** @param unverified those of the pairs that cannot be compared */
    private static List<String> hazards(
            DataSource old, DataSource now, List<List<String>> pairs, Set<List<String>> unverified) {
        List<Integer> all = IntStream.range(0, pairs.size()).boxed().toList();
        for (int side = 0; side < 2; side++) {
            int which = side;
            String columns = all.stream()
                    .map(i -> ", c" + i + " " + pairs.get(i).get(which))
                    .collect(Collectors.joining());
            Database.execute(side == 0 ? old : now, "CREATE TABLE typed (k BIGINT PRIMARY KEY" + columns + ")");
        }
        TableMapping.Builder mapping = TableMapping.from("typed").into("typed").key("k");
        for (int i : all) {
            mapping.column("c" + i);
            if (unverified.contains(pairs.get(i).subList(0, 2))) {
                mapping.unverified("c" + i);
            }
        }
        Plan plan = Plan.of(mapping.build(), old, now);
        assertThat(plan.isBlocked()).as(plan.toString()).isFalse();
        return all.stream()
                .map(i -> pairs.get(i) + ": "
                        + plan.findings().stream()
                                .filter(finding ->
                                        finding.what().toLowerCase(Locale.ROOT).startsWith("'c" + i + "' "))
                                .map(Plan.Finding::hazard)
                                .collect(Collectors.joining(" ")))
                .toList();
    }

    private static List<String> silent(List<List<String>> pairs) {
        return pairs.stream().map(pair -> pair + ": ").toList();
    }

    @Test
    void what_is_known_to_lose_nothing_is_not_told() {
        List<List<String>> pairs = each(
                List.of(
                        List.of("INT", "BIGINT"),
                        List.of("INT", "NUMERIC(10, 0)"),
                        List.of("INT", "DOUBLE PRECISION"),
                        List.of("NUMERIC(9, 2)", "NUMERIC(12, 3)"),
                        List.of("NUMERIC(9, 0)", "INT"),
                        List.of("VARCHAR(9)", "VARCHAR"),
                        List.of("CHAR(5)", "VARCHAR(5)"),
                        List.of("TIMESTAMP(3)", "TIMESTAMP"),
                        List.of("TIME(0)", "TIME(3)"),
                        List.of("JSON", "JSON"),
                        List.of("BINARY(5)", "VARBINARY(9)")),
                List.of(
                        List.of("INT", "BIGINT"),
                        List.of("BIGINT", "NUMERIC"),
                        List.of("NUMERIC(9, 2)", "NUMERIC"),
                        List.of("NUMERIC(9, 2)", "NUMERIC(12, 3)"),
                        List.of("VARCHAR(9)", "TEXT"),
                        List.of("CHAR(5)", "VARCHAR(5)"),
                        List.of("TIMESTAMP(3)", "TIMESTAMP"),
                        List.of("TIMETZ", "TIMETZ"),
                        List.of("INTERVAL", "INTERVAL"),
                        List.of("INT[]", "INT[]"),
                        List.of("JSONB", "JSONB")),
                List.of(
                        List.of("INT", "BIGINT"),
                        List.of("INT UNSIGNED", "BIGINT"),
                        List.of("BIGINT UNSIGNED", "DECIMAL(20, 0)"),
                        List.of("VARCHAR(9)", "TEXT"),
                        List.of("TINYTEXT", "TEXT"),
                        List.of("TINYINT(1)", "TINYINT(1)"),
                        List.of("DATETIME(3)", "DATETIME(6)"),
                        List.of("TIMESTAMP(3) NULL", "TIMESTAMP(6) NULL"),
                        List.of("VARBINARY(9)", "BLOB"),
                        List.of("ENUM('red', 'blue')", "ENUM('red', 'blue')"),
                        List.of("ENUM('red', 'blue')", "VARCHAR(9)")));

        assertThat(hazards(source, target, pairs)).isEqualTo(silent(pairs));
    }

    @Test
    void what_h2_holds_fits_into_the_same_types_of_another_database() {
        assumeTrue(kind != Database.H2);
        List<List<String>> pairs = List.of(
                List.of("SMALLINT", "SMALLINT"),
                List.of("INT", "INT"),
                List.of("BIGINT", "BIGINT"),
                List.of("NUMERIC(9, 2)", "NUMERIC(9, 2)"),
                List.of("DOUBLE PRECISION", "DOUBLE PRECISION"),
                List.of("VARCHAR(40)", "VARCHAR(40) " + each("", "", "CHARACTER SET utf8mb4")),
                List.of("BOOLEAN", "BOOLEAN"),
                List.of("DATE", "DATE"),
                List.of("TIMESTAMP", each("", "TIMESTAMP", "DATETIME(6)")),
                List.of("VARBINARY(40)", each("", "BYTEA", "VARBINARY(40)")),
                List.of("UUID", "UUID"));

        assertThat(hazards(Database.H2.create(), target, pairs)).isEqualTo(silent(pairs));
    }

    @Test
    void rounding_and_other_losses_are_named() {
        String rounds = "rounds the numbers";
        String digits = "fewer digits";
        String fractions = "fewer fractions";
        String kinds = "differ in kind";
        String zone = "time zone on one side";
        List<List<String>> losses = each(
                List.of(
                        List.of("DOUBLE PRECISION", "INT", rounds),
                        List.of("DOUBLE PRECISION", "NUMERIC(10, 2)", rounds),
                        List.of("DOUBLE PRECISION", "REAL", rounds),
                        List.of("NUMERIC(10, 3)", "NUMERIC(10, 2)", digits),
                        List.of("BIGINT", "INT", digits),
                        List.of("BIGINT", "DOUBLE PRECISION", rounds),
                        List.of("TIME(3)", "TIME", fractions),
                        List.of("TIMESTAMP(9)", "TIMESTAMP", fractions),
                        List.of("TIMESTAMP", "TIMESTAMP WITH TIME ZONE", zone),
                        List.of("VARCHAR(9)", "VARCHAR(8)", "shorter"),
                        List.of("VARCHAR(9)", "CHAR(9)", "fills"),
                        List.of("INT", "VARCHAR(40)", kinds),
                        List.of("JSON", "VARCHAR(40)", "not known"),
                        List.of("VARBINARY(9)", "VARBINARY(8)", "fewer bytes")),
                List.of(
                        List.of("NUMERIC", "NUMERIC(10, 2)", digits),
                        List.of("NUMERIC(10, 3)", "NUMERIC(10, 2)", digits),
                        List.of("NUMERIC(3, -2)", "NUMERIC(3, 0)", digits),
                        List.of("DOUBLE PRECISION", "NUMERIC(10, 2)", rounds),
                        List.of("REAL", "NUMERIC", rounds),
                        List.of("DOUBLE PRECISION", "INT", rounds),
                        List.of("DOUBLE PRECISION", "REAL", rounds),
                        List.of("TIME", "TIME(0)", fractions),
                        List.of("TIMESTAMPTZ", "TIMESTAMPTZ(3)", fractions),
                        List.of("TIMESTAMPTZ", "TIMESTAMP", zone),
                        List.of("BIGINT", "INT", digits),
                        List.of("TEXT", "VARCHAR(90)", "shorter"),
                        List.of("INTERVAL", "INTERVAL(0)", "not known"),
                        List.of("JSON", "JSONB", "not known")),
                List.of(
                        List.of("DATETIME(6)", "DATETIME", fractions),
                        List.of("TIME(3)", "TIME", fractions),
                        List.of("DATETIME", "TIMESTAMP NULL", zone),
                        List.of("DOUBLE", "INT", rounds),
                        List.of("DOUBLE", "FLOAT", rounds),
                        List.of("DOUBLE", "DOUBLE(10, 2)", kinds),
                        List.of("DOUBLE", "DECIMAL(10, 2)", rounds),
                        List.of("BIGINT", "INT", digits),
                        List.of("INT", "INT UNSIGNED", digits),
                        List.of("INT UNSIGNED", "INT", digits),
                        List.of("TEXT", "VARCHAR(90)", "shorter"),
                        List.of("VARBINARY(9)", "BINARY(9)", "fills"),
                        List.of("VARCHAR(9) CHARACTER SET utf8mb4", "VARCHAR(9) CHARACTER SET latin1", "character set"),
                        List.of("SET('red', 'blue')", "SET('red', 'blue', 'green')", "not known")));

        Set<List<String>> unverified = Set.copyOf(each(
                List.of(
                        List.of("TIMESTAMP", "TIMESTAMP WITH TIME ZONE"),
                        List.of("INT", "VARCHAR(40)"),
                        List.of("JSON", "VARCHAR(40)")),
                List.of(List.of("TIMESTAMPTZ", "TIMESTAMP"), List.of("JSON", "JSONB")),
                List.of(List.of("DATETIME", "TIMESTAMP NULL"))));

        List<String> hazards = hazards(source, target, losses, unverified);

        for (int i = 0; i < losses.size(); i++) {
            assertThat(hazards.get(i)).contains(losses.get(i).get(2));
        }
    }

    @Test
    void a_domain_is_as_small_as_the_one_below_it() {
        assumeTrue(kind == Database.POSTGRES);
        Database.execute(
                target,
                "CREATE DOMAIN price AS NUMERIC(10, 2)",
                "CREATE DOMAIN price_above_zero AS price CHECK (value > 0)",
                "CREATE DOMAIN lowest_price AS price_above_zero",
                "CREATE DOMAIN code AS VARCHAR(9)",
                "CREATE DOMAIN own_code AS code");

        List<String> hazards = hazards(
                source,
                target,
                List.of(
                        List.of("NUMERIC(10, 3)", "price"),
                        List.of("NUMERIC(10, 3)", "lowest_price"),
                        List.of("TEXT", "own_code"),
                        List.of("NUMERIC(10, 2)", "lowest_price"),
                        List.of("VARCHAR(9)", "own_code")));

        assertThat(hazards.subList(0, 2)).allMatch(hazard -> hazard.contains("fewer digits"));
        assertThat(hazards.get(2)).contains("shorter");
        assertThat(hazards.subList(3, 5)).allMatch(hazard -> hazard.endsWith(": "));
    }

    @Test
    void a_key_that_is_rounded_is_told_to_overwrite_rows() {
        assertThat(keyed("DECIMAL(9, 2)", "DECIMAL(9, 0)").toString()).contains("fewer digits", OVERWRITE);
    }

    @Test
    void a_boolean_that_may_hold_other_numbers_is_told() {
        assumeTrue(isMySql());
        DataSource h2 = Database.H2.create();

        assertThat(hazards(source, h2, List.of(List.of("TINYINT(1)", "BOOLEAN"))))
                .singleElement()
                .asString()
                .contains("other than 0 and 1");
    }
}
