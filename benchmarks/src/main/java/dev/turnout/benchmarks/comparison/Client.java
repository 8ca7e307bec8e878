package dev.turnout.benchmarks.comparison;

import dev.turnout.benchmarks.comparison.Router.Outcome;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** A user, who reads, writes and deletes records by chance, each time on another node, and notes it. For one thread. */
final class Client {
    private static final int READS = 60; // of 100 calls
    private static final int DELETES = 5;

    private final Router router;
    private final History history;
    private final int keys;
    private final LongSupplier values;
    private final LongSupplier nanoTime;
    private final SplittableRandom random;

    /**
     * @param values another one at each call
     * @param nanoTime the clock of all
     */
    Client(Router router, History history, int keys, long seed, LongSupplier values, LongSupplier nanoTime) {
        this.router = router;
        this.history = history;
        this.keys = keys;
        this.values = values;
        this.nanoTime = nanoTime;
        random = new SplittableRandom(seed);
    }

    /** One call. */
    void call() {
        int node = random.nextInt(Router.NODES);
        int key = random.nextInt(keys);
        int dice = random.nextInt(100);
        if (dice < READS) {
            read(node, key);
        } else {
            write(node, key, dice >= READS + DELETES ? (Long) values.getAsLong() : null);
        }
    }

    /** Whether it was answered. */
    boolean read(int node, int key) {
        long start = nanoTime.getAsLong();
        Long value;
        try {
            value = router.read(node, key);
        } catch (RuntimeException e) {
            history.addFailedRead();
            return false;
        }
        history.add(new History.Read(key, value, start, nanoTime.getAsLong()));
        return true;
    }

    private void write(int node, int key, @Nullable Long value) {
        long start = nanoTime.getAsLong();
        Outcome outcome = router.write(node, key, value);
        history.add(new History.Write(key, value, start, nanoTime.getAsLong(), outcome));
    }
}
