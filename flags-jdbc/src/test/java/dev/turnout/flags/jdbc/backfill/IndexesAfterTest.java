package dev.turnout.flags.jdbc.backfill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.jdbc.Faults;
import dev.turnout.flags.jdbc.OnEachDatabase;
import dev.turnout.flags.jdbc.rows.KeyCodec;
import dev.turnout.flags.jdbc.sql.AdvisoryLocks;
import dev.turnout.flags.jdbc.sql.Names;
import dev.turnout.flags.jdbc.sql.SecondaryIndex;
import dev.turnout.flags.jdbc.sql.Statements;
import dev.turnout.flags.jdbc.sql.Transactions;
import dev.turnout.flags.jdbc.table.SchemaMapping;
import dev.turnout.flags.jdbc.table.TableMapping;
import dev.turnout.flags.logs.LogLines;
import dev.turnout.flags.threads.OwnThread;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Indexes of the target that are created when its rows are there. */
@OnEachDatabase
@Timeout(900)
class IndexesAfterTest {
    private static final int ROWS = 100;
    private static final String BY_GRAMS = "CREATE INDEX by_grams ON parcel_v2 (grams, note)";
    private static final String BY_NOTE = "create index if not exists by_note on parcel_v2 (note desc) ;";

    private final DataSource source;
    private final DataSource target;

    IndexesAfterTest(Database kind) {
        source = kind.create();
        target = kind.create();
    }

    @BeforeEach
    void tables() {
        Parcels.createBoth(source, target);
        Parcels.fill(source, ROWS);
        Database.execute(target, "CREATE INDEX kept ON parcel_v2 (writer)");
    }

    private BackfillBuilder<List<String>, Void> backfill(DataSource into) {
        return Backfill.from(source, Parcels.versioned())
                .into(into)
                .named("parcels")
                .chunkSize(37)
                .createIndexesAfter(BY_GRAMS, BY_NOTE);
    }

    private static List<SecondaryIndex> indexes(DataSource database, String table) throws SQLException {
        return Transactions.single(database, connection -> SecondaryIndex.of(connection, Names.of(connection), table));
    }

