package dev.turnout.flags.jdbc.backfill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.jdbc.OnEachDatabase;
import dev.turnout.flags.jdbc.sql.Statements;
import dev.turnout.flags.jdbc.table.TableMapping;
import java.lang.reflect.Proxy;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tables that cannot be copied, or no longer. */
@OnEachDatabase
@Timeout(300)
class TableInputTest {
    private final Database kind;
    private final DataSource source;
    private final DataSource target;

    TableInputTest(Database kind) {
        this.kind = kind;
        source = kind.create();
        target = kind.create();
    }

    @BeforeEach
    void tables() {
        Parcels.createBoth(source, target);
        Parcels.fill(source, 300);
    }

    private BackfillBuilder<List<String>, Void> backfill(TableMapping mapping) {
        return Backfill.from(source, mapping)
                .into(target)
                .named("parcels")
                .workers(1)
                .chunkSize(20);
    }

    private AbstractThrowableAssert<?, ? extends Throwable> refused(TableMapping mapping) {
        AbstractThrowableAssert<?, ? extends Throwable> refusal =
                assertThatThrownBy(() -> backfill(mapping).build().run("1")).isInstanceOf(BackfillException.class);
        assertThat(Parcels.target(target)).isEmpty();
        return refusal;
    }

    @Test
    void a_table_or_column_that_is_not_there_is_named() {
        refused(TableMapping.from("parsel").into("parcel_v2").key("id").build())
                .hasMessageContainingAll("no table parsel", "source", "rights");
        refused(TableMapping.from("parcel").into("Parcel_V9").key("id").build())
                .hasMessageContainingAll("no table Parcel_V9", "target");
        refused(Parcels.mapping().column("colour").build()).hasMessageContainingAll("no column 'colour'", "It has: ");
        refused(Parcels.mapping().column("colour", "version").build())
                .hasMessageContainingAll("parcel of the source", "'colour'");
    }

    @Test
    void a_key_without_an_index_in_the_source_is_refused() {
        Database.execute(source, "CREATE TABLE heap (region VARCHAR(40) NOT NULL, id BIGINT NOT NULL)");

        refused(TableMapping.from("heap")
                        .into("parcel_v2")
                        .key("region")
                        .key("id")
                        .build())
                .hasMessageContainingAll("source", "no unique index on exactly [region, id]", "create one");
        refused(TableMapping.from("parcel").into("parcel_v2").key("id").build()).hasMessageContaining("exactly [id]");
    }

    @Test
    void a_target_without_a_unique_key_is_refused() {
        Database.execute(target, "CREATE TABLE heap (region VARCHAR(40) NOT NULL, id BIGINT NOT NULL)");

        refused(TableMapping.from("parcel").into("heap").key("region").key("id").build())
                .hasMessageContainingAll("target", "no unique index", "primary key");
    }

    @Test
    void a_key_that_may_be_null_is_refused() {
        Database.execute(
                source,
                "CREATE TABLE loose (region VARCHAR(40), id BIGINT NOT NULL, CONSTRAINT loose_key UNIQUE (region, id))");

        refused(TableMapping.from("loose")
                        .into("parcel_v2")
                        .key("region")
                        .key("id")
                        .build())
                .hasMessageContainingAll("'region'", "NOT NULL");
    }

    @Test
    void a_table_that_is_renamed_or_changed_meanwhile_stops_it_after_the_last_whole_chunk() throws SQLException {
        AtomicInteger chunks = new AtomicInteger();
        Runnable renames = () -> {
            if (chunks.incrementAndGet() == 3) {
                Database.execute(source, "ALTER TABLE parcel RENAME TO parcel_old");
            }
        };
        assertThatThrownBy(() ->
                        backfill(Parcels.versioned()).pacing(renames).build().run("1"))
                .isInstanceOf(BackfillException.class)
                .hasMessageContainingAll("after key '", "does not pass by itself");
        assertThat(rowsDone()).isPositive().isEqualTo(Parcels.target(target).size());

        Database.execute(source, "ALTER TABLE parcel_old RENAME TO parcel");
        chunks.set(0);
        Runnable adds = () -> {
            if (chunks.incrementAndGet() == 3) {
                Database.execute(target, "ALTER TABLE parcel_v2 ADD COLUMN more INT");
            }
        };
        assertThatThrownBy(
                        () -> backfill(Parcels.versioned()).pacing(adds).build().run("1"))
                .isInstanceOf(BackfillException.class)
                .hasMessageContainingAll("parcel_v2", "was changed", "restartWithChangedMapping()");
        assertThat(rowsDone())
                .isBetween(41L, 299L)
                .isEqualTo(Parcels.target(target).size());

        for (String sweep : List.of("1", "2")) {
            assertThatThrownBy(() -> backfill(Parcels.versioned()).build().run(sweep))
                    .isInstanceOf(BackfillException.class)
                    .hasMessageContaining("restartWithChangedMapping()");
        }
        BackfillResult over = backfill(Parcels.versioned())
                .restartWithChangedMapping()
                .build()
                .run("2");
        assertThat(over.visited()).isEqualTo(Parcels.source(source).size());
        assertThat(Parcels.target(target)).isEqualTo(Parcels.source(source));
    }

