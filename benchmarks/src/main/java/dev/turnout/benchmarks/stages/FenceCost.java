package dev.turnout.benchmarks.stages;

import dev.turnout.flags.migration.Migration;
import dev.turnout.flags.stage.Stage;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Writes under a lease alone, and writes that look at a fence in the database too, in turns. */
final class FenceCost {
    private static final int TURN = 50;
    private static final Duration LEASE = Duration.ofMinutes(5);

    private FenceCost() {}

    /** The median of a write in LIVE, in microseconds. */
    static Map<Rows.Writing, Double> measure(Server server, Effort effort) throws SQLException {
        List<Cluster> clusters = new ArrayList<>();
        try {
            for (Rows.Writing writing : Rows.Writing.values()) {
                clusters.add(new Cluster(
                        server, "fence_cost_" + writing.ordinal(), 1, Stage.LIVE, Kind.VERSIONED, writing, LEASE));
            }
            measure(clusters, effort.fencedWrites()); // for the JIT
            List<long[]> nanos = measure(clusters, effort.fencedWrites());
            Map<Rows.Writing, Double> medians = new EnumMap<>(Rows.Writing.class);
            for (Rows.Writing writing : Rows.Writing.values()) {
                long[] sorted = nanos.get(writing.ordinal());
                Arrays.sort(sorted);
                medians.put(writing, sorted[sorted.length / 2] / 1e3);
            }
            return medians;
        } finally {
            clusters.forEach(Cluster::close);
        }
    }

    private static List<long[]> measure(List<Cluster> clusters, int writes) {
        List<long[]> nanos = new ArrayList<>();
        clusters.forEach(cluster -> nanos.add(new long[writes]));
        for (int begin = 0; begin < writes; begin += TURN) {
            for (int i = 0; i < clusters.size(); i++) {
                Migration<Long, String> migration = clusters.get(i).first().migration();
                for (int write = begin; write < Math.min(begin + TURN, writes); write++) {
                    long start = System.nanoTime();
                    migration.put((long) write % Cluster.KEYS, "write " + write);
                    nanos.get(i)[write] = System.nanoTime() - start;
                }
            }
        }
        return nanos;
    }
}
