package dev.turnout.flags.jdbc.backfill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.jdbc.ranges.WriterLeases;
import dev.turnout.flags.jdbc.rows.Progress;
import dev.turnout.flags.jdbc.sql.Component;
import dev.turnout.flags.jdbc.sql.Home;
import dev.turnout.flags.jdbc.sql.Statements;
import dev.turnout.flags.jdbc.table.TableMapping;
import dev.turnout.flags.threads.OwnThread;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Several runs share one backfill. Leases last for an hour, and end where a test ends them. */
@ParameterizedClass
@MethodSource("databasesAndGuards")
@Timeout(600)
class SharedBackfillTest {
    private static final int ROWS = 300;
    private static final Duration LEASE = Duration.ofHours(1);

    private final DataSource source;
    private final DataSource target;
    private final OverwriteGuard guard;
    private final TableMapping mapping;

    SharedBackfillTest(Database kind, OverwriteGuard guard) {
        source = kind.create();
        target = kind.create();
        this.guard = guard;
        mapping = guard == OverwriteGuard.VERSION ? Parcels.versioned() : Parcels.plain();
    }

    static Stream<Arguments> databasesAndGuards() {
        return Database.products()
                .flatMap(kind -> Stream.of(OverwriteGuard.values()).map(guard -> Arguments.of(kind, guard)));
    }

    @BeforeEach
    void tables() {
        Parcels.createBoth(source, target);
        Parcels.fill(source, ROWS);
        if (guard != OverwriteGuard.VERSION) {
            Parcels.update(source, "UPDATE parcel SET version = 0, writer = 0, deleted = FALSE");
        }
        if (Parcels.is(source, "POSTGRES")) {
            Database.execute(source, "ANALYZE parcel");
        }
    }

    private BackfillBuilder<List<String>, Void> shared() {
        return Backfill.from(source, mapping)
                .into(target)
                .named("parcels")
                .guardedBy(guard)
                .workers(1)
                .chunkSize(10)
                .shared(LEASE);
    }

    private static CompletableFuture<BackfillResult> begin(Backfill<?, ?> backfill) {
        return OwnThread.supply(() -> backfill.run("1"));
    }

    /** A run that stands still before its third chunk, with a range that it has begun, until it is woken. */
    private final class Sleeper {
        private final CompletableFuture<Void> asleep = new CompletableFuture<>();
        private final CountDownLatch woken = new CountDownLatch(1);
        private final AtomicInteger chunks = new AtomicInteger();
        private final CompletableFuture<BackfillResult> run =
                begin(shared().pacing(this::beforeChunk).build());

        Sleeper() throws Exception {
            CompletableFuture.anyOf(asleep, run).get(); // a run that fails never falls asleep
            assertThat(asleep).isDone();
        }

