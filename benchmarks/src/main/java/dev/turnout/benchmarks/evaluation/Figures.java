package dev.turnout.benchmarks.evaluation;

import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;

/** What was measured. What was not is not a number, and so is all that is computed from it. */
final class Figures {
    private static final String ALLOCATED = "gc.alloc.rate.norm";
    private static final Figure UNKNOWN = new Figure(Double.NaN, Double.NaN);

    /**
     * One measurement.
     *
     * @param nanos for one operation of one thread
     * @param bytes allocated by one operation
     */
    record Figure(double nanos, double bytes) {
        static Figure of(RunResult result) {
            Result<?> allocated = result.getSecondaryResults().get(ALLOCATED);
            return new Figure(
                    result.getPrimaryResult().getScore(), allocated == null ? Double.NaN : allocated.getScore());
        }
    }

    private record Asked(EngineKind engine, Scenario scenario, int threads) {}

    private final Map<Asked, Figure> answers = new HashMap<>();
    private final Map<String, Figure> floors = new LinkedHashMap<>();

    @Nullable
    Loading loading;

    void addAnswers(int threads, Collection<RunResult> results) {
        for (RunResult result : results) {
            EngineKind engine = EngineKind.valueOf(result.getParams().getParam("engineName"));
            Scenario scenario = Scenario.valueOf(result.getParams().getParam("scenarioName"));
            answers.put(new Asked(engine, scenario, threads), Figure.of(result));
        }
    }

    void addFloors(Collection<RunResult> results) {
        for (RunResult result : results) {
            String name = result.getParams().getBenchmark();
            floors.put(name.substring(name.lastIndexOf('.') + 1), Figure.of(result));
        }
    }

    Figure answer(EngineKind engine, Scenario scenario, int threads) {
        return answers.getOrDefault(new Asked(engine, scenario, threads), UNKNOWN);
    }

    /** How many times longer an engine takes than ours. */
    double ratio(EngineKind engine, Scenario scenario) {
        return answer(engine, scenario, 1).nanos()
                / answer(EngineKind.TURNOUT, scenario, 1).nanos();
    }

    Figure floor(String name) {
        return floors.getOrDefault(name, UNKNOWN);
    }
}
