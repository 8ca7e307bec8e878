package dev.turnout.flags.repair;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnout.flags.SettableTime;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.store.TimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RepairerTest {
    private final Journal<String> journal = Journal.inMemory();
    private final List<String> reconciled = new ArrayList<>();
    private boolean down;
    private final Repairer<String> repairer =
            new Repairer<>("m", journal, this::reconcile, TimeSource.SYSTEM, 1_000_000);

    private Repairer.Result reconcile(Journal.Claim<String> claim, long claimedNanos, boolean sweeping) {
        if (down) {
            throw new IllegalStateException("down");
        }
        reconciled.add(claim.key() + " from " + claim.source().orElse(Side.OLD));
        return Repairer.Result.RECONCILED;
    }

    @Test
    void what_was_handed_over_is_reconciled_from_its_source() {
        journal.markDirty("a", Side.OLD);
        journal.markDirty("b", Side.NEW);
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
        IntStream.range(0, 50).forEach(key -> journal.markDirty("key " + key, Side.OLD));

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
        IntStream.range(0, 50).forEach(key -> journal.markDirty("key " + key, Side.OLD));

        assertThat(slow.repairDue()).isBetween(10, 11);
        assertThat(slow.repairDue()).isZero();
    }

    @Test
    void a_path_that_is_down_ends_the_round_and_the_key_waits() {
        journal.markDirty("a", Side.OLD);
        journal.markDirty("b", Side.OLD);
        down = true;

        assertThat(repairer.repairDue()).isZero();

        assertThat(journal.depth()).isEqualTo(2);
        assertThat(repairer.repaired()).isZero();
    }

    @Test
    void a_sweep_visits_the_keys_of_operations_in_flight_too_and_leaves_their_entries() {
        journal.record("in flight", new Journal.Origin("member", Side.OLD, true));
        journal.markDirty("a", Side.OLD);

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
            journal.markDirty("a", side);
            journal.markDirty("b", side.opposite());
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
        journal.markDirty("a", Side.OLD);

        later.repairDue();
        assertThat(journal.depth()).isEqualTo(1);
        later.sweepRecorded();

        assertThat(sweeps).containsExactly(false, true);
        assertThat(journal.depth()).isZero();
    }

    @Test
    void a_sweep_that_can_not_reach_a_path_has_not_finished() {
        journal.markDirty("a", Side.OLD);
        down = true;

        assertThatThrownBy(repairer::sweepRecorded).hasMessage("down");

        assertThat(journal.depth()).isEqualTo(1);
    }

    @Test
    void a_sweep_waits_for_a_repair_that_may_have_read_before_it_began() throws Exception {
        journal.markDirty("a", Side.OLD);
        var claim = journal.claim().orElseThrow();
        CountDownLatch begun = new CountDownLatch(1);

        CompletableFuture<Integer> sweep = CompletableFuture.supplyAsync(() -> {
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
