package dev.turnout.benchmarks.comparison;

import dev.turnout.flags.migration.Version;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A store in memory that behaves as one across a network. A call takes up to 20 ms, some of it before and some after its effect; one in a
 * hundred fails before its effect, and another one in a hundred after it, as when the answer is lost. The n-th call of
 * a store fares alike for every caller. Each effect is atomic for its key. Thread-safe.
 */
final class FaultyStore {
    /** The call failed; it may have had its effect. */
    static final class FailedCallException extends RuntimeException {
        FailedCallException(String when) {
            super("The store failed " + when + " the effect of the call.", null, false, false);
        }
    }

    static final long HANGING_MILLIS = 1_000;

    private static final long LONGEST_MICROS = 20_000;
    private static final int FATES = 100; // one of them fails before, one after the effect

    private final ConcurrentMap<Integer, StoredRecord> records = new ConcurrentHashMap<>();
    private final AtomicLong calls = new AtomicLong();
    private final long seed;
    private final boolean fails;
    private volatile boolean hangs;

    FaultyStore(long seed, boolean fails) {
        this.seed = seed;
        this.fails = fails;
    }

    /** Whether calls that begin from now on take {@link #HANGING_MILLIS} longer. */
    void hang(boolean on) {
        hangs = on;
    }

    /** What there is, at once and without faults: for those who fill it and those who judge it. */
    @Nullable
    Long peek(int key) {
        return records.getOrDefault(key, StoredRecord.ABSENT).value();
    }

    /** A record from before the migration, at once and without faults. */
    void fill(int key, long value) {
        records.put(key, new StoredRecord(Version.FIRST, value));
    }

    @Nullable
    Long get(int key) {
        return read(key).value();
    }

    /** Writes whatever is there; null deletes. */
    void put(int key, @Nullable Long value) {
        call(() -> value == null ? records.remove(key) : records.put(key, new StoredRecord(Version.FIRST, value)));
    }

    void putIfAbsent(int key, long value) {
        call(() -> records.putIfAbsent(key, new StoredRecord(Version.FIRST, value)));
    }

    StoredRecord read(int key) {
        return call(() -> records.getOrDefault(key, StoredRecord.ABSENT));
    }

    boolean writeIfNewer(int key, StoredRecord record) {
        return call(() -> {
            boolean[] written = {false};
            records.compute(key, (same, now) -> {
                written[0] = now == null || record.version().isAbove(now.version());
                return written[0] ? record : now;
            });
            return written[0];
        });
    }

    boolean replace(int key, Version expected, StoredRecord record) {
        return call(() -> {
            boolean[] replaced = {false};
            records.compute(key, (same, now) -> {
                replaced[0] = (now == null ? Version.ABSENT : now.version()).equals(expected);
                return replaced[0] ? record : now;
            });
            return replaced[0];
        });
    }

    private <T> T call(Supplier<T> effect) {
        long number = calls.incrementAndGet();
        long micros = Chance.below(LONGEST_MICROS + 1, seed, 3 * number);
        long before = micros * Chance.below(101, seed, 3 * number + 1) / 100;
        long fate = fails ? Chance.below(FATES, seed, 3 * number + 2) : FATES;
        pause(before + (hangs ? TimeUnit.MILLISECONDS.toMicros(HANGING_MILLIS) : 0));
        if (fate == 0) {
            throw new FailedCallException("before");
        }
        T answer = effect.get();
        pause(micros - before);
        if (fate == 1) {
            throw new FailedCallException("after");
        }
        return answer;
    }

    /** Waits, also if it wakes up in between; an interrupted thread fails at once, as a driver's call would. */
    static void pause(long micros) {
        long end = System.nanoTime() + TimeUnit.MICROSECONDS.toNanos(micros);
        for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
            if (Thread.currentThread().isInterrupted()) {
                throw new FailedCallException("before or after");
            }
        }
    }
}
