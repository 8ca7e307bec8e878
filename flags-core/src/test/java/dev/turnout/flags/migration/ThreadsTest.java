package dev.turnout.flags.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.turnout.flags.logs.LogLines;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Stage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How much a node does at once beside its callers, and what becomes of what is too much. */
@Timeout(60)
class ThreadsTest {
    private static final int THREADS = 3;

    private final Rig rig = new Rig(Stage.DUAL_WRITE);
    private final MapPath oldPath = new MapPath("old");
    private final MapPath newPath = new MapPath("new");

    @AfterEach
    void close() throws Exception {
        rig.close();
    }

    /** Lets a call end only when so many are under way, and remembers how many that were at most. */
    private static final class Crowd implements Consumer<String> {
        final AtomicInteger most = new AtomicInteger();
        private final AtomicInteger atOnce = new AtomicInteger();
        private final CountDownLatch all = new CountDownLatch(THREADS);

        @Override
        public void accept(String call) {
            most.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
            all.countDown();
            try {
                assertThat(all.await(20, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            atOnce.decrementAndGet();
        }
    }

    @Test
    void a_mirror_makes_as_many_writes_at_once_as_it_has_threads() throws Exception {
        Crowd crowd = new Crowd();
        newPath.before = crowd;
        Migration<Integer, String> migration =
                rig.opened(rig.builder(oldPath, newPath).mirrorThreads(THREADS).build(rig.flags()));

        IntStream.range(0, 100).forEach(key -> migration.put(key, "a"));

        Rig.eventually(() -> rig.journal.keys().isEmpty());
        assertThat(newPath.records).hasSize(100);
        assertThat(crowd.most).hasValue(THREADS);
    }

    @Test
    void a_node_repairs_as_many_keys_at_once_as_it_has_threads() throws Exception {
        IntStream.range(0, 100).forEach(key -> {
            oldPath.seed(key, "a");
            rig.journal.record(key, Side.OLD);
        });
        Crowd crowd = new Crowd();
        newPath.before = crowd;

        rig.opened(rig.builder(oldPath, newPath).repairThreads(THREADS).build(rig.flags()));

        Rig.eventually(() -> rig.journal.keys().isEmpty());
        assertThat(newPath.records).hasSize(100);
        assertThat(crowd.most).hasValue(THREADS);
    }

    @Test
    void a_node_compares_as_many_keys_at_once_as_it_has_threads_and_tells_which_part_was_compared() throws Exception {
        IntStream.range(0, 2_000).forEach(key -> {
            oldPath.seed(key, "a");
            newPath.seed(key, "a");
        });
        try (Rig shadow = new Rig(Stage.SHADOW)) {
            Migration<Integer, String> migration = shadow.opened(
                    shadow.builder(oldPath, newPath).comparisonThreads(THREADS).build(shadow.flags()));
            MigrationSampler sampler = migration.sampler();
            assertThat(sampler.next().comparedShare()).as("none is due").isEqualTo(1);
            Crowd crowd = new Crowd();
            CountDownLatch begin = new CountDownLatch(1);
            newPath.before = call -> {
                try {
                    begin.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                crowd.accept(call);
            };

            IntStream.range(0, 2_000).forEach(migration::get);
            MigrationSample dropped = sampler.next();
            assertThat(dropped.notCompared()).as("1,000 wait").isEqualTo(1_000);
            begin.countDown();
            long[] compared = {0};
            Rig.eventually(() -> (compared[0] += sampler.next().compared()) == 1_000);

            assertThat(crowd.most).hasValue(THREADS);
            assertThat(dropped.comparedShare()).isZero();
        }
    }

    @Test
    void writes_that_did_not_fit_are_counted_apart_from_those_that_failed_and_said_once() throws Exception {
        CountDownLatch hang = new CountDownLatch(1);
        newPath.before = call -> {
            try {
                hang.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        };
        Migration<Integer, String> migration =
                rig.opened(rig.builder(oldPath, newPath).mirrorThreads(1).build(rig.flags()));
        MigrationSampler sampler = migration.sampler();
        try (LogLines log = new LogLines(Mirror.class)) {
            IntStream.range(0, 1_101).forEach(key -> migration.put(key, "a")); // one is made, and 1,000 wait

            MigrationSample sample = sampler.next();
            assertThat(sample.mirrorShed()).isEqualTo(100);
            assertThat(sample.mirrorFailed()).isZero();
            assertThat(log.all())
                    .singleElement()
                    .asString()
                    .startsWith("WARN The mirror of migration 'm' does not keep up");

            newPath.failWrites();
            hang.countDown();
            Rig.eventually(migration.fence::isIdle);
            migration.put(2_000, "a");
            Rig.eventually(migration.fence::isIdle);
            assertThat(sampler.next().mirrorFailed()).isPositive();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 257})
    void there_are_from_1_to_256_threads(int threads) {
        MigrationBuilder<Integer, String> builder = rig.builder(oldPath, newPath);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.mirrorThreads(threads))
                .withMessage("The mirrorThreads must be from 1 to 256, but were to be " + threads + ".");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.repairThreads(threads))
                .withMessageStartingWith("The repairThreads must be from 1 to 256");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.comparisonThreads(threads))
                .withMessageStartingWith("The comparisonThreads must be from 1 to 256");
    }
}
