package dev.turnout.benchmarks.routing;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.util.Statistics;

/** What was measured. What was not is not a number, and so is all that is computed from it. */
final class Figures {
    private static final String ALLOCATED = "gc.alloc.rate.norm";
    private static final Figure UNKNOWN = new Figure(Double.NaN, Double.NaN, Double.NaN, Double.NaN, Double.NaN);

    /**
     * One measurement of one thread's calls, in nanoseconds.
     *
     * @param nanos on average in one of the short iterations, of which a quarter were faster: other users of the
     *     machine are in the slower ones
     * @param median not a number if calls were not timed one by one
     * @param p99 the same
     * @param p999 the same
     * @param bytes allocated by a call
     */
    record Figure(double nanos, double median, double p99, double p999, double bytes) {
        static Figure of(RunResult result) {
            Result<?> allocated = result.getSecondaryResults().get(ALLOCATED);
            Statistics all = result.getPrimaryResult().getStatistics();
            return new Figure(
                    lowerQuartile(result),
                    all.getPercentile(50),
                    all.getPercentile(99),
                    all.getPercentile(99.9),
                    allocated == null ? Double.NaN : allocated.getStatistics().getPercentile(50));
        }

        private static double lowerQuartile(RunResult result) {
            double[] scores = result.getBenchmarkResults().stream()
                    .flatMap(fork -> fork.getIterationResults().stream())
                    .mapToDouble(iteration -> iteration.getPrimaryResult().getScore())
                    .sorted()
                    .toArray();
            return scores[scores.length / 4];
        }
    }

    private record Asked(String call, Paths paths, Way way, int threads) {}

    private final Map<Asked, Figure> calls = new HashMap<>();
    private final Map<String, Figure> floors = new HashMap<>();

    void addCalls(int threads, Collection<RunResult> results) {
        for (RunResult result : results) {
            Paths paths = Paths.valueOf(result.getParams().getParam("pathsName"));
            Way way = Way.valueOf(result.getParams().getParam("wayName"));
            calls.put(new Asked(nameOf(result), paths, way, threads), Figure.of(result));
        }
    }

    void addFloors(int threads, Collection<RunResult> results) {
        for (RunResult result : results) {
            floors.put(nameOf(result) + threads, Figure.of(result));
        }
    }

    private static String nameOf(RunResult result) {
        String name = result.getParams().getBenchmark();
        return name.substring(name.lastIndexOf('.') + 1);
    }

    /** @param call {@code get} or {@code put} */
    Figure call(String call, Paths paths, Way way, int threads) {
        return calls.getOrDefault(new Asked(call, paths, way, threads), UNKNOWN);
    }

    Figure floor(String name, int threads) {
        return floors.getOrDefault(name + threads, UNKNOWN);
    }
}
