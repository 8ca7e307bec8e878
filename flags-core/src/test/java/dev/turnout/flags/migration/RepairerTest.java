package dev.turnout.flags.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.AdditionalAnswers.delegatesTo;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.Mockito.doReturn;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RepairerTest {
    private final SettableTime time = new SettableTime("2026-01-01T00:00:00Z");
    private final Journal<String> journal = Journal.inMemory(time);
    private final List<String> reconciled = new ArrayList<>();
    private boolean down;
    private Error broken;
    private final Repairer<String> repairer = new Repairer<>("m", journal, this::reconcile, time, 1_000_000);

    private Repairer.Result reconcile(Journal.Claim<String> claim, long claimedNanos, boolean sweeping) {
        if (down) {
            throw new IllegalStateException("down");
        }
        if (broken != null) {
            throw broken;
        }
        reconciled.add(claim.key() + " from " + claim.source().orElse(Side.OLD));
        return Repairer.Result.RECONCILED;
    }

    @Test
    void what_was_handed_over_is_reconciled_from_its_source() {
        journal.record("a", Side.OLD);
        journal.record("b", Side.NEW);
        journal.record("in flight", new Journal.Origin("member", Side.OLD, true));

        assertThat(repairer.repairDue()).isEqualTo(2);

        assertThat(reconciled).containsExactlyInAnyOrder("a from OLD", "b from NEW");
        assertThat(journal.keys()).containsExactly("in flight");
        assertThat(repairer.repaired()).isEqualTo(2);
    }

    @Test
    void no_more_are_repaired_in_a_second_than_they_should_be_but_a_sweep_goes_on() {
        SettableTime time = new SettableTime("2026-01-01T00:00:00Z");
        Repairer<String> slow = new Repairer<>("m", journal, this::reconcile, time, 10);
        IntStream.range(0, 50).forEach(key -> journal.record("key " + key, Side.OLD));

        int first = slow.repairDue();
        int inTwoSeconds = IntStream.range(0, 100)
                .map(step -> {
                    time.pass(Duration.ofMillis(20));
                    return slow.repairDue();
                })
                .sum();

        assertThat(first).isBetween(1, 2);
        assertThat(inTwoSeconds).isBetween(19, 21);
        assertThat(slow.sweepRecorded()).isEqualTo(50 - first - inTwoSeconds);
    }

    @Test
    void a_calm_is_not_followed_by_a_storm() {
        SettableTime time = new SettableTime("2026-01-01T00:00:00Z");
        Repairer<String> slow = new Repairer<>("m", journal, this::reconcile, time, 100);
        time.pass(Duration.ofHours(1));
        IntStream.range(0, 50).forEach(key -> journal.record("key " + key, Side.OLD));

        assertThat(slow.repairDue()).isBetween(10, 11);
        assertThat(slow.repairDue()).isZero();
    }

    @Test
    void keys_that_must_wait_use_up_nothing_of_the_rate_and_hold_up_no_other() {
        boolean[] crossing = {true};
        Repairer.Work<String> work =
                (claim, claimed, sweeping) -> crossing[0] && claim.key().startsWith("crossing")
                        ? Repairer.Result.LATER
                        : reconcile(claim, claimed, sweeping);
        Repairer<String> slow = new Repairer<>("m", journal, work, time, 10);
        IntStream.range(0, 50).forEach(key -> journal.record("crossing " + key, Side.OLD));
        journal.record("other", Side.OLD);

        assertThat(slow.repairDue()).isEqualTo(1);
        assertThat(reconciled).containsExactly("other from OLD");

        crossing[0] = false;
        time.pass(Duration.ofSeconds(10));
        assertThat(slow.repairDue()).isBetween(1, 2);
    }

    @Test
    void a_journal_that_gives_a_key_again_at_once_does_not_hold_the_run() {
        Journal<String> other = failing();
        journal.record("a", Side.OLD);
        Journal.Claim<String> again = journal.claim("a").orElseThrow();
        doReturn(List.of(again)).when(other).claimSome(anyInt());
        Repairer<String> repair =
                new Repairer<>("m", other, (claim, claimed, sweeping) -> Repairer.Result.LATER, time, 1_000_000);

        assertThat(repair.repairDue()).isZero();

        verify(other, times(2)).claimSome(anyInt());
    }

    @Test
    void a_path_that_is_down_ends_the_round_and_the_key_waits() {
        journal.record("a", Side.OLD);
        journal.record("b", Side.OLD);
        down = true;

        assertThat(repairer.repairDue()).isZero();

        assertThat(journal.depth()).isEqualTo(2);
        assertThat(repairer.repaired()).isZero();
    }

    /** The same keys, of which the failing calls of the test are the only ones that do something else. */
    @SuppressWarnings("unchecked")
    private Journal<String> failing() {
        return mock(Journal.class, delegatesTo(journal));
    }

    private Repairer<String> of(Journal<String> other) {
        return new Repairer<>("m", other, this::reconcile, time, 1_000_000);
    }

    @Test
    void an_error_of_a_path_is_a_failure_of_that_key_and_repair_goes_on() throws InterruptedException {
        Repairer<String> repair = of(journal);
        journal.record("a", Side.OLD);
        try (LogLines log = new LogLines(Repairer.class)) {
            broken = new NoClassDefFoundError("some/Codec");
            IntStream.range(0, 20).forEach(run -> {
                assertThat(repair.repairDue()).isZero();
                time.pass(Duration.ofSeconds(1));
            });
            broken = null;
            journal.record("b", Side.OLD);
            time.pass(Duration.ofMinutes(1));

            assertThat(repair.repairDue()).isEqualTo(2);

            assertThat(log.next())
                    .isEqualTo(
                            "WARN Repair of migration 'm' cannot reach a path or its journal; 1 keys wait and are tried again with growing delay.");
            assertThat(log.next()).startsWith("INFO Repair of migration 'm' works again; 0 keys wait. (It had failed ");
            assertThat(log.all()).isEmpty();
        }
        assertThat(reconciled).containsExactlyInAnyOrder("a from OLD", "b from OLD");
    }

    @Test
    void keys_that_wait_for_an_operator_are_one_line_a_minute() {
        Repairer.Work<String> work = (claim, claimed, sweeping) -> {
            throw new UnrepairableException("the mapping is wrong");
        };
        Repairer<String> repair = new Repairer<>("m", journal, work, time, 1_000_000);
        try (LogLines log = new LogLines(Repairer.class)) {
            for (int minute = 0; minute < 2; minute++) {
                int first = 100 * minute;
                IntStream.range(first, first + 100).forEach(key -> journal.record("key " + key, Side.OLD));
                assertThat(repair.repairDue()).isEqualTo(100);
                time.pass(Duration.ofMinutes(1));
            }

            assertThat(log.all()).hasSize(2).allMatch(line -> line.contains("has quarantined a key"));
            assertThat(log.all().get(1)).contains("(100 times since the last line; ");
        }
    }

    @Test
    void a_journal_out_of_reach_is_one_line_and_repair_goes_on_when_it_is_back() {
        journal.record("a", Side.OLD);
        Journal<String> other = failing();
        Repairer<String> repair = of(other);
        try (LogLines log = new LogLines(Repairer.class)) {
            for (Throwable failure :
                    List.of(new IllegalStateException("refused"), new NoClassDefFoundError("Driver"))) {
                doThrow(failure).when(other).claimSome(anyInt());
                IntStream.range(0, 127)
                        .forEach(run -> assertThat(repair.repairDue()).isZero());
            }
            time.pass(Duration.ofSeconds(1));
            doReturn(journal.claimSome(1), List.of()).when(other).claimSome(anyInt());
            assertThat(repair.repairDue()).isEqualTo(1);

            assertThat(log.all())
                    .containsExactly(
                            "WARN Repair of migration 'm' cannot read its journal; it tries again.",
                            "WARN Repair of migration 'm' cannot read its journal; it tries again.",
                            "INFO Repair of migration 'm' can read its journal again. (It had failed 254 times.)");
        }
    }

    @Test
    void a_journal_that_can_not_even_be_told_of_the_failure_hides_nothing_and_ends_nothing() {
        Journal.Claim<String> claim = claim();
        doThrow(new IllegalStateException("the journal is down")).when(claim).failed();
        Journal<String> other = failing();
        doReturn(List.of(claim)).when(other).claimSome(anyInt());
        doReturn(Optional.of(claim)).when(other).claim("a");
        doReturn(List.of("a")).when(other).keys();
        doThrow(new IllegalStateException("the journal is down")).when(other).depth(anyInt());
        broken = new StackOverflowError("a path");
        try (LogLines log = new LogLines(Repairer.class)) {
            assertThat(of(other).repairDue()).isZero();

            assertThat(log.all())
                    .containsExactly(
                            "WARN Repair of migration 'm' cannot reach a path or its journal; an unknown number of keys wait and are tried again with growing delay.");
        }
        assertThatThrownBy(() -> of(other).sweepRecorded())
                .isSameAs(broken)
                .satisfies(e -> assertThat(e.getSuppressed()).hasSizeGreaterThan(0));
    }

    @Test
    void a_repair_that_can_not_be_noted_gives_its_claim_back() {
        Journal.Claim<String> claim = claim();
        doThrow(new NoClassDefFoundError("Driver")).when(claim).repaired();
        Journal<String> other = failing();
        doReturn(List.of(claim)).when(other).claimSome(anyInt());
        try (LogLines log = new LogLines(Repairer.class)) {
            assertThat(of(other).repairDue()).isZero();

            assertThat(log.all()).singleElement().asString().startsWith("WARN");
        }
        verify(claim).failed();
    }

    @Test
    void a_key_that_can_not_be_quarantined_is_tried_again() {
        Journal.Claim<String> claim = claim();
        doThrow(new IllegalStateException("the journal is down")).when(claim).quarantine("fix it");
        Journal<String> other = failing();
        doReturn(List.of(claim)).when(other).claimSome(anyInt());
        Repairer<String> unable = new Repairer<>(
                "m",
                other,
                (key, claimedNanos, sweeping) -> {
                    throw new UnrepairableException("fix it");
                },
                time,
                1_000_000);
        try (LogLines log = new LogLines(Repairer.class)) {
            assertThat(unable.repairDue()).isZero();

            assertThat(log.all()).singleElement().asString().startsWith("WARN");
        }
        verify(claim).failed();
    }

    @SuppressWarnings("unchecked")
    private static Journal.Claim<String> claim() {
        Journal.Claim<String> claim = mock(Journal.Claim.class);
        doReturn("a").when(claim).key();
        doReturn(Optional.of(Side.OLD)).when(claim).source();
        return claim;
    }

    @Test
    void a_sweep_visits_the_keys_of_operations_in_flight_too_and_leaves_their_entries() {
        journal.record("in flight", new Journal.Origin("member", Side.OLD, true));
        journal.record("a", Side.OLD);

        assertThat(repairer.sweepRecorded()).isEqualTo(2);

        assertThat(reconciled).containsExactlyInAnyOrder("in flight from OLD", "a from OLD");
        assertThat(journal.keys()).containsExactly("in flight");
    }

    @Test
    void a_sweep_reconciles_what_is_not_outdated_also_where_other_entries_of_the_key_are() {
        Repairer<String> toNew = new Repairer<>(
                "m",
                journal,
                (claim, claimedNanos, sweeping) -> {
                    boolean outdated = claim.source().orElseThrow() == Side.NEW;
                    return outdated ? Repairer.Result.OUTDATED : reconcile(claim, claimedNanos, sweeping);
                },
                TimeSource.SYSTEM,
                1_000_000);
        for (Side side : List.of(Side.NEW, Side.OLD)) {
            journal.record("a", side);
            journal.record("b", side.opposite());
        }

        assertThat(toNew.sweepRecorded()).isEqualTo(2);

        assertThat(reconciled).containsExactlyInAnyOrder("a from OLD", "b from OLD");
        toNew.repairDue();
        assertThat(journal.keys()).isEmpty();
    }

    @Test
    void what_must_not_be_repaired_now_waits() {
        List<Boolean> sweeps = new ArrayList<>();
        Repairer<String> later = new Repairer<>(
                "m",
                journal,
                (claim, claimedNanos, sweeping) -> {
                    sweeps.add(sweeping);
                    return sweeping ? Repairer.Result.RECONCILED : Repairer.Result.LATER;
                },
                TimeSource.SYSTEM,
                1_000_000);
        journal.record("a", Side.OLD);

        later.repairDue();
        assertThat(journal.depth()).isEqualTo(1);
        later.sweepRecorded();

        assertThat(sweeps).containsExactly(false, true);
        assertThat(journal.depth()).isZero();
    }

    @Test
    void a_sweep_that_can_not_reach_a_path_has_not_finished() {
        journal.record("a", Side.OLD);
        down = true;

        assertThatThrownBy(repairer::sweepRecorded).hasMessage("down");

        assertThat(journal.depth()).isEqualTo(1);
    }

    @Test
    void a_sweep_waits_for_a_repair_that_may_have_read_before_it_began() throws Exception {
        journal.record("a", Side.OLD);
        var claim = journal.claim().orElseThrow();
        CountDownLatch begun = new CountDownLatch(1);

        CompletableFuture<Integer> sweep = OwnThread.supply(() -> {
            begun.countDown();
            return repairer.sweepRecorded();
        });
        begun.await();
        assertThat(sweep).isNotDone();
        claim.failed();

        assertThat(sweep.get(20, TimeUnit.SECONDS)).isEqualTo(1);
        assertThat(reconciled).containsExactly("a from OLD");
    }
}
