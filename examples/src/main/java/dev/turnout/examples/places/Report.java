package dev.turnout.examples.places;

import dev.turnout.examples.places.traffic.Interval;
import dev.turnout.examples.places.traffic.PauseMeter.Pause;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reports what happened, as it happens and in the end. Used by one thread. */
final class Report {
    // Where a slice has fewer writes than this around its change, a gap between two of them is no pause.
    private static final long FEWEST_WRITES_FOR_A_PAUSE = 50;

    private record Row(
            String stage, Gauges.Reading reading, @Nullable Pause pause) {}

    private final Screen screen;
    private final List<Row> rows = new ArrayList<>();
    private final List<String> wrong = new ArrayList<>();

    Report(Screen screen) {
        this.screen = screen;
    }

    /** A stage is over. */
    void stage(String stage, Gauges.Reading reading, Optional<Pause> pause) {
        Row row = new Row(stage, reading, pause.orElse(null));
        rows.add(row);
        Interval traffic = reading.traffic();
        screen.line(
                "%-12s %,7.0f operations/s   reads p50 %.2f, p99 %.1f ms   writes p50 %.2f, p99 %.1f ms%s%s",
                stage,
                traffic.operationsPerSecond(),
                traffic.p50Millis(Interval.READS),
                traffic.p99Millis(Interval.READS),
                traffic.p50Millis(Interval.WRITES),
                traffic.p99Millis(Interval.WRITES),
                row.pause() == null
                        ? ""
                        : String.format(
                                Locale.ROOT,
                                "   writes paused %.0f ms",
                                row.pause().allMillis()),
                traffic.allFailed() == 0 ? "" : "   FAILED " + traffic.failures());
    }

    /** Something that should not have happened. */
    void wrong(String what) {
        wrong.add(what);
    }

    /** All of it, stage by stage. */
    void table() {
        screen.line("");
        screen.line(
                "%-12s %6s %8s %7s %15s %15s %9s %6s %8s %9s %9s %7s",
                "stage",
                "s",
                "ops",
                "ops/s",
                "reads p50/p99",
                "writes p50/p99",
                "compared",
                "diff",
                "repaired",
                "pause ms",
                "in slice",
                "failed");
        rows.forEach(row -> screen.line("%s", text(row)));
        screen.line("");
    }

    private static String text(Row row) {
        Interval traffic = row.reading().traffic();
        Pause pause = row.pause();
        boolean hasSlice = pause != null && pause.sliceWrites() >= FEWEST_WRITES_FOR_A_PAUSE;
        return String.format(
                Locale.ROOT,
                "%-12s %6.1f %,8d %,7.0f %15s %15s %,9d %,6d %,8d %9s %9s %,7d",
                row.stage(),
                traffic.seconds(),
                traffic.succeeded() + traffic.allFailed(),
                traffic.operationsPerSecond(),
                times(traffic, true),
                times(traffic, false),
                row.reading().compared(),
                row.reading().different(),
                row.reading().repaired(),
                pause == null ? "" : String.format(Locale.ROOT, "%.0f", pause.allMillis()),
                hasSlice && pause != null ? String.format(Locale.ROOT, "%.0f", pause.sliceMillis()) : "",
                traffic.allFailed());
    }

    private static String times(Interval traffic, boolean reads) {
        return String.format(
                Locale.ROOT,
                "%.2f / %.1f",
                traffic.p50Millis(reads ? Interval.READS : Interval.WRITES),
                traffic.p99Millis(reads ? Interval.READS : Interval.WRITES));
    }

    /**
     * The last word.
     *
     * @return whether all is well
     */
    boolean verdict(Verdict verdict) {
        screen.line("acknowledged writes %,12d   lost      %,6d", verdict.acknowledged(), verdict.lost());
        screen.line("answers checked     %,12d   stale     %,6d", verdict.reads(), verdict.stale());
        screen.line("rows compared       %,12d   different %,6d", verdict.rows(), verdict.different());
        if (verdict.uncertain() > 0) {
            screen.line("writes that failed  %,12d   (done or not, both are right)", verdict.uncertain());
        }
        wrong.forEach(what -> screen.line("wrong: %s", what));
        screen.line("verdict: lost %d, stale %d, different %d", verdict.lost(), verdict.stale(), verdict.different());
        return wrong.isEmpty() && verdict.lost() + verdict.stale() + verdict.different() == 0;
    }
}
