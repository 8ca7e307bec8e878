package dev.turnout.flags.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.AdditionalAnswers.delegatesTo;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.mock;

import dev.turnout.flags.Flags;
import dev.turnout.flags.document.EntryKey;
import dev.turnout.flags.rule.Keys;
import dev.turnout.flags.spi.FleetStore;
import dev.turnout.flags.spi.Member;
import dev.turnout.flags.stage.Blocker;
import dev.turnout.flags.stage.Facts;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.IllegalMoveException;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.stage.StateId;
import dev.turnout.flags.store.Change;
import dev.turnout.flags.store.EditableFlagStore;
import dev.turnout.flags.store.Snapshot;
import dev.turnout.flags.store.StaleRevisionException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An entry that is created, removed, created again, or set back, while nodes route by it. */
class EntryTest {
    private final Rig rig = new Rig(Stage.OFF);
    private Migration<Integer, String> migration;
    private Controller controller;

    @BeforeEach
    void none_yet() {
        remove();
        migration = rig.migration(new MapPath("old"), new MapPath("new"));
        controller = rig.controller(migration);
    }

    /** In OFF, as a store refuses it elsewhere. */
    private void remove() {
        MigrationState state = rig.state();
        if (state != null && !state.position().toString().equals("OFF")) {
            Facts open = new Facts(true, "", slice -> List.of());
            rig.publish(state.moved(Goal.of(Stage.OFF), open));
        }
        EntryKey key = EntryKey.migration(Rig.NAME);
        rig.store.apply(
                Change.by("test", "removes").remove(key, rig.store.read().idOf(key)));
    }

    private MigrationState arriveAt(Stage stage) throws Exception {
        return Rig.get(controller.moveTo(Goal.of(stage), "ana", "x"));
    }

    @AfterEach
    void close() throws Exception {
        rig.close();
    }

    @Test
    void each_that_is_created_is_an_incarnation_of_its_own() throws Exception {
        String first = arriveAt(Stage.DUAL_WRITE).incarnation();
        controller.close();
        migration.close();
        remove();
        migration = rig.migration(new MapPath("old"), new MapPath("new"));
        controller = rig.controller(migration);

        String second = arriveAt(Stage.DUAL_WRITE).incarnation();

        assertThat(first).satisfies(text -> assertThat(Keys.isValid(text)).isTrue());
        assertThat(second)
                .satisfies(text -> assertThat(Keys.isValid(text)).isTrue())
                .isNotEqualTo(first);
    }

