package dev.turnout.flags.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.AdditionalAnswers.delegatesTo;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verify;

import dev.turnout.flags.document.EntryKey;
import dev.turnout.flags.document.FlagDocument;
import dev.turnout.flags.spi.FleetStore;
import dev.turnout.flags.spi.Journal;
import dev.turnout.flags.spi.Member;
import dev.turnout.flags.stage.Facts;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.store.Change;
import dev.turnout.flags.store.InMemoryFlagStore;
import dev.turnout.flags.store.Snapshot;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** By which state a node routes, and what it reports of that to its fleet. */
class RoutingTest {
    private static final Facts OPEN = new Facts(true, "", slice -> List.of());

    private final SteppedFleet fleet = new SteppedFleet(Stage.OFF);

    @AfterEach
    void close() throws Exception {
        fleet.oldPath.recover();
        fleet.newPath.recover();
        fleet.close();
    }

    private Member member() {
        List<Member> members = fleet.rig.fleet.members(Rig.NAME);
        assertThat(members).hasSize(1);
        return members.get(0);
    }

    private SteppedFleet.Node at(Stage stage) {
        SteppedFleet.Node node = fleet.node("node");
        fleet.walk(fleet.shadow(node), Goal.of(stage), node);
        return node;
    }

    /** The state of a store that has lost what the rig's has, and whose revisions are above those. */
    private Snapshot insteadOfNow(MigrationState state) {
        InMemoryFlagStore other = new InMemoryFlagStore(new FlagDocument(Map.of(), Map.of(), Map.of(Rig.NAME, state)));
        EntryKey key = EntryKey.migration(Rig.NAME);
        for (boolean paused = true;
                paused || other.read().revision() <= fleet.rig.store.read().revision() + 2;
                paused = !paused) {
            other.apply(Change.by("test", "continues")
                    .put(state.paused(!paused), other.read().idOf(key)));
        }
        return other.read();
    }

    private void see(SteppedFleet.Node node, MigrationState state) {
        node.store().frozen = insteadOfNow(state);
        node.migration().node().refresh();
    }

    @Test
    void the_state_is_read_after_the_node_has_joined() {
        SteppedFleet.Node node = fleet.node("node");
        node.store().mute();
        fleet.rig.evict("node");
        AtomicInteger calls = new AtomicInteger();
        node.fleet().before = () -> {
            if (calls.incrementAndGet() == 2) { // it has learned that it was evicted, and joins
                fleet.rig.publish(fleet.rig.state().moved(Goal.of(Stage.DUAL_WRITE), OPEN));
            }
        };

        node.report();

        assertThat(calls.get()).isGreaterThan(2);
        assertThat(node.migration().stageOf(1)).isEqualTo(Stage.DUAL_WRITE);
    }

    @Test
    void a_node_that_joins_while_others_move_is_not_taken_for_one_that_is_behind() {
        SteppedFleet.Node node = fleet.node("node");
        node.store().mute();
        fleet.rig.evict("node");
        FleetStore.Membership other = fleet.rig.join("other", "", Duration.ZERO);
        AtomicInteger calls = new AtomicInteger();
        node.fleet().before = () -> {
            if (calls.incrementAndGet() == 3) { // it has joined, and asks which other nodes are there
                fleet.rig.publish(fleet.rig.state().moved(Goal.of(Stage.DUAL_WRITE), OPEN));
                other.report(fleet.rig.report(1, fleet.rig.state().version()));
            }
        };

        node.report();

        assertThat(fleet.rig.fleet.members(Rig.NAME)).hasSize(2);
        assertThat(node.migration().stageOf(1)).isEqualTo(Stage.DUAL_WRITE);
    }

    @Test
    void a_read_that_keys_have_overtaken_asks_the_path_that_answers_now() {
        SteppedFleet.Node node = fleet.node("node");
        Controller controller = fleet.shadow(node);
        node.migration().put(1, "before");
        Rig.eventually(() -> node.migration().fence.isIdle());
        fleet.oldPath.after = call -> {
            fleet.oldPath.recover();
            fleet.walk(controller, Goal.of(Stage.COMPLETE), node);
            node.migration().put(1, "acknowledged");
        };

        assertThat(node.migration().get(1)).contains("acknowledged");
    }

    @Test
    void an_entry_that_was_created_again_on_the_other_side_is_not_routed_by() {
        SteppedFleet.Node node = at(Stage.COMPLETE);
        node.migration().put(1, "acknowledged");
        assertThat(fleet.oldPath.value(1)).isEmpty();

        see(node, MigrationState.startingAt(Rig.NAME, "another", Stage.OFF));
        node.report();

        assertThatThrownBy(() -> node.migration().get(1)).isInstanceOf(UnavailableException.class);
        assertThatThrownBy(() -> node.migration().put(1, "unseen")).isInstanceOf(UnavailableException.class);

        node.store().thaw();
        node.report();
        assertThat(node.migration().get(1)).contains("acknowledged");
    }

    @Test
    void another_state_with_the_number_of_its_own_ends_what_the_node_begins() {
        SteppedFleet.Node node = at(Stage.SHADOW);
        MigrationState known = fleet.rig.state();
        MigrationState dual = MigrationState.startingAt(Rig.NAME, known.incarnation(), Stage.DUAL_WRITE);

        see(
                node,
                new MigrationState(
                        Rig.NAME,
                        known.incarnation(),
                        known.version(),
                        known.bucketing(),
                        dual.position(),
                        Goal.of(Stage.DUAL_WRITE),
                        false,
                        0));

        assertThatThrownBy(() -> node.migration().put(1, "by which?")).isInstanceOf(UnavailableException.class);
    }

