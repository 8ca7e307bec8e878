package dev.turnout.benchmarks.comparison;

import dev.turnout.benchmarks.Budget;
import dev.turnout.benchmarks.Settings;
import dev.turnout.flags.stage.Stage;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/** Lets each contender move the same records under the same faults, and counts what their users lost. All contenders run side by side. */
public final class Comparison {
    private final Effort effort;
    private final List<Contender> contenders;
    private final PrintStream out;

    private Comparison(Settings settings, PrintStream out) {
        this.out = out;
        effort = settings.quick() ? Effort.QUICK : Effort.FULL;
        contenders = Stream.of(Contender.values())
                .filter(contender ->
                        settings.engines().isEmpty() || settings.engines().contains(contender.key()))
                .toList();
    }

    /**
     * Runs for some minutes, or for less than one.
     *
     * @return the exit code of the process
     */
    public static int run(Settings settings, PrintStream out) throws IOException, InterruptedException {
        Comparison comparison = new Comparison(settings, out);
        Report report;
        try {
            report = comparison.measure();
        } catch (ExecutionException e) {
            System.err.println("failed: " + e.getCause());
            return 1;
        }
        out.println();
        out.println(report.markdown());
        report.budgets().stream().map(Budget::line).forEach(out::println);
        Files.createDirectories(settings.reports());
        Files.writeString(settings.reports().resolve("comparison.md"), report.markdown());
        return 0;
    }

    private Report measure() throws InterruptedException, ExecutionException {
        Map<Contender, Verdict> verdicts = new EnumMap<>(Contender.class);
        for (long seed : effort.seeds()) {
            out.println("seed " + seed + " ...");
            forEach(contender -> () -> Walk.of(contender, effort, seed))
                    .forEach((contender, verdict) -> verdicts.merge(contender, verdict, Verdict::plus));
        }
        out.println("a mirror that hangs ...");
        return new Report(
                effort,
                verdicts,
                forEach(contender -> () -> Latencies.of(contender, Stage.SHADOW, effort)),
                forEach(contender -> () -> Latencies.of(contender, Stage.LIVE, effort)));
    }

    private interface Task<T> {
        Callable<T> of(Contender contender);
    }

    private <T> Map<Contender, T> forEach(Task<T> task) throws InterruptedException, ExecutionException {
        ExecutorService threads = Executors.newFixedThreadPool(contenders.size());
        try {
            List<Future<T>> answers = new ArrayList<>();
            for (Contender contender : contenders) {
                answers.add(threads.submit(task.of(contender)));
            }
            Map<Contender, T> all = new EnumMap<>(Contender.class);
            for (int i = 0; i < answers.size(); i++) {
                all.put(contenders.get(i), answers.get(i).get());
            }
            return all;
        } finally {
            threads.shutdownNow();
        }
    }
}