    private List<SecondaryIndex> indexes(String table) {
        try {
            return indexes(target, table);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private List<String> names() throws SQLException {
        return indexes(target, "parcel_v2").stream()
                .map(index -> index.name().toLowerCase(Locale.ROOT))
                .toList();
    }

    @Test
    void they_are_created_when_the_rows_are_there_once_and_nothing_else_is_touched() throws SQLException {
        List<List<String>> seen = new ArrayList<>();

        backfill(target)
                .onProgress(progress -> {
                    try {
                        seen.add(names());
                    } catch (SQLException e) {
                        throw new IllegalStateException(e);
                    }
                })
                .build()
                .run("1");

        assertThat(seen).isNotEmpty().allSatisfy(names -> assertThat(names).containsExactly("kept"));
        assertThat(names()).containsExactly("by_grams", "by_note", "kept");
        assertThat(Parcels.target(target)).isEqualTo(Parcels.source(source));

        List<SecondaryIndex> before = indexes(target, "parcel_v2");
        backfill(target).build().run("1");
        backfill(target).build().run("2");
        assertThat(indexes(target, "parcel_v2")).isEqualTo(before);
    }

    @Test
    void a_sweep_that_is_done_creates_them_where_they_are_missing() throws SQLException {
        backfill(target).build().run("1");
        before(names()).forEach(index -> Database.execute(target, index));
        assertThat(names()).isEmpty();

        BackfillResult again = backfill(target).build().run("1");

        assertThat(again.visited()).isZero();
        assertThat(names()).containsExactly("by_grams", "by_note");
    }

    private List<String> before(List<String> names) throws SQLException {
        return indexes(target, "parcel_v2").stream()
                .filter(index -> names.contains(index.name().toLowerCase(Locale.ROOT)))
                .map(SecondaryIndex::drop)
                .toList();
    }

    @Test
    void cut_at_any_step_the_next_run_has_all_of_them_and_none_was_dropped() throws SQLException {
        List<String> expected = Parcels.source(source);
        int cuts = 0;
        int between = 0;
        for (boolean afterEffect : List.of(false, true)) {
            boolean survived = false;
            for (int step = 1; !survived && step < 500; step++) {
                for (String drop : before(List.of("by_grams", "by_note"))) {
                    Database.execute(target, drop);
                }
                Database.execute(
                        target,
                        "DELETE FROM parcel_v2",
                        "DROP TABLE IF EXISTS turnout_backfill",
                        "DROP TABLE IF EXISTS turnout_backfill_range");
                Faults faults = new Faults(target).state("XX000");
                faults.failAt(step, afterEffect);
                try {
                    backfill(faults.dataSource()).workers(1).build().run("1");
                    assertThat(names()).as("reported as done").hasSize(3);
                } catch (BackfillException e) {
                    cuts++;
                }
                survived = !faults.hasFailed();
                assertThat(names()).as("cut at step %s", step).contains("kept");
                between += names().size() == 2 ? 1 : 0;

                backfill(target).workers(1).build().run("1");

                assertThat(names()).as("cut at step %s", step).containsExactly("by_grams", "by_note", "kept");
                assertThat(Parcels.target(target)).isEqualTo(expected);
            }
            assertThat(survived).isTrue();
        }
        assertThat(cuts).isGreaterThan(40);
        assertThat(between).as("cuts between the two indexes").isPositive();
    }

    @Test
    void processes_that_share_a_backfill_create_each_index_once() throws Exception {
        int processes = 4;
        CyclicBarrier copied = new CyclicBarrier(processes);
        List<CompletableFuture<Void>> runs = new ArrayList<>();
        for (int i = 0; i < processes; i++) {
            runs.add(OwnThread.run(() -> {
                backfill(target)
                        .createIndexesAfter()
                        .shared(Duration.ofSeconds(5))
                        .build()
                        .run("1");
                await(copied); // then all are about to create them at once
                backfill(target).shared(Duration.ofSeconds(5)).build().run("1");
            }));
        }
        for (CompletableFuture<Void> run : runs) {
            run.get();
        }

        assertThat(names()).containsExactly("by_grams", "by_note", "kept");
        assertThat(Parcels.target(target)).isEqualTo(Parcels.source(source));
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void the_plan_names_those_that_can_wait_with_statements_that_bring_them_back() throws SQLException {
        boolean isPostgres = Parcels.is(target, "POSTGRES");
        boolean isMariaDb = Parcels.is(target, "MARIADB");
        String tables =
                "CREATE TABLE child (id INT PRIMARY KEY, parent INT, a INT, b VARCHAR(40), c INT, CONSTRAINT one_a UNIQUE (a),"
                        + " CONSTRAINT of_parent FOREIGN KEY (parent) REFERENCES parent (id))";
        for (DataSource each : List.of(source, target)) {
            Database.execute(each, "CREATE TABLE parent (id INT PRIMARY KEY)", tables);
        }
        Database.execute(
                target,
                "CREATE UNIQUE INDEX one_c ON child (c)",
                "CREATE INDEX by_parent ON child (parent)",
                "CREATE INDEX by_b ON child (b DESC, a)",
                isMariaDb ? "CREATE INDEX `odd \"``x` ON child (b(7))" : "CREATE INDEX \"odd \"\"`x\" ON child (b)");
        if (isPostgres) {
            Database.execute(
                    target,
                    "CREATE INDEX lower_b ON child (lower(b) text_pattern_ops DESC NULLS LAST) INCLUDE (a) WITH (fillfactor = 70) WHERE b <> ' ON ONLY '",
                    "ALTER TABLE child ADD CONSTRAINT not_twice EXCLUDE USING btree (a WITH =)");
        }
        TableMapping child =
                TableMapping.same("child", source, isMariaDb ? source : target).build();
        List<SecondaryIndex> can = indexes(target, "child");
        assertThat(can)
                .extracting(index -> index.name().toLowerCase(Locale.ROOT))
                .containsExactlyInAnyOrderElementsOf(
                        isPostgres
                                ? List.of("by_b", "by_parent", "lower_b", "odd \"`x")
                                : isMariaDb ? List.of("by_b", "odd \"`x") : List.of("by_b", "by_parent", "odd \"`x"));
        // As is, since a statement that has lost something would bring back an index of which the same is read again.
        String byB = isPostgres
                ? "(b DESC, a)"
                : isMariaDb ? "(`b` DESC, `a`)" : "(\"B\" DESC NULLS LAST, \"A\" ASC NULLS FIRST)";
        String odd = isPostgres ? "(b)" : isMariaDb ? "(`b`(7))" : "(\"B\" ASC NULLS FIRST)";
        assertThat(can)
                .extracting(SecondaryIndex::create)
                .anySatisfy(
                        create -> assertThat(create).contains("CREATE INDEX").endsWith(byB))
                .anySatisfy(create -> assertThat(create).contains("odd \"").endsWith(odd));
        if (!isMariaDb) { // there a second unique index is an error
            String plan = Plan.of(child, source, target).toString();
            assertThat(can).allSatisfy(index -> assertThat(plan).contains(index.drop(), index.create()));
        }

        can.forEach(index -> Database.execute(target, index.drop()));
        assertThat(indexes(target, "child")).isEmpty();
        if (isMariaDb) {
            Database.execute(target, "ALTER TABLE child DROP INDEX one_a, DROP INDEX one_c");
        }
        Backfill.from(source, child)
                .into(target)
                .named("child")
                .createIndexesAfter(can.stream().map(SecondaryIndex::create).toArray(String[]::new))
                .build()
                .run("1");

        assertThat(indexes(target, "child")).isEqualTo(can);
    }

    @Test
    void a_schema_gets_its_indexes_when_all_of_its_tables_are_copied() throws SQLException {
        for (DataSource each : List.of(source, target)) {
            Database.execute(each, "CREATE TABLE a (id INT PRIMARY KEY, x INT)", "CREATE TABLE b (x INT)");
        }
        Database.execute(source, "INSERT INTO a VALUES (1, 2)", "INSERT INTO b VALUES (1), (1)");
        SchemaMapping schema = SchemaMapping.between(source, target)
                .same("a")
                .same("b", TableMapping.Builder::withoutKey)
                .build();
        SchemaBackfill.Builder both = Backfill.from(source, schema).into(target).named("both");

        List<Integer> early = new ArrayList<>();

        both.createIndexesAfter("CREATE INDEX a_x ON a (x)", "CREATE INDEX b_x ON b(x)")
                .onProgress(
                        progress -> early.add(indexes("a").size() + indexes("b").size()))
                .build()
                .run("1");

        assertThat(early).isNotEmpty().containsOnly(0);
        assertThat(indexes(target, "a")).hasSize(1);
        assertThat(indexes(target, "b")).hasSize(1);
        assertThatThrownBy(() -> both.createIndexesAfter("CREATE INDEX c_x ON c (x)")
                        .build()
                        .run("2"))
                .isInstanceOf(BackfillException.class)
                .hasMessageContainingAll("Backfill 'both' was not begun", "a, b", "CREATE INDEX c_x ON c (x)");
    }

    @Test
    void an_index_that_cannot_be_created_ends_the_run_with_all_rows_copied() throws SQLException {
        BackfillBuilder<List<String>, Void> backfill =
                backfill(target).createIndexesAfter(BY_GRAMS, "CREATE INDEX by_none ON parcel_v2 (nothing)");

        assertThatThrownBy(() -> backfill.build().run("1"))
                .isInstanceOf(BackfillException.class)
                .hasMessageContainingAll("has copied all rows", "CREATE INDEX by_none ON parcel_v2 (nothing)");

        assertThat(names()).containsExactly("by_grams", "kept");
        assertThat(Parcels.target(target)).isEqualTo(Parcels.source(source));
    }

    @Test
    void an_index_of_that_name_of_another_table_is_not_taken_for_it() {
        assumeTrue(!Parcels.is(target, "MARIADB"), "there each table has names of its own");
        Database.execute(target, "CREATE TABLE other (note INT)", "CREATE INDEX by_note ON other (note)");

        assertThatThrownBy(() -> backfill(target).build().run("1"))
                .isInstanceOf(BackfillException.class)
                .hasMessageContainingAll("has copied all rows", "by_note")
                .cause()
                .hasMessageContaining("table parcel_v2 does not have it");
    }

    @Test
    void one_that_another_process_has_created_meanwhile_is_no_error() throws SQLException {
        AtomicBoolean isCreated = new AtomicBoolean();
        DataSource overtaken = Faults.proxy(DataSource.class, (proxy, method, arguments) -> {
            Connection connection = (Connection) Faults.call(target, method, arguments);
            return Faults.proxy(Connection.class, (self, call, values) -> {
                Object result = Faults.call(connection, call, values);
                return result instanceof Statement statement && call.getName().equals("createStatement")
                        ? Faults.proxy(Statement.class, (it, execute, sql) -> {
                            if (sql != null && BY_GRAMS.equals(sql[0]) && !isCreated.getAndSet(true)) {
                                Database.execute(target, BY_GRAMS);
                            }
                            return Faults.call(statement, execute, sql);
                        })
                        : result;
            });
        });

        backfill(overtaken).build().run("1");

        assertThat(isCreated).isTrue();
        assertThat(names()).containsExactly("by_grams", "by_note", "kept");
    }

    @Test
    void one_that_is_there_is_not_created_again() throws SQLException {
        Database.execute(target, "CREATE INDEX by_grams ON parcel_v2 (note)");
        List<SecondaryIndex> before = indexes(target, "parcel_v2");
        try (LogLines log = new LogLines(IndexesAfter.class)) {
            backfill(target).createIndexesAfter(BY_GRAMS).build().run("1");

            assertThat(log.all()).containsExactly("INFO Backfill 'parcels': index by_grams of parcel_v2 is there.");
        }
        assertThat(indexes(target, "parcel_v2")).isEqualTo(before);
    }

    @Test
    void whoever_comes_second_waits_for_the_first_instead_of_building_too() throws Exception {
        assumeTrue(Parcels.is(target, "POSTGRES"), "others have no such locks");
        long key = AdvisoryLocks.key("turnout_index parcel_v2 by_grams");
        String waiting = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND classid::bigint = "
                + (key >>> 32) + " AND objid::bigint = " + (key & 0xFFFF_FFFFL);
        CompletableFuture<Void> second;
        try (Connection first = target.getConnection();
                Statement statement = first.createStatement()) {
            first.setAutoCommit(false);
            statement.execute("SELECT pg_advisory_xact_lock(" + key + ")");
            second = OwnThread.run(() -> backfill(target).build().run("1"));
            while (!second.isDone()
                    && Statements.query(target, row -> 1, waiting).isEmpty()) {
                Thread.onSpinWait();
            }
            assertThat(second).isNotDone();
            first.rollback();
            first.setAutoCommit(true);
        }
        second.get();

        assertThat(names()).containsExactly("by_grams", "by_note", "kept");
    }

    @Test
    void one_that_was_left_unfinished_is_not_taken_for_it() throws SQLException {
        assumeTrue(Parcels.is(target, "POSTGRES"), "others have none that are invalid");
        Database.execute(
                target,
                "CREATE INDEX by_grams ON parcel_v2 (grams)",
                "UPDATE pg_index SET indisvalid = FALSE WHERE indexrelid = 'by_grams'::regclass");
        assertThat(names()).as("offered to be dropped and created again").containsExactly("kept");

        assertThatThrownBy(() -> backfill(target).build().run("1"))
                .isInstanceOf(BackfillException.class)
                .hasMessageContaining(BY_GRAMS);
    }

    @Test
    void other_statements_and_other_tables_are_refused_before_anything_is_copied() throws SQLException {
        for (String statement : List.of(
                "CREATE UNIQUE INDEX x ON parcel_v2 (note)",
                "CREATE INDEX CONCURRENTLY x ON parcel_v2 (note)",
                "CREATE INDEX ON parcel_v2 (note)",
                "CREATE INDEX x ON parcel_v2 (note); DROP TABLE parcel_v2",
                "DROP INDEX kept",
                "")) {
            assertThatThrownBy(() -> backfill(target).createIndexesAfter(statement))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContainingAll("CREATE INDEX name ON table", "'" + statement + "'");
        }
        assertThatThrownBy(() -> backfill(target)
                        .createIndexesAfter("CREATE INDEX x ON parcel_v3 (note)")
                        .build()
                        .run("1"))
                .isInstanceOf(BackfillException.class)
                .hasMessageContainingAll("was not begun", "parcel_v2", "CREATE INDEX x ON parcel_v3 (note)");
        assertThat(Parcels.target(target)).isEmpty();
        assertThatThrownBy(() -> Backfill.from(source, new Items(), KeyCodec.longs())
                        .into(target, new Items())
                        .named("items")
                        .createIndexesAfter(BY_GRAMS)
                        .build())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("createIndexesAfter");
    }
}