    @Test
    void a_node_that_is_overridden_acknowledges_nothing() {
        SteppedFleet.Node node = at(Stage.LIVE);
        assertThat(member().acknowledged()).isEqualTo(fleet.rig.state().version());

        node.migration().overrideStage(Stage.SYNC, "ana", "x");
        node.report();

        assertThat(member().override()).isEqualTo(Stage.SYNC);
        assertThat(member().acknowledged()).isZero();
    }

    @Test
    void what_began_under_an_override_is_not_told_as_done_after_its_end() {
        SteppedFleet.Node node = at(Stage.LIVE);
        node.migration().overrideStage(Stage.SYNC, "ana", "x");
        fleet.newPath.after = call -> {
            if (call.equals("write")) {
                node.migration().endOverride();
            }
        };

        assertThatThrownBy(() -> node.migration().put(1, "a")).isInstanceOf(UncertainWriteException.class);

        assertThat(node.migration().override()).isEmpty();
        assertThat(fleet.rig.journal.depth()).isEqualTo(1);
    }

    @Test
    void a_node_that_has_to_join_again_stays_until_its_operations_are_over() {
        SteppedFleet.Node node = at(Stage.SHADOW);
        String before = member().id();
        fleet.oldPath.before = call -> {
            if (call.equals("write")) {
                fleet.oldPath.recover();
                see(node, MigrationState.startingAt(Rig.NAME, "another", Stage.SHADOW));
                node.report();
                assertThat(member().id()).isEqualTo(before);
            }
        };

        var unused = node.migration().put(1, "a");

        Rig.eventually(() -> node.migration().fence.isIdle());
        node.report();
        assertThat(member().id()).isNotEqualTo(before);
    }

    @Test
    @SuppressWarnings("unchecked")
    void the_journal_hears_of_an_eviction_from_who_was_evicted() {
        Journal<Integer> journal = mock(Journal.class, delegatesTo(fleet.rig.journal));
        SteppedFleet.Node node = fleet.node("node", builder -> builder.journal(journal));
        String before = member().id();
        fleet.rig.evict("node");

        node.report();

        verify(journal).evicted(before);
        assertThat(member().id()).isNotEqualTo(before);
    }

    @Test
    void a_node_that_was_evicted_joins_again_where_the_others_have_moved_on() {
        SteppedFleet.Node one = at(Stage.SHADOW);
        SteppedFleet.Node two = fleet.node("two");
        fleet.rig.evict("two");
        fleet.rig.publish(fleet.rig.state().withGoal(Goal.of(Stage.DUAL_WRITE)).moved(Goal.of(Stage.DUAL_WRITE), OPEN));
        one.report();

        two.report(); // it learns that it was evicted
        two.report();

        two.migration().put(1, "a");
        assertThat(fleet.rig.fleet.members(Rig.NAME)).extracting(Member::node).containsExactlyInAnyOrder("node", "two");
    }

    /** What the other nodes route by follows what this one knows, though the store has lost it. */
    @Test
    void a_node_that_knows_more_than_the_store_joins_again_beside_others_that_know_as_much() {
        SteppedFleet.Node one = at(Stage.SHADOW);
        SteppedFleet.Node two = fleet.node("two");
        MigrationState older = fleet.rig.state();
        fleet.rig.publish(older.withGoal(Goal.of(Stage.DUAL_WRITE)).moved(Goal.of(Stage.DUAL_WRITE), OPEN));
        one.report();
        two.report();
        fleet.rig.evict("two");
        see(two, older);

        two.report();
        two.report();

        two.migration().put(1, "a");
        assertThat(two.migration().stageOf(1)).isEqualTo(Stage.DUAL_WRITE);
    }

    @Test
    void a_node_whose_store_is_behind_the_others_begins_nothing_and_holds_nobody_up() {
        SteppedFleet.Node one = at(Stage.SHADOW);
        SteppedFleet.Node two = fleet.node("two");
        two.store().freeze();
        fleet.rig.publish(fleet.rig.state().withGoal(Goal.of(Stage.DUAL_WRITE)).moved(Goal.of(Stage.DUAL_WRITE), OPEN));
        one.report();
        fleet.rig.evict("two");

        two.report();
        two.report();

        assertThatThrownBy(() -> two.migration().put(1, "a")).isInstanceOf(UnavailableException.class);
        assertThat(fleet.rig.fleet.members(Rig.NAME)).extracting(Member::node).containsExactly("node");
    }

    @Test
    void a_node_that_is_closed_while_it_is_overridden_begins_nothing() {
        SteppedFleet.Node node = at(Stage.LIVE);
        node.migration().overrideStage(Stage.SYNC, "ana", "incident");
        node.migration().put(1, "a");

        node.migration().close();

        assertThatThrownBy(() -> node.migration().put(1, "b"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("is closed");
        assertThatThrownBy(() -> node.migration().get(1)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void who_is_evicted_by_an_operator_is_gone_with_its_presence_and_who_is_not_there_is_not() {
        SteppedFleet.Node one = fleet.node("node");
        fleet.node("two");
        Controller controller = fleet.rig.controller(one.migration());

        assertThat(controller.evict("two", "ana")).isTrue();

        assertThat(fleet.rig.fleet.members(Rig.NAME)).extracting(Member::node).containsExactly("node");
        assertThat(fleet.rig.fleet.members(FleetStore.EVERYBODY))
                .extracting(Member::node)
                .doesNotContain("two");
        assertThat(controller.evict("two", "ana")).isFalse();
    }
}
