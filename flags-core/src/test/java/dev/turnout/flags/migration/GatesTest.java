package dev.turnout.flags.migration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnout.flags.rule.Bucketing;
import dev.turnout.flags.spi.Member;
import dev.turnout.flags.stage.Blocker;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.OldPathState;
import dev.turnout.flags.stage.Position;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Slice;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.stage.StateId;
import dev.turnout.flags.stage.SweepScope;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A cohort and the rest wait in SYNC, which they entered in different versions. */
class GatesTest {
    private static final Slice REST = inSync(5);
    private static final Slice VIP = inSync(6);
    private static final MigrationState STATE = new MigrationState(
            "m",
            "entry",
            6,
            new Bucketing("m"),
            new Position(Map.of("vip", VIP), List.of(new Position.Range(Bucketing.PARTS, REST))),
            Goal.of(Stage.LIVE).with("vip", Stage.LIVE),
            false,
            0);
    private static final StateId ID = STATE.id();

    private static Slice inSync(long since) {
        return new Slice(Stage.SYNC, since, 1, Side.OLD, "journal", OldPathState.IN_SYNC);
    }

    private static Member member(StateId using, long acknowledged, @Nullable Stage override) {
        return new Member(
                "id",
                new Member.Registration("n", "process", "journal", "", Duration.ofSeconds(30)),
                1,
                new Member.Report(1, using, acknowledged, override));
    }

    private static Gates gates(RecordedSweep sweep, Set<String> lostContact, Member... members) {
        return gates(STATE, true, sweep, lostContact, members);
    }

    private static Gates gates(
            MigrationState state,
            boolean flightsKnown,
            RecordedSweep sweep,
            Set<String> lostContact,
            Member... members) {
        FleetSighting fleet = new FleetSighting(Set.of(), List.of(), List.of(members));
        return new Gates(
                state,
                state.id(),
                new Sighting(fleet, "journal", 0, List.of(), flightsKnown),
                true,
                sweep,
                slice -> Optional.empty(),
                lostContact);
    }

    private static Gates gates(MigrationState state, long depth, List<Blocker> quarantined) {
        return new Gates(
                state,
                state.id(),
                new Sighting(new FleetSighting(Set.of(), List.of(), List.of()), "journal", depth, quarantined, true),
                true,
                RecordedSweep.NONE,
                slice -> Optional.empty(),
                Set.of());
    }

    private static Gates gates(RecordedSweep sweep, Member... members) {
        return gates(sweep, Set.of(), members);
    }

    private static RecordedSweep swept(Slice... slices) {
        return RecordedSweep.of(STATE, List.of(slices), "journal");
    }

    @Test
    void a_sweep_is_due_for_the_slices_that_every_node_has_acknowledged() {
        assertThat(gates(RecordedSweep.NONE, member(ID, 4, null)).dueForSweep()).isEmpty();
        assertThat(gates(RecordedSweep.NONE, member(ID, 5, null)).dueForSweep()).containsExactly(REST);
        assertThat(gates(RecordedSweep.NONE, member(ID, 6, null)).dueForSweep()).containsExactlyInAnyOrder(REST, VIP);
    }

    @Test
    void a_sweep_counts_for_the_slices_that_it_names_alone() {
        Gates gates = gates(swept(REST), member(ID, 6, null));

        assertThat(STATE.blockers(REST, gates.facts())).isEmpty();
        assertThat(STATE.blockers(VIP, gates.facts())).containsExactly(new Blocker.SweepMissing(SweepScope.RECORDED));
        assertThat(gates.dueForSweep())
                .as("the next one is the one that counts, so it names both")
                .containsExactlyInAnyOrder(REST, VIP);
        assertThat(gates(swept(REST, VIP), member(ID, 6, null)).dueForSweep()).isEmpty();
    }

    @Test
    void a_member_beyond_the_state_is_not_followed() {
        StateId beyond = new StateId(ID.incarnation(), ID.version() + 1, "another");

        assertThat(gates(RecordedSweep.NONE, member(ID, 6, null)).areAllFollowed())
                .isTrue();
        assertThat(gates(RecordedSweep.NONE, member(ID, 6, null), member(beyond, 6, null))
                        .areAllFollowed())
                .isFalse();
    }