        private void beforeChunk() {
            if (chunks.incrementAndGet() == 3) {
                asleep.complete(null);
                try {
                    woken.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        }

        BackfillResult wake() {
            woken.countDown();
            return run.join();
        }
    }

    private record Owned(int number, String owner, long epoch, long rows) {}

    private List<Owned> ranges(String condition) throws SQLException {
        return Statements.query(
                target,
                row -> new Owned(row.getInt(1), row.getString(2), row.getLong(3), row.getLong(4)),
                "SELECT range_no, owner, epoch, rows_done FROM turnout_backfill_range WHERE " + condition
                        + " ORDER BY range_no");
    }

    private void assertEachRowWasCopiedOnce(BackfillResult... results) throws SQLException {
        assertThat(Parcels.target(target)).isEqualTo(Parcels.source(source));
        assertThat(ranges("is_done = 0")).isEmpty();
        assertThat(ranges("1 = 1").stream().mapToLong(Owned::rows).sum()).isEqualTo(ROWS);
        assertThat(Stream.of(results).mapToLong(BackfillResult::visited).sum()).isEqualTo(ROWS);
        if (Parcels.countsWrites(target)) {
            assertThat(Stream.of(results).mapToLong(BackfillResult::written).sum())
                    .isEqualTo(ROWS);
        }
    }

    @Test
    void what_a_run_has_that_is_not_heard_of_another_one_does_and_it_writes_nothing_when_it_wakes() throws Exception {
        Sleeper sleeper = new Sleeper();
        Owned held = ranges("owner IS NOT NULL AND is_done = 0").get(0);
        Database.execute(target, "UPDATE turnout_backfill_range SET lease_until = 0");
        List<Progress> told = new ArrayList<>();

        BackfillResult other = shared().onProgress(told::add).build().run("1");
        Owned taken = ranges("range_no = " + held.number()).get(0);
        BackfillResult woken = sleeper.wake();

        assertThat(held.epoch()).isEqualTo(1);
        assertThat(taken.epoch()).isEqualTo(2);
        assertThat(taken.owner()).isNotEqualTo(held.owner());
        assertThat(woken.visited()).as("its two chunks before that").isBetween(2L, 20L);
        assertThat(told.get(told.size() - 1).rowsDone()).as("by both").isEqualTo(ROWS);
        assertEachRowWasCopiedOnce(woken, other);
    }

    @Test
    void a_run_that_wakes_is_refused_even_if_its_successor_has_written_nothing_yet() throws Exception {
        Sleeper sleeper = new Sleeper();
        Owned held = ranges("owner IS NOT NULL AND is_done = 0").get(0);
        String sweep = new BackfillTable(Home.of(target, Component.BACKFILL), "parcels")
                .last()
                .orElseThrow()
                .sweepId();
        WriterLeases other =
                new WriterLeases(Home.of(target, Component.BACKFILL), "parcels", sweep, "another", LEASE.toMillis());
        Database.execute(target, "UPDATE turnout_backfill_range SET lease_until = 0 WHERE range_no = " + held.number());
        assertThat(RangeTable.take(other).orElseThrow().number()).isEqualTo(held.number());
        other.giveBackAll();

        BackfillResult woken = sleeper.wake();

        assertThat(ranges("range_no = " + held.number()).get(0).epoch())
                .as("was released, and taken again")
                .isEqualTo(3);
        assertEachRowWasCopiedOnce(woken);
    }

    @Test
    void while_a_run_is_paused_others_go_on_with_its_ranges() throws Exception {
        BackfillControl control = new BackfillControl();
        CompletableFuture<BackfillResult> paused = begin(shared().control(control)
                .onProgress(progress -> control.pause())
                .build());
        awaitFirstChunk();

        BackfillResult other = shared().build().run("1");
        control.resume();

        assertEachRowWasCopiedOnce(paused.join(), other);
    }

    private void awaitFirstChunk() {
        for (boolean begun = false; !begun; ) {
            try {
                begun = !ranges("rows_done > 0").isEmpty();
            } catch (SQLException e) {
                begun = false; // the table is not there yet
            }
        }
    }

    @Test
    void what_an_aborted_run_had_others_take_at_once() throws Exception {
        BackfillControl control = new BackfillControl();
        AtomicInteger own = new AtomicInteger();
        Backfill<?, ?> aborted = shared().control(control)
                .onProgress(progress -> {
                    own.set((int) progress.rowsDone());
                    control.abort();
                })
                .build();
        assertThatThrownBy(() -> aborted.run("1"))
                .isInstanceOf(BackfillException.class)
                .hasMessageContaining("aborted");
        long before = ranges("1 = 1").stream().mapToLong(Owned::rows).sum();

        BackfillResult other = shared().build().run("1");

        assertThat(other.visited()).isEqualTo(ROWS - before);
        assertEachRowWasCopiedOnce(other, new BackfillResult(before, before, 0));
    }

    @Test
    void runs_that_begin_at_once_have_one_plan_and_divide_it() throws Exception {
        CyclicBarrier start = new CyclicBarrier(3);
        List<CompletableFuture<BackfillResult>> runs = Stream.of(1, 2, 3)
                .map(run -> {
                    Backfill<?, ?> backfill = shared().build();
                    return OwnThread.supply(() -> {
                        await(start);
                        return backfill.run("1");
                    });
                })
                .toList();

        BackfillResult[] results = runs.stream().map(CompletableFuture::join).toArray(BackfillResult[]::new);

        assertThat(ranges("epoch <> 1")).as("taken more than once").isEmpty();
        assertEachRowWasCopiedOnce(results);
        assertThat(shared().build().run("1")).isEqualTo(new BackfillResult(0, 0, 0));
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void another_sweep_ends_the_one_that_is_run() throws Exception {
        Sleeper sleeper = new Sleeper();

        BackfillResult next = shared().build().run("2");

        assertThatThrownBy(sleeper::wake).hasMessageContaining("Another sweep of backfill 'parcels' was begun");
        assertThat(next.visited()).isEqualTo(ROWS);
        assertThat(Parcels.target(target)).isEqualTo(Parcels.source(source));
    }
}
