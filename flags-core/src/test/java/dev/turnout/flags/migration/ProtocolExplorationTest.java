package dev.turnout.flags.migration;

import static dev.turnout.flags.stage.Stage.COMPLETE;
import static dev.turnout.flags.stage.Stage.DUAL_WRITE;
import static dev.turnout.flags.stage.Stage.LIVE;
import static dev.turnout.flags.stage.Stage.OFF;
import static dev.turnout.flags.stage.Stage.RAMP_DOWN;
import static dev.turnout.flags.stage.Stage.SHADOW;
import static dev.turnout.flags.stage.Stage.SYNC;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.parallel.ExecutionMode.CONCURRENT;

import dev.turnout.flags.migration.Scope.Accident;
import dev.turnout.flags.migration.Scope.Kind;
import dev.turnout.flags.migration.Scope.Recorded;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.Stage;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The production code of routing, fleet, journal, repair and controller, in every order of events that a small world has. */
@Tag("exploration")
class ProtocolExplorationTest {
    private static final Report WORLDS =
            new Report("worlds", "| world | states | schedules | time |", "|---|--:|--:|--:|");
    private static final Report SEARCHES = new Report("searches", "| world | schedules | time |", "|---|--:|--:|");

    private static final Report UNSEEN = new Report("unseen");

    @AfterAll
    static void says_what_no_world_has_called() {
        UNSEEN.say(List.copyOf(Called.unseen()));
    }

    private static Scope world(Stage... stages) {
        return new Scope(stages);
    }

    static Stream<Scope> small() {
        return Stream.of(
                world(SYNC).put(0).put(1),
                world(SHADOW).put(0).put(1).faults(1),
                world(SHADOW, LIVE).put(0).read(1),
                world(LIVE, SHADOW).delete(0).read(1),
                world(OFF, COMPLETE).put(1),
                world(SYNC).update(0).update(1),
                world(SHADOW).update(0).put(1),
                world(LIVE).update(0).delete(1),
                world(SYNC).put(0).update(1),
                world(SHADOW).absent().insert(0).insert(1),
                world(SYNC).absent().insert(0).insert(1),
                world(LIVE).absent().insert(0).insert(1),
                world(LIVE).insert(0).delete(1),
                world(SHADOW).put(0).with(Kind.GET_ALL, 1),
                world(SYNC).put(0).with(Kind.GET_ALL, 1),
                world(LIVE).plain().put(0).with(Kind.GET_ALL, 1),
                world(SHADOW).plain().put(0).put(1).faults(1),
                world(LIVE).plain().put(0).put(1),
                world(SHADOW, LIVE).plain().put(1));
    }

