package dev.turnout.flags.jdbc.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.jdbc.Faults;
import dev.turnout.flags.jdbc.sql.Statements;
import dev.turnout.flags.migration.Difference;
import dev.turnout.flags.migration.Difference.Kind;
import dev.turnout.flags.store.TimeSource;
import dev.turnout.flags.threads.OwnThread;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Several runs share one verification. Leases last for an hour, and end where a test ends them. */
@ParameterizedClass
@MethodSource("dev.turnout.flags.jdbc.Database#products")
@Timeout(600)
class SharedVerifyTest {
    private static final int ROWS = 200;
    private static final int CHUNK = 7;

    private final DataSource old;
    private final DataSource now;
    private long version = 3; // of the migration

    SharedVerifyTest(Database kind) {
        old = kind.create();
        now = kind.create();
    }

    @BeforeEach
    void tables() {
        Towns.create(old, "town", ROWS);
        Towns.create(now, "town_v2", ROWS);
    }

    private VerifiedRanges kept(DataSource database) {
        long ofNow = version;
        return VerifiedRanges.in(database, "towns", () -> ofNow).lease(Duration.ofHours(1));
    }

    private Verify.Builder<RowKey, ?> verify(DataSource kept) {
        return Verify.tables(Towns.MAPPING, old, now)
                .chunkSize(CHUNK)
                .settle(Duration.ofMillis(1), 2)
                .remember(kept(kept));
    }

    private void differ(int... ids) {
        for (int id : ids) {
            Database.execute(now, "UPDATE town_v2 SET name = '?' WHERE id = " + id);
        }
    }

    private void endLeases() {
        Database.execute(now, "UPDATE turnout_verify_range SET lease_until = 0");
    }

    private List<Long> numbers(String sql) throws SQLException {
        return Statements.query(now, row -> row.getLong(1), sql);
    }

    /** Runs that take their first range one after the other, and wait for each other before their second, so each has one. */
    @Test
    void each_range_is_compared_by_one_and_all_know_what_was_found() throws SQLException {
        differ(20, 90, 150);
        Set<Long> told = Collections.synchronizedSet(new TreeSet<>());
        AtomicInteger times = new AtomicInteger();
        Semaphore turn = new Semaphore(1);
        CyclicBarrier together = new CyclicBarrier(3);
        List<CompletableFuture<VerifyResult<RowKey>>> runs = Stream.generate(() -> {
                    AtomicInteger chunks = new AtomicInteger();
                    Verify<RowKey, ?> verify = verify(now)
                            .pacing(() -> {
                                int chunk = chunks.incrementAndGet();
                                if (chunk == 1) {
                                    turn.acquireUninterruptibly();
                                } else if (chunk == 2) {
                                    turn.release();
                                    await(together);
                                }
                            })
                            .onDifference(difference -> {
                                told.add(difference.key().only(Long.class));
                                times.incrementAndGet();
                            })
                            .build();
                    return OwnThread.supply(verify::run);
                })
                .limit(3)
                .toList();

        for (CompletableFuture<VerifyResult<RowKey>> run : runs) {
            VerifyResult<RowKey> result = run.join();
            assertThat(result.keysCompared()).isEqualTo(ROWS);
            assertThat(result.counts()).isEqualTo(Map.of(Kind.DIFFERENT, 3L));
            assertThat(result.isEqual()).isFalse();
        }
        assertThat(told).containsExactly(20L, 90L, 150L);
        assertThat(times).hasValue(3);
        assertThat(numbers("SELECT count(DISTINCT owner) FROM turnout_verify_range"))
                .containsExactly(3L);
        assertThat(numbers("SELECT count(*) FROM turnout_verify_range"))
                .containsExactly((long) (ROWS + CHUNK - 1) / CHUNK);
        assertThat(kept(now).oldest()).isEmpty();
    }

    /** A clock that advances only while a verification waits. */
    private static final class Waits implements TimeSource {
        private final Runnable meanwhile;
        private long nanos;

        Waits(Runnable meanwhile) {
            this.meanwhile = meanwhile;
        }

        void await(long wait) {
            nanos += wait;
            meanwhile.run();
        }

        @Override
        public Instant now() {
            return Instant.EPOCH;
        }

        @Override
        public long nanoTime() {
            return nanos;
        }
    }

    @Test
    void all_ranges_settle_at_the_same_time() {
        differ(1, 20, 90, 150, 199);
        Duration delay = Duration.ofSeconds(1);
        Waits clock = new Waits(() -> {});

        VerifyResult<RowKey> result = verify(now)
                .settle(delay, 10)
                .time(clock)
                .waiting(clock::await)
                .build()
                .run();

        assertThat(result.counts()).isEqualTo(Map.of(Kind.DIFFERENT, 5L));
        assertThat(result.duration()).isEqualTo(delay.multipliedBy(10));
    }

