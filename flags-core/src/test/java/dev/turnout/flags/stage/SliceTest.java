package dev.turnout.flags.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SliceTest {
    private static final Facts VERSIONED = new Facts(true, "shared", slice -> List.of());
    private static final Facts PLAIN = new Facts(false, "shared", slice -> List.of());

    @ParameterizedTest
    @CsvSource({
        "OFF,        OLD,    false, OFF",
        "DUAL_WRITE, OLD,    true,  OFF",
        "SHADOW,     OLD,    true,  DUAL_WRITE",
        "SYNC,       BOTH, true,  SHADOW",
        "LIVE,       NEW,    true,  SHADOW",
        "RAMP_DOWN,  NEW,    true,  LIVE",
        "COMPLETE,   NEW,    false, RAMP_DOWN"
    })
    void each_stage_has_a_side_and_knows_what_it_writes(Stage stage, Side side, boolean dual, Stage before) {
        assertThat(stage.side()).isEqualTo(side);
        assertThat(stage.isDual()).isEqualTo(dual);
        assertThat(stage.before()).isEqualTo(before);
    }

    @Test
    void the_bridge_has_no_opposite() {
        assertThat(Side.OLD.opposite()).isEqualTo(Side.NEW);
        assertThat(Side.NEW.opposite()).isEqualTo(Side.OLD);
        assertThatThrownBy(Side.BOTH::opposite).isInstanceOf(IllegalStateException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "OFF,        0, OLD, IN_SYNC",
        "DUAL_WRITE, 7, OLD, IN_SYNC",
        "SHADOW,     7, OLD, IN_SYNC",
        "SYNC,       7, OLD, IN_SYNC",
        "LIVE,       7, NEW, ABANDONED",
        "RAMP_DOWN,  7, NEW, ABANDONED",
        "COMPLETE,   0, NEW, ABANDONED"
    })
    void of_a_slice_that_only_says_its_stage_the_worst_is_taken(
            Stage stage, long dualSince, Side cameFrom, OldPathState oldPath) {
        Slice slice = Slice.startingAt(stage, 7);

        assertThat(slice).isEqualTo(new Slice(stage, 7, dualSince, cameFrom, "", oldPath));
        assertThat(slice.sweepToCross(VERSIONED)).isEqualTo(SweepScope.EVERYTHING);
    }

    @Test
    void only_moves_between_the_sides_are_forbidden() {
        for (Stage from : Stage.values()) {
            for (Stage to : Stage.values()) {
                boolean legal = from.side() == to.side() || from == Stage.SYNC || to == Stage.SYNC;
                Optional<Blocker> blocker = Slice.startingAt(from, 1).blocker(to);
                assertThat(blocker.isEmpty()).as("%s to %s", from, to).isEqualTo(legal);
                blocker.ifPresent(one -> assertThat(one).isEqualTo(new Blocker.SyncSkipped(from, to)));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "OLD, OFF,       false",
        "OLD, SHADOW,    false",
        "OLD, SYNC,      false",
        "OLD, LIVE,      true",
        "OLD, COMPLETE,  true",
        "NEW, OFF,       true",
        "NEW, SHADOW,    true",
        "NEW, SYNC,      false",
        "NEW, LIVE,      false",
        "NEW, RAMP_DOWN, false"
    })
    void leaving_the_bridge_is_a_crossing_only_on_the_side_it_was_not_entered_from(
            Side cameFrom, Stage next, boolean crosses) {
        Slice slice = new Slice(Stage.SYNC, 3, 2, cameFrom, "", OldPathState.IN_SYNC);

        assertThat(slice.crosses(next)).isEqualTo(crosses);
    }

    /** Ways that a slice takes, a stage at a time, after a sweep of all keys while it was in DUAL_WRITE. */
    @ParameterizedTest
    @CsvSource({
        "SHADOW SYNC LIVE SYNC,                      true,  NOTHING",
        "SHADOW SYNC LIVE SYNC,                      false, RECORDED",
        "SHADOW SYNC LIVE RAMP_DOWN SYNC,            true,  RECORDED",
        "SHADOW SYNC LIVE RAMP_DOWN LIVE SYNC,       true,  RECORDED",
        "SHADOW SYNC RAMP_DOWN LIVE SYNC,            false, RECORDED",
        "SHADOW SYNC COMPLETE RAMP_DOWN SYNC,        true,  EVERYTHING",
        "SHADOW SYNC COMPLETE LIVE SYNC,             true,  EVERYTHING",
        "SHADOW SYNC LIVE COMPLETE LIVE SYNC LIVE SYNC, true,  EVERYTHING",
        "SHADOW SYNC,                                true,  RECORDED",
        "SHADOW SYNC SHADOW SYNC,                    true,  RECORDED",
        "SHADOW OFF DUAL_WRITE SYNC,                 true,  EVERYTHING",
        "SHADOW SYNC RAMP_DOWN SYNC OFF SYNC,        true,  EVERYTHING",
        "SHADOW SYNC RAMP_DOWN SYNC SHADOW SYNC,     true,  RECORDED",
        "SHADOW SYNC RAMP_DOWN SYNC SHADOW SYNC LIVE SYNC, true, NOTHING"
    })
    void the_way_across_sweeps_what_the_other_path_may_lack(String way, boolean versioned, SweepScope scope) {
        Slice slice = Slice.startingAt(Stage.DUAL_WRITE, 1).sweptSince(1, "shared");
        long version = 2;
        for (String stage : way.split(" ")) {
            slice = slice.in(Stage.valueOf(stage), version++, versioned);
        }

        assertThat(slice.sweepToCross(versioned ? VERSIONED : PLAIN)).isEqualTo(scope);
    }

    @Test
    void another_journal_than_the_one_that_recorded_since_the_sweep_means_a_sweep_of_everything() {
        Slice swept = Slice.startingAt(Stage.SHADOW, 1).sweptSince(1, "shared");

        assertThat(swept.sweepToCross(VERSIONED)).isEqualTo(SweepScope.RECORDED);
        assertThat(swept.sweepToCross(new Facts(true, "another", slice -> List.of())))
                .isEqualTo(SweepScope.EVERYTHING);
        assertThat(swept.sweepToCross(new Facts(true, "", slice -> List.of()))).isEqualTo(SweepScope.EVERYTHING);
        assertThat(Slice.startingAt(Stage.SHADOW, 1).sweepToCross(new Facts(true, "", slice -> List.of())))
                .isEqualTo(SweepScope.EVERYTHING);
    }

    @ParameterizedTest
    @CsvSource({
        "SHADOW, 5, 4, false",
        "SHADOW, 5, 5, true",
        "SYNC, 5, 9, true",
        "OFF, 5, 9, false",
        "COMPLETE, 5, 9, false"
    })
    void a_sweep_counts_only_if_every_node_wrote_both_paths_when_it_began(
            Stage stage, long since, long acknowledged, boolean counts) {
        Slice slice = Slice.startingAt(stage, since).sweptSince(acknowledged, "shared");

        assertThat(slice.journal()).isEqualTo(counts ? "shared" : "");
    }

    @Test
    void staying_in_a_stage_changes_nothing() {
        assertThat(Stream.of(Stage.values()).map(stage -> Slice.startingAt(stage, 4)))
                .allSatisfy(
                        slice -> assertThat(slice.in(slice.stage(), 9, false)).isSameAs(slice));
    }

    @Test
    void a_merged_slice_keeps_what_is_more_cautious_of_each() {
        Slice one = new Slice(Stage.LIVE, 9, 2, Side.NEW, "shared", OldPathState.IN_SYNC);
        Slice other = new Slice(Stage.LIVE, 7, 5, Side.NEW, "", OldPathState.ABANDONED);
        Slice merged = new Slice(Stage.LIVE, 9, 5, Side.NEW, "", OldPathState.ABANDONED);

        assertThat(one.mergedWith(other)).isEqualTo(merged);
        assertThat(other.mergedWith(one)).isEqualTo(merged);
        assertThat(one.mergedWith(one)).isEqualTo(one);
        Slice waits = new Slice(Stage.SYNC, 9, 2, Side.OLD, "", OldPathState.IN_SYNC);
        assertThat(waits.drainedAt(10).mergedWith(waits.drainedAt(11)).drained())
                .isTrue();
        assertThat(waits.drainedAt(10).mergedWith(waits).drained()).isFalse();
        assertThat(waits.mergedWith(waits.drainedAt(10)).drained()).isFalse();
        assertThat(new Slice(Stage.SYNC, 9, 2, Side.NEW, "", OldPathState.IN_SYNC)
                        .mergesWith(new Slice(Stage.SYNC, 9, 2, Side.OLD, "", OldPathState.IN_SYNC)))
                .isFalse();
    }

    /** What would let a slice switch sides without the sweep that it needs. */
    @ParameterizedTest
    @CsvSource({
        "SHADOW,    3, 1, NEW,    '', IN_SYNC",
        "LIVE,      3, 1, OLD,    '', IN_SYNC",
        "SYNC,      3, 1, BOTH, '', IN_SYNC",
        "OFF,       3, 1, OLD,    '', IN_SYNC",
        "OFF,       3, 0, OLD,    shared, IN_SYNC",
        "COMPLETE,  3, 0, NEW,    shared, ABANDONED",
        "SHADOW,    3, 0, OLD,    '', IN_SYNC",
        "SHADOW,    3, -1, OLD,   '', IN_SYNC",
        "SHADOW,    3, 4, OLD,    '', IN_SYNC",
        "RAMP_DOWN, 3, 1, NEW,    '', IN_SYNC",
        "COMPLETE,  3, 0, NEW,    '', IN_SYNC",
        "COMPLETE,  3, 0, NEW,    '', LAGGING"
    })
    void a_slice_that_can_not_have_come_about_is_refused(
            Stage stage, long since, long dualSince, Side cameFrom, String journal, OldPathState oldPath) {
        assertThatThrownBy(() -> new Slice(stage, since, dualSince, cameFrom, journal, oldPath))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void every_slice_that_a_walk_can_reach_is_accepted() {
        Arrays.stream(Stage.values())
                .map(stage -> Slice.startingAt(stage, 1))
                .forEach(slice -> Arrays.stream(Stage.values())
                        .forEach(next ->
                                assertThat(slice.in(next, 2, true).stage()).isEqualTo(next)));
    }
}
