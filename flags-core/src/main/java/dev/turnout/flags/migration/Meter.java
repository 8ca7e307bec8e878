package dev.turnout.flags.migration;

import dev.turnout.flags.store.TimeSource;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/**
 * How long calls of one kind took, and how many failed. Thread-safe; recording takes no lock. Durations are counted in 16 classes for each
 * power of two, so what is read from them is at most 6 % too high.
 */
final class Meter {
    // A few lines of our own: the well-known histogram library has no module name, and a module cannot publish a
    // dependency on it.
    private static final int CLASSES_BITS = 4;
    static final int SIZE = (64 - CLASSES_BITS) << CLASSES_BITS;

    private final TimeSource time;
    private final Meters all;
    final AtomicLongArray counts = new AtomicLongArray(SIZE);
    final LongAdder failed = new LongAdder();
    /** Of those that failed: the path works, and refused them. */
    final LongAdder refused = new LongAdder();

    final CallsUnderWay underWay = new CallsUnderWay();

    Meter(TimeSource time, Meters all) {
        this.time = time;
        this.all = all;
    }

    /** Returns what the call returns. Kept small, as it is inlined into each read. */
    <T> T time(Supplier<T> call) {
        return all.areTimed() ? timed(call) : call.get();
    }

    private <T> T timed(Supplier<T> call) {
        int slot = underWay.begin();
        long start = time.nanoTime();
        boolean done = false;
        try {
            T result = call.get();
            done = true;
            return result;
        } catch (RefusedWriteException e) {
            refused.increment();
            throw e;
        } finally {
            underWay.end(slot);
            counts.getAndIncrement(classOf(Math.max(0, time.nanoTime() - start)));
            if (!done) {
                failed.increment();
            }
        }
    }

    private static int classOf(long nanos) {
        int magnitude = Math.max(0, 63 - CLASSES_BITS - Long.numberOfLeadingZeros(nanos | 1));
        return (magnitude << CLASSES_BITS) + (int) (nanos >>> magnitude);
    }

    static long highestOf(int index) {
        int magnitude = Math.max(0, (index >>> CLASSES_BITS) - 1);
        long lowest = (long) (index - (magnitude << CLASSES_BITS)) << magnitude;
        return lowest + (1L << magnitude) - 1;
    }

    /** What has been recorded since the last time this reader asked. */
    static final class Reader {
        private final Meter meter;
        private final long[] last = new long[SIZE];
        private final long[] interval = new long[SIZE];
        private long lastFailed;

        Reader(Meter meter) {
            this.meter = meter;
        }

        MigrationSample.Calls next() {
            long count = 0;
            int highest = 0;
            for (int i = 0; i < SIZE; i++) {
                long now = meter.counts.get(i);
                interval[i] = now - last[i];
                last[i] = now;
                count += interval[i];
                highest = interval[i] > 0 ? i : highest;
            }
            long nowFailed = meter.failed.sum();
            long newlyFailed = nowFailed - lastFailed;
            lastFailed = nowFailed;
            return new MigrationSample.Calls(
                    count,
                    newlyFailed,
                    percentile(count, 0.50),
                    percentile(count, 0.99),
                    count == 0 ? 0 : highestOf(highest));
        }

        private long percentile(long count, double quantile) {
            long rank = (long) Math.ceil(count * quantile);
            long seen = 0;
            for (int i = 0; i < SIZE && rank > 0; i++) {
                seen += interval[i];
                if (seen >= rank) {
                    return highestOf(i);
                }
            }
            return 0;
        }
    }
}
