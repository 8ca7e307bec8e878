package dev.turnout.flags.migration;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the calls of one kind were like lately, beside what is usual for them. Reads a {@link Meter}, off the way of the calls. Used by one thread at a
 * time.
 */
final class RecentCalls {
    /** What is recent: between one and two of these halves. */
    private static final Duration HALF = Duration.ofSeconds(5);

    private static final int FEWEST_TROUBLED = 2; // one alone may be chance
    private static final int TROUBLED_ONE_IN = 10;
    private static final double SLOWEST_QUANTILE = 0.9; // so as many calls may be slow as may fail
    private static final int TIMES_AS_SLOW = 5;
    private static final long SLOW_NANOS = Duration.ofMillis(50).toNanos(); // below it, a crossing does not care
    private static final long FEWEST_RECENT = 20;
    private static final long FEWEST_USUAL = 100;
    private static final double KEPT =
            0.95; // of what is usual, at the end of each half: so its weight is of the last two minutes
    private static final int LONGEST_UNUSUAL = 60; // halves, five minutes: what lasts longer is usual

    private final String what;
    private final Meter meter;
    private final long longestNanos;
    private final long[] last = new long[Meter.SIZE]; // at the last look
    private final long[] half = new long[Meter.SIZE];
    private final long[] before = new long[Meter.SIZE]; // the half before
    private final double[] usual = new double[Meter.SIZE];
    private long lastFailed;
    private long failedInHalf;
    private long failedBefore;
    private long halfBeganNanos;
    private int unusualHalves;

    /**
     * @param what they are, in words
     * @param longest how long a call may take that does not hang
     */
    RecentCalls(String what, Meter meter, Duration longest, long nowNanos) {
        this.what = what;
        this.meter = meter;
        longestNanos = longest.toNanos();
        halfBeganNanos = nowNanos;
    }

    /** What is wrong with them now, in words and figures; empty if nothing is, or there were too few. */
    Optional<String> problem(long nowNanos) {
        read();
        long hanging = meter.underWay.longerThan(longestNanos, nowNanos);
        @Nullable String problem = trouble(hanging);
        if (nowNanos - halfBeganNanos >= HALF.toNanos()) {
            nextHalf(problem != null, nowNanos);
        }
        return Optional.ofNullable(problem);
    }

    private void read() {
        for (int i = 0; i < Meter.SIZE; i++) {
            long now = meter.counts.get(i);
            half[i] += now - last[i];
            last[i] = now;
        }
        long failed = meter.failed.sum() - meter.refused.sum();
        failedInHalf += failed - lastFailed;
        lastFailed = failed;
    }

    private void nextHalf(boolean isUnusual, long nowNanos) {
        unusualHalves = isUnusual ? unusualHalves + 1 : 0;
        boolean isLearnt = !isUnusual || unusualHalves > LONGEST_UNUSUAL;
        for (int i = 0; i < Meter.SIZE; i++) {
            usual[i] = isLearnt ? usual[i] * KEPT + before[i] : usual[i];
            before[i] = half[i];
            half[i] = 0;
        }
        failedBefore = failedInHalf;
        failedInHalf = 0;
        halfBeganNanos = nowNanos;
    }

    private @Nullable String trouble(long hanging) {
        if (hanging > 0) {
            return hanging + " " + what + " have not returned for more than " + millis(longestNanos);
        }
        long count = 0;
        long tooLong = 0;
        double usualCount = 0;
        for (int i = 0; i < Meter.SIZE; i++) {
            long calls = half[i] + before[i];
            count += calls;
            tooLong += Meter.highestOf(i) > longestNanos ? calls : 0;
            usualCount += usual[i];
        }
        long failed = failedInHalf + failedBefore;
        if (isTooMany(failed, count)) {
            return failed + " of " + count + " " + what + " have failed lately";
        }
        if (isTooMany(tooLong, count)) {
            return tooLong + " of " + count + " " + what + " took longer than " + millis(longestNanos) + " lately";
        }
        if (count < FEWEST_RECENT || usualCount < FEWEST_USUAL) {
            return null;
        }
        long recent = quantile((double) count, true);
        long normal = quantile(usualCount, false);
        return recent > SLOW_NANOS && recent > TIMES_AS_SLOW * normal
                ? "nine in ten of " + count + " " + what + " took up to " + millis(recent)
                        + " lately, and usually take up to " + millis(normal)
                : null;
    }

    private static boolean isTooMany(long troubled, long count) {
        return troubled >= FEWEST_TROUBLED && troubled * TROUBLED_ONE_IN >= count;
    }

    private long quantile(double count, boolean isRecent) {
        double rank = count * SLOWEST_QUANTILE;
        double seen = 0;
        for (int i = 0; i < Meter.SIZE; i++) {
            seen += isRecent ? half[i] + before[i] : usual[i];
            if (seen >= rank) {
                return Meter.highestOf(i);
            }
        }
        return 0;
    }

    private static String millis(long nanos) {
        return Duration.ofNanos(nanos).toMillis() + " ms";
    }
}
