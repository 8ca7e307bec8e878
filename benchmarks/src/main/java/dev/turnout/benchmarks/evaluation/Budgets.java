package dev.turnout.benchmarks.evaluation;

import static dev.turnout.benchmarks.evaluation.EngineKind.TURNOUT;

import dev.turnout.benchmarks.Budget;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/** What ours is to reach. */
final class Budgets {
    // Less is what the measuring itself allocates: some kilobytes in each iteration, which in a quick run has few
    // operations.
    private static final double NO_BYTES = 0.01;
    private static final double NO_BYTES_IF_QUICK = 0.1;

    private final List<EngineKind> engines;
    private final List<Scenario> scenarios;
    private final Figures figures;
    private final boolean quick;

    private Budgets(List<EngineKind> engines, List<Scenario> scenarios, Figures figures, boolean quick) {
        this.engines = engines;
        this.scenarios = scenarios;
        this.figures = figures;
        this.quick = quick;
    }

    static List<Budget> of(List<EngineKind> engines, List<Scenario> scenarios, Figures figures, boolean quick) {
        return new Budgets(engines, scenarios, figures, quick).all();
    }

    private List<Budget> all() {
        List<Budget> all = new ArrayList<>();
        all.add(shareOverHash());
        all.add(allocation());
        all.add(peers());
        all.add(overFastestPeer("share", Scenario.SHARE));
        all.add(overFastestPeer("rule", Scenario.RULE));
        all.add(cohortOverLookup());
        all.add(scaling());
        if (figures.loading != null) {
            all.add(Budget.atMost("evaluation/load", figures.loading.jsonMillis(), 200, "ms", "as JSON"));
            all.add(Budget.atMost("evaluation/heap", figures.loading.heapMegabytes(), 40, "MB", ""));
        }
        return all;
    }

    /**
     * The bare hash is the faster one of commons-codec's and ours, so ours cannot make itself look good by being slow.
     */
    private Budget shareOverHash() {
        double theirs = figures.floor("murmurOfKey").nanos();
        double ours = figures.floor("bucketing").nanos();
        return Budget.atMost(
                "evaluation/share-over-hash",
                nanos(Scenario.SHARE, 1) / Math.min(theirs, ours),
                2,
                "",
                String.format(
                        Locale.ROOT,
                        "%.1f ns; the hash alone: ours %.1f ns, commons-codec's %.1f ns, of bytes at hand %.1f ns",
                        nanos(Scenario.SHARE, 1),
                        ours,
                        theirs,
                        figures.floor("murmurOfBytes").nanos()));
    }

    private Budget allocation() {
        double most = scenarios.stream()
                .flatMapToDouble(scenario -> DoubleStream.of(
                        figures.answer(TURNOUT, scenario, 1).bytes(),
                        figures.answer(TURNOUT, scenario, 2).bytes()))
                .filter(bytes -> !Double.isNaN(bytes)) // a quick run leaves some out
                .max()
                .orElse(Double.NaN);
        return Budget.atMost(
                "evaluation/allocation", most < (quick ? NO_BYTES_IF_QUICK : NO_BYTES) ? 0 : most, 0, "B/op", "");
    }

    private record Rival(EngineKind engine, Scenario scenario, double ratio) {
        String name() {
            return engine.title() + ", " + scenario.title();
        }
    }

    private Stream<Rival> rivals(Scenario scenario) {
        return engines.stream()
                .filter(engine -> engine != TURNOUT)
                .map(engine -> new Rival(engine, scenario, figures.ratio(engine, scenario)))
                .filter(rival -> !Double.isNaN(rival.ratio()));
    }

    private Budget peers() {
        return over("evaluation/peers", scenarios.stream().flatMap(this::rivals), 1);
    }

    private Budget overFastestPeer(String what, Scenario scenario) {
        return over("evaluation/" + what + "-over-fastest-peer", rivals(scenario), 10);
    }

    private static Budget over(String name, Stream<Rival> rivals, double atLeast) {
        Optional<Rival> fastest = rivals.min(Comparator.comparingDouble(Rival::ratio));
        return Budget.atLeast(
                name,
                fastest.map(Rival::ratio).orElse(Double.NaN),
                atLeast,
                "x",
                fastest.map(Rival::name).orElse(""));
    }

    /** What the cohort adds to a flag without one. */
    private Budget cohortOverLookup() {
        double more = nanos(Scenario.COHORT, 1) - nanos(Scenario.ON_OFF, 1);
        return Budget.atMost(
                "evaluation/cohort-over-lookup",
                more / figures.floor("memberInMap").nanos(),
                1.5,
                "",
                "");
    }

    private Budget scaling() {
        Optional<Scenario> worst = scenarios.stream().min(Comparator.comparingDouble(this::scaling));
        return Budget.atLeast(
                "evaluation/scaling",
                worst.map(this::scaling).orElse(Double.NaN),
                1.8,
                "x",
                worst.map(Scenario::title).orElse(""));
    }

    private double scaling(Scenario scenario) {
        return 2 * nanos(scenario, 1) / nanos(scenario, 2);
    }

    private double nanos(Scenario scenario, int threads) {
        return figures.answer(TURNOUT, scenario, threads).nanos();
    }
}
