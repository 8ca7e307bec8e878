package dev.turnout.flags.jdbc.soak;

import dev.turnout.flags.stage.Stage;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a run has shown.
 *
 * @param judgement of what was recorded
 * @param keys that are stored in the end
 * @param different keys that the two databases do not have alike in the end
 * @param excused keys that they do not have alike, but that were written in a failover
 * @param goals that were reached
 * @param goalsGivenUp that were replaced by others, because they were not reached in time
 * @param versions of the position that were published, each a move of some keys
 * @param adopted overrides by operators that were stored in the flag store
 * @param failovers how nodes continued after failovers of the flag store
 * @param restarts of all nodes, as nothing else helped after a failover
 * @param failedStarts processes that could not begin, as a database was out of reach
 * @param last where all keys were when the databases were compared
 */
record SoakResult(
        SoakSettings settings,
        Duration traffic,
        Judgement judgement,
        long keys,
        long different,
        long excused,
        int goals,
        int goalsGivenUp,
        long versions,
        Map<Fault, Integer> faults,
        int adopted,
        Map<Failovers.End, Integer> failovers,
        int restarts,
        long failedStarts,
        Stage last,
        List<String> samples) {
    boolean isClean() {
        return verdict().isClean() && different == 0 && failovers.getOrDefault(Failovers.End.SPLIT, 0) == 0;
    }

    Verdict verdict() {
        return judgement.verdict();
    }

    /** To be put into a document. */
    String table() {
        StringBuilder table = new StringBuilder("| what | count |\n|---|---|\n");
        row(table, "minutes of traffic", traffic.toSeconds() / 60.0);
        Verdict verdict = verdict();
        row(table, "operations recorded", judgement.recorded());
        if (!judgement.keysOfWindows().isEmpty()) {
            row(table, "of those, judged in full, and counted next", verdict.operations());
        }
        row(table, "reads answered", verdict.reads());
        row(table, "writes acknowledged", verdict.acknowledged());
        row(table, "writes of unknown outcome", verdict.unknown());
        row(table, "keys", keys);
        row(table, "goals reached (abandoned: " + goalsGivenUp + ")", goals);
        row(table, "stage moves published", versions);
        faults.forEach((fault, count) -> row(table, "fault: " + fault.what(), count));
        row(table, "nodes that could not start at once", failedStarts);
        if (settings.faults().contains(Fault.OVERRIDDEN)) {
            row(table, "overrides with SHADOW that were adopted", adopted);
        }
        if (settings.faults().contains(Fault.FAILOVER)) {
            failoverRows(table);
        }
        row(table, "updates that overlapped another one", verdict.overlapping());
        row(table, "of those, with their nodes on one side of the crossing", verdict.unexplained());
        row(table, "**lost** acknowledged writes", verdict.lost());
        row(table, "**stale** reads", verdict.stale());
        row(table, "keys that are **different** in the two databases", different);
        row(table, "keys whose history is **not linearizable**", verdict.notLinearizable());
        return table
                + "\nSeed " + settings.seed() + ", " + settings.nodes() + " nodes, " + settings.paths() + " paths, "
                + settings.mode()
                + " left out, " + (settings.fenced() ? "with" : "without") + " fences in the stores, compared in "
                + last + ", PostgreSQL without fsync, "
                + Runtime.getRuntime().availableProcessors() + " processors, Java "
                + Runtime.version().feature() + ".\n";
    }

    private void failoverRows(StringBuilder table) {
        for (Failovers.End end : Failovers.End.values()) {
            row(table, "failovers after which nodes " + end.what(), failovers.getOrDefault(end, 0));
        }
        row(table, "failovers after which all nodes were started again", restarts);
        Verdict later = judgement.later();
        row(
                table,
                "keys written in a failover, judged up to it",
                judgement.keysOfWindows().size());
        row(table, "judged apart, after it: lost", later.lost());
        row(table, "judged apart, after it: stale", later.stale());
        row(table, "judged apart, after it: keys not linearizable", later.notLinearizable());
        row(table, "judged apart: keys different in the end", excused);
    }

    private static void row(StringBuilder table, String what, Object count) {
        String number = count instanceof Double minutes
                ? String.format(Locale.ROOT, "%.1f", minutes)
                : String.format(Locale.ROOT, "%,d", ((Number) count).longValue());
        table.append("| ").append(what).append(" | ").append(number).append(" |\n");
    }
}
