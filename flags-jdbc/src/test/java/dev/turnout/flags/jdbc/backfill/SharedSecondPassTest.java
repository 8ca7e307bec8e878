package dev.turnout.flags.jdbc.backfill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.jdbc.Faults;
import dev.turnout.flags.jdbc.rows.Progress;
import dev.turnout.flags.jdbc.sql.Component;
import dev.turnout.flags.jdbc.sql.Home;
import dev.turnout.flags.jdbc.sql.Statements;
import dev.turnout.flags.jdbc.table.SchemaMapping;
import dev.turnout.flags.migration.FullSweep;
import dev.turnout.flags.migration.Reconciler;
import dev.turnout.flags.migration.UnrepairableException;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.threads.OwnThread;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Several runs, and several workers of one, share a second pass. Leases last for an hour, and end where a test ends them. */
@ParameterizedClass
@MethodSource("databases")
@Timeout(600)
class SharedSecondPassTest {
    private static final int ROWS = 300;
    private static final int FEW_ROWS = 12;
    private static final int MOST_STEPS = 500;
    private static final Duration LEASE = Duration.ofHours(1);
    private static final String OF_SECOND_PASS = "range_no >= 1000";

    private final DataSource source;
    private final DataSource target;
    private final Queue<List<String>> reconciled = new ConcurrentLinkedQueue<>();
    private final Queue<String> finished = new ConcurrentLinkedQueue<>();

    SharedSecondPassTest(Database kind) {
        source = kind.create();
        target = kind.create();
    }

    static Stream<Database> databases() {
        return Database.products();
    }

    @BeforeEach
    void tables() {
        Parcels.createBoth(source, target);
        fill(ROWS);
    }

    private void fill(int rows) {
        Database.execute(source, "DELETE FROM parcel");
        Database.execute(target, "DELETE FROM parcel_v2");
        Parcels.fill(source, rows);
        Parcels.update(source, "UPDATE parcel SET version = 0, writer = 0, deleted = FALSE");
        if (Parcels.is(source, "POSTGRES")) {
            Database.execute(source, "ANALYZE parcel");
        }
    }

    private BackfillBuilder<List<String>, Void> copying(DataSource from, DataSource into) {
        return Backfill.from(from, Parcels.plain())
                .into(into)
                .named("parcels")
                .workers(1)
                .chunkSize(3);
    }

    private BackfillBuilder<List<String>, Void> second(Reconciler<List<String>> reconciler) {
        return copying(source, target).reconciling(Function.identity(), reconciler, Side.OLD);
    }

    private BackfillBuilder<List<String>, Void> shared(Reconciler<List<String>> reconciler) {
        return second(reconciler).shared(LEASE);
    }

