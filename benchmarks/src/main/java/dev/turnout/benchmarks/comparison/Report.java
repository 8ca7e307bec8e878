package dev.turnout.benchmarks.comparison;

import dev.turnout.benchmarks.Budget;
import dev.turnout.benchmarks.Machine;
import dev.turnout.benchmarks.comparison.Latencies.Measured;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The results, for a reader. */
record Report(
        Effort effort,
        Map<Contender, Verdict> verdicts,
        Map<Contender, Latencies> inShadow,
        Map<Contender, Latencies> inLive) {

    List<Budget> budgets() {
        List<Budget> budgets = new ArrayList<>();
        verdicts.forEach((contender, verdict) -> {
            if (contender.isOurs()) {
                String name = "comparison/" + contender.key() + "-";
                budgets.add(none(name + "lost", verdict.lost()));
                budgets.add(none(name + "stale", verdict.stale()));
                budgets.add(none(name + "not-linearizable", verdict.notLinearizable()));
                budgets.add(none(name + "different", verdict.different()));
            }
        });
        return budgets;
    }

    private static Budget none(String name, long measured) {
        return Budget.atMost(name, (double) measured, 0, "", "");
    }

    String markdown() {
        StringBuilder text = new StringBuilder();
        text.append("## comparison\n\n")
                .append(Machine.hardware())
                .append("; ")
                .append(Machine.java())
                .append("; ")
                .append(LocalDate.now(ZoneOffset.UTC))
                .append(".\nSeeds ")
                .append(effort.seeds().stream().map(String::valueOf).collect(Collectors.joining(", ")))
                .append("; ")
                .append(Router.NODES)
                .append(" nodes, ")
                .append(Walk.CLIENTS)
                .append(" users, ")
                .append(Walk.KEYS)
                .append(" keys; ")
                .append(effort.name())
                .append(".\n\n");
        verdicts(text);
        latencies(text, "`SHADOW`: a call, ms", inShadow);
        latencies(text, "`LIVE`: a call, ms", inLive);
        return text.toString();
    }

    private void verdicts(StringBuilder text) {
        text.append(
                        "| contender | writes acknowledged | of them lost | reads | stale | keys not linearizable | keys different when quiet | writes failed, % | reads failed, % |\n")
                .append("|---|--:|--:|--:|--:|--:|--:|--:|--:|\n");
        verdicts.forEach((contender, verdict) -> row(
                text,
                contender.title(),
                count(verdict.acknowledged()),
                count(verdict.lost()),
                count(verdict.reads()),
                count(verdict.stale()),
                count(verdict.notLinearizable()),
                count(verdict.different()),
                percent(verdict.failedWrites(), verdict.acknowledged()),
                percent(verdict.failedReads(), verdict.reads())));
        text.append('\n');
    }

    private static void latencies(StringBuilder text, String heading, Map<Contender, Latencies> all) {
        text.append("| ")
                .append(heading)
                .append(
                        " | write, p50 | p99 | read, p50 | p99 | mirror hangs: write, p50 | p99 | read, p50 | p99 | writes acknowledged, % |\n")
                .append("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n");
        all.forEach((contender, latencies) -> {
            Measured calm = latencies.calm();
            Measured hanging = latencies.hanging();
            row(
                    text,
                    contender.title(),
                    millis(calm.writeMedian()),
                    millis(calm.writeP99()),
                    millis(calm.readMedian()),
                    millis(calm.readP99()),
                    millis(hanging.writeMedian()),
                    millis(hanging.writeP99()),
                    millis(hanging.readMedian()),
                    millis(hanging.readP99()),
                    percent(hanging.acknowledged()));
        });
        text.append('\n');
    }

    private static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    private static String millis(double millis) {
        return String.format(Locale.ROOT, "%,.0f", millis);
    }

    private static String percent(long some, long others) {
        return percent((double) some / (some + others));
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.1f", 100 * share);
    }

    private static void row(StringBuilder text, String... cells) {
        text.append("| ").append(String.join(" | ", cells)).append(" |\n");
    }
}
