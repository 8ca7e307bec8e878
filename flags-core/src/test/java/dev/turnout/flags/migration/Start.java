package dev.turnout.flags.migration;

import dev.turnout.flags.document.FlagDocument;
import dev.turnout.flags.rule.Bucketing;
import dev.turnout.flags.rule.Cohort;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.OldPathState;
import dev.turnout.flags.stage.Position;
import dev.turnout.flags.stage.Position.Range;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Slice;
import dev.turnout.flags.stage.Stage;
import java.util.List;
import java.util.Map;

/** The flag store's state at the beginning. */
final class Start {
    private Start() {}

    static FlagDocument document(Scope scope) {
        Map<String, Slice> cohorts = scope.cohort == null ? Map.of() : Map.of(World.COHORT, slice(scope, scope.cohort));
        Position position = new Position(cohorts, List.of(new Range(Bucketing.PARTS, slice(scope, scope.start))));
        MigrationState state =
                new MigrationState(World.NAME, 1, new Bucketing(World.NAME), position, scope.goals.get(0));
        return new FlagDocument(
                Map.of(World.COHORT, Cohort.of(World.COHORT, String.valueOf(World.KEY))),
                Map.of(),
                Map.of(World.NAME, state));
    }

    private static Slice slice(Scope scope, Stage stage) {
        boolean swept = stage.isDual() && (scope.copied || scope.removed.contains(Rule.FULL_SWEEP));
        OldPathState old = stage == Stage.RAMP_DOWN ? OldPathState.LAGGING : OldPathState.IN_SYNC;
        return new Slice(
                stage,
                1,
                stage.isDual() ? 1 : 0,
                stage.side() == Side.BOTH ? Side.OLD : stage.side(),
                swept ? Records.ID : "",
                stage == Stage.COMPLETE ? OldPathState.ABANDONED : old);
    }
}
