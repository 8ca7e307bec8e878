package dev.turnout.benchmarks.stages;

import dev.turnout.flags.stage.Stage;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import java.util.random.RandomGenerator;

/** Moves all keys from stage to stage while users write, and sees how long they get no acknowledgement. */
final class Moves {
    /**
     * One move, or several of the same kind.
     *
     * @param tookMillis until every node has acknowledged it
     * @param before just as many writes, with no move
     * @param during from the order to a moment after the last acknowledgement
     */
    record Move(double tookMillis, Prober.Seen before, Prober.Seen during) {}

    /** From one stage to another. */
    record Way(Stage from, Stage to) {
        @Override
        public String toString() {
            return from + " to " + to;
        }
    }

    /** The moves of each way, in the order in which it was gone first. */
    record All(Map<Way, List<Move>> byWay) {
        double worst(ToDoubleFunction<Move> figure) {
            return worst(byWay.values().stream().flatMap(List::stream).toList(), figure);
        }

        static double worst(List<Move> moves, ToDoubleFunction<Move> figure) {
            return moves.stream().mapToDouble(figure).max().orElseThrow();
        }
    }

    private static final int NODES = 3;
    private static final Duration LEASE = Duration.ofSeconds(30);
    private static final Duration AFTERWARDS = Duration.ofMillis(200);
    private static final List<Stage> FORTH_AND_BACK =
            List.of(Stage.LIVE, Stage.SHADOW, Stage.LIVE, Stage.RAMP_DOWN, Stage.SHADOW);
    private static final List<Stage> TO_THE_END = List.of(Stage.LIVE, Stage.RAMP_DOWN, Stage.COMPLETE);

    private final Map<Way, List<Move>> moves = new LinkedHashMap<>();
    private final Cluster cluster;
    private final Effort effort;
    private final RandomGenerator moments = new SplittableRandom(17);
    private Stage stage = Stage.OFF;

    private Moves(Cluster cluster, Effort effort) {
        this.cluster = cluster;
        this.effort = effort;
    }

    static All measure(Server server, Kind kind, Effort effort) throws SQLException {
        String name = "moves_" + kind.name().toLowerCase(Locale.ROOT);
        try (Cluster cluster = new Cluster(server, name, NODES, Stage.OFF, kind, Rows.Writing.STATEMENT, LEASE)) {
            Moves moves = new Moves(cluster, effort);
            moves.run();
            return new All(moves.moves);
        }
    }

    private void run() {
        under(List.of(Stage.DUAL_WRITE));
        cluster.sweep();
        List<Stage> stages = new ArrayList<>(List.of(Stage.SHADOW));
        for (int round = 0; round < effort.rounds(); round++) {
            stages.addAll(FORTH_AND_BACK);
        }
        under(stages);
        cluster.checkEqual();
        under(TO_THE_END);
    }

    private void under(List<Stage> stages) {
        try (Prober prober = new Prober(cluster.migrations())) {
            stages.forEach(next -> move(prober, next));
        }
    }

    private void move(Prober prober, Stage next) {
        Prober.goOn(effort.calm()); // for the first writes, and the JIT
        // Nodes look for changes once in a while. Each move would begin just as long before, if what goes before it
        // always took as long.
        Prober.goOn(Duration.ofMillis(moments.nextInt(1_000)));
        long calm = System.nanoTime();
        Prober.goOn(effort.calm());
        long start = System.nanoTime();
        cluster.moveTo(next);
        long arrived = System.nanoTime();
        Prober.goOn(AFTERWARDS);
        long end = System.nanoTime();
        moves.computeIfAbsent(new Way(stage, next), way -> new ArrayList<>())
                .add(new Move((arrived - start) / 1e6, prober.seen(calm, start), prober.seen(start, end)));
        stage = next;
    }
}
