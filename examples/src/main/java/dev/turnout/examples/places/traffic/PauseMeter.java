package dev.turnout.examples.places.traffic;

import java.util.function.LongPredicate;

/** The longest time without an acknowledged write: over all places, and over some of them. Thread-safe. */
public final class PauseMeter {
    /**
     * What was measured.
     *
     * @param allMillis over all places
     * @param sliceMillis over those of the slice
     * @param sliceWrites how many of the slice's were acknowledged meanwhile; where they are few, the longest gap means
     *     little
     */
    public record Pause(double allMillis, double sliceMillis, long sliceWrites) {}

    // All guarded by this.
    private LongPredicate slice = key -> false;
    private long lastNanos;
    private long lastOfSliceNanos;
    private long longestNanos;
    private long longestOfSliceNanos;
    private long sliceWrites;

    /** Begins again. */
    public synchronized void begin(LongPredicate placesOfSlice) {
        slice = placesOfSlice;
        lastNanos = System.nanoTime();
        lastOfSliceNanos = lastNanos;
        longestNanos = 0;
        longestOfSliceNanos = 0;
        sliceWrites = 0;
    }

    synchronized void acknowledged(long id) {
        long now = System.nanoTime();
        longestNanos = Math.max(longestNanos, now - lastNanos);
        lastNanos = now;
        if (slice.test(id)) {
            longestOfSliceNanos = Math.max(longestOfSliceNanos, now - lastOfSliceNanos);
            lastOfSliceNanos = now;
            sliceWrites++;
        }
    }

    /** The longest gaps since it began, the one that is not over included. */
    public synchronized Pause end() {
        long now = System.nanoTime();
        Pause pause = new Pause(
                Math.max(longestNanos, now - lastNanos) / 1e6,
                Math.max(longestOfSliceNanos, now - lastOfSliceNanos) / 1e6,
                sliceWrites);
        slice = key -> false;
        return pause;
    }
}
