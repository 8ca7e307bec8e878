package dev.turnout.benchmarks.backfill;

/**
 * What one mover did.
 *
 * @param rows in the target afterwards
 * @param seconds from the first statement to the last commit
 * @param heapMegabytes the most that was in use at any time, garbage included
 * @param liveMegabytes the most that was left after a collection
 */
record Measured(long rows, double seconds, double heapMegabytes, double liveMegabytes) {
    private static final String PREFIX = "measured ";

    double rowsPerSecond() {
        return rows / seconds;
    }

    String line() {
        return PREFIX + rows + " " + seconds + " " + heapMegabytes + " " + liveMegabytes;
    }

    static boolean isLine(String line) {
        return line.startsWith(PREFIX);
    }

    static Measured of(String line) {
        String[] parts = line.substring(PREFIX.length()).split(" ");
        return new Measured(
                Long.parseLong(parts[0]),
                Double.parseDouble(parts[1]),
                Double.parseDouble(parts[2]),
                Double.parseDouble(parts[3]));
    }
}
