package dev.turnout.benchmarks;

import dev.turnout.benchmarks.backfill.Backfilling;
import dev.turnout.benchmarks.comparison.Comparison;
import dev.turnout.benchmarks.evaluation.Evaluation;
import dev.turnout.benchmarks.routing.Routing;
import dev.turnout.benchmarks.stages.Stages;
import dev.turnout.benchmarks.verify.Verification;

/**
 * Runs the benchmark that its first argument names. The exit code is 0 if it has measured what it should, whether the budgets are held
 * or missed, 1 if what was measured gave wrong answers, and 2 if there is no such benchmark.
 */
public final class Benchmarks {
    private Benchmarks() {}

    /** Ends the process with the benchmark's own exit code. */
    public static void main(String... arguments) throws Exception {
        String name = arguments.length == 0 ? "" : arguments[0];
        Settings settings = Settings.from(System.getProperties());
        int exitCode = switch (name) {
            case "backfill" -> Backfilling.run(settings, System.out);
            case "comparison" -> Comparison.run(settings, System.out);
            case "evaluation" -> Evaluation.run(settings, System.out);
            case "routing" -> Routing.run(settings, System.out);
            case "stages" -> Stages.run(settings, System.out);
            case "verify" -> Verification.run(settings, System.out);
            default -> {
                System.err.println((name.isEmpty()
                                ? "Say which benchmark with -Dbench=NAME."
                                : "There is no benchmark '" + name + "'.")
                        + " There are: backfill, comparison, evaluation, routing, stages, verify.");
                yield 2;
            }
        };
        System.out.flush();
        System.exit(exitCode);
    }
}
