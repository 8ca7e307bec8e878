package dev.turnout.flags.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.turnout.flags.rule.Bucketing;
import dev.turnout.flags.stage.Blocker.IllegalEdit.Rule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class MigrationStateTest {
    private static final Facts OPEN = new Facts(true, "shared", slice -> List.of());
    private static final Blocker LATE =
            new Blocker.NodesBehind(1, List.of(new Blocker.NodesBehind.Lagging("node-2", 0)));
    private static final Facts HELD = new Facts(true, "shared", slice -> List.of(LATE));
    private static final Facts OPEN_AND_PLAIN = new Facts(false, "shared", slice -> List.of());

    private static MigrationState swept(Stage stage) {
        MigrationState state = MigrationState.startingAt("orders", stage);
        return state.swept(state.version(), "shared");
    }

    /** The positions on the way, as far as it goes; keys are swept where that is possible. */
    private static List<String> walk(MigrationState from, Goal goal, Facts facts) {
        List<String> positions = new ArrayList<>();
        MigrationState state = from.withGoal(goal);
        while (true) {
            MigrationState next = state.advanced(facts);
            if (next.equals(state)) {
                return positions;
            }
            assertThat(state.blockersOfNext(next)).isEmpty();
            positions.add(next.position().toString());
            state = next.swept(next.version(), "shared");
        }
    }

    @Test
    void where_nodes_disagree_on_the_text_of_keys_all_cross_together_or_none() {
        Blocker keyTexts = new Blocker.KeyTextsDiffer(List.of());
        Facts disagreement = new Facts(true, "shared", slice -> List.of(), Optional.of(keyTexts));
        Goal half = Goal.of(Stage.LIVE, 500_000);
        Goal dualForHalf = Goal.of(Stage.DUAL_WRITE, 500_000);

        assertThat(walk(swept(Stage.SHADOW), Goal.of(Stage.LIVE), disagreement)).containsExactly("SYNC", "LIVE");
        assertThat(walk(swept(Stage.LIVE), Goal.of(Stage.OFF), disagreement)).containsExactly("SYNC", "OFF");
        assertThat(walk(swept(Stage.SHADOW), half, disagreement)).isEmpty();
        assertThat(walk(swept(Stage.OFF), dualForHalf, disagreement)).containsExactly("DUAL_WRITE 50 %, OFF 50 %");
        MigrationState apart =
                swept(Stage.SHADOW).withGoal(dualForHalf).advanced(OPEN).withGoal(Goal.of(Stage.LIVE));
        assertThat(apart.advanced(disagreement).position().slices())
                .extracting(Slice::stage)
                .doesNotContain(Stage.SYNC);
        assertThat(swept(Stage.SYNC).blockers(half, disagreement)).containsExactly(keyTexts);
        assertThat(swept(Stage.SYNC).blockers(Goal.of(Stage.LIVE), disagreement))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "OFF,        SHADOW,     SHADOW",
        "OFF,        LIVE,       DUAL_WRITE SYNC LIVE",
        "OFF,        COMPLETE,   DUAL_WRITE SYNC COMPLETE",
        "DUAL_WRITE, RAMP_DOWN,  SYNC RAMP_DOWN",
        "SHADOW,     LIVE,       SYNC LIVE",
        "SHADOW,     OFF,        OFF",
        "SYNC,       LIVE,       LIVE",
        "SYNC,       OFF,        OFF",
        "LIVE,       COMPLETE,   COMPLETE",
        "LIVE,       SHADOW,     SYNC SHADOW",
        "COMPLETE,   OFF,        RAMP_DOWN SYNC OFF",
        "COMPLETE,   LIVE,       LIVE"
    })
    void all_keys_go_the_shortest_legal_way_where_nothing_holds_them(Stage from, Stage to, String way) {
        assertThat(walk(swept(from), Goal.of(to), OPEN)).containsExactly(way.split(" "));
    }

    @ParameterizedTest
    @CsvSource({
        "OFF,    LIVE,     DUAL_WRITE",
        "SHADOW, LIVE,     ''",
        "SYNC,   LIVE,     ''",
        "SYNC,   OFF,      OFF",
        "LIVE,   SHADOW,   ''",
        "LIVE,   COMPLETE, COMPLETE",
        "COMPLETE, OFF,    RAMP_DOWN"
    })
    void what_holds_keys_holds_them_before_the_bridge_and_on_it_but_not_on_their_side(
            Stage from, Stage to, String way) {
        assertThat(String.join(" ", walk(swept(from), Goal.of(to), HELD))).isEqualTo(way);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "OFF | DUAL_WRITE 1 %, OFF 99 %; SYNC 1 %, OFF 99 %; LIVE 1 %, OFF 99 %",
                "SHADOW | SYNC 1 %, SHADOW 99 %; LIVE 1 %, SHADOW 99 %",
                "LIVE | LIVE 1 %, SYNC 99 %; LIVE 1 %, SHADOW 99 %",
                "COMPLETE | COMPLETE 1 %, RAMP_DOWN 99 %; LIVE 1 %, SYNC 99 %; LIVE 1 %, SHADOW 99 %"
            })
    void a_share_goes_ahead_and_the_others_stay_before_it(Stage from, String way) {
        assertThat(walk(swept(from), Goal.of(Stage.LIVE, 10_000), OPEN)).containsExactly(way.split("; "));
    }

    @Test
    void raising_a_share_moves_only_the_keys_between() {
        MigrationState tenth = at("LIVE 100000, SHADOW 1000000");

        assertThat(walk(tenth, Goal.of(Stage.LIVE, 200_000), OPEN))
                .containsExactly("LIVE 10 %, SYNC 10 %, SHADOW 80 %", "LIVE 20 %, SHADOW 80 %");
        assertThat(walk(tenth, Goal.of(Stage.LIVE, 50_000), OPEN))
                .containsExactly("LIVE 5 %, SYNC 5 %, SHADOW 90 %", "LIVE 5 %, SHADOW 95 %");
    }

    private static MigrationState at(String ranges) {
        List<Position.Range> all = new ArrayList<>();
        for (String range : ranges.split(", ")) {
            String[] parts = range.split(" ");
            all.add(new Position.Range(Integer.parseInt(parts[1]), Slice.startingAt(Stage.valueOf(parts[0]), 1)));
        }
        Position position = new Position(Map.of(), all);
        MigrationState state =
                new MigrationState("orders", 1, new Bucketing("orders"), position, Goal.of(Stage.SHADOW, 0));
        return state.swept(1, "shared");
    }

    @Test
    void a_share_waits_for_the_others_if_it_would_fall_behind_them() {
        MigrationState halfBack = MigrationState.startingAt("orders", Stage.RAMP_DOWN)
                .swept(1, "shared")
                .withGoal(Goal.of(Stage.LIVE, 500_000));

        assertThat(halfBack.advanced(HELD).position()).hasToString("RAMP_DOWN");
        assertThat(halfBack.advanced(OPEN).position()).hasToString("LIVE 50 %, SYNC 50 %");
    }

    @Test
    void facts_that_change_while_they_are_asked_for_never_put_a_position_out_of_order() {
        Random random = new Random(5);
        Facts flickering = new Facts(true, "shared", slice -> random.nextBoolean() ? List.of() : List.of(LATE));
        Stage[] stages = Stage.values();
        MigrationState state = MigrationState.startingAt("orders", Stage.OFF);
        for (int i = 0; i < 5_000; i++) {
            Goal goal = Goal.of(stages[random.nextInt(7)], 100_000 * random.nextInt(11));
            MigrationState next = state.withGoal(goal).advanced(flickering);
            assertThat(state.blockersOfNext(next)).isEmpty();
            state = next.swept(next.version(), "shared");
        }
    }

    @Test
    void without_a_sweep_of_all_keys_nobody_enters_the_bridge_to_cross() {
        assertThat(walkWithoutSweep(Stage.SHADOW, Goal.of(Stage.LIVE))).isEmpty();
        assertThat(walkWithoutSweep(Stage.OFF, Goal.of(Stage.LIVE))).containsExactly("DUAL_WRITE");
        assertThat(walkWithoutSweep(Stage.COMPLETE, Goal.of(Stage.OFF))).containsExactly("RAMP_DOWN");
    }

    private static List<String> walkWithoutSweep(Stage from, Goal goal) {
        List<String> positions = new ArrayList<>();
        MigrationState state = MigrationState.startingAt("orders", from).withGoal(goal);
        for (MigrationState next = state.advanced(OPEN); !next.equals(state); next = state.advanced(OPEN)) {
            positions.add(next.position().toString());
            state = next;
        }
        return positions;
    }

    @Test
    void a_cohort_goes_ahead_and_joins_the_rest_again() {
        MigrationState state = swept(Stage.SHADOW);
        Goal ahead = Goal.of(Stage.SHADOW).with("staff", Stage.LIVE);

        assertThat(walk(state, ahead, OPEN)).containsExactly("SHADOW, staff SYNC", "SHADOW, staff LIVE");

        MigrationState apart = state.withGoal(ahead).advanced(OPEN).advanced(OPEN);
        assertThat(walk(apart, Goal.of(Stage.LIVE), OPEN)).containsExactly("SYNC, staff LIVE", "LIVE");
        assertThat(walk(apart, Goal.of(Stage.SHADOW), OPEN)).containsExactly("SHADOW, staff SYNC", "SHADOW");
        assertThat(walk(apart, Goal.of(Stage.LIVE, 500_000), OPEN))
                .containsExactly("SYNC 50 %, SHADOW 50 %, staff LIVE", "LIVE 50 %, SHADOW 50 %, staff LIVE");
    }

    @ParameterizedTest
    @CsvSource({"SHADOW, SHADOW", "LIVE, LIVE"})
    void a_cohort_that_is_dropped_on_the_bridge_goes_back_to_where_it_came_from(Stage from, Stage back) {
        Stage across = from == Stage.LIVE ? Stage.SHADOW : Stage.LIVE;
        MigrationState crossing = swept(from)
                .withGoal(Goal.of(from).with("staff", across))
                .advanced(OPEN)
                .withGoal(Goal.of(from, 500_000));
        assertThat(crossing.position().cohorts().get("staff").stage()).isEqualTo(Stage.SYNC);
        assertThat(crossing.isAtGoal()).isFalse();

        Position next = crossing.advanced(HELD).position();

        assertThat(next.cohorts().getOrDefault("staff", next.at(0)).stage()).isEqualTo(back);
    }

    @Test
    void a_cohort_whose_keys_are_spread_over_several_stages_can_not_be_set_apart() {
        MigrationState spread = at("LIVE 100000, SHADOW 1000000");

        assertThatThrownBy(() -> spread.withGoal(Goal.of(Stage.LIVE, 100_000).with("staff", Stage.LIVE)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Cohort 'staff'")
                .hasMessageContaining("0 % or 100 %");
    }

    @Test
    void a_version_is_at_least_one_and_no_slice_is_newer() {
        assertThatThrownBy(() -> new MigrationState(
                        "orders",
                        0,
                        new Bucketing("orders"),
                        Position.all(Slice.startingAt(Stage.OFF, 0)),
                        Goal.of(Stage.OFF)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at least 1, but was 0");
        assertThatThrownBy(() -> new MigrationState(
                        "orders",
                        4,
                        new Bucketing("orders"),
                        Position.all(Slice.startingAt(Stage.OFF, 5)),
                        Goal.of(Stage.OFF)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("version 4")
                .hasMessageContaining("version 5");
    }

    @Test
    void a_direct_move_over_the_bridge_is_refused_with_the_reason_and_what_is_legal() {
        MigrationState shadow = swept(Stage.SHADOW);

        IllegalMoveException refused =
                catchThrowableOfType(IllegalMoveException.class, () -> shadow.moved(Goal.of(Stage.LIVE), OPEN));

        assertThat(refused.blockers()).containsExactly(new Blocker.SyncSkipped(Stage.SHADOW, Stage.LIVE));
        assertThat(refused.legalMoves()).containsExactly(Stage.OFF, Stage.DUAL_WRITE, Stage.SYNC);
        assertThat(refused)
                .hasMessageContaining("'orders' cannot go to LIVE now: from SHADOW to LIVE would")
                .hasMessageContaining("It is at SHADOW")
                .hasMessageContaining("Legal now: OFF, DUAL_WRITE, SYNC.");
    }

    @Test
    void a_direct_move_out_of_the_bridge_is_refused_with_what_holds_it() {
        IllegalMoveException refused = catchThrowableOfType(
                IllegalMoveException.class, () -> swept(Stage.SYNC).moved(Goal.of(Stage.LIVE), HELD));

        assertThat(refused.blockers()).containsExactly(LATE);
    }

    @Test
    void the_way_to_the_goal_is_blocked_by_what_stops_a_slice_and_by_nothing_else() {
        MigrationState shadow = swept(Stage.SHADOW);
        MigrationState toLive = shadow.withGoal(Goal.of(Stage.LIVE));

        assertThat(toLive.blockers(HELD)).containsExactly(LATE);
        assertThat(toLive.blockers(OPEN)).isEmpty();
        assertThat(toLive.paused(true).blockers(HELD)).containsExactly(new Blocker.Paused());
        assertThat(shadow.paused(true).blockers(HELD))
                .as("it is where it is wanted")
                .isEmpty();
        assertThat(shadow.withGoal(Goal.of(Stage.OFF)).blockers(HELD))
                .as("on its side")
                .isEmpty();
        assertThat(toLive.advanced(OPEN).withGoal(Goal.of(Stage.OFF)).blockers(HELD))
                .as("back")
                .isEmpty();
        assertThat(MigrationState.startingAt("orders", Stage.SHADOW)
                        .withGoal(Goal.of(Stage.LIVE))
                        .blockers(HELD))
                .as("a sweep of all keys comes first")
                .isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Stage.class)
    void a_legal_move_is_made_in_one_version_and_no_other_is(Stage from) {
        for (Facts facts : List.of(OPEN, HELD, OPEN_AND_PLAIN)) {
            MigrationState state = swept(from);
            List<Stage> legal = state.legalMoves(facts);
            assertThat(legal).doesNotContain(from);
            Arrays.stream(Stage.values()).filter(to -> to != from).forEach(to -> {
                if (legal.contains(to)) {
                    MigrationState moved = state.moved(Goal.of(to), facts);
                    assertThat(moved.version()).isEqualTo(state.version() + 1);
                    assertThat(moved.position().at(0).stage()).isEqualTo(to);
                    assertThat(moved.isAtGoal()).isTrue();
                } else {
                    assertThatThrownBy(() -> state.moved(Goal.of(to), facts)).isInstanceOf(IllegalMoveException.class);
                }
            });
        }
    }

    @Test
    void a_move_to_where_the_keys_are_changes_only_the_goal() {
        MigrationState state = swept(Stage.SHADOW).withGoal(Goal.of(Stage.LIVE));

        MigrationState stays = state.moved(Goal.of(Stage.SHADOW), OPEN);

        assertThat(stays).isEqualTo(state.withGoal(Goal.of(Stage.SHADOW)));
        assertThat(stays.isAtGoal()).isTrue();
    }

    @Test
    void a_sweep_that_is_of_no_use_makes_no_version() {
        MigrationState off = MigrationState.startingAt("orders", Stage.OFF);
        MigrationState shadow = MigrationState.startingAt("orders", Stage.SHADOW);

        assertThat(off.swept(1, "shared")).isSameAs(off);
        assertThat(shadow.swept(0, "shared")).isSameAs(shadow);
        assertThat(shadow.swept(1, "shared").version()).isEqualTo(2);
        assertThat(shadow.swept(1, "shared").swept(2, "shared").version()).isEqualTo(2);
    }

    @Test
    void what_every_node_had_acknowledged_when_keys_crossed_is_kept() {
        MigrationState waiting =
                swept(Stage.SHADOW).withGoal(Goal.of(Stage.LIVE, 100_000)).advanced(OPEN);
        MigrationState live = waiting.advanced(OPEN);
        MigrationState back = live.withGoal(Goal.of(Stage.SHADOW)).advanced(OPEN);

        assertThat(waiting.acknowledged()).isZero();
        assertThat(live.acknowledged()).isEqualTo(waiting.version());
        assertThat(live.paused(true).withGoal(Goal.of(Stage.RAMP_DOWN)).acknowledged())
                .isEqualTo(waiting.version());
        assertThat(back.acknowledged()).isEqualTo(waiting.version());
        assertThat(back.advanced(OPEN).acknowledged()).isEqualTo(back.version());
        assertThat(waiting.withGoal(Goal.of(Stage.SHADOW)).advanced(OPEN).acknowledged())
                .isZero();
    }

    @Test
    void what_crosses_is_what_waits_on_the_bridge_for_the_other_side() {
        MigrationState entering = swept(Stage.SHADOW).withGoal(Goal.of(Stage.LIVE, 100_000));
        MigrationState waiting = entering.advanced(OPEN);

        assertThat(entering.crossing()).isEmpty();
        assertThat(waiting.crossing()).singleElement().extracting(Slice::since).isEqualTo(waiting.version());
        assertThat(waiting.withGoal(Goal.of(Stage.SHADOW)).crossing()).isEmpty();
        assertThat(waiting.withGoal(Goal.of(Stage.SYNC)).crossing()).isEmpty();
    }

    @Test
    void a_state_follows_another_only_by_one_version_and_with_the_same_salt() {
        MigrationState state = swept(Stage.SHADOW);
        MigrationState next = state.moved(Goal.of(Stage.SYNC), OPEN);
        MigrationState skipped =
                new MigrationState("orders", next.version() + 1, next.bucketing(), next.position(), next.goal());
        MigrationState counted =
                new MigrationState("orders", state.version() + 1, state.bucketing(), state.position(), state.goal());
        MigrationState resalted =
                new MigrationState("orders", state.version(), new Bucketing("another"), state.position(), state.goal());

        assertThat(state.blockersOfNext(state)).isEmpty();
        assertThat(state.blockersOfNext(state.withGoal(Goal.of(Stage.COMPLETE))))
                .isEmpty();
        assertThat(state.blockersOfNext(next)).isEmpty();
        long version = state.version();
        assertThat(next.blockersOfNext(state)).containsExactly(edit(Rule.NEXT_VERSION, version + 1, version));
        assertThat(state.blockersOfNext(skipped)).containsExactly(edit(Rule.NEXT_VERSION, version, version + 2));
        assertThat(state.blockersOfNext(counted)).containsExactly(edit(Rule.SAME_VERSION, version, version + 1));
        assertThat(state.blockersOfNext(resalted)).containsExactly(edit(Rule.SAME_BUCKETING, version, version));
    }

    private static Blocker edit(Rule rule, long version, long edited) {
        return new Blocker.IllegalEdit(rule, version, edited);
    }

    @Test
    void the_incarnation_of_an_entry_stays_the_same() {
        MigrationState state = MigrationState.startingAt("orders", "one", Stage.OFF);

        assertThat(state.blockersOfNext(state.withGoal(Goal.of(Stage.SHADOW)))).isEmpty();
        assertThat(state.blockersOfNext(MigrationState.startingAt("orders", "another", Stage.OFF)))
                .containsExactly(edit(Rule.SAME_INCARNATION, 1, 1));
        assertThat(state.blockersOfNext(MigrationState.startingAt("orders", Stage.OFF)))
                .containsExactly(edit(Rule.SAME_INCARNATION, 1, 1));
    }

    @Test
    void all_that_is_made_of_a_state_has_its_incarnation() {
        MigrationState state =
                MigrationState.startingAt("orders", "one", Stage.SHADOW).withGoal(Goal.of(Stage.LIVE));
        MigrationState swept = state.swept(1, "shared");
        MigrationState crossing = swept.advanced(OPEN);

        assertThat(List.of(
                        state,
                        state.paused(true),
                        swept,
                        crossing,
                        crossing.drained(slice -> true),
                        crossing.broughtBackByHand(),
                        crossing.moved(Goal.of(Stage.LIVE), OPEN)))
                .extracting(MigrationState::incarnation)
                .containsOnly("one");
    }

    @ParameterizedTest
    @ValueSource(strings = {" ", "-a", "a b", "a\n", "012345678901234567890123456789012345678901234567890"})
    void an_incarnation_is_a_short_key(String incarnation) {
        assertThatThrownBy(() -> MigrationState.startingAt("orders", incarnation, Stage.OFF))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("must be a key of at most 50 characters, or empty");
    }

    @ParameterizedTest
    @EnumSource(Stage.class)
    void an_entry_may_be_removed_before_and_after_the_migration_and_not_on_its_way(Stage stage) {
        MigrationState state = MigrationState.startingAt("orders", stage);

        if (stage == Stage.OFF || stage == Stage.COMPLETE) {
            assertThat(state.blockerOfRemoval()).isEmpty();
        } else {
            assertThat(state.blockerOfRemoval()).contains(new Blocker.NotRemovable("orders", stage.name()));
        }
    }

    @Test
    void an_entry_with_keys_in_two_stages_may_not_be_removed() {
        Position half = new Position(
                Map.of(),
                List.of(
                        new Position.Range(500_000, Slice.startingAt(Stage.COMPLETE, 1)),
                        new Position.Range(1_000_000, Slice.startingAt(Stage.OFF, 1))));
        Position apart = new Position(
                Map.of("vip", Slice.startingAt(Stage.SHADOW, 1)),
                List.of(new Position.Range(1_000_000, Slice.startingAt(Stage.OFF, 1))));

        for (Position position : List.of(half, apart)) {
            assertThat(new MigrationState("orders", 1, new Bucketing("orders"), position, Goal.of(Stage.OFF))
                            .blockerOfRemoval())
                    .isPresent();
        }
    }

    @Test
    void what_waits_to_cross_is_published_once_more_when_it_is_acknowledged_and_once_only() {
        MigrationState waits = swept(Stage.SHADOW).withGoal(Goal.of(Stage.LIVE)).advanced(OPEN);
        assertThat(waits.drained(slice -> false)).isEqualTo(waits);

        MigrationState drained = waits.drained(slice -> true);

        assertThat(drained.version()).isEqualTo(waits.version() + 1);
        assertThat(drained.position().slices())
                .allMatch(slice -> slice.drained() && slice.since() == drained.version());
        assertThat(waits.blockersOfNext(drained)).isEmpty();
        assertThat(drained.drained(slice -> true)).isEqualTo(drained);
        assertThat(swept(Stage.SHADOW).drained(slice -> true)).isEqualTo(swept(Stage.SHADOW));
    }

    private static MigrationState half(Stage ahead, Facts facts) {
        MigrationState state = swept(Stage.SHADOW).withGoal(Goal.of(ahead, 500_000));
        return state.advanced(facts).advanced(facts);
    }

    @Test
    void a_path_holds_every_write_where_all_keys_are_on_its_side_or_it_has_been_left_out_of_none() {
        for (boolean versioned : new boolean[] {true, false}) {
            assertThat(swept(Stage.SHADOW).completePath(versioned))
                    .isEqualTo(new MigrationState.Complete(Side.OLD, false));
            assertThat(swept(Stage.LIVE).completePath(versioned))
                    .isEqualTo(new MigrationState.Complete(Side.NEW, false));
            assertThat(swept(Stage.SYNC).completePath(versioned))
                    .isEqualTo(new MigrationState.Complete(Side.OLD, true));
            MigrationState back =
                    swept(Stage.RAMP_DOWN).withGoal(Goal.of(Stage.SHADOW)).advanced(OPEN);
            assertThat(back.position()).hasToString("SYNC");
            assertThat(back.completePath(versioned)).isEqualTo(new MigrationState.Complete(Side.NEW, true));
            assertThat(half(Stage.RAMP_DOWN, OPEN).completePath(versioned).side())
                    .isEqualTo(Side.BOTH);
        }
        assertThat(half(Stage.LIVE, OPEN).completePath(true)).isEqualTo(new MigrationState.Complete(Side.OLD, true));
        assertThat(half(Stage.LIVE, OPEN_AND_PLAIN).completePath(false).side()).isEqualTo(Side.BOTH);
    }

    @Test
    void keys_are_on_the_same_side_where_each_is_known_to_be() {
        MigrationState half = half(Stage.LIVE, OPEN);

        assertThat(swept(Stage.SHADOW).isOnSameSideAs(swept(Stage.OFF))).isTrue();
        assertThat(swept(Stage.LIVE).isOnSameSideAs(swept(Stage.COMPLETE))).isTrue();
        assertThat(swept(Stage.SHADOW).isOnSameSideAs(swept(Stage.LIVE))).isFalse();
        assertThat(swept(Stage.SHADOW).isOnSameSideAs(half)).isFalse();
        assertThat(half.isOnSameSideAs(swept(Stage.SHADOW))).isFalse();
        assertThat(half.isOnSameSideAs(half(Stage.LIVE, OPEN))).isTrue();
        assertThat(half.isOnOldSide()).isFalse();
        assertThat(swept(Stage.SHADOW).isOnOldSide()).isTrue();
    }
}