    private void note(List<String> key, Side side) {
        reconciled.add(key);
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

    /** Copies, and then lets every third row be in the source alone and every third in the target alone. Returns the keys of these. */
    private Set<String> copyAndDivide(int rows) throws SQLException {
        copying(source, target).chunkSize(1_000).build().run("1");
        Set<String> alone = new TreeSet<>();
        for (int i = 0; i < rows; i++) {
            if (i % 3 == 0) {
                remove(target, "parcel_v2", i);
            } else if (i % 3 == 1) {
                remove(source, "parcel", i);
            }
            if (i % 3 < 2) {
                alone.add(key(i).toString());
            }
        }
        if (Parcels.is(target, "POSTGRES")) {
            Database.execute(target, "ANALYZE parcel_v2");
        }
        return alone;
    }

    private static void remove(DataSource database, String table, int i) {
        Parcels.update(
                database, "DELETE FROM " + table + " WHERE region = ? AND id = ?", Parcels.region(i), Parcels.id(i));
    }

    private static List<String> key(int i) {
        return List.of(Parcels.region(i), String.valueOf(Parcels.id(i)));
    }

    private static Set<String> texts(Iterable<List<String>> keys) {
        Set<String> texts = new TreeSet<>();
        keys.forEach(key -> texts.add(key.toString()));
        return texts;
    }

    private long count(String condition) throws SQLException {
        return Statements.query(
                        target, row -> row.getLong(1), "SELECT count(*) FROM turnout_backfill_range WHERE " + condition)
                .get(0);
    }

    private String pass() throws SQLException {
        return Statements.query(target, row -> row.getString(1), "SELECT pass FROM turnout_backfill")
                .get(0);
    }

    private void assertOver(long visited) throws SQLException {
        assertThat(pass()).isEqualTo("done");
        assertThat(count(OF_SECOND_PASS + " AND is_done = 0")).isZero();
        assertThat(Statements.query(
                        target,
                        row -> row.getLong(1),
                        "SELECT sum(rows_done) FROM turnout_backfill_range WHERE " + OF_SECOND_PASS))
                .containsExactly(visited);
    }

    @Test
    void runs_that_share_it_divide_its_ranges_and_visit_each_key_of_both_tables() throws Exception {
        Set<String> alone = copyAndDivide(ROWS);
        CyclicBarrier start = new CyclicBarrier(3);
        Queue<Progress> told = new ConcurrentLinkedQueue<>();
        List<CompletableFuture<BackfillResult>> runs = Stream.of("ana", "bo", "cy")
                .map(by -> OwnThread.supply(() -> {
                    await(start);
                    return shared(this::note).onProgress(told::add).build().run(sweep(), by);
                }))
                .toList();

        long sum = runs.stream().mapToLong(run -> run.join().reconciled()).sum();

        assertThat(sum).isEqualTo(alone.size());
        assertThat(texts(reconciled)).isEqualTo(alone);
        assertThat(reconciled).doesNotHaveDuplicates();
        assertThat(count(OF_SECOND_PASS)).as("ranges").isGreaterThan(4);
        assertThat(count(OF_SECOND_PASS + " AND epoch <> 1"))
                .as("taken more than once")
                .isZero();
        assertThat(finished).containsExactlyInAnyOrder("ana", "bo", "cy");
        assertThat(told)
                .allSatisfy(
                        progress -> assertThat(progress.estimatedTotal()).isGreaterThanOrEqualTo(progress.rowsDone()));
        assertOver(2 * (ROWS - ROWS / 3));
        assertThat(shared(this::note).build().run(sweep(), "ana")).isEqualTo(new BackfillResult(0, 0, 0));
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void workers_of_one_run_divide_them_too() throws Exception {
        Set<String> alone = copyAndDivide(ROWS);
        CountDownLatch both = new CountDownLatch(2);
        AtomicBoolean isAlone = new AtomicBoolean();

        BackfillResult result = second((key, side) -> {
                    both.countDown();
                    isAlone.compareAndSet(false, !awaited(both));
                    note(key, side);
                })
                .workers(4)
                .build()
                .run(sweep(), "ana");

        assertThat(isAlone).as("one at a time").isFalse();
        assertThat(result.reconciled()).isEqualTo(alone.size());
        assertThat(texts(reconciled)).isEqualTo(alone);
        assertOver(2 * (ROWS - ROWS / 3));
    }

    private static boolean awaited(CountDownLatch latch) {
        try {
            return latch.await(5, TimeUnit.MINUTES);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A run that stands still at the first key that it reconciles, until it is woken. */
    private final class Sleeper {
        private final CompletableFuture<Void> asleep = new CompletableFuture<>();
        private final CountDownLatch woken = new CountDownLatch(1);
        private final CompletableFuture<BackfillResult> run =
                OwnThread.supply(() -> shared(this::reconcile).build().run(sweep(), "sleeper"));

        Sleeper() throws Exception {
            CompletableFuture.anyOf(asleep, run).get(); // a run that fails never falls asleep
            assertThat(asleep).isDone();
        }

        private void reconcile(List<String> key, Side side) {
            asleep.complete(null);
            awaitWoken();
            note(key, side);
        }

        private void awaitWoken() {
            try {
                woken.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        BackfillResult wake() {
            woken.countDown();
            return run.join();
        }
    }

    @Test
    void what_a_run_has_that_is_not_heard_of_another_one_visits_and_the_first_saves_nothing_when_it_wakes()
            throws Exception {
        Set<String> alone = copyAndDivide(ROWS);
        Sleeper sleeper = new Sleeper();
        Database.execute(target, "UPDATE turnout_backfill_range SET lease_until = 0");
        List<Progress> told = new ArrayList<>();

        BackfillResult other = shared(this::note).onProgress(told::add).build().run(sweep(), "other");
        assertThat(finished).containsExactly("other");
        assertThat(other.reconciled())
                .as("all, those of the sleeper among them")
                .isEqualTo(alone.size());
        assertThat(told.get(told.size() - 1).rowsDone()).as("both passes").isEqualTo(ROWS + 2 * (ROWS - ROWS / 3));
        sleeper.wake();

        assertThat(texts(reconciled)).isEqualTo(alone);
        assertThat(count(OF_SECOND_PASS + " AND epoch = 2")).isEqualTo(1);
        assertOver(2 * (ROWS - ROWS / 3));
    }

    @Test
    void no_run_says_that_the_sweep_is_over_while_another_one_has_a_range_to_visit() throws Exception {
        Set<String> alone = copyAndDivide(ROWS);
        Sleeper sleeper = new Sleeper();
        CompletableFuture<BackfillResult> other =
                OwnThread.supply(() -> shared(this::note).build().run(sweep(), "other"));
        while (count(OF_SECOND_PASS + " AND is_done = 0") > 1) {
            Thread.onSpinWait();
        }

        assertThat(other).isNotDone();
        assertThat(finished).isEmpty();
        assertThat(pass()).isEqualTo("extras");
        sleeper.wake();
        other.join();

        assertThat(finished).hasSize(2);
        assertThat(texts(reconciled)).isEqualTo(alone);
    }

    @Test
    void ranges_with_keys_that_nothing_may_repair_are_left_open_by_all_and_visited_again() throws Exception {
        Set<String> alone = copyAndDivide(ROWS);
        Set<String> beyond = new TreeSet<>(List.of(key(100).toString(), key(150).toString()));
        Reconciler<List<String>> strict = (key, side) -> {
            if (beyond.contains(key.toString())) {
                throw new UnrepairableException("no write explains it");
            }
            note(key, side);
        };
        List<CompletableFuture<BackfillResult>> runs = Stream.of("ana", "bo")
                .map(by -> OwnThread.supply(() -> shared(strict).build().run(sweep(), by)))
                .toList();

        List<String> failures = new ArrayList<>();
        for (CompletableFuture<BackfillResult> run : runs) {
            assertThatThrownBy(run::join)
                    .hasRootCauseInstanceOf(BackfillException.class)
                    .satisfies(e -> failures.add(e.getCause().getMessage()));
        }

        // Each reports how many it has found itself, as either may have had both ranges, or one of them.
        assertThat(failures).allMatch(message -> message.matches(".* is not done: [12] keys.*"));
        assertThatThrownBy(() -> shared(strict).build().run(sweep(), "cy"))
                .isInstanceOf(BackfillException.class)
                .hasMessageContaining("is not done: 2 keys");
        assertThat(finished).isEmpty();
        Set<String> expected = new TreeSet<>(alone);
        expected.removeAll(beyond);
        assertThat(texts(reconciled)).as("all others are").isEqualTo(expected);
        long open = count(OF_SECOND_PASS + " AND is_done = 0");
        assertThat(open).isBetween(1L, 2L);
        reconciled.clear();
        beyond.clear();

        shared(strict).build().run(sweep(), "ana");

        assertThat(finished).containsExactly("ana");
        assertThat(reconciled)
                .as("of what was left open")
                .hasSizeBetween(2, 2 * 30)
                .hasSizeLessThan(alone.size());
        assertThat(texts(reconciled)).contains(key(100).toString(), key(150).toString());
        assertOver(2 * (ROWS - ROWS / 3));
    }

    @Test
    void another_sweep_ends_the_one_that_is_run() throws Exception {
        copyAndDivide(ROWS);
        Sleeper sleeper = new Sleeper();

        copying(source, target).build().run("2");

        assertThatThrownBy(sleeper::wake).hasMessageContaining("Another sweep of backfill 'parcels' was begun");
        assertThat(finished).isEmpty();
    }

    @Test
    void a_sweep_that_comes_back_after_another_one_starts_over() throws Exception {
        Set<String> alone = copyAndDivide(FEW_ROWS);
        second(this::note).build().run(sweep(), "ana");
        new BackfillTable(Home.of(target, Component.BACKFILL), "parcels").begin("2");
        reconciled.clear();

        BackfillResult again = second(this::note).build().run(sweep(), "ana");

        assertThat(again.visited()).isPositive();
        assertThat(texts(reconciled)).isSubsetOf(alone).isNotEmpty();
    }

    @Test
    void a_schema_sweeps_each_of_its_tables_for_a_migration_of_its_own() throws Exception {
        Parcels.update(target, "INSERT INTO parcel_v2 (region, id, note) VALUES ('zz', 1, 'alone')");
        SchemaBackfill.Builder copying = Backfill.from(
                        source,
                        SchemaMapping.between(source, target)
                                .add(Parcels.plain())
                                .build())
                .into(target)
                .named("all");
        assertThatThrownBy(() -> copying.build().run(table -> sweep(), "ana"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("reconciling(...)");

        SchemaBackfill.Result result = copying.each((table, backfill) ->
                        backfill.shared(LEASE).reconciling(Function.identity(), this::note, Side.OLD))
                .build()
                .run(table -> sweep(), "ana");

        assertThat(result.inSum().visited()).isEqualTo(ROWS);
        assertThat(reconciled).containsExactly(List.of("zz", "1"));
        assertThat(finished).containsExactly("ana");
        assertOver(2 * ROWS + 1);
    }

    /** A connection that is lost at any step, before or after what it asked was done, and a lock that is waited for in vain. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void what_passes_by_itself_does_not_end_it_wherever_it_comes(boolean isShared) throws Exception {
        cutAtEachStep(target, true, isShared);
        if (!isShared) {
            cutAtEachStep(target, false, false);
            cutAtEachStep(source, false, false);
        }
    }

    private void cutAtEachStep(DataSource cut, boolean afterEffect, boolean isShared) throws SQLException {
        boolean survived = false;
        for (int step = 1; !survived; step++) {
            survived = runWithFault(cut, step, afterEffect, isShared);
            assertThat(step).isLessThan(MOST_STEPS);
        }
    }

    private boolean runWithFault(DataSource cut, int step, boolean afterEffect, boolean isShared) throws SQLException {
        Database.execute(
                target, "DROP TABLE IF EXISTS turnout_backfill", "DROP TABLE IF EXISTS turnout_backfill_range");
        fill(FEW_ROWS);
        Database.execute(
                target, "INSERT INTO parcel_v2 (region, id, note) VALUES ('zz', 1, 'alone'), ('zz', 2, 'alone')");
        reconciled.clear();
        finished.clear();
        Faults faults = new Faults(cut);
        faults.failAt(step, afterEffect);
        BackfillBuilder<List<String>, Void> run = copying(
                        cut == source ? faults.dataSource() : source, cut == target ? faults.dataSource() : target)
                .chunkSize(20)
                .reconciling(Function.identity(), this::note, Side.OLD);

        (isShared ? run.shared(LEASE) : run).build().run(sweep(), "ana");

        boolean survived = !faults.hasFailed();
        faults.stop();
        assertThat(finished).as("cut at step %s", step).hasSize(1);
        assertThat(texts(reconciled)).as("cut at step %s", step).hasSize(2);
        assertOver(2 * FEW_ROWS + 2);
        return survived;
    }
}