    /** Each has something that the others have not; drawn by chance, as all orders of it would take too long for every build. */
    static Stream<Scope> wide() {
        Goal cohortStays = Goal.of(LIVE).with(World.COHORT, SHADOW);
        return Stream.of(
                world(SHADOW).goal(cohortStays).put(1).put(0).ofOther().faults(1),
                world(SHADOW)
                        .goal(Goal.of(LIVE, World.SHARE))
                        .put(1)
                        .ofOther()
                        .put(0)
                        .faults(1),
                world(SHADOW)
                        .goal(Goal.of(LIVE, World.SHARE))
                        .goal(Goal.of(LIVE))
                        .hasty()
                        .put(1)
                        .ofOther()
                        .faults(1),
                world(SHADOW).plain().goal(cohortStays).put(1).put(0).ofOther().faults(1),
                world(SHADOW, LIVE).put(0).with(Kind.ASK, 1).faults(1),
                world(SHADOW, LIVE).plain().put(0).with(Kind.ASK, 1),
                world(SHADOW, LIVE).put(0).with(Kind.READ_ALL, 1).faults(1),
                world(SHADOW, LIVE).put(0).with(Kind.GET_ALL, 1).faults(1),
                world(SHADOW)
                        .goal(Goal.of(LIVE, World.SHARE))
                        .put(0)
                        .with(Kind.GET_ALL, 1)
                        .faults(1),
                world(RAMP_DOWN, SHADOW).plain().put(0).with(Kind.GET_ALL, 1).lapses(1),
                world(SHADOW, LIVE).absent().insert(0).insert(1).faults(1),
                world(LIVE, SHADOW).insert(0).delete(1).faults(1).crashes(1),
                world(RAMP_DOWN, SHADOW).absent().insert(0).read(1).lapses(1),
                world(OFF, COMPLETE).absent().insert(1).faults(1).lapses(1),
                world(SHADOW, LIVE).plain().put(0).with(Kind.READ_ALL, 1),
                world(SHADOW, LIVE).records(Recorded.TABLE).put(1).faults(1).journalFaults(2),
                world(SHADOW, LIVE)
                        .plain()
                        .records(Recorded.TABLE)
                        .put(1)
                        .faults(1)
                        .journalFaults(1),
                world(SHADOW, LIVE)
                        .records(Recorded.TABLE_ON_FAILURE)
                        .put(1)
                        .faults(1)
                        .journalFaults(1)
                        .crashes(1),
                world(SHADOW, LIVE)
                        .plain()
                        .records(Recorded.TABLE_ON_FAILURE)
                        .put(1)
                        .faults(1)
                        .crashes(1),
                world(SHADOW, LIVE).put(1).faults(1).storeFaults(2),
                world(SHADOW, LIVE).put(1).faults(1).pauses(1),
                world(SHADOW, LIVE).plain().put(1).pauses(1),
                world(SHADOW, LIVE).put(1).with(Kind.CLOSE, 1).faults(1),
                world(SHADOW, LIVE).plain().put(1).with(Kind.CLOSE, 1).faults(1),
                world(SHADOW, LIVE).put(0).read(2).starts(1).faults(1),
                world(SHADOW, LIVE).plain().put(2).starts(1).faults(1),
                world(LIVE).overrides().put(1).read(0),
                world(LIVE, SHADOW).put(1).errors(1),
                world(SHADOW, LIVE).plain().put(1).errors(1),
                world(LIVE, SHADOW).with(Kind.FAILING_UPDATE, 1).put(0),
                world(LIVE, SHADOW).plain().with(Kind.FAILING_UPDATE, 1),
                world(SHADOW, LIVE).with(Kind.UPDATE_AROUND_PUT, 1),
                world(SHADOW, LIVE).plain().update(1).read(0).faults(1),
                world(LIVE, SHADOW).plain().update(1).faults(1).lapses(1),
                world(SHADOW, LIVE).update(1).faults(1).lapses(1).crashes(1),
                world(SHADOW, RAMP_DOWN).put(0).put(1).lapses(1).drifts(),
                world(SHADOW, RAMP_DOWN).plain().put(0).put(1).lapses(1).drifts(),
                world(SHADOW, RAMP_DOWN).put(0).put(1).lapses(1).fences(),
                world(OFF, LIVE).put(1).lapses(1).fences(),
                world(RAMP_DOWN, SHADOW)
                        .plain()
                        .put(0)
                        .put(1)
                        .lapses(1)
                        .fences()
                        .storeFaults(1),
                world(OFF, LIVE)
                        .plain()
                        .nothingCopied()
                        .with(Kind.OLD_BUILD_PUT, 0)
                        .oldBuild("old"),
                world(SHADOW, COMPLETE)
                        .plain()
                        .records(Recorded.TABLE)
                        .dirty()
                        .put(1)
                        .controllers(2)
                        .claimEnds(1),
                world(SHADOW, LIVE).put(0).read(1).accident(Accident.LOSES_LAST_CHANGE),
                world(SHADOW, COMPLETE).put(1).read(0).accident(Accident.SET_BACK),
                world(RAMP_DOWN, SHADOW).put(0).put(1).accident(Accident.SET_BACK),
                world(SHADOW, LIVE, SHADOW).hasty().controllers(2).put(1).put(0).accident(Accident.LOSES_LAST_CHANGE),
                world(SHADOW, LIVE).plain().put(0).put(1).accident(Accident.LOSES_LAST_CHANGE),
                world(SHADOW, COMPLETE).plain().put(0).read(1).accident(Accident.SET_BACK),
                world(LIVE, SHADOW).plain().put(1).faults(1).accident(Accident.SET_BACK));
    }

