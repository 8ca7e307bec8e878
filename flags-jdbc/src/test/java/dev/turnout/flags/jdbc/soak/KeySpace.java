package dev.turnout.flags.jdbc.soak;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Which key comes next. Half of the operations go to a few keys that are there from beginning to end, the hottest of them often at the same time; the
 * others to keys that come and go, so that there are many histories, and some with few writes. Nodes agree on them, as they share a clock.
 */
final class KeySpace {
    /** Keys that are there from the beginning: from 0 to this, without it. */
    static final int LASTING = 32;

    private static final int HOT = 6;
    private static final int PASSING = 160; // at a time
    private static final long LIFETIME_NANOS = Duration.ofSeconds(100).toNanos();
    private static final int HOT_PERCENT = 25;
    private static final int LASTING_PERCENT = 50;
    private static final int OLD_PERCENT = 54;

    private final long startNanos;

    KeySpace(long startNanos) {
        this.startNanos = startNanos;
    }

    long next(RandomGenerator random, boolean writes) {
        int percent = random.nextInt(100);
        if (percent < HOT_PERCENT) {
            return random.nextInt(HOT);
        }
        if (percent < LASTING_PERCENT) {
            return random.nextInt(LASTING);
        }
        int slot = random.nextInt(PASSING);
        long generation = generation(slot);
        boolean old = percent < OLD_PERCENT && !writes; // read long after its last write
        return LASTING + slot + PASSING * (old ? random.nextLong(generation + 1) : generation);
    }

    private long generation(int slot) {
        long sinceStart = Math.max(0, System.nanoTime() - startNanos);
        return (sinceStart + slot * (LIFETIME_NANOS / PASSING)) / LIFETIME_NANOS; // not all at once
    }
}