    @Test
    void all_keys_that_repair_has_given_up_are_named_where_they_are_in_the_way() {
        List<Blocker> quarantined = List.of(quarantined("1"), quarantined("2"));
        assertThat(gates(STATE, 2, quarantined).to(Stage.LIVE).blockers()).containsAll(quarantined);
    }

    private static Blocker quarantined(String key) {
        return new Blocker.KeyQuarantined(key, "no such column");
    }

    @Test
    void keys_enter_sync_while_at_most_a_thousand_wait_for_repair() {
        MigrationState shadow =
                MigrationState.startingAt("m", Stage.SHADOW).swept(1, "journal").withGoal(Goal.of(Stage.LIVE));
        Slice slice = shadow.position().slices().findFirst().orElseThrow();

        assertThat(shadow.blockers(slice, gates(shadow, 1_000, List.of()).facts()))
                .isEmpty();
        assertThat(shadow.blockers(slice, gates(shadow, 1_001, List.of()).facts()))
                .containsExactly(new Blocker.KeysToRepair(1_001, false, 1_000));
        assertThat(shadow.blockers(
                        slice,
                        gates(shadow, Sighting.MOST_ENTRIES_COUNTED, List.of()).facts()))
                .containsExactly(new Blocker.KeysToRepair(10_000, true, 1_000));
        assertThat(shadow.blockers(
                        slice, gates(shadow, 1, List.of(quarantined("1"))).facts()))
                .containsExactly(quarantined("1"));
    }

    @Test
    void a_gate_is_told_for_each_stage_that_people_choose_with_the_keys_that_its_sweep_is_of() {
        MigrationState shadow =
                MigrationState.startingAt("m", Stage.SHADOW).swept(1, "journal").withGoal(Goal.of(Stage.LIVE));
        Gates gates = gates(shadow, 7, List.of());

        assertThat(gates.all())
                .extracting(Gate::to)
                .containsExactly(
                        Stage.OFF, Stage.DUAL_WRITE, Stage.SHADOW, Stage.LIVE, Stage.RAMP_DOWN, Stage.COMPLETE);
        assertThat(gates.to(Stage.LIVE).keys()).isEqualTo(7);
        assertThat(gates.to(Stage.DUAL_WRITE).keys()).isZero();
        assertThat(gates(RecordedSweep.NONE, member(ID, 6, null)).members()).hasSize(1);
    }

    @Test
    void a_gate_says_which_nodes_and_how_many_keys_a_crossing_waits_for() {
        MigrationState shadow =
                MigrationState.startingAt("m", Stage.SHADOW).swept(1, "journal").withGoal(Goal.of(Stage.LIVE));

        assertThat(gates(RecordedSweep.NONE, member(ID, 4, null)).to(Stage.LIVE).blockers())
                .containsExactlyInAnyOrder(
                        new Blocker.NodesBehind(5, List.of(new Blocker.NodesBehind.Lagging("n", 4))),
                        new Blocker.NodesBehind(6, List.of(new Blocker.NodesBehind.Lagging("n", 4))));
        assertThat(gates(shadow, 1_001, List.of()).to(Stage.LIVE).blockers())
                .containsExactly(new Blocker.KeysToRepair(1_001, false, 1_000));
    }

    private static Member writing(String node, String keyText) {
        return new Member(
                node,
                new Member.Registration(node, "process", "journal", keyText, Duration.ofSeconds(30)),
                1,
                new Member.Report(1, ID, 6, null));
    }

    @Test
    void nodes_that_write_keys_differently_are_in_the_way_where_keys_are_at_several_stages() {
        Gates gates = gates(RecordedSweep.NONE, writing("a", "numbers"), writing("b", "texts"));

        assertThat(gates.to(Stage.LIVE).blockers())
                .containsExactly(new Blocker.KeyTextsDiffer(List.of(
                        new Blocker.KeyTextsDiffer.Nodes("numbers", List.of("a")),
                        new Blocker.KeyTextsDiffer.Nodes("texts", List.of("b")))));
        assertThat(gates.to(Stage.SHADOW).blockers()).isEmpty();
    }