    static Stream<Scope> large() {
        return Stream.of(
                world(SHADOW, LIVE).put(0).put(1),
                world(LIVE, SHADOW).put(0).put(1),
                world(RAMP_DOWN, SHADOW).put(0).put(1),
                world(SHADOW, LIVE).put(0).read(1).faults(1),
                world(LIVE, SHADOW).put(0).read(1).faults(1),
                world(RAMP_DOWN, SHADOW).put(0).read(1).faults(1),
                world(DUAL_WRITE, LIVE).nothingCopied().put(1).delete(0),
                world(SHADOW, LIVE).put(1).read(0).crashes(1),
                world(SHADOW, RAMP_DOWN).put(1).lapses(1),
                world(RAMP_DOWN, SHADOW).put(1).lapses(1),
                world(SHADOW, LIVE).put(1).lapses(1).outOfTime(),
                world(SHADOW, LIVE).put(1).put(0).lateEffects(1).outOfTime(),
                world(SHADOW, LIVE).update(0).update(1),
                world(LIVE, SHADOW).update(0).update(1),
                world(SHADOW, LIVE).plain().put(0).read(1),
                world(SHADOW, LIVE).update(0).put(1),
                world(SHADOW).update(0).update(1).put(1).faults(1),
                world(LIVE, SHADOW).put(0).update(1),
                world(SHADOW, LIVE).update(1).faults(1),
                world(RAMP_DOWN, SHADOW).update(0).read(1),
                world(LIVE, SHADOW).plain().put(1).read(0),
                world(SHADOW, LIVE).plain().put(1).faults(1),
                world(RAMP_DOWN, SHADOW).plain().put(1).faults(1),
                world(SHADOW, COMPLETE).plain().put(1).crashes(1),
                world(SHADOW, LIVE).plain().put(1).lapses(1),
                world(SHADOW, LIVE).plain().put(0).put(1),
                world(LIVE, SHADOW).plain().put(0).put(1),
                world(RAMP_DOWN, SHADOW).plain().put(0).delete(1),
                world(SHADOW, LIVE).plain().put(0).read(1).faults(1),
                world(LIVE, SHADOW).plain().put(1).read(0).faults(1),
                world(SHADOW, LIVE).plain().put(0).put(1).faults(1),
                world(OFF, LIVE).plain().nothingCopied().put(1).delete(0),
                world(RAMP_DOWN, SHADOW).plain().put(1).lapses(1),
                world(SHADOW, LIVE).plain().dirty().put(0).put(1).repairs(2),
                world(SHADOW, RAMP_DOWN).plain().put(1).controllers(2),
                world(SHADOW, COMPLETE).plain().put(0).put(1).crashes(1));
    }

