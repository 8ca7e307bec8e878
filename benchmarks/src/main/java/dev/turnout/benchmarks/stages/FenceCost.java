package dev.turnout.benchmarks.stages;

import dev.turnout.flags.migration.Migration;
import dev.turnout.flags.stage.Stage;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/** Writes under a lease alone, and writes that look at a fence in the database too, in turns. */
final class FenceCost {
    private static final int TURN = 50;
    private static final Duration LEASE = Duration.ofMinutes(5);

    private FenceCost() {}

    /** The median of a write in LIVE, in microseconds. */
    static Map<Rows.Writing, Double> measure(Server server, Effort effort) throws SQLException {
        Map<Rows.Writing, Cluster> clusters = new EnumMap<>(Rows.Writing.class);
        try {
            for (Rows.Writing writing : Rows.Writing.values()) {
                String name = "fence_cost_" + writing.name().toLowerCase(Locale.ROOT);
                clusters.put(writing, new Cluster(server, name, 1, Stage.LIVE, Kind.VERSIONED, writing, LEASE));
            }
            measure(clusters, effort.fencedWrites()); // for the JIT
            Map<Rows.Writing, Double> medians = new EnumMap<>(Rows.Writing.class);
            measure(clusters, effort.fencedWrites()).forEach((writing, nanos) -> {
                Arrays.sort(nanos);
                medians.put(writing, nanos[nanos.length / 2] / 1e3);
            });
            return medians;
        } finally {
            clusters.values().forEach(Cluster::close);
        }
    }

    private static Map<Rows.Writing, long[]> measure(Map<Rows.Writing, Cluster> clusters, int writes) {
        Map<Rows.Writing, long[]> nanos = new EnumMap<>(Rows.Writing.class);
        for (int begin = 0; begin < writes; begin += TURN) {
            int turn = begin;
            clusters.forEach((writing, cluster) -> write(
                    cluster.first().migration(),
                    turn,
                    Math.min(turn + TURN, writes),
                    nanos.computeIfAbsent(writing, key -> new long[writes])));
        }
        return nanos;
    }

    private static void write(Migration<Long, String> migration, int begin, int end, long[] nanos) {
        for (int i = begin; i < end; i++) {
            long start = System.nanoTime();
            migration.put((long) i % Cluster.KEYS, "write " + i);
            nanos[i] = System.nanoTime() - start;
        }
    }
}