    @Test
    void another_mapping_starts_over_and_mends_what_the_first_one_has_copied() throws SQLException {
        AtomicInteger chunks = new AtomicInteger(-5); // six chunks before
        Runnable interrupts = () -> {
            if (chunks.incrementAndGet() > 1) {
                throw new IllegalStateException("enough");
            }
        };
        assertThatThrownBy(() ->
                        backfill(Parcels.versioned()).pacing(interrupts).build().run("1"))
                .hasMessageContaining("enough");

        assertThat(rowsDone()).isPositive();
        TableMapping doubled = TableMapping.from("parcel")
                .into("parcel_v2")
                .key("region")
                .key("id")
                .column("note")
                .column("weight", "grams", BigDecimal.class, weight -> weight.add(weight))
                .version("version", "writer")
                .deleted("deleted")
                .revision("2")
                .build();

        assertThatThrownBy(() -> backfill(doubled).build().run("1")).hasMessageContaining("another mapping");
        assertThatThrownBy(() -> backfill(doubled)
                        .guardedBy(OverwriteGuard.INSERT_IF_ABSENT)
                        .restartWithChangedMapping()
                        .build())
                .isInstanceOf(IllegalStateException.class);
        for (int killedAt : List.of(0, 1)) { // before anything is planned, and after the first chunk
            chunks.set(1 - killedAt);
            assertThatThrownBy(() -> backfill(doubled)
                            .restartWithChangedMapping()
                            .pacing(interrupts)
                            .build()
                            .run("1"))
                    .hasMessageContaining("enough");
        }
        BackfillResult result = backfill(doubled).build().run("1");

        assertThat(result.visited())
                .as("what was left, without the word")
                .isLessThan(Parcels.source(source).size());
        assertThat(sum(target, "SELECT sum(grams) FROM parcel_v2"))
                .isEqualByComparingTo(sum(source, "SELECT 2 * sum(weight) FROM parcel"));
        assertThat(backfill(doubled).build().run("1").visited())
                .as("is done, and does not start over again")
                .isZero();
        assertThat(backfill(doubled)
                        .restartWithChangedMapping()
                        .build()
                        .run("1")
                        .visited())
                .isZero();
        assertThat(backfill(doubled)
                        .restartWithChangedMapping()
                        .build()
                        .run("2")
                        .written())
                .as("rows that differ from what the mapping makes of the same version")
                .isEqualTo(
                        Parcels.countsWrites(target)
                                ? 0
                                : Parcels.source(source).size());
    }

    private static TableMapping plain(UnaryOperator<BigDecimal> weight, String revision) {
        return TableMapping.from("parcel")
                .into("parcel_v2")
                .key("region")
                .key("id")
                .column("note")
                .column("weight", "grams", BigDecimal.class, weight)
                .revision(revision)
                .build();
    }

    @Test
    void a_run_that_was_asleep_writes_nothing_over_what_another_one_has_made() throws SQLException {
        Database.execute(source, "UPDATE parcel SET weight = 10");
        AtomicInteger rows = new AtomicInteger();
        TableMapping ofOldBuild = plain(
                weight -> {
                    if (rows.incrementAndGet() == 20) { // the chunk is read, and not yet written
                        backfill(plain(newer -> newer.add(newer), "2"))
                                .restartWithChangedMapping()
                                .build()
                                .run("2");
                    }
                    return weight;
                },
                "1");
        BigDecimal doubled = sum(source, "SELECT 2 * sum(weight) FROM parcel");

        assertThatThrownBy(() -> backfill(ofOldBuild).build().run("1"))
                .isInstanceOf(BackfillException.class)
                .hasMessageContaining("another process or thread");

        assertThat(sum(target, "SELECT sum(grams) FROM parcel_v2")).isEqualByComparingTo(doubled);
    }

