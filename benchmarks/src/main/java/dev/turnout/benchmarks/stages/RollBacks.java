package dev.turnout.benchmarks.stages;

import dev.turnout.benchmarks.WrongAnswerException;
import dev.turnout.flags.migration.Controller;
import dev.turnout.flags.stage.Stage;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The rollback from LIVE in an emergency, while something is down. */
final class RollBacks {
    /**
     * One of them.
     *
     * @param down what was
     * @param orderMillis until the order was taken, by all that have to be ordered
     * @param backMillis from the order until every node that can be reached reads from the old path alone
     * @param during what users of the nodes that can be reached saw, from the order until then
     */
    record Back(String down, double orderMillis, double backMillis, Prober.Seen during) {}

    private static final int NODES = 3;
    private static final Duration AFTERWARDS = Duration.ofMillis(200);

    private final Server server;
    private final Effort effort;

    private RollBacks(Server server, Effort effort) {
        this.server = server;
        this.effort = effort;
    }

    static List<Back> measure(Server server, Effort effort) throws SQLException {
        RollBacks backs = new RollBacks(server, effort);
        List<Back> all = new ArrayList<>();
        all.add(backs.nothing());
        all.add(backs.newDatabase());
        all.add(backs.controlDatabase());
        all.add(backs.unreachableNode());
        return all;
    }

    private Cluster live(String name) throws SQLException {
        Cluster cluster =
                new Cluster(server, name, NODES, Stage.OFF, Kind.VERSIONED, Rows.Writing.STATEMENT, effort.lease());
        cluster.fill();
        cluster.moveTo(Stage.LIVE);
        return cluster;
    }

    private Back nothing() throws SQLException {
        try (Cluster cluster = live("back_of_all");
                Prober prober = new Prober(cluster.migrations())) {
            Prober.goOn(effort.calm());
            return back("nothing", cluster, prober, NODES);
        }
    }

    private Back newDatabase() throws SQLException {
        try (Cluster cluster = live("back_without_new");
                Prober prober = new Prober(cluster.migrations())) {
            Prober.goOn(effort.calm());
            server.kill(Server.Name.NEW);
            Back measured;
            try {
                Prober.goOn(effort.calm());
                measured = back("the new path's database", cluster, prober, NODES);
            } finally {
                server.revive(Server.Name.NEW);
            }
            prober.close();
            cluster.checkEqual();
            return measured;
        }
    }

    private Back unreachableNode() throws SQLException {
        try (Cluster cluster = live("back_without_node");
                Prober prober = new Prober(cluster.migrations().subList(0, NODES - 1))) {
            Prober.goOn(effort.calm());
            server.cutOff(NODES - 1);
            Back measured;
            try {
                measured = back("one node's way to flags and fleet", cluster, prober, NODES - 1);
            } finally {
                server.reconnect(NODES - 1);
            }
            Cluster.await("the node is back", () -> cluster.isEverywhere(Stage.SHADOW));
            return measured;
        }
    }

    private static Back back(String down, Cluster cluster, Prober prober, int reachable) {
        long start = System.nanoTime();
        Controller.Emergency emergency = cluster.first().controller().rollBackNow("bench", "to be measured");
        long ordered = System.nanoTime();
        if (!emergency.everywhere()) {
            throw new WrongAnswerException("The flag store is there, but did not get the goal: " + emergency.told());
        }
        Cluster.await(
                "the old path answers",
                () -> cluster.migrations().subList(0, reachable).stream()
                        .allMatch(migration -> migration.stageOf(0L) == Stage.SHADOW));
        return ended(down, prober, start, ordered);
    }

    private static Back ended(String down, Prober prober, long start, long ordered) {
        long back = System.nanoTime();
        Prober.goOn(AFTERWARDS); // for the first write afterwards
        return new Back(down, (ordered - start) / 1e6, (back - start) / 1e6, prober.seen(start, System.nanoTime()));
    }

    /** Operators go from node to node, twice; when the store is there again, the rollback is recorded in it. */
    private Back controlDatabase() throws SQLException {
        try (Cluster cluster = live("back_without_store");
                Prober prober = new Prober(cluster.migrations())) {
            Prober.goOn(effort.calm());
            server.kill(Server.Name.CONTROL);
            Back measured;
            try {
                Prober.goOn(effort.calm());
                long start = System.nanoTime();
                for (ServiceNode node : cluster.nodes()) {
                    Controller.Emergency emergency = node.controller().rollBackNow("bench", "to be measured");
                    if (emergency.everywhere() || node.migration().override().isEmpty()) {
                        throw new WrongAnswerException("The flag store is down, but: " + emergency.told());
                    }
                }
                long ordered = System.nanoTime();
                cluster.migrations()
                        .forEach(migration -> migration.overrideStage(Stage.SHADOW, "bench", "all are in SYNC"));
                measured = ended("the database of flags and fleet", prober, start, ordered);
            } finally {
                server.revive(Server.Name.CONTROL);
            }
            goOnByTheStore(cluster);
            return measured;
        }
    }

    private static void goOnByTheStore(Cluster cluster) {
        Cluster.await("the override is adopted", () -> {
            try {
                cluster.first().controller().adoptOverride("bench", "the store is there again");
                cluster.migrations().forEach(migration -> migration.endOverride());
                return true;
            } catch (RuntimeException e) { // not there yet, or a node has not reported yet that it is overridden
                return false;
            }
        });
        Cluster.await("all nodes route by the store", () -> cluster.isEverywhere(Stage.SHADOW));
    }
}
