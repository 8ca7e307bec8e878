package dev.turnout.flags.spi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnout.flags.spi.contract.JournalContract;
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

class InMemoryJournalTest extends JournalContract {
    private long nanos = Long.MAX_VALUE - 1_000; // close to where nanoTime turns over
    private final Journal<String> shared = new InMemoryJournal<>(new TimeSource() {
        @Override
        public Instant now() {
            return Instant.EPOCH;
        }

        @Override
        public long nanoTime() {
            return nanos;
        }
    });

    @Override
    protected Journal<String> open() {
        return shared; // all nodes are in one process
    }

    @Override
    protected boolean isCutOff(Journal<String> node) {
        return false;
    }

    @Override
    protected void connect(Journal<String> node) {}

    @Override
    protected void pass(Duration time) {
        nanos += time.toNanos();
    }

    @Test
    void many_threads_leave_nothing_behind_and_never_have_the_same_key() throws Exception {
        int threads = 8;
        int keys = 300; // more than locks, and few enough to meet
        AtomicIntegerArray claimedBy = new AtomicIntegerArray(keys);
        AtomicInteger met = new AtomicInteger();
        AtomicInteger handedOver = new AtomicInteger();
        Journal<Integer> ofNumbers = new InMemoryJournal<>();
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        List<Future<?>> all = new ArrayList<>();
        for (int thread = 0; thread < threads; thread++) {
            Random random = new Random(thread);
            all.add(pool.submit(() -> {
                for (int i = 0; i < 20_000; i++) {
                    Journal.Entry<Integer> entry =
                            ofNumbers.record(random.nextInt(keys), new Journal.Origin("member", Side.OLD, true));
                    if (random.nextInt(3) > 0) {
                        ofNumbers.clear(entry);
                    } else {
                        ofNumbers.handOver(entry);
                        handedOver.incrementAndGet();
                    }
                    Optional<Journal.Claim<Integer>> next =
                            random.nextBoolean() ? ofNumbers.claim() : ofNumbers.claim(random.nextInt(keys));
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
        for (Optional<Journal.Claim<Integer>> rest = ofNumbers.claim(); rest.isPresent(); rest = ofNumbers.claim()) {
            rest.get().repaired();
        }

        assertThat(handedOver).hasPositiveValue();
        assertThat(met).as("claims of a key that another worker had").hasValue(0);
        assertThat(ofNumbers.keys()).isEmpty();
        assertThat(ofNumbers.owners()).isEmpty();
        assertThat(ofNumbers.depth()).isZero();
    }

    @Test
    void a_failed_repair_is_due_again_after_a_delay_that_grows() {
        journal.record("k", Side.OLD);

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
}