    private static BigDecimal sum(DataSource database, String query) throws SQLException {
        return Statements.query(database, row -> row.getBigDecimal(1), query).get(0);
    }

    @Test
    void a_row_that_breaks_a_constraint_of_the_target_is_no_row_that_was_copied() throws SQLException {
        Database.execute(target, "CREATE UNIQUE INDEX only_one ON parcel_v2 (grams)");
        Parcels.update(source, "UPDATE parcel SET weight = 1 WHERE weight = 2 OR weight = 1");
        Parcels.update(source, "UPDATE parcel SET weight = 0.001 WHERE weight < 0.005");

        assertThatThrownBy(() -> backfill(Parcels.versioned()).build().run("1"))
                .isInstanceOf(BackfillException.class)
                .hasMessageContaining(
                        kind == Database.H2 || kind == Database.POSTGRES ? "constraint" : "more than one unique index");
        assertThat(Parcels.target(target))
                .hasSize(kind == Database.H2 || kind == Database.POSTGRES ? (int) rowsDone() : 0);
    }

    /** Hazard 46: it does not become the default either. */
    @ParameterizedTest
    @EnumSource
    void a_null_for_a_column_that_takes_none_ends_it_with_the_column_and_the_key(OverwriteGuard guard) {
        Database.execute(
                target,
                "ALTER TABLE parcel_v2 DROP COLUMN grams",
                "ALTER TABLE parcel_v2 ADD COLUMN grams DECIMAL(12, 3) DEFAULT 0 NOT NULL");
        Parcels.update(source, "DELETE FROM parcel WHERE id <> ?", Parcels.id(150)); // a chunk is named by its ends
        Parcels.update(source, "UPDATE parcel SET weight = NULL");
        Backfill<?, ?> backfill = backfill(guard == OverwriteGuard.VERSION ? Parcels.versioned() : Parcels.plain())
                .guardedBy(guard)
                .build();

        assertThatThrownBy(() -> backfill.run("1"))
                .isInstanceOf(BackfillException.class)
                .hasMessageContainingAll(
                        "up to key '[" + Parcels.region(150) + ", " + Parcels.id(150) + "]'",
                        "a row does not fit a constraint of the table")
                .satisfies(
                        e -> assertThat(e.getMessage().toLowerCase(Locale.ROOT)).contains("column grams"));
        assertThat(Parcels.target(target)).isEmpty();

        Parcels.update(source, "UPDATE parcel SET weight = 0.150");
        backfill.run("1");
        assertThat(Parcels.target(target)).hasSize(1);
    }

    private void trigger(String body) {
        assumeTrue(kind == Database.POSTGRES, "triggers are written in PostgreSQL's words");
        Database.execute(
                target,
                "CREATE SEQUENCE inserts",
                "CREATE FUNCTION before_insert() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN " + body + " END $$",
                "CREATE TRIGGER before_insert BEFORE INSERT ON parcel_v2 FOR EACH ROW EXECUTE FUNCTION before_insert()");
    }

    @ParameterizedTest
    @EnumSource
    void a_row_that_the_target_drops_without_an_error_is_an_error(OverwriteGuard guard) throws SQLException {
        trigger("IF NEW.grams = 0.150 THEN RETURN NULL; END IF; RETURN NEW;");
        for (int i = 1; i < 300; i += 40) { // then some chunks meet a row
            Parcels.update(
                    target, "INSERT INTO parcel_v2 (region, id) VALUES (?, ?)", Parcels.region(i), Parcels.id(i));
        }
        Backfill<?, ?> backfill = backfill(guard == OverwriteGuard.VERSION ? Parcels.versioned() : Parcels.plain())
                .guardedBy(guard)
                .build();

        assertThatThrownBy(() -> backfill.run("1"))
                .isInstanceOf(BackfillException.class)
                .hasMessageContainingAll("20 rows were written to the target, which has 19 of them", "trigger");
        assertThat(Parcels.target(target)).hasSizeLessThan(300);

        Database.execute(target, "DROP TRIGGER before_insert ON parcel_v2");
        backfill.run("1");
        assertThat(Parcels.target(target)).hasSize(300);
    }

    @Test
    void a_row_that_is_missing_only_for_a_moment_is_written_again() {
        trigger("IF nextval('inserts') = 30 THEN RETURN NULL; END IF; RETURN NEW;");

        backfill(Parcels.versioned()).build().run("1");

        assertThat(Parcels.target(target)).isEqualTo(Parcels.source(source));
    }

