package dev.turnout.examples.places.traffic;

import dev.turnout.examples.places.traffic.Meters.Kind;
import java.util.Map;
import java.util.Set;
import org.HdrHistogram.Histogram;

/**
 * What the traffic did for a while.
 *
 * @param seconds how long
 * @param micros times of those operations that succeeded
 * @param failed how many did not
 * @param failures how many, by the name of what they threw
 */
public record Interval(
        double seconds, Map<Kind, Histogram> micros, Map<Kind, Long> failed, Map<String, Long> failures) {
    /** Reads of all places. */
    public static final Set<Kind> READS = Set.of(Kind.READ, Kind.MOVED_READ);

    /** Writes of all places. */
    public static final Set<Kind> WRITES = Set.of(Kind.WRITE, Kind.MOVED_WRITE);

    private static final double P50 = 50;
    private static final double P99 = 99;

    /** How many operations succeeded. */
    public long succeeded() {
        return micros.values().stream().mapToLong(Histogram::getTotalCount).sum();
    }

    /** How many operations threw. */
    public long allFailed() {
        return failed.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Per second, those that failed included. */
    public double operationsPerSecond() {
        return (succeeded() + allFailed()) / seconds;
    }

    /** Half took at most this long. */
    public double p50Millis(Set<Kind> kinds) {
        return millis(kinds, P50);
    }

    /** 99 of 100 took at most this long. */
    public double p99Millis(Set<Kind> kinds) {
        return millis(kinds, P99);
    }

    private double millis(Set<Kind> kinds, double percentile) {
        Histogram all = new Histogram(2);
        kinds.forEach(kind -> all.add(micros.getOrDefault(kind, new Histogram(2))));
        return all.getValueAtPercentile(percentile) / 1000.0;
    }
}
