package dev.turnout.flags.http.server;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.turnout.flags.http.server.LiveSamples.NodeSample;
import dev.turnout.flags.migration.MigrationSample;
import dev.turnout.flags.migration.MigrationSample.Calls;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/** Samples of several nodes as JSON: each, and summed. */
final class SampleViews {
    private SampleViews() {}

    static ObjectNode node(NodeSample node) {
        return sum(List.of(node)).put("node", node.node());
    }

    static ObjectNode sum(List<NodeSample> nodes) {
        ObjectNode view = Json.object();
        view.set(
                "oldPath",
                path(
                        nodes,
                        sample -> sample.oldPath().reads(),
                        sample -> sample.oldPath().writes()));
        view.set(
                "newPath",
                path(
                        nodes,
                        sample -> sample.newPath().reads(),
                        sample -> sample.newPath().writes()));
        view.set("gets", calls(nodes, MigrationSample::gets));
        view.set("puts", calls(nodes, MigrationSample::puts));
        return view.put("compared", total(nodes, MigrationSample::compared))
                .put("different", total(nodes, MigrationSample::different))
                .put("notCompared", total(nodes, MigrationSample::notCompared))
                .put("mirrorFailed", total(nodes, MigrationSample::mirrorFailed))
                .put("mirrorShed", total(nodes, MigrationSample::mirrorShed))
                .put("repaired", total(nodes, MigrationSample::repaired))
                .put("journalDepth", journalDepth(nodes));
    }

    private static ObjectNode path(
            List<NodeSample> nodes, Function<MigrationSample, Calls> reads, Function<MigrationSample, Calls> writes) {
        ObjectNode view = Json.object();
        view.set("reads", calls(nodes, reads));
        view.set("writes", calls(nodes, writes));
        return view;
    }

    /**
     * Calls of all nodes. Quantiles of several nodes cannot be added; the p50 is their mean, weighted by calls, and the p99 is that of the slowest
     * node, which is never below the true one.
     */
    private static ObjectNode calls(List<NodeSample> nodes, Function<MigrationSample, Calls> which) {
        double perSecond = 0;
        double failedPerSecond = 0;
        double p50Sum = 0;
        long count = 0;
        long p99 = 0;
        for (NodeSample node : nodes) {
            Calls calls = which.apply(node.sample());
            double seconds = Math.max(node.sample().interval().toNanos() / 1e9, 1e-3);
            perSecond += calls.count() / seconds;
            failedPerSecond += calls.failed() / seconds;
            p50Sum += (double) calls.p50Nanos() * calls.count();
            count += calls.count();
            p99 = Math.max(p99, calls.p99Nanos());
        }
        return Json.object()
                .put("perSecond", rounded(perSecond))
                .put("failedPerSecond", rounded(failedPerSecond))
                .put("p50Nanos", count == 0 ? 0 : Math.round(p50Sum / count))
                .put("p99Nanos", p99);
    }

    private static double rounded(double rate) {
        return Math.round(rate * 10) / 10.0;
    }

    private static long total(List<NodeSample> nodes, ToLongFunction<MigrationSample> what) {
        return nodes.stream().mapToLong(node -> what.applyAsLong(node.sample())).sum();
    }

    /** Nodes that share a journal see the same keys in it. */
    private static long journalDepth(List<NodeSample> nodes) {
        Map<String, Long> depths = new HashMap<>();
        nodes.forEach(node -> depths.merge(node.journal(), node.sample().journalDepth(), Math::max));
        return depths.values().stream().mapToLong(Long::longValue).sum();
    }
}
