package dev.turnout.benchmarks.comparison;

import dev.turnout.benchmarks.comparison.Router.Outcome;
import dev.turnout.flags.stage.Stage;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How long users of a contender wait in one stage, first while both stores are well and then while each call of the one that is not read
 * from hangs for {@link FaultyStore#HANGING_MILLIS}.
 */
record Latencies(Measured calm, Measured hanging) {
    /**
     * In milliseconds.
     *
     * @param acknowledged writes, of all of them
     */
    record Measured(double writeMedian, double writeP99, double readMedian, double readP99, double acknowledged) {}

    private static final int KEYS = 300;
    private static final int WRITERS = 12;
    private static final int READERS = 4;

    /** @param stage {@link Stage#SHADOW} or {@link Stage#LIVE} */
    static Latencies of(Contender contender, Stage stage, Effort effort) throws Exception {
        FaultyStore oldStore = new FaultyStore(1, false);
        FaultyStore newStore = new FaultyStore(2, false);
        for (int key = 0; key < KEYS; key++) {
            oldStore.fill(key, key);
        }
        try (Router router = contender.between(oldStore, newStore, FlagLag.NONE)) {
            router.moveTo(Stage.DUAL_WRITE);
            router.backfill(KEYS);
            router.moveTo(Stage.SHADOW);
            if (stage == Stage.LIVE) {
                router.moveTo(stage);
            }
            FaultyStore mirror = stage == Stage.LIVE ? oldStore : newStore;
            Measured calm = new Users(router).measure(effort.latencyMillis());
            mirror.hang(true);
            Measured hanging = new Users(router).measure(effort.latencyMillis());
            mirror.hang(false);
            return new Latencies(calm, hanging);
        }
    }

    private static final class Users {
        private final Router router;
        private final AtomicLong values = new AtomicLong();
        private final AtomicLong acknowledged = new AtomicLong();
        private final List<Long> writes = new ArrayList<>(); // nanoseconds; guarded by this
        private final List<Long> reads = new ArrayList<>(); // likewise

        Users(Router router) {
            this.router = router;
        }

        Measured measure(long millis) throws InterruptedException {
            long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < WRITERS + READERS; i++) {
                SplittableRandom random = new SplittableRandom(i);
                boolean writes = i < WRITERS;
                threads.add(new Thread(() -> {
                    do { // at least once, however late this thread comes
                        call(writes, random.nextInt(Router.NODES), random.nextInt(KEYS));
                    } while (System.nanoTime() < end);
                }));
            }
            threads.forEach(Thread::start);
            for (Thread thread : threads) {
                thread.join();
            }
            return measured();
        }

        private void call(boolean writes, int node, int key) {
            long start = System.nanoTime();
            if (writes) {
                if (router.write(node, key, values.incrementAndGet()) == Outcome.ACKNOWLEDGED) {
                    acknowledged.incrementAndGet();
                }
            } else {
                router.read(node, key);
            }
            long took = System.nanoTime() - start;
            synchronized (this) {
                (writes ? this.writes : reads).add(took);
            }
        }

        private synchronized Measured measured() {
            return new Measured(
                    millis(writes, 0.5),
                    millis(writes, 0.99),
                    millis(reads, 0.5),
                    millis(reads, 0.99),
                    (double) acknowledged.get() / writes.size());
        }

        private static double millis(List<Long> nanos, double quantile) {
            return nanos.stream()
                    .sorted()
                    .skip((long) (quantile * (nanos.size() - 1)))
                    .findFirst()
                    .map(each -> each / 1e6)
                    .orElse(Double.NaN);
        }
    }
}
