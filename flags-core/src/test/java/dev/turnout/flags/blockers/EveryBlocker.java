package dev.turnout.flags.blockers;

import dev.turnout.flags.stage.Blocker;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.stage.StateId;
import dev.turnout.flags.stage.SweepScope;
import java.time.Duration;
import java.util.List;

/** A blocker of each kind, for tests of what shows them. */
public final class EveryBlocker {
    private EveryBlocker() {}

    /** In the order in which {@link Blocker} declares them. */
    public static List<Blocker> all() {
        return List.of(
                new Blocker.NoNodes(),
                new Blocker.NodesBehind(
                        5, List.of(new Blocker.NodesBehind.Lagging("a", 4), new Blocker.NodesBehind.Lagging("b", 0))),
                new Blocker.NodesUnaware(List.of("a", "b")),
                new Blocker.RevisionUnread(12, List.of("a", "b")),
                new Blocker.PositionLost(
                        StateId.NONE,
                        List.of(new Blocker.PositionLost.Routing("a", new StateId("entry", 9, "0123abcd")))),
                new Blocker.NodeOverridden("a", Stage.SYNC, true),
                new Blocker.NodeNotFenced("a", "the database is down"),
                new Blocker.KeyTextsDiffer(List.of(
                        new Blocker.KeyTextsDiffer.Nodes("'7'", List.of("a", "b")),
                        new Blocker.KeyTextsDiffer.Nodes("'a7'", List.of("c")))),
                new Blocker.JournalsDiffer(List.of(
                        new Blocker.JournalsDiffer.Recording("a", "x"),
                        new Blocker.JournalsDiffer.Recording("b", "y"))),
                new Blocker.SweepMissing(SweepScope.EVERYTHING),
                new Blocker.SweepRunning(3, 20),
                new Blocker.KeyQuarantined("7", "no such column"),
                new Blocker.KeysToRepair(10_000, true, 1_000),
                new Blocker.RepairTooSlow(150, 140, 100),
                new Blocker.PathsUnhealthy(
                        List.of(new Blocker.PathsUnhealthy.Report("a", "reads of the new path hang"))),
                new Blocker.CrossingTimedOut(Duration.ofSeconds(5), Duration.ofSeconds(10)),
                new Blocker.NotVerified(),
                new Blocker.VerifiedBeforeStage(4, Stage.SHADOW, 5),
                new Blocker.VerificationTooOld(Duration.ofHours(1), Duration.ofMinutes(10)),
                new Blocker.Paused(),
                new Blocker.Custom("the shops are full before Christmas"),
                new Blocker.CheckFailed("java.lang.IllegalStateException: the calendar is gone"),
                new Blocker.StepFailed("the journal is down"),
                new Blocker.SyncSkipped(Stage.SHADOW, Stage.LIVE),
                new Blocker.StillMoving(Goal.of(Stage.LIVE)),
                new Blocker.LastStage(),
                new Blocker.ChangedMeanwhile(),
                new Blocker.ControllerNeeded(),
                new Blocker.IllegalEdit(Blocker.IllegalEdit.Rule.NEXT_VERSION, 5, 8),
                new Blocker.NotRemovable("orders", "SHADOW"));
    }
}
