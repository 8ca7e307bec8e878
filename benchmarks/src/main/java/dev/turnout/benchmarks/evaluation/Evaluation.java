package dev.turnout.benchmarks.evaluation;

import dev.turnout.benchmarks.Budget;
import dev.turnout.benchmarks.Settings;
import dev.turnout.benchmarks.WrongAnswerException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Measures all engines and all floors, each in a JVM of its own, and prints what comes out. */
public final class Evaluation {
    private static final List<String> JVM = List.of("-Xms1g", "-Xmx1g", "-XX:+UseG1GC");

    private final Settings settings;
    private final PrintStream out;
    private final List<EngineKind> engines;
    private final List<Scenario> scenarios;
    private final Effort effort;
    private final Figures figures = new Figures();

    private Evaluation(Settings settings, PrintStream out) {
        this.settings = settings;
        this.out = out;
        effort = settings.quick() ? Effort.QUICK : Effort.FULL;
        engines = chosen(settings.engines(), EngineKind.values(), EngineKind::id);
        scenarios = chosen(settings.scenarios(), Scenario.values(), Scenario::id);
    }

    private static <T> List<T> chosen(List<String> names, T[] all, Function<T, String> nameOf) {
        List<String> known = Stream.of(all).map(nameOf).toList();
        for (String name : names) {
            if (!known.contains(name)) {
                throw new IllegalArgumentException("There is no '" + name + "'. There are: " + known + ".");
            }
        }
        return Stream.of(all)
                .filter(each -> names.isEmpty() || names.contains(nameOf.apply(each)))
                .toList();
    }

    /**
     * Runs for about a quarter of an hour, or for about a minute.
     *
     * @return the exit code of the process
     */
    public static int run(Settings settings, PrintStream out) throws IOException {
        Evaluation evaluation;
        try {
            evaluation = new Evaluation(settings, out);
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            return 2;
        }
        try {
            evaluation.measure();
        } catch (RunnerException | WrongAnswerException e) {
            Stream.iterate((Throwable) e, cause -> cause != null, Throwable::getCause)
                    .flatMap(cause -> Stream.concat(Stream.of(cause), Stream.of(cause.getSuppressed())))
                    .forEach(cause -> System.err.println("failed: " + cause));
            return 1;
        }
        evaluation.report();
        return 0;
    }

    private void measure() throws RunnerException {
        if (isWhole()) {
            out.println("loading 10,000 flags ...");
            figures.loading = Loading.measure(settings.quick());
        }
        out.println("floors ...");
        figures.addFloors(run(Floors.class, options(effort.ours(), 1)));
        for (EngineKind engine : engines) {
            boolean ours = engine == EngineKind.TURNOUT;
            for (int threads = 1; threads <= 2; threads++) {
                ask(engine, threads, ours ? effort.ours() : effort.peers());
            }
        }
    }

    private void ask(EngineKind engine, int threads, Effort.Run effortOfRun) throws RunnerException {
        String[] asked = scenarios.stream()
                .filter(engine::can)
                .filter(scenario -> threads == 1 || effort.isWorthTwoThreads(engine, scenario))
                .map(Enum::name)
                .toArray(String[]::new);
        if (asked.length > 0) {
            out.println(engine.title() + ", " + threads + (threads == 1 ? " thread ..." : " threads ..."));
            ChainedOptionsBuilder options = options(effortOfRun, threads)
                    .param("engineName", engine.name())
                    .param("scenarioName", asked);
            figures.addAnswers(threads, run(Questions.class, options));
        }
    }

    private boolean isWhole() {
        return settings.engines().isEmpty() && settings.scenarios().isEmpty();
    }

    private static ChainedOptionsBuilder options(Effort.Run effort, int threads) {
        return new OptionsBuilder()
                .mode(Mode.AverageTime)
                .timeUnit(TimeUnit.NANOSECONDS)
                .forks(effort.forks())
                .threads(threads)
                .warmupIterations(effort.warmups())
                .warmupTime(TimeValue.milliseconds(effort.warmupMillis()))
                .measurementIterations(effort.measurements())
                .measurementTime(TimeValue.milliseconds(effort.measurementMillis()))
                .jvmArgs(JVM.toArray(String[]::new))
                .addProfiler(GCProfiler.class)
                .shouldFailOnError(true)
                .verbosity(VerboseMode.SILENT);
    }

    private static Collection<RunResult> run(Class<?> benchmark, ChainedOptionsBuilder options) throws RunnerException {
        return new Runner(options.include("^" + benchmark.getName().replace(".", "\\.") + "\\.")
                        .build())
                .run();
    }

    private void report() throws IOException {
        Report report = new Report(effort, engines, scenarios, figures, String.join(" ", JVM));
        out.println();
        out.println(report.markdown());
        Budgets.of(engines, scenarios, figures, settings.quick()).stream()
                .filter(budget -> isWhole() || !Double.isNaN(budget.measured()))
                .map(Budget::line)
                .forEach(out::println);
        Path file = settings.reports().resolve("evaluation.md");
        Files.createDirectories(settings.reports());
        Files.writeString(file, report.markdown());
    }
}
