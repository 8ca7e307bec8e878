package dev.turnout.flags.jdbc.soak;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.LongUnaryOperator;
import java.util.function.ToLongFunction;

/** Of the things that were over before a moment, the one that has another time latest. Immutable. */
final class Latest<T> {
    private final List<T> byTime;
    private final long[] times;
    private final int[] latest; // index of the one with the latest other time, among the first ones
    private final ToLongFunction<T> other;

    Latest(Collection<T> things, ToLongFunction<T> time, ToLongFunction<T> other) {
        this.other = other;
        byTime = things.stream().sorted(Comparator.comparingLong(time)).toList();
        times = byTime.stream().mapToLong(time).toArray();
        latest = new int[times.length];
        for (int i = 1; i < times.length; i++) {
            boolean later = other.applyAsLong(byTime.get(i)) > other.applyAsLong(byTime.get(latest[i - 1]));
            latest[i] = later ? i : latest[i - 1];
        }
    }

    Optional<T> before(long moment) {
        int low = 0; // how many are certainly before the moment
        int high = times.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (times[middle] < moment) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low == 0 ? Optional.empty() : Optional.of(byTime.get(latest[low - 1]));
    }

    /** The other time of {@link #before}; the least number if there is none. */
    LongUnaryOperator starts() {
        return moment -> before(moment).map(other::applyAsLong).orElse(Long.MIN_VALUE);
    }
}