    static Stream<Scope> huge() {
        return Stream.of(
                world(SHADOW, LIVE, SHADOW)
                        .put(0)
                        .put(1)
                        .read(0)
                        .read(1)
                        .faults(1)
                        .crashes(1),
                world(OFF, COMPLETE, OFF)
                        .nothingCopied()
                        .put(0)
                        .delete(1)
                        .put(1)
                        .read(1)
                        .faults(2),
                world(SHADOW, RAMP_DOWN, SHADOW, LIVE)
                        .put(0)
                        .put(1)
                        .read(1)
                        .faults(1)
                        .lapses(1)
                        .hasty(),
                world(SHADOW, LIVE, SHADOW, LIVE)
                        .put(0)
                        .update(1)
                        .read(1)
                        .faults(1)
                        .repairs(2)
                        .controllers(2)
                        .hasty(),
                world(SHADOW, LIVE, SHADOW)
                        .nodes(3)
                        .put(0)
                        .put(2)
                        .read(1)
                        .read(2)
                        .faults(1)
                        .lapses(1),
                world(SHADOW, RAMP_DOWN, SHADOW)
                        .put(0)
                        .put(1)
                        .read(1)
                        .lapses(1)
                        .lateEffects(1)
                        .outOfTime(),
                world(SHADOW, LIVE, SHADOW)
                        .plain()
                        .put(0)
                        .put(1)
                        .read(0)
                        .read(1)
                        .faults(1)
                        .crashes(1),
                world(OFF, COMPLETE, OFF)
                        .plain()
                        .nothingCopied()
                        .put(0)
                        .delete(1)
                        .read(1)
                        .faults(1)
                        .lapses(1),
                world(SHADOW, RAMP_DOWN, LIVE, SHADOW)
                        .plain()
                        .put(0)
                        .put(1)
                        .read(1)
                        .faults(2)
                        .repairs(2)
                        .hasty(),
                world(SHADOW, RAMP_DOWN).plain().put(0).put(1).controllers(2),
                world(SHADOW, LIVE, SHADOW, RAMP_DOWN)
                        .plain()
                        .put(0)
                        .put(1)
                        .read(1)
                        .faults(1)
                        .controllers(2)
                        .hasty(),
                world(SHADOW, COMPLETE).plain().put(0).put(1).read(0).crashes(1));
    }

    @ParameterizedTest
    @MethodSource("small")
    void nothing_goes_wrong_in_any_order_of_events(Scope scope) {
        assertClean(Explorer.all(scope));
    }

    @ParameterizedTest
    @MethodSource("wide")
    void nothing_goes_wrong_in_worlds_that_differ_in_kind(Scope scope) {
        assertClean(Explorer.random(scope, 1, 60));
    }

    @ParameterizedTest
    @Execution(CONCURRENT)
    @MethodSource("wide")
    @Tag("long")
    void nothing_goes_wrong_in_more_orders_of_worlds_that_differ_in_kind(Scope scope) {
        assertClean(Explorer.upTo(scope, 500 * Explorer.TIMES));
        assertClean(Explorer.random(scope, 2, 250 * Explorer.TIMES));
    }

    @ParameterizedTest
    @Execution(CONCURRENT)
    @MethodSource("large")
    @Tag("long")
    void nothing_goes_wrong_in_any_order_of_more_events(Scope scope) {
        assertClean(Explorer.upTo(scope, 2_000 * Explorer.TIMES));
    }

    @ParameterizedTest
    @MethodSource("huge")
    void nothing_goes_wrong_in_orders_of_events_drawn_by_chance(Scope scope) {
        assertClean(Explorer.random(scope, 1, 300));
    }

    @ParameterizedTest
    @Execution(CONCURRENT)
    @MethodSource("huge")
    @Tag("long")
    void nothing_goes_wrong_in_more_orders_of_events_drawn_by_chance(Scope scope) {
        Explorer.Result result = Explorer.random(scope, 2, 500 * Explorer.TIMES);

        SEARCHES.add(result.line().replace("| 0 and more ", ""));
        assertThat(result.problems()).as(result.toString()).isEmpty();
    }

    static void assertClean(Explorer.Result result) {
        if (result.states() > 0) {
            WORLDS.add(result.line());
        }
        assertThat(result.problems()).as(result.toString()).isEmpty();
    }

    @Test
    void a_schedule_is_had_again_by_its_choices() {
        Scope scope = world(SHADOW).put(0).put(1).without(Rule.GUARD_WRITE);
        Explorer.Result found = Explorer.random(scope, 1, 2_000);
        assertThat(found.isClean()).isFalse();

        Explorer.Result again = Explorer.replay(scope, found.choices());

        assertThat(again.problems()).isEqualTo(found.problems());
        assertThat(List.copyOf(again.trace())).isEqualTo(found.trace());
    }
}
