package dev.turnout.flags.jdbc.soak;

import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/** A line now and then that shows where a run is. */
final class Progress {
    private final SoakSettings settings;
    private final Cluster cluster;
    private final Mover mover;
    private final Supplier<Map<Fault, Integer>> faults;
    private long operations;
    private long atNanos = System.nanoTime();

    Progress(SoakSettings settings, Cluster cluster, Mover mover, Supplier<Map<Fault, Integer>> faults) {
        this.settings = settings;
        this.cluster = cluster;
        this.mover = mover;
        this.faults = faults;
    }

    void tell(Duration passed) {
        long now = System.nanoTime();
        long all = cluster.operations();
        double perSecond = (all - operations) * 1e9 / (now - atNanos);
        operations = all;
        atNanos = now;
        Duration left = settings.traffic().minus(passed);
        System.out.println(String.format(
                Locale.ROOT,
                "soak %s, %s left: %,d operations (%,.0f/s), %d goals reached, %d abandoned, version %d at %s, %d faults",
                clock(passed),
                clock(left.isNegative() ? Duration.ZERO : left),
                all,
                perSecond,
                mover.reached(),
                mover.givenUp(),
                mover.state().version(),
                mover.state().position(),
                faults.get().values().stream().mapToInt(Integer::intValue).sum()));
    }

    private static String clock(Duration duration) {
        return String.format(Locale.ROOT, "%d:%02d", duration.toMinutes(), duration.toSecondsPart());
    }
}
