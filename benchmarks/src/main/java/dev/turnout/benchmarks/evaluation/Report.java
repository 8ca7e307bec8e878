package dev.turnout.benchmarks.evaluation;

import dev.turnout.benchmarks.Machine;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.openjdk.jmh.util.Version;

/** The tables, for a reader. */
final class Report {
    private static final List<Map.Entry<String, String>> FLOORS = List.of(
            Map.entry("nothing", "the measuring itself"),
            Map.entry("volatileRead", "a volatile read"),
            Map.entry("murmurOfBytes", "murmur3 of the key's 16 bytes (commons-codec)"),
            Map.entry("murmurOfKey", "murmur3 of the key, a String (commons-codec)"),
            Map.entry("bucketing", "our murmur3 of the flag's salt and the key, as a bucket"),
            Map.entry("bucketingOfContext", "the same, of a context's key"),
            Map.entry("flagInMap", "`HashMap.get` of a flag's key among 10,000"),
            Map.entry("memberInMap", "`HashMap.get` of a key among 100,000"),
            Map.entry("memberOfContextInMap", "the same, of a context's key"),
            Map.entry("memberInSet", "`HashSet.contains` of a key among 100,000"));

    private final Effort effort;
    private final List<EngineKind> engines;
    private final List<Scenario> scenarios;
    private final Figures figures;
    private final String jvm;
    private final StringBuilder text = new StringBuilder();

    Report(Effort effort, List<EngineKind> engines, List<Scenario> scenarios, Figures figures, String jvm) {
        this.effort = effort;
        this.engines = engines;
        this.scenarios = scenarios;
        this.figures = figures;
        this.jvm = jvm;
        conditions();
        answers();
        whatCannot();
        floors();
        loading();
    }

    String markdown() {
        return text.toString();
    }

    private void conditions() {
        line("## evaluation");
        line("");
        line(Machine.hardware() + "; " + Machine.java() + " with `" + jvm + "`; " + LocalDate.now(ZoneOffset.UTC)
                + ".");
        line("JMH " + Version.getPlainVersion() + ", average time, " + effort + ".");
        line("");
    }

    private void answers() {
        line("| scenario | engine | ns/op, 1 thread | ns/op, each of 2 threads | B/op | times Turnout |");
        line("|---|---|--:|--:|--:|--:|");
        for (Scenario scenario : scenarios) {
            for (EngineKind engine : engines) {
                if (engine.can(scenario)) {
                    Figures.Figure one = figures.answer(engine, scenario, 1);
                    row(
                            scenario.title(),
                            engine.title(),
                            number(one.nanos()),
                            number(figures.answer(engine, scenario, 2).nanos()),
                            number(one.bytes()),
                            number(figures.ratio(engine, scenario)));
                } else {
                    row(scenario.title(), engine.title(), "cannot", "", "", "");
                }
            }
        }
        line("");
    }

    private void whatCannot() {
        Map<String, String> reasons = new TreeMap<>();
        for (EngineKind engine : engines) {
            for (Scenario scenario : scenarios) {
                if (!engine.can(scenario)) {
                    reasons.merge(
                            engine.title() + ": " + engine.cannot(scenario),
                            "'" + scenario.title() + "'",
                            (some, more) -> some + ", " + more);
                }
            }
        }
        reasons.forEach((reason, what) -> line("- cannot " + what + ": " + reason));
        if (!reasons.isEmpty()) {
            line("");
        }
    }

    private void floors() {
        line("| floor | ns/op, 1 thread | B/op |");
        line("|---|--:|--:|");
        FLOORS.forEach(floor -> row(
                floor.getValue(),
                number(figures.floor(floor.getKey()).nanos()),
                number(figures.floor(floor.getKey()).bytes())));
        line("");
    }

    private void loading() {
        if (figures.loading == null) {
            return;
        }
        Loading loading = Objects.requireNonNull(figures.loading);
        line("| 10,000 flags with two rules each, " + loading.characters() + " characters as JSON | |");
        line("|---|--:|");
        row("from JSON to flags that answer", number(loading.jsonMillis()) + " ms");
        row("from YAML to flags that answer", number(loading.yamlMillis()) + " ms");
        row("heap that they keep", number(loading.heapMegabytes()) + " MB");
        row("a change of one of them, until it is decided by", number(loading.changeMillis()) + " ms");
    }

    private static String number(double value) {
        if (Double.isNaN(value)) {
            return "";
        }
        if (Math.abs(value) < 0.01) {
            return "0";
        }
        return String.format(Locale.ROOT, value < 100 ? "%.2f" : "%,.0f", value);
    }

    private void row(String... cells) {
        line("| " + String.join(" | ", cells) + " |");
    }

    private void line(String line) {
        text.append(line).append('\n');
    }
}
