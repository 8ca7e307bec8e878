package dev.turnout.flags.jdbc.backfill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.jdbc.sql.Names;
import dev.turnout.flags.jdbc.sql.SecondaryIndex;
import dev.turnout.flags.jdbc.sql.Statements;
import dev.turnout.flags.jdbc.sql.Transactions;
import dev.turnout.flags.jdbc.table.SchemaMapping;
import dev.turnout.flags.jdbc.table.TableMapping;
import dev.turnout.flags.jdbc.verify.Verify;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Tables whose rows are in others: partitions in the source, the target or both, and PostgreSQL's inheritance. */
@Timeout(300)
class PartitionedTableTest {
    private static final int ROWS = 3_000;
    private static final String PLAIN = "CREATE TABLE reading (day INT NOT NULL, id INT NOT NULL, note TEXT";

    private final DataSource source = Database.POSTGRES.create();
    private final DataSource target = Database.POSTGRES.create();

    private static void create(DataSource database, boolean isPartitioned, String key) {
        String table = PLAIN + ", PRIMARY KEY (" + key + "))";
        if (!isPartitioned) {
            Database.execute(database, table);
            return;
        }
        Database.execute(
                database,
                table + " PARTITION BY RANGE (day)",
                "CREATE TABLE reading_1 PARTITION OF reading FOR VALUES FROM (0) TO (10)",
                "CREATE TABLE reading_2 PARTITION OF reading FOR VALUES FROM (10) TO (20) PARTITION BY HASH (id)",
                "CREATE TABLE reading_2a PARTITION OF reading_2 FOR VALUES WITH (MODULUS 2, REMAINDER 0)",
                "CREATE TABLE reading_2b PARTITION OF reading_2 FOR VALUES WITH (MODULUS 2, REMAINDER 1)",
                "CREATE TABLE reading_empty PARTITION OF reading FOR VALUES FROM (100) TO (200)",
                "CREATE TABLE reading_rest PARTITION OF reading DEFAULT");
    }

    private static void fill(DataSource database) {
        Database.execute(
                database, "INSERT INTO reading SELECT n % 30, n, 'note ' || n FROM generate_series(1, " + ROWS + ") n");
    }

    /** As PostgreSQL does by itself: of a partitioned table itself it counts nothing. */
    private void analyzeLeaves() {
        Database.execute(
                source, "ANALYZE reading_1", "ANALYZE reading_2a", "ANALYZE reading_2b", "ANALYZE reading_rest");
    }

    private SchemaMapping tables(boolean inSource, boolean inTarget, String key) {
        create(source, inSource, key);
        create(target, inTarget, key);
        fill(source);
        return SchemaMapping.between(source, target).all().build();
    }

    private SchemaBackfill.Builder backfill(SchemaMapping schema) {
        return Backfill.from(source, schema)
                .into(target)
                .named("readings")
                .each((table, backfill) -> backfill.chunkSize(100));
    }

    private List<String> warnings(SchemaMapping schema) {
        List<String> warnings = new ArrayList<>();
        Plan.of(schema, source, target)
                .tables()
                .forEach(plan -> plan.findings().forEach(finding -> warnings.add(finding.what())));
        return warnings;
    }

    @ParameterizedTest
    @CsvSource({
        "true, false, 'day, id'", "false, true, 'day, id'", "true, true, 'day, id'",
        "true, false, 'id, day'", "false, true, 'id, day'", "true, true, 'id, day'"
    })
    void partitioned_tables_are_one_table_copied_and_compared_completely(boolean inSource, boolean inTarget, String key)
            throws SQLException {
        SchemaMapping schema = tables(inSource, inTarget, key);
        assertThat(schema.tables()).hasToString("[reading -> reading]");
        Plan.of(schema, source, target).requireNoErrors();

        BackfillResult result = backfill(schema).build().run("1").inSum();

        assertThat(result.visited()).isEqualTo(ROWS);
        assertThat(Statements.query(target, row -> row.getInt(1), "SELECT count(*) FROM reading"))
                .containsExactly(ROWS);
        assertThat(Verify.schema(schema, source, target).build().run().isEqual())
                .isTrue();
        Database.execute(
                target,
                "UPDATE reading SET note = 'x' WHERE id IN (5, 11, 25)",
                "DELETE FROM reading WHERE id = 12",
                "INSERT INTO reading VALUES (150, 1, 'extra')");
        assertThat(Verify.schema(schema, source, target).build().run().toString())
                .contains("MISSING=1", "EXTRA=1", "DIFFERENT=3");
    }

