package dev.turnout.benchmarks.routing;

import dev.turnout.benchmarks.Budget;
import dev.turnout.benchmarks.routing.Figures.Figure;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleBiFunction;
import java.util.stream.Stream;

/** What routing may cost. Of several figures the worst one counts. */
final class Budgets {
    // Less is what the measuring itself allocates.
    private static final double NO_BYTES = 0.1;

    private final Figures averages;
    private final Figures samples;

    private Budgets(Figures averages, Figures samples) {
        this.averages = averages;
        this.samples = samples;
    }

    static List<Budget> of(Effort effort, Figures averages, Figures samples) {
        Budgets budgets = new Budgets(averages, samples);
        List<Budget> all = new ArrayList<>();
        for (int threads = 1; threads <= effort.threads(); threads++) {
            all.addAll(budgets.of(threads, threads == 1 ? "" : "-" + threads + "-threads"));
        }
        return all;
    }

    private List<Budget> of(int threads, String suffix) {
        Worst get = added("get", Routing.FAST, threads, averages, (with, without) -> with.nanos() - without.nanos());
        Worst bytes = added("get", Routing.FAST, threads, averages, (with, without) -> with.bytes() - without.bytes());
        Worst median = hanging(threads, (with, without) -> with.median() - without.median());
        Worst p999 = hanging(threads, (with, without) -> with.p999() - without.p999());
        Worst sync = sync(threads);
        double clock = averages.floor("nanoTime", threads).nanos();
        return List.of(
                Budget.atMost(
                        "routing/get" + suffix,
                        get.value(),
                        25,
                        "ns",
                        String.format(Locale.ROOT, "%s; the clock alone %.1f ns", get.where(), clock)),
                Budget.atMost(
                        "routing/get-allocation" + suffix, bytes.value() < NO_BYTES ? 0 : bytes.value(), 0, "B/op", ""),
                Budget.atMost(
                        "routing/guard" + suffix,
                        averages.floor("guard", threads).nanos(),
                        20,
                        "ns",
                        String.format(
                                Locale.ROOT,
                                "the clock alone %.1f ns, counting in and out alone %.1f ns",
                                clock,
                                averages.floor("enterAndLeave", threads).nanos())),
                Budget.atMost("routing/hanging-mirror-median" + suffix, median.value(), 2_000, "ns", median.where()),
                Budget.atMost("routing/hanging-mirror-p999" + suffix, p999.value(), 2_000, "ns", p999.where()),
                Budget.atMost("routing/sync-over-both" + suffix, sync.value(), 1.05, "x", sync.where()));
    }

    private record Worst(double value, String where) {
        static Worst of(Stream<Worst> all) {
            return all.max(Comparator.comparingDouble(Worst::value)).orElseThrow();
        }
    }

    private static Worst added(
            String call, List<Way> ways, int threads, Figures figures, ToDoubleBiFunction<Figure, Figure> difference) {
        return Worst.of(Stream.of(Paths.values())
                .flatMap(paths -> ways.stream()
                        .filter(way -> way.stage() != null)
                        .map(way -> new Worst(
                                difference.applyAsDouble(
                                        figures.call(call, paths, way, threads),
                                        figures.call(call, paths, Way.DIRECT, threads)),
                                call + " " + paths.title() + ", " + way.title()))));
    }

    private Worst hanging(int threads, ToDoubleBiFunction<Figure, Figure> difference) {
        return Worst.of(Stream.of("get", "put")
                .map(call -> added(call, List.of(Way.SHADOW_OF_HANGING), threads, samples, difference)));
    }

    private Worst sync(int threads) {
        return Worst.of(Stream.of(Paths.values())
                .flatMap(paths -> Stream.of("get", "put")
                        .map(call -> new Worst(
                                averages.call(call, paths, Way.SYNC, threads).nanos()
                                        / averages.call(call, paths, Way.BOTH_DIRECT, threads)
                                                .nanos(),
                                call + " " + paths.title())))
                .filter(worst -> !Double.isNaN(worst.value()))); // plain paths hold writes
    }
}
