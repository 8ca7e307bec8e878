package dev.turnout.flags.jdbc.soak;

import dev.turnout.flags.stage.Stage;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a run has shown.
 *
 * @param keys that are stored in the end
 * @param different keys that the two databases don't have alike in the end
 * @param goals that were reached
 * @param goalsGivenUp that were replaced by others, because they were not reached in time
 * @param versions of the position that were published, each a move of some keys
 * @param failedStarts processes that could not begin, as a database was out of reach
 * @param last where all keys were when the databases were compared
 */
record SoakResult(
        SoakSettings settings,
        Duration traffic,
        Verdict verdict,
        long keys,
        long different,
        int goals,
        int goalsGivenUp,
        long versions,
        Map<Fault, Integer> faults,
        long failedStarts,
        Stage last,
        List<String> samples) {
    boolean isClean() {
        return verdict.isClean() && different == 0;
    }

    /** To be put into a document. */
    String table() {
        StringBuilder table = new StringBuilder("| what | count |\n|---|---|\n");
        row(table, "minutes of traffic", traffic.toSeconds() / 60.0);
        row(table, "operations recorded", verdict.operations());
        row(table, "reads answered", verdict.reads());
        row(table, "writes acknowledged", verdict.acknowledged());
        row(table, "writes of unknown outcome", verdict.unknown());
        row(table, "keys", keys);
        row(table, "goals reached (given up: " + goalsGivenUp + ")", goals);
        row(table, "stage moves published", versions);
        faults.forEach((fault, count) -> row(table, "fault: " + fault.what(), count));
        row(table, "nodes that could not start at once", failedStarts);
        row(table, "updates that overlapped another one", verdict.overlapping());
        row(table, "of those, with their nodes on one side of the crossing", verdict.unexplained());
        row(table, "**lost** acknowledged writes", verdict.lost());
        row(table, "**stale** reads", verdict.stale());
        row(table, "keys that are **different** in the two databases", different);
        row(table, "keys whose history is **not linearizable**", verdict.notLinearizable());
        return table
                + "\nSeed " + settings.seed() + ", " + settings.nodes() + " nodes, " + settings.mode()
                + " left out, " + (settings.fenced() ? "with" : "without") + " fences in the stores, compared in "
                + last + ", PostgreSQL without fsync, "
                + Runtime.getRuntime().availableProcessors() + " processors, Java "
                + Runtime.version().feature() + ".\n";
    }

    private static void row(StringBuilder table, String what, Object count) {
        String number = count instanceof Double minutes
                ? String.format(Locale.ROOT, "%.1f", minutes)
                : String.format(Locale.ROOT, "%,d", ((Number) count).longValue());
        table.append("| ").append(what).append(" | ").append(number).append(" |\n");
    }
}
