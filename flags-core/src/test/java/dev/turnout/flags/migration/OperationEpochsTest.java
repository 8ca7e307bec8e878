package dev.turnout.flags.migration;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;

class OperationEpochsTest {
    private final List<Long> acknowledged = new ArrayList<>();
    private OperationEpochs<String> fence = new OperationEpochs<>(1, "one", () -> {});

    private void begin() {
        fence = new OperationEpochs<>(1, "one", () -> acknowledged.add(fence.acknowledged()));
    }

    @Test
    void a_version_is_acknowledged_at_once_when_nothing_is_under_way() {
        begin();

        fence.advance(2, "two");

        assertThat(acknowledged).containsExactly(2L);
        assertThat(fence.current().value()).isEqualTo("two");
    }

    @Test
    void a_version_is_acknowledged_when_the_last_operation_of_older_ones_is_over() {
        begin();
        var first = fence.enter();
        fence.advance(2, "two");
        var second = fence.enter();
        fence.advance(3, "three");
        var third = fence.enter();

        second.leave();
        assertThat(acknowledged).isEmpty();
        first.leave();
        assertThat(acknowledged).containsExactly(3L);
        assertThat(fence.isIdle()).isFalse();
        third.leave();
        assertThat(fence.isIdle()).isTrue();
    }

    @Test
    void versions_between_are_acknowledged_as_far_as_they_are_clear() {
        begin();
        fence.enter();
        fence.advance(2, "two");
        var second = fence.enter();
        fence.advance(3, "three");

        second.leave();

        assertThat(fence.acknowledged()).isEqualTo(1);
    }

    @Test
    void an_older_version_is_ignored() {
        begin();
        fence.advance(3, "three");

        fence.advance(2, "two");
        fence.advance(3, "another three");

        assertThat(fence.current().value()).isEqualTo("three");
        assertThat(acknowledged).containsExactly(3L);
    }

    /** Who counts it out may have no room on its stack for more. */
    @Test
    void one_that_was_only_counted_out_is_over_for_who_asks_later() {
        begin();
        var epoch = fence.enter();
        fence.advance(2, "two");

        epoch.markEnded();

        assertThat(acknowledged).isEmpty();
        assertThat(fence.isIdle()).isTrue();
        assertThat(acknowledged).containsExactly(2L);
    }

    /** Those that come too late for a version count themselves in and out again while it is looked at: their sum must not hide one that stays. */
    @Test
    void an_operation_that_passes_does_not_hide_one_that_is_under_way() {
        LongAdder[] adders = new LongAdder[2];
        for (int i = 0; i < 2; i++) {
            adders[i] = new LongAdder() {
                @Override
                public long sum() {
                    long sum = super.sum();
                    adders[0].increment();
                    adders[1].increment();
                    return sum;
                }
            };
        }
        adders[0].increment();

        assertThat(OperationEpochs.Epoch.isDrained(adders[0], adders[1])).isFalse();
    }

    /** The counting inside a node, with threads: no operation of a version may be under way after a newer one was acknowledged. */
    @Test
    void no_operation_slips_in_behind_an_acknowledgement() throws Exception {
        int versions = 20_000;
        AtomicIntegerArray underWay = new AtomicIntegerArray(versions + 1);
        AtomicLong acknowledgedVersion = new AtomicLong(1);
        AtomicLong violations = new AtomicLong();
        OperationEpochs<Integer> shared = new OperationEpochs<>(1, 1, () -> {});
        AtomicBoolean stop = new AtomicBoolean();
        CountDownLatch ready = new CountDownLatch(3);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            Thread thread = new Thread(() -> {
                ready.countDown();
                while (!stop.get()) {
                    var epoch = shared.enter();
                    underWay.incrementAndGet(epoch.value());
                    if (acknowledgedVersion.get() > epoch.value()) {
                        violations.incrementAndGet();
                    }
                    underWay.decrementAndGet(epoch.value());
                    epoch.leave();
                }
            });
            thread.start();
            threads.add(thread);
        }
        ready.await();
        for (int version = 2; version <= versions; version++) {
            shared.advance(version, version);
            while (shared.acknowledged() < version) {
                Thread.onSpinWait();
            }
            for (int older = Math.max(1, version - 3); older < version; older++) {
                if (underWay.get(older) != 0) {
                    violations.incrementAndGet();
                }
            }
            acknowledgedVersion.set(version);
        }
        stop.set(true);
        for (Thread thread : threads) {
            thread.join();
        }

        assertThat(violations).hasValue(0);
        assertThat(shared.isIdle()).isTrue();
    }
}