    @Test
    void a_run_keeps_its_ranges_however_long_they_take_to_settle() throws SQLException {
        differ(1, 20, 90);
        List<Long> told = new ArrayList<>();
        List<Long> lapsed = new ArrayList<>();
        AtomicInteger waits = new AtomicInteger();
        Waits clock = new Waits(() -> {
            try {
                if (waits.incrementAndGet() > 1) {
                    lapsed.addAll(
                            numbers("SELECT ordinal FROM turnout_verify_range WHERE is_done = 0 AND lease_until = 0"));
                }
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
            endLeases();
        });

        VerifyResult<RowKey> result = verify(now)
                .settle(Duration.ofMinutes(30), 5)
                .time(clock)
                .waiting(clock::await)
                .onDifference(difference -> told.add(difference.key().only(Long.class)))
                .build()
                .run();

        assertThat(waits).hasValue(5);
        assertThat(lapsed)
                .as("not reported as compared still, after half of the lease")
                .isEmpty();
        assertThat(told).containsExactlyInAnyOrder(1L, 20L, 90L);
        assertThat(result.keysCompared()).isEqualTo(ROWS);
    }

    @Test
    void a_run_does_not_take_over_what_it_has_itself() {
        differ(1, 20, 90);
        List<Long> told = new ArrayList<>();
        Waits clock = new Waits(this::endLeases); // sooner than it reports again that it has them

        verify(now)
                .time(clock)
                .waiting(clock::await)
                .onDifference(difference -> told.add(difference.key().only(Long.class)))
                .build()
                .run();

        assertThat(told).containsExactlyInAnyOrder(1L, 20L, 90L);
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await(5, TimeUnit.MINUTES);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** A run that falls silent with a range in its hands. */
    private final class Silent {
        private final CountDownLatch goOn = new CountDownLatch(1);
        private final CompletableFuture<VerifyResult<RowKey>> result;

        Silent() throws InterruptedException {
            CountDownLatch silent = new CountDownLatch(1);
            AtomicInteger chunks = new AtomicInteger();
            Verify<RowKey, ?> verify = verify(now)
                    .pacing(() -> {
                        if (chunks.incrementAndGet() == 3) {
                            silent.countDown();
                            await(goOn);
                        }
                    })
                    .build();
            result = OwnThread.supply(verify::run);
            silent.await();
        }

        private void await(CountDownLatch latch) {
            try {
                latch.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        VerifyResult<RowKey> wake() {
            goOn.countDown();
            return result.join();
        }
    }

    @Test
    void what_a_silent_run_has_is_taken_and_counts_once_when_it_wakes() throws Exception {
        differ(1, 10, 100);
        Silent silent = new Silent();
        assertThat(numbers("SELECT count(*) FROM turnout_verify_range WHERE is_done = 0"))
                .as("in its hands")
                .containsExactly(2L);
        endLeases();
        version = 4;

        VerifyResult<RowKey> result = verify(now).build().run();
        VerifyResult<RowKey> late = silent.wake();

        assertThat(result.counts()).isEqualTo(Map.of(Kind.DIFFERENT, 3L));
        assertThat(result.keysCompared()).isEqualTo(ROWS);
        assertThat(late.counts()).isEqualTo(Map.of(Kind.DIFFERENT, 3L));
        assertThat(late.keysCompared()).isEqualTo(ROWS);
        assertThat(numbers("SELECT sum(row_count) FROM turnout_verify_range")).containsExactly((long) ROWS);
        assertThat(numbers("SELECT DISTINCT migration_version FROM turnout_verify_range"))
                .as("what the first to be done has seen")
                .containsExactly(4L);
    }

    @Test
    void a_run_that_wakes_when_another_sweep_has_begun_says_so_and_spoils_nothing() throws Exception {
        Silent silent = new Silent();
        endLeases();
        verify(now).build().run();
        differ(5);
        assertThat(verify(now).build().run().isEqual()).isFalse();

        assertThatThrownBy(silent::wake)
                .rootCause()
                .isInstanceOf(VerifyException.class)
                .hasMessageContaining("takes its place");

        assertThat(kept(now).oldest()).isEmpty();
        Database.execute(now, "UPDATE town_v2 SET name = 'town 5' WHERE id = 5");
        assertThat(verify(now).build().run().isEqual()).isTrue();
        assertThat(kept(now).oldest()).isPresent();
    }

    /** A connection that is lost before a statement, or after it was carried out, which the run does not know. */
    @Test
    void what_passes_by_itself_ends_no_run_at_any_of_its_steps() {
        verify(now).build().run(); // creates the tables
        differ(20, 150);
        Faults faults = new Faults(now);
        for (boolean afterEffect : List.of(false, true)) {
            boolean reached = true;
            int step = 0;
            while (reached) {
                Set<Long> told = new TreeSet<>();
                faults.failAt(++step, afterEffect);
                VerifyResult<RowKey> result = verify(faults.dataSource())
                        .chunkSize(100)
                        .onDifference(difference -> told.add(difference.key().only(Long.class)))
                        .build()
                        .run();
                reached = faults.hasFailed();
                faults.stop();
                assertThat(result.counts()).as("step %s", step).isEqualTo(Map.of(Kind.DIFFERENT, 2L));
                assertThat(told).as("step %s", step).containsExactly(20L, 150L);
            }
            assertThat(step).isGreaterThan(20);
        }
    }

    /** Killed, when the database hears nothing more of it, or refused for good, before the statement or after it. */
    @Test
    void a_run_may_end_at_each_of_its_steps() throws SQLException {
        verify(now).build().run(); // creates the tables
        differ(20, 150);
        Faults faults = new Faults(now).state("XX000"); // which does not pass by itself
        int cuts = 0;
        for (boolean afterEffect : List.of(false, true)) {
            boolean reached = true;
            for (int step = 1; reached; step++) {
                Set<Long> told = new TreeSet<>();
                Verify<RowKey, ?> verify = verify(faults.dataSource())
                        .chunkSize(100)
                        .onDifference(difference -> told.add(difference.key().only(Long.class)))
                        .build();
                faults.failAt(step, afterEffect);
                List<VerifyException> failures = new ArrayList<>();
                try {
                    verify.run();
                } catch (VerifyException e) {
                    failures.add(e);
                }
                reached = faults.hasFailed();
                faults.stop();
                if (!failures.isEmpty()) {
                    cuts++;
                    endLeases();
                    VerifyResult<RowKey> result = verify.run();
                    assertThat(result.counts()).as("step %s", step).isEqualTo(Map.of(Kind.DIFFERENT, 2L));
                    assertThat(result.keysCompared()).as("step %s", step).isEqualTo(ROWS);
                }
                assertThat(told).as("step %s", step).containsExactly(20L, 150L);
            }
        }
        assertThat(cuts).isGreaterThan(40);
    }

    @Test
    void a_difference_that_is_confirmed_but_not_kept_is_told_again() {
        differ(20);
        List<Difference<RowKey>> told = new ArrayList<>();
        Verify<RowKey, ?> verify = verify(now)
                .onDifference(difference -> {
                    told.add(difference);
                    if (told.size() == 1) {
                        throw new IllegalStateException("the listener is down");
                    }
                })
                .build();

        assertThatThrownBy(verify::run).hasMessage("the listener is down");
        VerifyResult<RowKey> result = verify.run();

        assertThat(told).as("left to others at once, as it ended in order").hasSize(2);
        assertThat(result.keysCompared()).isEqualTo(ROWS);
        assertThat(result.counts()).isEqualTo(Map.of(Kind.DIFFERENT, 1L));
    }

    @Test
    void a_verification_that_was_not_run_for_long_is_forgotten_when_another_one_finishes() throws SQLException {
        verify(now).build().run();
        Database.execute(
                now,
                "INSERT INTO turnout_verify (name, mapping, sweep, planned, finished_sweep, differences) VALUES ('old', 'm', 2, 1, 2, 0)",
                "INSERT INTO turnout_verify (name, mapping, sweep, planned, finished_sweep, differences) VALUES ('new', 'm', 2, 1, 2, 0)",
                "INSERT INTO turnout_verify_range (name, sweep, ordinal, owner, lease_until, is_done, verified_at) VALUES ('old', 2, 1, 'o', 5, 1, 4)",
                "INSERT INTO turnout_verify_range (name, sweep, ordinal, owner, lease_until, is_done, verified_at) SELECT 'new', 2, 1, 'o', 5, 1,"
                        + " max(verified_at) FROM turnout_verify_range WHERE name = 'towns'");

        verify(now).build().run();

        assertThat(Statements.query(
                        now, row -> row.getString(1), "SELECT DISTINCT name FROM turnout_verify_range ORDER BY name"))
                .containsExactly("new", "towns");
        assertThat(VerifiedRanges.in(now, "old", () -> 1).oldest()).isEmpty();
        assertThat(Statements.query(now, row -> row.getString(1), "SELECT name FROM turnout_verify ORDER BY name"))
                .containsExactly("new", "towns");
    }
}
