package dev.turnout.examples.places;

import dev.turnout.examples.places.traffic.Interval;
import dev.turnout.examples.places.traffic.Meters.Kind;
import dev.turnout.flags.stage.Blocker;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;

/**
 * A planned test of an outage of the new database: users whose places are not on it yet must not notice, and the
 * rollback must work while it is down.
 */
final class Drill {
    private static final Set<Kind> OTHER_READS = Set.of(Kind.READ);
    private static final Set<Kind> OTHER_WRITES = Set.of(Kind.WRITE);
    private static final double MOST_TIMES_AS_LONG = 2;
    private static final Duration LONGEST_REPAIR = Duration.ofMinutes(2); // on a machine that the traffic fills

    private static final long LONGEST_ROLL_BACK_SECONDS = 30;

    private final Cluster cluster;
    private final FaultyPath newPath;
    private final Gauges gauges;
    private final Screen screen;
    private final Report report;
    private final Duration unit;

    /** @param unit a quarter of the time that the database is down */
    Drill(Cluster cluster, FaultyPath newPath, Gauges gauges, Screen screen, Report report, Duration unit) {
        this.cluster = cluster;
        this.newPath = newPath;
        this.gauges = gauges;
        this.screen = screen;
        this.report = report;
        this.unit = unit;
    }

    /** From a stage with some places on the new database, whose times are {@code before}, back to SHADOW. */
    void run(Interval before) throws Exception {
        screen.line(
                "drill: the new database goes down. Half of its calls are refused, the other half stalls and fails.");
        gauges.read();
        newPath.down(true);
        PlacesRun.dwell(unit.multipliedBy(5).dividedBy(2));
        Interval down = gauges.read().traffic();

        long began = System.nanoTime();
        try {
            cluster.controller()
                    .rollBack("on-call", "drill: the new database is down")
                    .get(LONGEST_ROLL_BACK_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            report.wrong("the rollback took longer than " + LONGEST_ROLL_BACK_SECONDS
                    + " s while the new database was down: "
                    + Blocker.messages(cluster.controller().status().blockers()));
        }
        long rollBackMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
        Interval back = gauges.read().traffic();
        PlacesRun.dwell(unit.multipliedBy(3).dividedBy(2));
        Interval after = gauges.read().traffic();

        newPath.down(false);
        began = System.nanoTime();
        boolean drained = awaitDrained();
        long repairMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
        long repaired = gauges.read().repaired();

        screen.line("  %-28s %10s %22s %30s", "p99", "before", "while it is down", "rolled back, still down");
        compare("reads of places not moved", before, down, after, OTHER_READS);
        compare("writes of places not moved", before, down, after, OTHER_WRITES);
        screen.line("  rolled back to SHADOW in %,d ms while it was down", rollBackMillis);
        screen.line(
                "  operations that failed: %,d of places that had moved, %,d of other places; %,d after the rollback",
                moved(down) + moved(back), others(down) + others(back), after.allFailed());
        screen.line("  up again: %,d keys repaired in %,d ms", repaired, repairMillis);
        if (others(down) + others(back) + after.allFailed() > 0) {
            report.wrong("operations failed in the drill that need only the old database: " + down.failures() + " "
                    + after.failures());
        }
        if (!drained) {
            report.wrong("the journal did not drain after the drill; " + depth() + " keys wait");
        }
    }

    private void compare(String what, Interval before, Interval down, Interval after, Set<Kind> kinds) {
        double normal = before.p99Millis(kinds);
        screen.line(
                "  %-28s %7.1f ms %22s %30s",
                what, normal, times(down.p99Millis(kinds), normal), times(after.p99Millis(kinds), normal));
    }

    private static String times(double millis, double normal) {
        double ratio = millis / Math.max(0.01, normal);
        return String.format(
                Locale.ROOT, "%.1f ms (%.1f x%s)", millis, ratio, ratio > MOST_TIMES_AS_LONG ? ", too long" : "");
    }

    private static long moved(Interval interval) {
        return interval.failed().getOrDefault(Kind.MOVED_READ, 0L)
                + interval.failed().getOrDefault(Kind.MOVED_WRITE, 0L);
    }

    private static long others(Interval interval) {
        return interval.allFailed() - moved(interval);
    }

    private long depth() {
        return cluster.migration().journal().depth();
    }

    private boolean awaitDrained() {
        long deadline = System.nanoTime() + LONGEST_REPAIR.toNanos();
        while (depth() > 0 && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
        return depth() == 0;
    }
}