    /** No unique index of the parent reaches over them, so a row might come in twice. */
    @Test
    void rows_that_a_trigger_puts_into_a_table_that_inherits_are_refused() throws SQLException {
        trigger("INSERT INTO parcel_east SELECT NEW.*; RETURN NULL;");
        Database.execute(target, "CREATE TABLE parcel_east (PRIMARY KEY (region, id)) INHERITS (parcel_v2)");

        assertThatThrownBy(() -> backfill(Parcels.versioned()).build().run("1"))
                .hasMessageContaining("Tables inherit from parcel_v2 in the target: parcel_east.");
        assertThat(Parcels.target(target)).isEmpty();
    }

    @Test
    void rows_that_the_target_takes_for_one_are_missing() throws SQLException {
        assumeTrue(kind == Database.H2, "of a type that is refused before, elsewhere too");
        Database.execute(target, "CREATE TABLE folded (id VARCHAR_IGNORECASE(40) PRIMARY KEY, n INT)");
        TableMapping mapping =
                TableMapping.from("any").into("folded").key("id").column("n").build();
        try (Connection connection = target.getConnection()) {
            StatementWriter folded = new StatementWriter(
                    mapping, TablePair.End.of("target", target, "folded"), OverwriteGuard.INSERT_IF_ABSENT, false);
            List<FetchedRow> rows = List.of(
                    new FetchedRow(new TableKey(List.of("k1")), List.of("k1", 1)),
                    new FetchedRow(new TableKey(List.of("K1")), List.of("K1", 2)));

            assertThatThrownBy(() -> folded.write(connection, rows)).hasMessageContaining("which has 1 of them");
        }
    }

    /** As PostgreSQL reports a full disk, which is no place for a test to write to. */
    @Test
    void a_full_disk_of_the_target_stops_it_after_the_last_whole_chunk_and_it_goes_on_when_there_is_room()
            throws SQLException {
        assumeTrue(kind == Database.POSTGRES, "the failure is planted in PostgreSQL's words");
        Database.execute(
                target,
                """
                CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                  IF (SELECT count(*) FROM parcel_v2) >= 100 THEN
                    RAISE EXCEPTION 'could not extend file "base/5/16385": No space left on device' USING ERRCODE = 'disk_full';
                  END IF;
                  RETURN NULL;
                END $$""",
                "CREATE TRIGGER full_disk BEFORE INSERT ON parcel_v2 FOR EACH STATEMENT EXECUTE FUNCTION full_disk()");

        assertThatThrownBy(() -> backfill(Parcels.versioned()).build().run("1"))
                .isInstanceOf(BackfillException.class)
                .hasMessageContainingAll("No space left on device", "does not pass by itself");
        assertThat(Parcels.target(target)).hasSize((int) rowsDone()).hasSizeGreaterThanOrEqualTo(100);
        assertThat(rowsDone()).isLessThan(300);

        Database.execute(target, "DROP TRIGGER full_disk ON parcel_v2", "DROP FUNCTION full_disk");
        long before = rowsDone();
        assertThat(backfill(Parcels.versioned()).build().run("1").visited()).isEqualTo(300 - before);
        assertThat(Parcels.target(target)).isEqualTo(Parcels.source(source));
    }

    @Test
    void what_the_user_may_not_do_is_told() {
        assumeTrue(kind == Database.POSTGRES, "rights are given in PostgreSQL's words");
        Database.execute(source, """
                DO $$ BEGIN
                  IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'clerk') THEN CREATE ROLE clerk; END IF;
                  EXECUTE format('GRANT USAGE ON SCHEMA %I TO clerk', current_schema());
                END $$""");

        assertThatThrownBy(() -> Backfill.from(asClerk(source), Parcels.versioned())
                        .into(target)
                        .named("parcels")
                        .build()
                        .run("1"))
                .isInstanceOf(BackfillException.class)
                .hasMessageContainingAll("cannot begin", "permission denied");
    }

    private static DataSource asClerk(DataSource database) {
        return (DataSource) Proxy.newProxyInstance(
                TableInputTest.class.getClassLoader(),
                new Class<?>[] {DataSource.class},
                (proxy, method, arguments) -> {
                    Connection connection = database.getConnection();
                    try (Statement statement = connection.createStatement()) {
                        statement.execute("SET ROLE clerk");
                    }
                    return connection;
                });
    }

    private long rowsDone() throws SQLException {
        return Statements.query(target, row -> row.getLong(1), "SELECT sum(rows_done) FROM turnout_backfill_range")
                .get(0);
    }
}
