package dev.turnout.benchmarks.evaluation;

/**
 * How long is measured.
 *
 * @param name in words
 * @param ours of Turnout and of the floors, whose ratios are what the budgets are about
 * @param peers of the others, of which there are more
 */
record Effort(String name, Run ours, Run peers) {
    static final Effort FULL = new Effort("full run", new Run(2, 3, 1_000, 5, 1_000), new Run(1, 3, 1_000, 5, 1_000));
    static final Effort QUICK =
            new Effort("quick run, for rough figures only", new Run(1, 2, 400, 2, 200), new Run(1, 1, 300, 1, 200));

    /**
     * How one benchmark is run.
     *
     * @param forks JVMs, one after the other
     * @param warmups in each of them
     * @param warmupMillis each
     * @param measurements in each of them
     * @param measurementMillis each
     */
    record Run(int forks, int warmups, int warmupMillis, int measurements, int measurementMillis) {
        @Override
        public String toString() {
            return forks + (forks == 1 ? " fork with " : " forks with ") + warmups + " x " + warmupMillis
                    + " ms to warm up and " + measurements + " x "
                    + measurementMillis + " ms measured";
        }
    }

    /** A quick run has two threads only where that shows most. */
    boolean isWorthTwoThreads(EngineKind engine, Scenario scenario) {
        return equals(FULL) || (engine == EngineKind.TURNOUT && scenario == Scenario.SHARE);
    }

    @Override
    public String toString() {
        return name + ": Turnout and the floors " + ours + ", the other engines " + peers;
    }
}
