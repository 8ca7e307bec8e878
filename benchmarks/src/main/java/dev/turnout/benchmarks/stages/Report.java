package dev.turnout.benchmarks.stages;

import static java.util.Objects.requireNonNull;

import dev.turnout.benchmarks.Budget;
import dev.turnout.benchmarks.Machine;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What was measured, for a reader.
 *
 * @param moves all of them, of each kind of paths
 * @param fenced the median of a write, in microseconds
 */
record Report(
        Effort effort,
        Map<Kind, Moves.All> moves,
        Fleets.DeadNode dead,
        Fleets.Many many,
        List<RollBacks.Back> backs,
        Map<Rows.Writing, Double> fenced) {
    private static final double MOST_PAUSE_MILLIS = 150;
    private static final double MOST_TO_CLOSE_MILLIS = 250;
    private static final double MORE_THAN_LEASE_MILLIS = 1_000;

    List<Budget> budgets() {
        List<Budget> budgets = new ArrayList<>();
        moves.forEach((kind, all) -> budgets.add(Budget.atMost(
                "stages/pause-" + kind.title().replace(",", "").replace(' ', '-'),
                all.worst(move -> move.during().gapOfNodeMillis()),
                MOST_PAUSE_MILLIS,
                "ms",
                String.format(
                        Locale.ROOT,
                        "of the users of one node; of all %s ms; without a move %s and %s ms",
                        number(all.worst(move -> move.during().gapMillis())),
                        number(all.worst(move -> move.before().gapOfNodeMillis())),
                        number(all.worst(move -> move.before().gapMillis()))))));
        budgets.add(Budget.atMost(
                "stages/dead-node",
                dead.tookMillis(),
                dead.leaseMillis() + MORE_THAN_LEASE_MILLIS,
                "ms",
                "its lease is " + dead.leaseMillis() + " ms"));
        budgets.add(Budget.atMost(
                "stages/fence-of-" + many.nodes() + "-nodes",
                many.worst(),
                MOST_TO_CLOSE_MILLIS,
                "ms",
                "the longest of " + many.closedMillis().size()));
        return budgets;
    }

    String markdown() {
        StringBuilder text = new StringBuilder();
        text.append("## stages\n\n")
                .append(Machine.hardware())
                .append("; ")
                .append(Machine.java())
                .append("; ")
                .append(LocalDate.now(ZoneOffset.UTC))
                .append(".\nThree nodes in one process, PostgreSQL without fsync on the same machine, 400 writes/s; ")
                .append(effort.name())
                .append(".\n\n");
        moves(text);
        fleets(text);
        backs(text);
        fences(text);
        return text.toString();
    }

    private void moves(StringBuilder text) {
        text.append(
                        "| paths | move | times | took ms, longest | longest gap ms: all users | users of one node | without a move | not acknowledged |\n")
                .append("|---|---|--:|--:|--:|--:|--:|--:|\n");
        moves.forEach((kind, all) -> all.byWay()
                .forEach((way, some) -> row(
                        text,
                        kind.title(),
                        way,
                        some.size(),
                        number(Moves.All.worst(some, Moves.Move::tookMillis)),
                        number(Moves.All.worst(some, move -> move.during().gapMillis())),
                        number(Moves.All.worst(some, move -> move.during().gapOfNodeMillis())),
                        number(Moves.All.worst(some, move -> move.before().gapOfNodeMillis())),
                        some.stream().mapToLong(move -> move.during().failed()).sum())));
        text.append('\n');
    }

    private void fleets(StringBuilder text) {
        text.append("| fleet | ms |\n|---|--:|\n");
        row(
                text,
                "`SHADOW` to `LIVE` with a dead node, whose lease is " + dead.leaseMillis() + " ms",
                number(dead.tookMillis()));
        row(
                text,
                "longest gap of the users of another node meanwhile",
                number(dead.seen().gapOfNodeMillis()));
        row(
                text,
                many.nodes()
                        + " nodes: from the last acknowledgement of `SYNC` until the next stage is used, longest of "
                        + many.closedMillis().size(),
                number(many.worst()));
        text.append('\n');
    }

    private void backs(StringBuilder text) {
        text.append(
                        "| `rollBackNow` from `LIVE`; what is down | ordered after ms | the old path alone answers after ms | longest gap ms, users of one node | not acknowledged |\n")
                .append("|---|--:|--:|--:|--:|\n");
        backs.forEach(back -> row(
                text,
                back.down(),
                number(back.orderMillis()),
                number(back.backMillis()),
                number(back.during().gapOfNodeMillis()),
                back.during().failed()));
        text.append('\n');
    }

    private void fences(StringBuilder text) {
        text.append("| a write in `LIVE`, each path writes by | us, median | times one statement |\n|---|--:|--:|\n");
        double one = requireNonNull(fenced.get(Rows.Writing.STATEMENT), "one statement");
        fenced.forEach((writing, micros) -> row(text, writing.title(), number(micros), number(micros / one)));
    }

    private static void row(StringBuilder text, Object... cells) {
        for (Object cell : cells) {
            text.append("| ").append(cell).append(' ');
        }
        text.append("|\n");
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, value < 100 ? "%.2f" : "%,.0f", value);
    }
}
