package dev.turnout.benchmarks;

import java.nio.file.Path;
import java.util.List;
import java.util.Properties;

/**
 * The settings of the command line.
 *
 * @param quick a rough run, to see that everything works
 * @param reports the directory that tables are written to
 * @param engines only these; empty means all
 * @param scenarios only these; empty means all
 */
public record Settings(boolean quick, Path reports, List<String> engines, List<String> scenarios) {
    /** Copies. */
    public Settings {
        engines = List.copyOf(engines);
        scenarios = List.copyOf(scenarios);
    }

    static Settings from(Properties properties) {
        return new Settings(
                Boolean.parseBoolean(properties.getProperty("bench.quick")),
                Path.of(properties.getProperty("bench.reports", "target/benchmarks")),
                list(properties.getProperty("bench.engines", "")),
                list(properties.getProperty("bench.scenarios", "")));
    }

    private static List<String> list(String text) {
        return text.isBlank() ? List.of() : List.of(text.strip().split("\\s*,\\s*"));
    }
}
