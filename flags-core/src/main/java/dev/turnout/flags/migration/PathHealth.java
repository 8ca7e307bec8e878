package dev.turnout.flags.migration;

import dev.turnout.flags.spi.Member;
import dev.turnout.flags.store.TimeSource;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

/**
 * What one node knows of how its calls of both paths go, which it reports to its fleet: keys that enter
 * {@link dev.turnout.flags.stage.Stage#SYNC} need both. Thread-safe; it is looked after beside the calls, and takes no
 * lock on their way.
 */
final class PathHealth {
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final Duration SHORTEST_HANG = Duration.ofSeconds(1);
    private static final int CALLS_IN_A_CROSSING = 5; // one after the other, before its time is over

    private final Meters meters;
    private final BooleanSupplier isDual;
    private final TimeSource time;
    private final List<RecentCalls> calls; // guarded by this
    private long lastLookNanos; // guarded by this
    private volatile String problem = "";

    /**
     * @param isDual whether keys are in stages that use both paths: there, and not before, calls are timed
     * @param crossingTimeout how long keys may be in SYNC
     */
    PathHealth(Meters meters, BooleanSupplier isDual, Duration crossingTimeout, TimeSource time) {
        this.meters = meters;
        this.isDual = isDual;
        this.time = time;
        Duration part = crossingTimeout.dividedBy(CALLS_IN_A_CROSSING);
        Duration longest = part.compareTo(SHORTEST_HANG) > 0 ? part : SHORTEST_HANG;
        long now = time.nanoTime();
        calls = List.of(
                new RecentCalls("reads of the old path", meters.oldReads, longest, now),
                new RecentCalls("writes of the old path", meters.oldWrites, longest, now),
                new RecentCalls("reads of the new path", meters.newReads, longest, now),
                new RecentCalls("writes of the new path", meters.newWrites, longest, now));
        lastLookNanos = now;
    }

    /**
     * Looks, unless it has just looked.
     *
     * @return whether there is a problem now where there was none, or the other way round
     */
    synchronized boolean look() {
        long now = time.nanoTime();
        if (now - lastLookNanos < PAUSE.toNanos()) {
            return false;
        }
        lastLookNanos = now;
        meters.watch(isDual.getAsBoolean());
        String before = problem;
        String found = calls.stream()
                .map(some -> some.problem(now))
                .flatMap(Optional::stream)
                .collect(Collectors.joining(", "));
        problem = found.substring(0, Math.min(found.length(), Member.Report.LONGEST_PROBLEM));
        return before.isEmpty() != problem.isEmpty();
    }

    /** What was wrong when it was looked last, in words; empty if nothing was. */
    String problem() {
        return problem;
    }
}