    @ParameterizedTest
    @CsvSource({"none", "leaves", "all"})
    void the_rows_of_partitions_are_estimated_so_that_workers_have_ranges(String analyzed) throws SQLException {
        SchemaMapping schema = tables(true, false, "id, day");
        if (analyzed.equals("leaves")) {
            analyzeLeaves();
        } else if (analyzed.equals("all")) { // then the table itself is counted too, and must not be added
            Database.execute(source, "ANALYZE");
        }
        boolean isExact = !analyzed.equals("none");
        TablePair pair = TablePair.of(schema.tables().get(0), OverwriteGuard.RECHECK, source, target);
        RangePlanner planner = new RangePlanner(pair.sourceTable(), 100);

        long estimated = Transactions.single(source, planner::estimatedRows);
        List<RangeTable.Range> ranges =
                Transactions.runExact(source, connection -> planner.plan(connection, estimated));

        assertThat(estimated).isBetween(isExact ? (long) ROWS : ROWS / 10L, isExact ? (long) ROWS : ROWS * 10L);
        assertThat(ranges).hasSizeGreaterThan(5);
    }

    @Test
    void a_verification_of_partitions_knows_how_much_there_is_to_do() throws SQLException {
        SchemaMapping schema = tables(true, true, "id, day");
        backfill(schema).build().run("1");
        analyzeLeaves();
        List<Long> totals = new ArrayList<>();

        Verify.tables(schema.tables().get(0), source, target)
                .onProgress(progress -> totals.add(progress.estimatedTotal()))
                .build()
                .run();

        assertThat(totals).isNotEmpty().containsOnly((long) ROWS);
    }

    @ParameterizedTest
    @MethodSource("dev.turnout.flags.jdbc.Database#each")
    void partitions_are_divided_into_ranges_in_each_database_that_has_them(Database kind) throws SQLException {
        assumeTrue(kind != Database.H2, "it has no partitions");
        DataSource from = kind.create();
        if (kind == Database.POSTGRES) {
            create(from, true, "id, day");
        } else {
            Database.execute(from, PLAIN + ", PRIMARY KEY (id, day)) PARTITION BY HASH (day) PARTITIONS 4");
        }
        StringBuilder rows = new StringBuilder("INSERT INTO reading VALUES (1, 0, 'note')");
        for (int i = 1; i < ROWS; i++) {
            rows.append(", (").append(i % 30).append(", ").append(i).append(", 'note')");
        }
        Database.execute(from, rows.toString());
        create(target, false, "id, day");
        TableMapping mapping =
                TableMapping.same("reading", "reading", from, target).build();
        RangePlanner planner = new RangePlanner(
                TablePair.of(mapping, OverwriteGuard.RECHECK, from, target).sourceTable(), 100);

        long estimated = Transactions.single(from, planner::estimatedRows);
        List<RangeTable.Range> ranges = Transactions.runExact(from, connection -> planner.plan(connection, estimated));
        Backfill.from(from, mapping).into(target).named("readings").build().run("1");

        assertThat(ranges).hasSizeGreaterThan(5);
        assertThat(Statements.query(target, row -> row.getInt(1), "SELECT count(*) FROM reading"))
                .containsExactly(ROWS);
        assertThat(Verify.tables(mapping, from, target).build().run().isEqual()).isTrue();
    }

    private List<SecondaryIndex> indexes(String table) throws SQLException {
        return Transactions.single(target, connection -> SecondaryIndex.of(connection, Names.of(connection), table));
    }

