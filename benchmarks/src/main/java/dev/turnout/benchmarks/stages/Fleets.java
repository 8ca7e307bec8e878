package dev.turnout.benchmarks.stages;

import static java.util.Objects.requireNonNull;

import com.zaxxer.hikari.HikariDataSource;
import dev.turnout.flags.jdbc.JdbcFleetStore;
import dev.turnout.flags.migration.Migration;
import dev.turnout.flags.spi.FleetStore;
import dev.turnout.flags.spi.Member;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.store.FlagStore;
import dev.turnout.flags.store.Snapshot;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.DoubleStream;

/** What a move takes where one node is dead, and where there are many. */
final class Fleets {
    /**
     * A move past a node that died just before.
     *
     * @param leaseMillis of the dead node
     * @param tookMillis from the order, or the node's last report, until the other nodes have acknowledged the move
     * @param seen what users of the other nodes saw
     */
    record DeadNode(long leaseMillis, double tookMillis, Prober.Seen seen) {}

    /**
     * Crossings of many nodes.
     *
     * @param nodes how many
     * @param closedMillis from the last acknowledgement of SYNC until the next stage is in use, for each crossing
     */
    record Many(int nodes, List<Double> closedMillis) {
        double worst() {
            return DoubleStream.concat(DoubleStream.of(0), closedMillis.stream().mapToDouble(Double::doubleValue))
                    .max()
                    .orElseThrow();
        }
    }

    private static final int NODES = 3;
    private static final int MANY = 100;
    private static final Duration LONG_LEASE = Duration.ofMinutes(5);

    private Fleets() {}

    static DeadNode deadNode(Server server, Effort effort) throws SQLException {
        Duration lease = effort.lease();
        try (Cluster cluster = new Cluster(
                        server, "dead_node", NODES, Stage.OFF, Kind.VERSIONED, Rows.Writing.STATEMENT, lease);
                HikariDataSource control = server.control(0, 1)) {
            cluster.fill();
            try (Prober prober = new Prober(cluster.migrations())) {
                Prober.goOn(effort.calm());
                FleetStore.Membership dead = join(cluster, JdbcFleetStore.in(control), "dead", lease);
                long start = System.nanoTime();
                report(dead, cluster, version(cluster)); // and then no more
                cluster.moveTo(Stage.LIVE);
                long arrived = System.nanoTime();
                return new DeadNode(lease.toMillis(), (arrived - start) / 1e6, prober.seen(start, arrived));
            }
        }
    }

    private static FleetStore.Membership join(Cluster cluster, FleetStore fleet, String node, Duration lease) {
        return fleet.join(
                cluster.name(),
                new Member.Registration(
                        node, node, cluster.first().migration().journal().id(), "", lease));
    }

    private static void report(FleetStore.Membership member, Cluster cluster, long version) {
        member.report(new Member.Report(
                cluster.first().flags().state().revision(), stateOf(cluster).id(), version, null));
    }

    private static long version(Cluster cluster) {
        return stateOf(cluster).version();
    }

    private static MigrationState stateOf(Cluster cluster) {
        return stateOf(cluster, cluster.first().flags().state());
    }

    private static MigrationState stateOf(Cluster cluster, Snapshot snapshot) {
        return requireNonNull(snapshot.document().migrations().get(cluster.name()), cluster.name());
    }

    /** The real nodes also close the fences of both paths, before keys switch sides. */
    static Many many(Server server, Effort effort) throws SQLException {
        try (Cluster cluster =
                        new Cluster(server, "many", NODES, Stage.OFF, Kind.VERSIONED, Rows.Writing.FENCED, LONG_LEASE);
                HikariDataSource control = server.control(0, 1)) {
            cluster.fill();
            JdbcFleetStore fleet = JdbcFleetStore.in(control);
            List<FleetStore.Membership> others = new ArrayList<>();
            for (int number = NODES; number < MANY; number++) {
                FleetStore.Membership other = join(cluster, fleet, "other-" + number, LONG_LEASE);
                report(other, cluster, version(cluster));
                others.add(other);
            }
            List<Double> closed = new ArrayList<>();
            try (Prober prober = new Prober(cluster.migrations())) {
                for (int round = 0; round < effort.rounds(); round++) {
                    closed.add(cross(cluster, others, Stage.LIVE));
                    closed.add(cross(cluster, others, Stage.SHADOW));
                }
            }
            return new Many(MANY, closed);
        }
    }

    /** One after the other acknowledges SYNC, as their reports arrive; the last one when all other nodes have. */
    private static double cross(Cluster cluster, List<FleetStore.Membership> others, Stage next) {
        Map<Long, Long> usedSince = new ConcurrentHashMap<>();
        Migration<Long, String> migration = cluster.first().migration();
        try (FlagStore.Subscription used = migration
                .node()
                .onSnapshot(snapshot ->
                        usedSince.putIfAbsent(stateOf(cluster, snapshot).version(), System.nanoTime()))) {
            var arrival = cluster.order(next);
            Cluster.await(
                    "all keys are in SYNC",
                    () -> stateOf(cluster).position().at(0).stage() == Stage.SYNC);
            long sync = version(cluster);
            others.subList(1, others.size()).forEach(other -> report(other, cluster, sync));
            Cluster.await("all but one have acknowledged SYNC", () -> acknowledged(migration, sync) == MANY - 1);
            report(others.get(0), cluster, sync);
            long last = System.nanoTime();
            Cluster.await("the keys have switched sides", () -> usedSince.containsKey(sync + 1));
            others.forEach(other -> report(other, cluster, sync + 1));
            cluster.arrive(arrival, next);
            return (requireNonNull(usedSince.get(sync + 1), "switched sides") - last) / 1e6;
        }
    }

    private static long acknowledged(Migration<Long, String> migration, long version) {
        return migration.members().stream()
                .map(Member::acknowledged)
                .filter(acknowledged -> acknowledged >= version)
                .count();
    }
}
