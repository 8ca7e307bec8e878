package dev.turnout.benchmarks.comparison;

import java.util.List;

/**
 * How much is run.
 *
 * @param name in words
 * @param seeds of faults, lags and users; a walk of each contender for each
 * @param stageMillis how long traffic runs in each stage
 * @param quietMillis how long the stores may take to agree, at most, once all calls have ended
 * @param latencyMillis how long latencies are measured, each time
 */
record Effort(String name, List<Long> seeds, long stageMillis, long quietMillis, long latencyMillis) {
    static final Effort FULL = new Effort("full run", List.of(1L, 2L, 3L, 4L, 5L), 2_000, 4_000, 5_000);
    static final Effort QUICK = new Effort("quick run, for rough figures only", List.of(1L), 500, 2_000, 2_000);
}
