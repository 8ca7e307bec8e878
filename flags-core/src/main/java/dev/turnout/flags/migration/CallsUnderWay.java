package dev.turnout.flags.migration;

import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * How many calls have not returned, by about when they began. Any thread begins and ends calls, without a lock; one looks, again and again. Of constant
 * size: calls that began between two looks share a slot, and a slot is used again when all of its calls have returned.
 */
final class CallsUnderWay {
    private static final int SLOTS = 16;

    private final AtomicIntegerArray calls = new AtomicIntegerArray(SLOTS);
    private final long[] untilNanos = new long[SLOTS]; // when the last of its calls may have begun; of who looks
    private volatile int current; // written by who looks

    /** A call begins. Returns the slot to {@link #end} it by. */
    int begin() {
        int slot = current;
        calls.getAndIncrement(slot);
        return slot;
    }

    void end(int slot) {
        calls.getAndDecrement(slot);
    }

    /** How many calls have been under way for longer than this, as far as that is certain. */
    int longerThan(long nanos, long nowNanos) {
        int longer = 0;
        int free = current;
        for (int slot = 0; slot < SLOTS; slot++) {
            if (slot == current) {
                continue;
            }
            int underWay = calls.get(slot);
            if (underWay <= 0) {
                free = slot;
            } else if (nowNanos - untilNanos[slot] > nanos) {
                longer += underWay;
            }
        }
        untilNanos[current] = nowNanos;
        current = free; // the same if none is free: its calls are younger than they look then, and none is forgotten
        return longer;
    }
}
