package dev.turnout.benchmarks.stages;

import dev.turnout.benchmarks.Budget;
import dev.turnout.benchmarks.Settings;
import dev.turnout.benchmarks.WrongAnswerException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.sql.SQLException;
import java.util.EnumMap;
import java.util.Map;

/** Moves a migration of three nodes between two databases to and fro while users write, breaks things, and prints what they noticed. */
public final class Stages {
    private static final int NODES = 3;

    private Stages() {}

    /**
     * Runs for some minutes, or for at most one.
     *
     * @return the exit code of the process
     */
    public static int run(Settings settings, PrintStream out) throws IOException {
        Effort effort = settings.quick() ? Effort.QUICK : Effort.FULL;
        Report report;
        try (Server server = new Server(NODES)) {
            report = measure(server, effort, out);
        } catch (SQLException | WrongAnswerException e) {
            System.err.println("failed: " + e);
            return 1;
        }
        out.println();
        out.println(report.markdown());
        report.budgets().stream().map(Budget::line).forEach(out::println);
        Files.createDirectories(settings.reports());
        Files.writeString(settings.reports().resolve("stages.md"), report.markdown());
        return 0;
    }

    private static Report measure(Server server, Effort effort, PrintStream out) throws SQLException {
        Map<Kind, Moves.All> moves = new EnumMap<>(Kind.class);
        for (Kind kind : Kind.values()) {
            out.println("moves " + kind.title() + " ...");
            moves.put(kind, Moves.measure(server, kind, effort));
        }
        out.println("a dead node ...");
        Fleets.DeadNode dead = Fleets.deadNode(server, effort);
        out.println("many nodes ...");
        Fleets.Many many = Fleets.many(server, effort);
        out.println("rollback ...");
        var backs = RollBacks.measure(server, effort);
        out.println("fences ...");
        return new Report(effort, moves, dead, many, backs, FenceCost.measure(server, effort));
    }
}
