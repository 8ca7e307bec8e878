package dev.turnout.flags.jdbc.backfill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.turnout.flags.Flags;
import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.jdbc.Faults;
import dev.turnout.flags.jdbc.rows.KeyCodec;
import dev.turnout.flags.jdbc.rows.Progress;
import dev.turnout.flags.jdbc.table.TableMapping;
import dev.turnout.flags.logs.LogLines;
import dev.turnout.flags.migration.Controller;
import dev.turnout.flags.migration.FullSweep;
import dev.turnout.flags.migration.Migration;
import dev.turnout.flags.migration.Reconciler;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.store.InMemoryFlagStore;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What only the target of a described table has, in every pair of databases, with versions and without. */
@ParameterizedClass
@MethodSource("pairs")
@Timeout(600)
class SecondPassTest {
    private static final int ROWS = 100;
    private static final int MOST_STEPS = 500;
    private static final long EXTRA_ID = 5; // rows of the source have multiples of a billion

    private final DataSource source;
    private final DataSource target;
    private final Database into;
    private final boolean isOfOneKind;
    private final boolean isVersioned;
    private final TableMapping mapping;
    private final List<List<String>> reconciled = new ArrayList<>();
    private final List<String> finished = new ArrayList<>();
    private Flags flags;
    private Migration<List<String>, String> migration;
    private Controller controller;
    private ParcelPath old;
    private ParcelPath now;
    private LogLines log; // of keys that repair leaves to an operator

    SecondPassTest(Database from, Database into, boolean isVersioned) {
        source = from.create();
        target = into.create();
        this.into = into;
        isOfOneKind = from == into;
        this.isVersioned = isVersioned;
        mapping = isVersioned ? Parcels.versioned() : Parcels.plain();
    }

    static Stream<Arguments> pairs() {
        return Database.pairsOfProducts()
                .map(Arguments::get)
                .flatMap(pair -> Stream.of(true, false).map(versions -> Arguments.of(pair[0], pair[1], versions)));
    }

    @BeforeEach
    void writesToBoth() throws Exception {
        log = new LogLines("dev.turnout.flags.migration.Repairer");
        Parcels.createBoth(source, target);
        fill();
        flags = Flags.builder(new InMemoryFlagStore()).node("one").build();
        old = new ParcelPath(source, "parcel");
        now = new ParcelPath(target, "parcel_v2");
        migration = isVersioned
                ? Migration.named("parcels", old, now).build(flags)
                : Migration.named("parcels", old.plain(), now.plain()).build(flags);
        controller = Controller.of(migration);
        controller.moveTo(Goal.of(Stage.DUAL_WRITE), "ana", "to begin").get(20, TimeUnit.SECONDS);
    }

    @AfterEach
    void close() {
        controller.close();
        migration.close();
        flags.close();
        log.close();
    }

    private void fill() {
        Database.execute(source, "DELETE FROM parcel");
        Database.execute(target, "DELETE FROM parcel_v2");
        Parcels.fill(source, ROWS);
        Database.execute(source, "UPDATE parcel SET weight = NULL, note = COALESCE(note, 'none')");
        if (!isVersioned) {
            Database.execute(source, "UPDATE parcel SET version = 0, writer = 0, deleted = FALSE");
        }
    }

    /** Rows before, between and behind those of the source, a tombstone and a newer row among them. Returns how many. */
    private int addExtras() {
        int extras = 0;
        for (int i = 0; i < Parcels.ODD.size(); i++) {
            addToTarget(Parcels.ODD.get(i), EXTRA_ID, isVersioned && i % 2 == 0);
            extras++;
        }
        addToTarget("zzz", EXTRA_ID, false);
        if (isVersioned) {
            addToTarget(Parcels.region(3), Parcels.id(3), false);
            addToTarget(Parcels.region(4), Parcels.id(4), true);
            extras += 2;
        }
        return extras + 1;
    }

