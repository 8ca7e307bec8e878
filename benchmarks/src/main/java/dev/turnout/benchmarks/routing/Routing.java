package dev.turnout.benchmarks.routing;

import dev.turnout.benchmarks.Budget;
import dev.turnout.benchmarks.Settings;
import dev.turnout.benchmarks.WrongAnswerException;
import dev.turnout.flags.migration.RoutingFloors;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
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

/** Measures calls through a migration beside the same calls of the paths themselves, each in a JVM of its own, and prints what comes out. */
public final class Routing {
    static final List<Way> FAST = List.of(Way.DIRECT, Way.CLOCKED, Way.OFF, Way.COMPLETE);
    static final List<Way> FOLLOWED = List.of(Way.DIRECT, Way.SHADOW, Way.SHADOW_OF_HANGING);
    static final List<Way> SLOW = List.of(Way.BOTH_DIRECT, Way.SYNC);

    private static final List<String> JVM = List.of("-Xms1g", "-Xmx1g", "-XX:+UseG1GC");

    private final PrintStream out;
    private final Effort effort;
    private final Figures averages = new Figures();
    private final Figures samples = new Figures();

    private Routing(Settings settings, PrintStream out) {
        this.out = out;
        effort = settings.quick() ? Effort.QUICK : Effort.FULL;
    }

    /**
     * Runs for some ten minutes, or for about one.
     *
     * @return the exit code of the process
     */
    public static int run(Settings settings, PrintStream out) throws IOException {
        Routing routing = new Routing(settings, out);
        try {
            routing.measure();
        } catch (RunnerException | WrongAnswerException e) {
            Stream.iterate((Throwable) e, cause -> cause != null, Throwable::getCause)
                    .flatMap(cause -> Stream.concat(Stream.of(cause), Stream.of(cause.getSuppressed())))
                    .forEach(cause -> System.err.println("failed: " + cause));
            return 1;
        }
        routing.report(settings);
        return 0;
    }

    private void measure() throws RunnerException {
        for (int threads = 1; threads <= effort.threads(); threads++) {
            String heading = ", " + threads + (threads == 1 ? " thread ..." : " threads ...");
            out.println("floors" + heading);
            averages.addFloors(threads, run(RoutingFloors.class, "", options(threads, Mode.AverageTime)));
            for (Paths paths : Paths.values()) {
                out.println("paths " + paths.title() + heading);
                averages.addCalls(threads, calls(paths, FAST, options(threads, Mode.AverageTime)));
                averages.addCalls(threads, calls(paths, SLOW, options(threads, Mode.AverageTime)));
                samples.addCalls(threads, calls(paths, FOLLOWED, options(threads, Mode.SampleTime)));
            }
        }
    }

    private Collection<RunResult> calls(Paths paths, List<Way> ways, ChainedOptionsBuilder options)
            throws RunnerException {
        boolean holdsWrites = paths == Paths.PLAIN && ways.contains(Way.SYNC);
        return run(
                Calls.class,
                holdsWrites ? "get$" : "",
                options.param("pathsName", paths.name())
                        .param("wayName", ways.stream().map(Enum::name).toArray(String[]::new)));
    }

    private ChainedOptionsBuilder options(int threads, Mode mode) {
        return new OptionsBuilder()
                .mode(mode)
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

    private static Collection<RunResult> run(Class<?> benchmark, String methods, ChainedOptionsBuilder options)
            throws RunnerException {
        return new Runner(options.include("^" + benchmark.getName().replace(".", "\\.") + "\\." + methods)
                        .build())
                .run();
    }

    private void report(Settings settings) throws IOException {
        Report report = new Report(effort, averages, samples, String.join(" ", JVM));
        out.println();
        out.println(report.markdown());
        Budgets.of(effort, averages, samples).stream().map(Budget::line).forEach(out::println);
        Files.createDirectories(settings.reports());
        Files.writeString(settings.reports().resolve("routing.md"), report.markdown());
    }
}
