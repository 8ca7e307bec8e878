package dev.turnout.benchmarks.stages;

import java.time.Duration;

/**
 * How often it is done.
 *
 * @param name in words
 * @param rounds each of them moves forth and back
 * @param calm how long writes run before each move, to compare with
 * @param lease of nodes one of which dies
 * @param fencedWrites of each kind, to see what a fence costs
 */
record Effort(String name, int rounds, Duration calm, Duration lease, int fencedWrites) {
    static final Effort FULL = new Effort("full run", 3, Duration.ofSeconds(1), Duration.ofSeconds(5), 4_000);
    static final Effort QUICK =
            new Effort("quick run, for rough figures only", 1, Duration.ofMillis(200), Duration.ofSeconds(1), 200);
}
