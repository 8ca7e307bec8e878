package dev.turnout.flags.repair;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnout.flags.stage.Side;
import dev.turnout.flags.store.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;

class InMemoryJournalTest {
    private long nanos = Long.MAX_VALUE - 1_000; // close to where nanoTime turns over
    private final Journal<String> journal = new InMemoryJournal<>(new TimeSource() {
        @Override
        public Instant now() {
            return Instant.EPOCH;
        }

        @Override
        public long nanoTime() {
            return nanos;
        }
    });

    @Test
    void an_operation_that_clears_leaves_nothing() {
        journal.clear(journal.record("k", new Journal.Origin("member", Side.OLD, true)));

        assertThat(journal.keys()).isEmpty();
        assertThat(journal.claim()).isEmpty();
    }

    @Test
    void an_operation_in_flight_is_recorded_but_not_handed_to_repair() {
        journal.record("k", new Journal.Origin("member", Side.OLD, true));

        assertThat(journal.keys()).containsExactly("k");
        assertThat(journal.depth()).isZero();
        assertThat(journal.claim()).isEmpty();
    }

    @Test
    void a_key_is_pending_until_it_is_cleared_repaired_or_given_up() {
        Journal.Entry<String> inFlight = journal.record("in flight", new Journal.Origin("member", Side.OLD, true));
        journal.markDirty("waits", Side.OLD);
        List<String> asked = List.of("in flight", "waits", "other");

        assertThat(journal.pending(asked)).containsExactlyInAnyOrder("in flight", "waits");
        Journal.Claim<String> claim = journal.claim().orElseThrow();
        assertThat(journal.pending(asked)).as("claimed").contains("waits");
        claim.park("the mapping is wrong");
        assertThat(journal.pending(asked)).containsExactly("in flight");
        Journal.Entry<String> again = journal.record("waits", new Journal.Origin("member", Side.OLD, true));
        assertThat(journal.pending(asked)).as("written again").contains("waits");
        journal.clear(again);
        journal.clear(inFlight);
        assertThat(journal.pending(asked)).isEmpty();
    }

    @Test
    void many_threads_leave_nothing_behind_and_never_have_the_same_key() throws Exception {
        int threads = 8;
        int keys = 300; // more than locks, and few enough to meet
        AtomicIntegerArray claimedBy = new AtomicIntegerArray(keys);
        AtomicInteger met = new AtomicInteger();
        AtomicInteger handedOver = new AtomicInteger();
        Journal<Integer> shared = new InMemoryJournal<>();
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        List<Future<?>> all = new ArrayList<>();
        for (int thread = 0; thread < threads; thread++) {
            Random random = new Random(thread);
            all.add(pool.submit(() -> {
                for (int i = 0; i < 20_000; i++) {
                    Journal.Entry<Integer> entry = shared.record(random.nextInt(keys), new Journal.Origin("member", Side.OLD, true));
                    if (random.nextInt(3) > 0) {
                        shared.clear(entry);
                    } else {
                        shared.handOver(entry);
                        handedOver.incrementAndGet();
                    }
                    Optional<Journal.Claim<Integer>> next =
                            random.nextBoolean() ? shared.claim() : shared.claim(random.nextInt(keys));
                    next.ifPresent(claim -> {
                        met.addAndGet(claimedBy.getAndSet(claim.key(), 1));
                        claimedBy.set(claim.key(), 0);
                        claim.repaired();
                    });
                }
            }));
        }
        for (Future<?> one : all) {
            one.get();
        }
        pool.shutdown();
        for (Optional<Journal.Claim<Integer>> rest = shared.claim(); rest.isPresent(); rest = shared.claim()) {
            rest.get().repaired();
        }

        assertThat(handedOver).hasPositiveValue();
        assertThat(met).as("claims of a key that somebody else had").hasValue(0);
        assertThat(shared.keys()).isEmpty();
        assertThat(shared.owners()).isEmpty();
        assertThat(shared.depth()).isZero();
    }

    @Test
    void a_key_is_claimed_by_one_worker_at_a_time() {
        journal.markDirty("k", Side.OLD);

        var claim = journal.claim().orElseThrow();

        assertThat(claim.key()).isEqualTo("k");
        assertThat(claim.source()).contains(Side.OLD);
        assertThat(journal.claim()).isEmpty();
        assertThat(journal.claim("k")).isEmpty();
        claim.repaired();
        assertThat(journal.keys()).isEmpty();
        assertThat(journal.depth()).isZero();
    }

    @Test
    void repair_clears_only_what_it_saw_before_it_read() {
        journal.markDirty("k", Side.OLD);
        var claim = journal.claim().orElseThrow();
        journal.markDirty("k", Side.OLD); // after the paths may have been read

        claim.repaired();

        assertThat(journal.depth()).isEqualTo(1);
        assertThat(journal.claim()).isPresent();
    }

    @Test
    void repair_never_clears_an_operation_in_flight() {
        var inFlight = journal.record("k", new Journal.Origin("member", Side.OLD, true));

        journal.claim("k").orElseThrow().repaired();

        assertThat(journal.keys()).containsExactly("k");
        journal.handOver(inFlight);
        assertThat(journal.claim()).isPresent();
    }

    @Test
    void entries_of_two_sources_are_repaired_one_source_after_the_other() {
        journal.markDirty("k", Side.OLD);
        journal.markDirty("k", Side.NEW);

        var first = journal.claim().orElseThrow();
        first.repaired();
        var second = journal.claim().orElseThrow();
        second.repaired();

        assertThat(first.source()).isNotEqualTo(second.source());
        assertThat(journal.keys()).isEmpty();
    }

    @Test
    void a_failed_repair_is_due_again_after_a_delay_that_grows() {
        journal.markDirty("k", Side.OLD);

        journal.claim().orElseThrow().failed();
        assertThat(journal.claim()).isEmpty();
        nanos += Duration.ofMillis(50).toNanos();
        journal.claim().orElseThrow().failed();
        nanos += Duration.ofMillis(50).toNanos();
        assertThat(journal.claim()).isEmpty();
        nanos += Duration.ofMillis(50).toNanos();

        assertThat(journal.claim()).isPresent();
        assertThat(journal.depth()).isEqualTo(1);
    }

    @Test
    void what_is_said_twice_counts_once() {
        var entry = journal.record("k", new Journal.Origin("member", Side.OLD, true));
        journal.handOver(entry);
        journal.handOver(entry);
        var claim = journal.claim().orElseThrow();
        claim.repaired();
        claim.failed();
        journal.clear(entry);

        assertThat(journal.depth()).isZero();
        assertThat(journal.keys()).isEmpty();
    }
}
