package dev.turnout.benchmarks.routing;

import dev.turnout.benchmarks.Machine;
import dev.turnout.benchmarks.routing.Figures.Figure;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.openjdk.jmh.util.Version;

/** The tables, for a reader. */
final class Report {
    private static final List<Map.Entry<String, String>> FLOORS = List.of(
            Map.entry("volatileRead", "a volatile read"),
            Map.entry("nanoTime", "`System.nanoTime`"),
            Map.entry("atomicIncrement", "`AtomicLong.incrementAndGet`"),
            Map.entry("adderIncrement", "`LongAdder.increment`"),
            Map.entry("leaseCheck", "our lease, asked by the clock"),
            Map.entry("enterAndLeave", "our fence, in and out"),
            Map.entry("guard", "both: what stands between a write and its path"));

    private final Figures averages;
    private final Figures samples;
    private final StringBuilder text = new StringBuilder();

    Report(Effort effort, Figures averages, Figures samples, String jvm) {
        this.averages = averages;
        this.samples = samples;
        line("## routing");
        line("");
        line(Machine.hardware() + "; " + Machine.java() + " with `" + jvm + "`; " + LocalDate.now(ZoneOffset.UTC)
                + ".");
        line("JMH " + Version.getPlainVersion() + ", " + effort
                + "; of the averages of all of these the 25th percentile, of calls that were timed one by one all.");
        line("");
        averages();
        samples();
        both();
        floors();
    }

    String markdown() {
        return text.toString();
    }

    private void averages() {
        line(
                "| one path in memory, the meters are not read | way | ns/op, 1 thread | ns/op, each of 2 threads | B/op | ns more than the path |");
        line("|---|---|--:|--:|--:|--:|");
        for (String call : List.of("get", "put")) {
            for (Paths paths : Paths.values()) {
                for (Way way : Routing.FAST) {
                    Figure one = averages.call(call, paths, way, 1);
                    double direct = averages.call(call, paths, Way.DIRECT, 1).nanos();
                    row(
                            call + " " + paths.title(),
                            way.title(),
                            number(one.nanos()),
                            number(averages.call(call, paths, way, 2).nanos()),
                            number(one.bytes()),
                            way == Way.DIRECT ? "" : number(one.nanos() - direct));
                }
            }
        }
        line("");
    }

    private void samples() {
        line("| a path that another one follows, call by call | way | threads | p50 ns | p99 ns | p99.9 ns |");
        line("|---|---|--:|--:|--:|--:|");
        for (String call : List.of("get", "put")) {
            for (Paths paths : Paths.values()) {
                for (int threads = 1; threads <= 2; threads++) {
                    for (Way way : Routing.FOLLOWED) {
                        Figure figure = samples.call(call, paths, way, threads);
                        if (!Double.isNaN(figure.median())) {
                            row(
                                    call + " " + paths.title(),
                                    way.title(),
                                    String.valueOf(threads),
                                    number(figure.median()),
                                    number(figure.p99()),
                                    number(figure.p999()));
                        }
                    }
                }
            }
        }
        line("");
    }

    private void both() {
        line("| two paths of which each call takes " + Track.SLOW.toNanos() / 1_000
                + " us | way | us/op, 1 thread | us/op, each of 2 threads | times both |");
        line("|---|---|--:|--:|--:|");
        for (String call : List.of("get", "put")) {
            for (Paths paths : Paths.values()) {
                if (!Double.isNaN(averages.call(call, paths, Way.SYNC, 1).nanos())) {
                    for (Way way : Routing.SLOW) {
                        double one = averages.call(call, paths, way, 1).nanos();
                        double both =
                                averages.call(call, paths, Way.BOTH_DIRECT, 1).nanos();
                        row(
                                call + " " + paths.title(),
                                way.title(),
                                number(one / 1_000),
                                number(averages.call(call, paths, way, 2).nanos() / 1_000),
                                way == Way.BOTH_DIRECT ? "" : String.format(Locale.ROOT, "%.3f", one / both));
                    }
                }
            }
        }
        line("");
    }

    private void floors() {
        line("| floor | ns/op, 1 thread | ns/op, each of 2 threads |");
        line("|---|--:|--:|");
        FLOORS.forEach(floor -> row(
                floor.getValue(),
                number(averages.floor(floor.getKey(), 1).nanos()),
                number(averages.floor(floor.getKey(), 2).nanos())));
    }

    private static String number(double value) {
        if (Double.isNaN(value)) {
            return "";
        }
        if (Math.abs(value) < 0.01) {
            return "0";
        }
        return String.format(Locale.ROOT, Math.abs(value) < 100 ? "%.2f" : "%,.0f", value);
    }

    private void row(String... cells) {
        line("| " + String.join(" | ", cells) + " |");
    }

    private void line(String line) {
        text.append(line).append('\n');
    }
}