    @Test
    void it_is_not_created_again_while_a_node_routes_by_one() throws Exception {
        arriveAt(Stage.DUAL_WRITE);
        remove();

        assertThatThrownBy(() -> controller.moveTo(Goal.of(Stage.DUAL_WRITE), "ana", "again"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll(
                        "has no entry of migration 'm'",
                        "node 'node-1' routes by version",
                        "the entry was removed",
                        "stop these nodes first");
        assertThat(rig.store.read().document().migrations()).isEmpty();
        assertThat(controller.status().blockers())
                .singleElement()
                .extracting(Blocker::message)
                .asString()
                .contains("node 'node-1' routes by version", "the flag store has no entry of it", "Restore");
    }

    @Test
    void who_waits_is_told_that_it_was_removed() throws Exception {
        rig.join("slow", "", Duration.ZERO); // so no goal is reached
        CompletableFuture<MigrationState> arrival = controller.moveTo(Goal.of(Stage.OFF), "ana", "x");

        remove();

        assertThatThrownBy(() -> Rig.get(arrival)).hasMessageContaining("entry was removed");
        assertThat(rig.store.read().document().migrations()).isEmpty();
    }

    @Test
    void a_sweep_of_an_entry_that_was_removed_does_not_create_one() throws Exception {
        arriveAt(Stage.DUAL_WRITE);
        FullSweep sweep = migration.beginSweep();
        assertThat(sweep.id()).startsWith(rig.state().incarnation() + "-version-2-");
        controller.close();
        migration.close();
        remove();

        sweep.finished("test");
        assertThat(rig.store.read().document().migrations()).isEmpty();

        rig.publish(new MigrationState(
                Rig.NAME,
                "another",
                2,
                MigrationState.startingAt(Rig.NAME, Stage.DUAL_WRITE).bucketing(),
                MigrationState.startingAt(Rig.NAME, Stage.DUAL_WRITE).position(),
                Goal.of(Stage.DUAL_WRITE),
                false,
                0));
        sweep.finished("test");
        assertThat(rig.state().position().at(0).journal())
                .as("of another entry")
                .isEmpty();
    }

    @Test
    void nothing_moves_or_arrives_while_a_node_routes_by_a_state_that_the_store_has_lost() throws Exception {
        arriveAt(Stage.SHADOW);
        StateId now = rig.state().id();
        FleetStore.Membership ahead = rig.join("ahead", "", Duration.ZERO);
        StateId lost = new StateId(now.incarnation(), now.version() + 3, "lost");
        ahead.report(new Member.Report(1, lost, lost.version(), null));

        CompletableFuture<MigrationState> arrival = controller.moveTo(Goal.of(Stage.OFF), "ana", "x");
        Rig.eventually(
                () -> Blocker.messages(controller.status().blockers()).contains("node 'ahead' routes by " + lost));
        controller.step();
        assertThat(rig.state().id()).isEqualTo(now);
        assertThatThrownBy(() -> controller.moveNow(Goal.of(Stage.OFF), "ana", "x"))
                .isInstanceOf(IllegalMoveException.class)
                .hasMessageContaining("was set back");
        assertThatThrownBy(migration::beginSweep).hasMessageContaining("node 'ahead' routes by " + lost);
        assertThat(controller.status().legalMoves()).isEmpty();

        assertThat(controller.evict("ahead", "ana")).isTrue();
        assertThat(Rig.get(arrival).position()).hasToString("OFF");
    }

    @Test
    void a_goal_does_not_arrive_by_acknowledgements_of_another_entry() throws Exception {
        FleetStore.Membership other = rig.join("other", "", Duration.ZERO);
        other.report(new Member.Report(1, StateId.NONE, 0, null));
        CompletableFuture<MigrationState> arrival = controller.moveTo(Goal.of(Stage.DUAL_WRITE), "ana", "x");
        Rig.eventually(() -> rig.state().isAtGoal());
        other.report(new Member.Report(1, new StateId("another", 9, "x"), 9, null));
        controller.step();
        assertThat(arrival).isNotDone();

        other.report(rig.report(1, rig.state().version()));
        Rig.get(arrival);
    }

    @Test
    void who_waits_for_a_goal_that_the_store_has_lost_is_told() throws Exception {
        EditableFlagStore losing = mock(EditableFlagStore.class, delegatesTo(rig.store));
        Flags flags =
                rig.opened(Flags.builder(losing).node("two").fleet(rig.fleet).build());
        Controller of = rig.controller(
                rig.opened(rig.builder(new MapPath("old"), new MapPath("new")).build(flags)));
        rig.join("silent", "", Duration.ofHours(1));
        Snapshot before = rig.store.read();
        CompletableFuture<MigrationState> arrival = of.moveTo(Goal.of(Stage.LIVE), "ana", "x");
        Rig.eventually(() -> flags.state().revision() > before.revision());
        of.step();
        assertThat(arrival).isNotDone();

        doReturn(before).when(losing).read();
        flags.refresh();

        assertThatThrownBy(() -> Rig.get(arrival))
                .hasCauseInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll("gone back", "Set it again");
    }

    @Test
    void a_change_of_a_store_that_reads_what_it_does_not_have_any_more_is_tried_once_and_refused() throws Exception {
        AtomicInteger tried = new AtomicInteger();
        EditableFlagStore setBack = mock(EditableFlagStore.class, delegatesTo(rig.store));
        doAnswer(invocation -> {
                    tried.incrementAndGet();
                    throw new StaleRevisionException(EntryKey.migration(Rig.NAME), Change.ABSENT, null);
                })
                .when(setBack)
                .apply(any());
        Flags flags = rig.opened(Flags.builder(setBack).node("two").build());
        Controller of = rig.controller(
                rig.opened(rig.builder(new MapPath("old"), new MapPath("new")).build(flags)));

        assertThatThrownBy(() -> of.moveTo(Goal.of(Stage.DUAL_WRITE), "ana", "x"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll("is behind what it writes", "not from a replica");
        assertThat(tried).hasValue(1);
    }
}