    @Test
    void indexes_of_a_partitioned_target_are_created_in_all_partitions() throws SQLException {
        SchemaMapping schema = tables(false, true, "day, id");
        Database.execute(target, "CREATE INDEX reading_by_note ON reading (note DESC)");
        SecondaryIndex index = indexes("reading").get(0);
        assertThat(indexes("reading_1"))
                .as("those of a partition that belong to the table's")
                .isEmpty();
        Database.execute(target, index.drop());

        backfill(schema).createIndexesAfter(index.create()).build().run("1");

        assertThat(Statements.query(
                        target,
                        row -> row.getInt(1),
                        "SELECT count(*) FROM pg_partition_tree('reading_by_note') t JOIN pg_index i ON i.indexrelid = t.relid"
                                + " WHERE i.indisvalid"))
                .as("the table itself, six partitions and two of one of them, all valid")
                .containsExactly(7);
    }

    @Test
    void a_plan_of_partitioned_tables_says_what_it_says_of_others_and_names_triggers_of_partitions() {
        create(source, true, "day, id");
        create(target, true, "day, id");
        String child = "CREATE TABLE remark (id INT PRIMARY KEY, day INT NOT NULL, reading INT NOT NULL";
        Database.execute(source, child + ")");
        Database.execute(
                target,
                child + ", FOREIGN KEY (day, reading) REFERENCES reading (day, id))",
                "CREATE INDEX reading_by_note ON reading (note)",
                "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
                "CREATE TRIGGER of_all AFTER INSERT ON reading FOR EACH ROW EXECUTE FUNCTION nothing()",
                "CREATE TRIGGER of_leaf AFTER INSERT ON reading_2a FOR EACH ROW EXECUTE FUNCTION nothing()");
        SchemaMapping schema = SchemaMapping.between(source, target).all().build();

        assertThat(schema.tables()).hasToString("[reading -> reading, remark -> remark]");
        assertThat(warnings(schema))
                .containsExactlyInAnyOrder(
                        "The target has a trigger, of_all.",
                        "The target has a trigger, of_leaf.",
                        "The target has indexes that no constraint needs: reading_by_note.",
                        "There is no version.",
                        "There is no version.");
    }

    @ParameterizedTest
    @CsvSource({"true, false, rows with one key might be skipped", "false, true, a row might come in twice"})
    void a_table_from_which_others_inherit_is_refused(boolean inSource, boolean inTarget, String hazard) {
        create(source, false, "day, id");
        create(target, false, "day, id");
        String heir = "CREATE TABLE reading_old (PRIMARY KEY (day, id)) INHERITS (reading)";
        Database.execute(inSource ? source : target, heir);
        Database.execute(
                inTarget ? source : target, PLAIN.replace("reading", "reading_old") + ", PRIMARY KEY (day, id))");
        Database.execute(
                source, "INSERT INTO reading VALUES (1, 1, 'a')", "INSERT INTO reading_old VALUES (1, 1, 'b')");
        SchemaMapping all = SchemaMapping.between(source, target).all().build();
        SchemaBackfill backfill = backfill(all).build();

        assertThatThrownBy(() -> Plan.of(all, source, target).requireNoErrors())
                .hasMessageContaining("Tables inherit from reading in the " + (inSource ? "source" : "target")
                        + ": reading_old. It shows their rows as its own, but no unique index of it reaches over them, so "
                        + hazard);
        assertThatThrownBy(() -> backfill.run("1")).hasMessageContaining("Tables inherit from reading");
    }

    @Test
    void an_index_that_does_not_hold_for_all_rows_is_no_key() {
        Database.execute(
                source,
                PLAIN + ") PARTITION BY RANGE (day)",
                "CREATE TABLE reading_1 PARTITION OF reading FOR VALUES FROM (0) TO (100)",
                "INSERT INTO reading VALUES (1, 1, 'a'), (1, 1, 'b')",
                "CREATE UNIQUE INDEX ON ONLY reading (day, id)");
        create(target, false, "day, id");
        TableMapping mapping = TableMapping.from("reading")
                .into("reading")
                .key("day")
                .key("id")
                .column("note")
                .build();

        assertThatThrownBy(() -> Plan.of(mapping, source, target).requireNoErrors())
                .hasMessageContaining("In the source, reading has no unique index on exactly [day, id]");
    }
}
