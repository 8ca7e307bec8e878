package dev.turnout.benchmarks.comparison;

/**
 * How much later than the flag store each node learns of a change.
 *
 * @param longestMillis zero if all learn of it at once
 */
record FlagLag(long seed, long longestMillis) {
    static final FlagLag NONE = new FlagLag(0, 0);

    /** Of the change with this number, on this node. */
    long millis(long change, int node) {
        return Chance.below(longestMillis + 1, seed, change * Router.NODES + node);
    }
}
