package dev.turnout.benchmarks.routing;

/**
 * How long one call is measured.
 *
 * @param name in words
 * @param forks JVMs, one after the other
 * @param warmups in each of them
 * @param warmupMillis each
 * @param measurements in each of them
 * @param measurementMillis each
 * @param threads at most
 */
record Effort(
        String name, int forks, int warmups, int warmupMillis, int measurements, int measurementMillis, int threads) {
    static final Effort FULL = new Effort("full run", 2, 3, 300, 60, 10, 2);
    static final Effort QUICK = new Effort("quick run, for rough figures only", 1, 1, 250, 20, 10, 1);

    @Override
    public String toString() {
        return name + ": " + forks + (forks == 1 ? " fork with " : " forks with ") + warmups + " x " + warmupMillis
                + " ms to warm up and " + measurements + " x " + measurementMillis + " ms measured";
    }
}