    static Stream<RecordedSweep> sweepsOfAnother() {
        return Stream.of(
                new RecordedSweep("another entry", Set.of(REST, VIP), "journal"),
                new RecordedSweep("entry", Set.of(REST, VIP), "another journal"),
                new RecordedSweep("entry", Set.of(inSync(4)), "journal"));
    }

    @ParameterizedTest
    @MethodSource("sweepsOfAnother")
    void a_sweep_of_another_entry_or_journal_or_slice_counts_for_nothing(RecordedSweep sweep) {
        assertThat(gates(sweep, member(ID, 6, null)).dueForSweep()).containsExactlyInAnyOrder(REST, VIP);
    }

    static Stream<Arguments> acknowledgements() {
        return Stream.of(
                Arguments.of(ID, true),
                Arguments.of(new StateId("entry", 5, "whatever"), true),
                Arguments.of(new StateId("another", 5, ID.checksum()), false),
                Arguments.of(new StateId("entry", 7, ID.checksum()), false),
                Arguments.of(new StateId("entry", 6, "another"), false),
                Arguments.of(StateId.NONE, false));
    }

    @ParameterizedTest
    @MethodSource("acknowledgements")
    void a_node_acknowledges_what_comes_before_the_state_in_its_entry(StateId using, boolean counts) {
        assertThat(gates(RecordedSweep.NONE, member(using, 5, null)).isAcknowledged(REST))
                .isEqualTo(counts);
    }

    @Test
    void a_fleet_without_members_acknowledges_nothing() {
        assertThat(gates(swept(REST, VIP)).isAcknowledged(REST)).isFalse();
    }

    @Test
    void nothing_moves_while_a_node_routes_by_a_state_that_the_store_has_lost() {
        Gates gates = gates(swept(REST, VIP), member(new StateId("entry", 9, "x"), 9, null));

        assertThat(gates.blockers())
                .singleElement()
                .extracting(Blocker::message)
                .asString()
                .contains(
                        "node 'n' routes by version 9 of entry entry",
                        "the flag store's version 6 of entry entry does not follow",
                        "was set back",
                        "Restore the flag store");
        assertThat(gates.legalMoves()).isEmpty();
        assertThat(gates.to(Stage.SHADOW).blockers()).isEqualTo(gates.blockers());
    }

    @Test
    void an_overridden_node_is_named_and_so_is_that_it_has_lost_contact() {
        Member overridden = member(ID, 0, Stage.SHADOW);

        assertThat(gates(RecordedSweep.NONE, overridden).blockers())
                .containsExactly(new Blocker.NodeOverridden("n", Stage.SHADOW, false));
        assertThat(gates(RecordedSweep.NONE, Set.of("id"), overridden).blockers())
                .containsExactly(new Blocker.NodeOverridden("n", Stage.SHADOW, true));
    }

    @Test
    void where_the_journal_does_not_know_what_is_under_way_no_sweep_counts_before_that_is_over() {
        Gates before = gates(STATE, false, swept(REST, VIP), Set.of(), member(ID, 6, null));
        assertThat(before.mustDrain()).isTrue();
        assertThat(gates(STATE, false, RecordedSweep.NONE, Set.of(), member(ID, 6, null))
                        .dueForSweep())
                .isEmpty();
        assertThat(STATE.blockers(REST, before.facts())).isNotEmpty();

        MigrationState drained = STATE.drained(before::isAcknowledged);
        List<Slice> slices = drained.crossing();
        Member member = member(drained.id(), drained.version(), null);
        Gates after = gates(drained, false, RecordedSweep.NONE, Set.of(), member);
        assertThat(after.dueForSweep()).containsExactlyInAnyOrderElementsOf(slices);
        Gates swept = gates(drained, false, RecordedSweep.of(drained, slices, "journal"), Set.of(), member);
        assertThat(slices)
                .isNotEmpty()
                .allMatch(slice -> drained.blockers(slice, swept.facts()).isEmpty());
    }
}