    private void addToTarget(String region, long id, boolean isDeleted) {
        Parcels.update(
                target,
                "INSERT INTO parcel_v2 (region, id, note, version, writer, deleted) VALUES (?, ?, ?, ?, 7, ?)",
                region,
                id,
                isDeleted ? null : "extra",
                isVersioned ? 5 : 0,
                isDeleted);
    }

    private static List<String> key(int i) {
        return List.of(Parcels.region(i), String.valueOf(Parcels.id(i)));
    }

    /** With versions the newer record wins here, on whichever side it is; a migration leaves such keys to operators, see below. */
    private void reconcile(List<String> key, Side side) {
        reconciled.add(key);
        if (isVersioned) {
            old.writeIfNewer(key, now.read(key));
            now.writeIfNewer(key, old.read(key));
        } else {
            migration.reconciler().reconcile(key, side);
        }
    }

    private BackfillBuilder<List<String>, Void> copying(DataSource from, DataSource into) {
        return Backfill.from(from, mapping)
                .into(into)
                .named("parcels")
                .workers(1)
                .chunkSize(37);
    }

    private Backfill<List<String>, Void> backfill(DataSource from, Reconciler<List<String>> reconciler) {
        return copying(from, target)
                .reconciling(Function.identity(), reconciler, Side.OLD)
                .build();
    }

    private FullSweep sweep() {
        return new FullSweep() {
            @Override
            public String id() {
                return "1";
            }

            @Override
            public void finished(String by) {
                finished.add(by);
            }
        };
    }

    private void assertEqual() {
        assertThat(Parcels.target(target)).isEqualTo(Parcels.source(source));
    }

    @Test
    void what_the_target_has_alone_or_newer_is_reconciled_and_nothing_else() {
        int extras = addExtras();
        List<Progress> told = new ArrayList<>();

        BackfillResult result = copying(source, target)
                .reconciling(Function.identity(), this::reconcile, Side.OLD)
                .onProgress(told::add)
                .build()
                .run(sweep(), "ana");

        assertEqual();
        assertThat(result.visited()).isEqualTo(ROWS);
        assertThat(result.reconciled()).isEqualTo(extras);
        assertThat(reconciled).hasSize(extras).doesNotHaveDuplicates();
        assertThat(Parcels.source(source)).hasSize(isVersioned ? ROWS + extras - 2 : ROWS);
        assertThat(finished).containsExactly("ana");
        int inTarget = isVersioned ? ROWS + extras - 2 : ROWS + extras;
        // Of what comes into the source meanwhile, the row behind its last key belongs to no range.
        int visited = ROWS + inTarget + Parcels.source(source).size() - (isVersioned ? 1 : 0);
        assertThat(told.get(told.size() - 1)).satisfies(end -> {
            assertThat(end.rowsDone()).isEqualTo(visited);
            assertThat(end.estimatedTotal()).isEqualTo(visited);
        });
    }

    @Test
    void what_the_first_pass_did_not_bring_is_reconciled_before_the_sweep_is_over() {
        copying(source, target).build().run(sweep().id());
        int missing = 0;
        for (int i = 1; i < ROWS; i += 9) { // the first is a tombstone, whose note a path does not keep
            Parcels.update(
                    target, "DELETE FROM parcel_v2 WHERE region = ? AND id = ?", Parcels.region(i), Parcels.id(i));
            missing++;
        }

        BackfillResult result = backfill(source, this::reconcile).run(sweep(), "ana");

        assertThat(result).isEqualTo(new BackfillResult(0, 0, missing));
        assertThat(finished).containsExactly("ana");
        assertEqual();
    }

    @Test
    void an_empty_target_and_an_empty_source_are_swept_too() {
        Database.execute(source, "DELETE FROM parcel");
        assertThat(backfill(source, this::reconcile).run(sweep(), "ana")).isEqualTo(new BackfillResult(0, 0, 0));

        int extras = addExtras();
        assertThat(backfill(source, this::reconcile).run("2").reconciled()).isEqualTo(extras);
        assertEqual();
    }

