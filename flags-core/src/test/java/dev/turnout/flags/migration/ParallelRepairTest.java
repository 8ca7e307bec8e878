package dev.turnout.flags.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.AdditionalAnswers.delegatesTo;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyCollection;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.Mockito.atMost;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;

import dev.turnout.flags.logs.LogLines;
import dev.turnout.flags.spi.Journal;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.store.TimeSource;
import dev.turnout.flags.testing.SettableTime;
import dev.turnout.flags.threads.OwnThread;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Several keys at once, and what is reported of them to the journal together. */
@Timeout(60)
class ParallelRepairTest {
    private static final int THREADS = 4;

    private final SettableTime time = new SettableTime("2026-01-01T00:00:00Z");
    private final Journal<String> memory = Journal.inMemory(time);
    private final Journal<String> journal = journal();
    private final ExecutorService helpers = Executors.newFixedThreadPool(THREADS - 1);
    private final Set<String> reconciled = ConcurrentHashMap.newKeySet();

    @SuppressWarnings("unchecked")
    private Journal<String> journal() {
        return mock(Journal.class, delegatesTo(memory));
    }

    @AfterEach
    void close() {
        helpers.shutdownNow();
    }

    private Repairer<String> repairer(Repairer.Work<String> work, TimeSource clock) {
        return new Repairer<>("m", journal, work, clock, 1_000_000, THREADS, helpers);
    }

    private void handOver(int keys) {
        IntStream.range(0, keys).forEach(key -> memory.record("key " + key, Side.OLD));
    }

    private Repairer.Result reconcile(Journal.Claim<String> claim) {
        assertThat(reconciled.add(claim.key())).as("only once").isTrue();
        return Repairer.Result.RECONCILED;
    }

    private static void eventually(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) { // as long as the test may take
            Thread.onSpinWait();
        }
    }

    @Test
    void so_many_keys_are_repaired_at_once_and_no_more() throws Exception {
        AtomicInteger atOnce = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        CountDownLatch all = new CountDownLatch(THREADS);
        handOver(10 * THREADS);
        Repairer<String> repairer = repairer(
                (claim, claimed, sweeping) -> {
                    most.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
                    all.countDown();
                    await(all); // none ends before so many have begun
                    atOnce.decrementAndGet();
                    return reconcile(claim);
                },
                time);

        assertThat(repairer.repairDue()).isEqualTo(10 * THREADS);

        assertThat(most).hasValue(THREADS);
        assertThat(reconciled).hasSize(10 * THREADS);
        assertThat(memory.keys()).isEmpty();
        assertThat(repairer.repaired()).isEqualTo(10 * THREADS);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void the_journal_is_asked_and_told_once_for_many_keys() {
        handOver(400);

        assertThat(repairer((claim, claimed, sweeping) -> reconcile(claim), time)
                        .repairDue())
                .isEqualTo(400);

        verify(journal, atMost(5)).claimSome(anyInt()); // 4, 200, the rest, and none
        verify(journal, atMost(4)).repaired(anyCollection());
        verify(journal, times(0)).claim();
    }

    @Test
    void slow_keys_are_claimed_as_many_as_are_soon_done() {
        handOver(100);
        Repairer<String> repairer = new Repairer<>(
                "m",
                journal,
                (claim, claimed, sweeping) -> {
                    time.pass(Duration.ofMillis(40));
                    return reconcile(claim);
                },
                time,
                1_000,
                1,
                helpers);

        assertThat(repairer.repairDue()).isEqualTo(100);

        verify(journal, times(1)).claimSome(1);
        verify(journal, times(51)).claimSome(2); // in 100 ms; 49 times two, one, and none
        verify(journal, times(0)).claimSome(3);
    }

    @Test
    void who_fails_ends_the_round_and_keys_that_nobody_has_begun_are_due_at_once() {
        handOver(100);
        boolean[] down = {false};
        Repairer<String> repairer = new Repairer<>(
                "m",
                journal,
                (claim, claimed, sweeping) -> {
                    if (down[0]) {
                        throw new IllegalStateException("down");
                    }
                    return reconcile(claim);
                },
                time,
                1_000,
                1,
                helpers);
        memory.claim("key 0").orElseThrow().repaired();
        assertThat(repairer.repairDue()).isEqualTo(99); // from now on it knows how fast that goes
        handOver(50);
        reconciled.clear();
        down[0] = true;
        time.pass(Duration.ofSeconds(1));
        try (LogLines log = new LogLines(Repairer.class)) {
            assertThat(repairer.repairDue()).isZero();
            down[0] = false;
            assertThat(repairer.repairDue()).isEqualTo(49); // but for the one that failed
        }
        assertThat(memory.depth()).isEqualTo(1);
    }

    @Test
    void a_key_that_hangs_keeps_neither_the_others_nor_the_next_round_waiting_and_is_noted_in_the_end()
            throws Exception {
        CountDownLatch hangs = new CountDownLatch(1);
        CountDownLatch goesOn = new CountDownLatch(1);
        handOver(THREADS);
        String[] hanging = {null};
        Thread[] caller = {null};
        Repairer<String> repairer = repairer(
                (claim, claimed, sweeping) -> {
                    if (Thread.currentThread() == caller[0]) {
                        await(hangs); // a helper is the first
                    } else if (hangs.getCount() > 0) {
                        synchronized (hanging) {
                            if (hanging[0] == null) {
                                hanging[0] = claim.key();
                                hangs.countDown();
                            }
                        }
                        if (claim.key().equals(hanging[0])) {
                            await(goesOn);
                        }
                    }
                    return reconcile(claim);
                },
                TimeSource.SYSTEM);

        CompletableFuture<Integer> run = OwnThread.supply(() -> {
            caller[0] = Thread.currentThread();
            return repairer.repairDue();
        });

        assertThat(run.get(20, TimeUnit.SECONDS)).isEqualTo(THREADS - 1);
        assertThat(memory.keys()).containsExactly(hanging[0]);
        assertThat(memory.claim(hanging[0]))
                .as("a claim beside the one that hangs")
                .isEmpty();
        goesOn.countDown();
        eventually(() -> memory.keys().isEmpty());
    }

    @Test
    void where_no_helper_is_to_be_had_the_caller_repairs_all() {
        handOver(20);
        Repairer<String> alone = new Repairer<>(
                "m", journal, (claim, claimed, sweeping) -> reconcile(claim), time, 1_000, THREADS, task -> {
                    throw new OutOfMemoryError("unable to create native thread");
                });

        assertThat(alone.repairDue()).isEqualTo(20);
    }

    @Test
    void what_can_not_be_noted_is_given_back_together_and_repaired_again() {
        handOver(THREADS);
        doThrow(new IllegalStateException("the journal is down")).when(journal).repaired(any());
        AtomicInteger repairs = new AtomicInteger();
        Repairer<String> repairer = repairer(
                (claim, claimed, sweeping) -> {
                    repairs.incrementAndGet();
                    return Repairer.Result.RECONCILED;
                },
                time);
        try (LogLines log = new LogLines(Repairer.class)) {
            assertThat(repairer.repairDue()).isZero();
            assertThat(repairer.repairDue()).isZero();

            assertThat(log.all()).singleElement().asString().startsWith("WARN");
        }
        assertThat(repairs).hasValue(2 * THREADS);
        assertThat(memory.depth()).isEqualTo(THREADS);
        assertThat(repairer.repaired()).isZero();
    }
}