    @Test
    void after_nodes_have_shared_the_copying_one_of_them_runs_it() {
        int extras = addExtras();
        copying(source, target).shared().build().run(sweep().id());

        BackfillResult result = backfill(source, this::reconcile).run(sweep(), "ana");

        assertThat(result).isEqualTo(new BackfillResult(0, 0, extras));
        assertThat(finished).containsExactly("ana");
        assertEqual();
    }

    @Test
    void a_sweep_that_it_finished_lets_keys_cross() throws Exception {
        if (!isVersioned) {
            addExtras();
        }
        assertThatThrownBy(() -> copying(source, target).build().run(migration.beginSweep(), "ana"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("reconciling(...)");
        controller.moveTo(Goal.of(Stage.SHADOW), "ana", "to look").get(20, TimeUnit.SECONDS);
        CompletableFuture<MigrationState> arrival = controller.moveTo(Goal.of(Stage.LIVE), "ana", "to switch sides");
        eventually(() -> !controller.status().blockers().isEmpty());
        assertThat(arrival).isNotDone();

        backfill(source, migration.reconciler()).run(migration.beginSweep(), "ana");

        assertThat(arrival.get(20, TimeUnit.SECONDS).position()).hasToString("LIVE");
        assertEqual();
    }

    /** No write can have left them so, see Strays: copied back, they would bring back what was refused. */
    @Test
    void what_the_target_has_newer_is_left_to_people_all_of_it_in_one_run() {
        assumeTrue(isVersioned, "without versions the authority's record is copied");
        List<String> before = Parcels.source(source);
        int extras = addExtras();
        Backfill<List<String>, Void> backfill = backfill(source, migration.reconciler());

        for (int run = 0; run < 2; run++) { // the second one finds them again
            assertThatThrownBy(() -> backfill.run(migration.beginSweep(), "ana"))
                    .isInstanceOf(BackfillException.class)
                    .hasMessageContainingAll("is not done: " + extras + " keys", "Key '[", "Migration.rewrite(key)");
        }

        assertThat(Parcels.source(source)).isEqualTo(before);
        eventually(() -> migration.journal().quarantined(100).size() == extras);
        migration.journal().quarantined(100).forEach(quarantined -> migration.rewrite(quarantined.key()));
        migration.journal().retryQuarantined();
        backfill.run(migration.beginSweep(), "ana");
        settled();
        assertThat(Parcels.target(target)).noneMatch(row -> row.contains("extra"));
        assertEqual();
    }

    private static void eventually(java.util.function.BooleanSupplier condition) {
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("in time").isLessThan(deadline);
            Thread.onSpinWait();
        }
    }

    /** A database of which each connection is taken after something else has happened. */
    private static DataSource after(DataSource database, Runnable before) {
        return (DataSource) Proxy.newProxyInstance(
                SecondPassTest.class.getClassLoader(),
                new Class<?>[] {DataSource.class},
                (proxy, method, arguments) -> {
                    before.run();
                    try {
                        return method.invoke(database, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @Test
    void writes_and_deletes_between_looking_at_the_target_and_at_the_source_win() {
        if (!isVersioned) {
            addExtras();
        }
        copying(source, target).build().run("1");
        AtomicInteger next = new AtomicInteger();
        // Keys of the first chunk and of later ones, as the source is looked at once for each.
        DataSource busy = after(source, () -> {
            for (int i = next.getAndIncrement(); i < ROWS; i += 5) {
                if (i % 2 == 0) {
                    migration.delete(key(i));
                } else {
                    migration.put(key(i), "live " + next);
                }
            }
        });

        backfill(busy, this::reconcile).run(sweep(), "ana");

        assertThat(next).as("looks at the source").hasValueGreaterThan(3);
        assertThat(migration.get(key(0))).isEmpty();
        settled();
        assertEqual();
        assertThat(Parcels.source(source)).anyMatch(row -> row.contains("live "));
    }

    /** Waits until what callers do not wait for has been written, or repaired. */
    private void settled() {
        eventually(() -> migration.journal().keys().isEmpty());
        migration.close();
    }

    /** Runs a second pass in which each key that it has found is written at once by another writer. Returns the rows that only one table has then. */
    private List<String> wrongAfterWritesBefore(Reconciler<List<String>> repair) {
        addExtras();
        Reconciler<List<String>> overtaken = (key, side) -> {
            migration.put(key, "live");
            eventually(() -> Parcels.target(target).stream()
                    .anyMatch(row -> row.startsWith(key.get(0) + "|" + key.get(1) + "|live|")));
            repair.reconcile(key, side);
        };
        backfill(source, overtaken).run(sweep(), "ana");
        settled();
        List<String> wrong = new ArrayList<>(Parcels.source(source));
        wrong.removeAll(Parcels.target(target));
        return wrong;
    }

    @Test
    void a_key_that_is_written_before_it_is_reconciled_keeps_what_was_written() {
        assumeTrue(!isVersioned, "of two versions the greater one wins, and those planted here are");

        assertThat(wrongAfterWritesBefore(migration.reconciler())).isEmpty();
        assertEqual();
        assertThat(Parcels.target(target)).anyMatch(row -> row.contains("|live|"));
    }

    @Test
    void a_second_pass_that_deletes_blindly_would_be_noticed_by_the_test_above() {
        assumeTrue(!isVersioned, "what has versions is never deleted, but gets a tombstone");

        assertThat(wrongAfterWritesBefore((key, side) -> Parcels.update(
                        target,
                        "DELETE FROM parcel_v2 WHERE region = ? AND id = ?",
                        key.get(0),
                        Long.parseLong(key.get(1)))))
                .isNotEmpty();
    }

    @Test
    @Tag("long")
    void cut_at_any_step_in_the_target_it_goes_on_and_leaves_out_no_key() {
        assumeTrue(isOfOneKind, "once is enough");
        assertThat(cutAtEachStep(target, faults -> copying(source, faults.dataSource())))
                .isGreaterThan(6);
    }

    @Test
    @Tag("long")
    void cut_at_any_step_in_the_source_it_goes_on_and_leaves_out_no_key() {
        assumeTrue(isOfOneKind, "once is enough");
        assertThat(cutAtEachStep(source, faults -> copying(faults.dataSource(), target)))
                .isGreaterThan(3);
    }

    private int cutAtEachStep(DataSource cut, Function<Faults, BackfillBuilder<List<String>, Void>> from) {
        int cuts = 0;
        // All of them in H2; a third in servers, which take minutes for the rest, with versions others than without.
        int every = into == Database.H2 ? 1 : 3;
        for (boolean afterEffect : List.of(false, true)) {
            boolean survived = false;
            for (int step = isVersioned || every == 1 ? 1 : 2; !survived && step < MOST_STEPS; step += every) {
                Database.execute(
                        target, "DROP TABLE IF EXISTS turnout_backfill", "DROP TABLE IF EXISTS turnout_backfill_range");
                fill();
                int extras = addExtras();
                reconciled.clear();
                finished.clear();
                Faults faults = new Faults(cut).state("XX000"); // which does not pass by itself
                faults.failAt(step, afterEffect);
                try {
                    from.apply(faults)
                            .reconciling(Function.identity(), this::reconcile, Side.OLD)
                            .build()
                            .run(sweep(), "first");
                } catch (BackfillException e) {
                    cuts++;
                    assertThat(finished).as("cut at step %s", step).isEmpty();
                }
                survived = !faults.hasFailed();
                faults.stop();

                backfill(source, this::reconcile).run(sweep(), "second");

                assertEqual();
                assertThat(reconciled).as("cut at step %s", step).hasSizeGreaterThanOrEqualTo(extras);
                assertThat(finished).contains("second");
            }
            assertThat(survived).isTrue();
        }
        return cuts;
    }

    @Test
    void interrupted_it_goes_on_after_the_chunk_that_was_done() {
        int extras = addExtras();
        AtomicInteger calls = new AtomicInteger();
        Reconciler<List<String>> failing = (key, side) -> {
            if (calls.incrementAndGet() == extras) {
                throw new IllegalStateException("the path is down");
            }
            reconcile(key, side);
        };

        assertThatThrownBy(() -> backfill(source, failing).run(sweep(), "ana"))
                .isInstanceOf(BackfillException.class)
                .hasMessageContainingAll("Key '[", "the path is down", "Run it again");
        assertThat(finished).isEmpty();
        List<List<String>> before = List.copyOf(reconciled);
        reconciled.clear();

        BackfillResult rest = backfill(source, this::reconcile).run(sweep(), "ana");

        assertThat(rest.visited()).as("copied before").isZero();
        assertThat(reconciled).hasSizeLessThan(extras).doesNotContainAnyElementsOf(before);
        assertThat(finished).hasSize(1);
        assertEqual();
    }

    @Test
    void a_sweep_whose_tables_were_changed_meanwhile_starts_over_when_that_was_meant() {
        long copied = copying(source, target).build().run("1").visited();
        Database.execute(target, "ALTER TABLE parcel_v2 ADD COLUMN more INT");

        assertThatThrownBy(() -> backfill(source, this::reconcile).run(sweep(), "ana"))
                .isInstanceOf(BackfillException.class)
                .hasMessageContaining("restartWithChangedMapping()");
        assertThat(finished).isEmpty();
        BackfillResult result = copying(source, target)
                .reconciling(Function.identity(), this::reconcile, Side.OLD)
                .restartWithChangedMapping()
                .build()
                .run(sweep(), "ana");

        assertThat(result.visited()).as("all again").isEqualTo(copied);
        assertThat(finished).hasSize(1);
        assertEqual();
    }

    @Test
    void keys_whose_types_differ_a_little_are_not_taken_for_others() {
        Database.execute(source, "CREATE TABLE small (id INT PRIMARY KEY, version INT NOT NULL, name VARCHAR(10))");
        Database.execute(
                target, "CREATE TABLE large (id DECIMAL(20) PRIMARY KEY, version BIGINT NOT NULL, name VARCHAR(10))");
        Database.execute(source, "INSERT INTO small VALUES (-1, 1, 'a'), (10, 1, 'b'), (100, 1, 'c')");
        Database.execute(target, "INSERT INTO large VALUES (2, 1, 'alone')");
        List<Long> keys = new ArrayList<>();

        Backfill.from(
                        source,
                        TableMapping.from("small")
                                .into("large")
                                .key("id")
                                .column("name")
                                .version("version")
                                .build())
                .into(target)
                .named("numbers")
                .reconciling(
                        key -> new java.math.BigDecimal(key.get(0)).longValueExact(),
                        (key, side) -> keys.add(key),
                        Side.OLD)
                .build()
                .run(sweep(), "ana");

        assertThat(keys).containsExactly(2L);
    }

    @Test
    void what_does_not_fit_is_said_when_it_is_built() {
        Consumer<OverwriteGuard> building = guard -> copying(source, target)
                .guardedBy(guard)
                .reconciling(Function.identity(), this::reconcile, Side.OLD)
                .build();

        if (isVersioned) {
            building.accept(OverwriteGuard.INSERT_IF_ABSENT);
        } else {
            assertThatThrownBy(() -> building.accept(OverwriteGuard.INSERT_IF_ABSENT))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("no sweep of all keys");
        }
        assertThatThrownBy(() -> copying(source, target).reconciling(Function.identity(), this::reconcile, Side.BOTH))
                .isInstanceOf(IllegalArgumentException.class);
        Items items = new Items();
        assertThatThrownBy(() -> Backfill.from(source, items, KeyCodec.longs())
                        .into(target, items)
                        .named("items")
                        .reconciling(Function.identity(), this::reconcile, Side.OLD)
                        .build())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("reconciling(rows, ...)");
    }
}
