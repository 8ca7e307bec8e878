package dev.turnout.flags.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.AdditionalAnswers.delegatesTo;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import dev.turnout.flags.spi.Journal;
import dev.turnout.flags.spi.Member;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.threads.OwnThread;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What rests on a margin of time, or on the order of two looks. */
class MarginsTest {
    private static final Duration LEASE = Duration.ofSeconds(30);

    private final SteppedFleet fleet = new SteppedFleet(Stage.OFF);

    @AfterEach
    void close() throws Exception {
        fleet.close();
    }

    @Test
    void a_lease_lasts_from_when_its_report_was_sent_and_not_from_when_it_was_answered() {
        SteppedFleet.Node node = fleet.node("node", builder -> builder.lease(LEASE));
        node.fleet().before = () -> fleet.time.pass(Duration.ofSeconds(20)); // each call takes so long
        node.report();
        node.fleet().restore();
        fleet.time.pass(Duration.ofSeconds(9));
        assertThat(node.migration().get(1)).isEmpty();
        fleet.time.pass(Duration.ofSeconds(1));

        assertThatThrownBy(() -> node.migration().get(1)).isInstanceOf(UnavailableException.class);
    }

    @Test
    @SuppressWarnings("unchecked")
    void operations_are_over_before_it_is_asked_whether_all_that_was_said_of_them_is_stored() throws Exception {
        Journal<Integer> journal = mock(Journal.class, delegatesTo(fleet.rig.journal));
        SteppedFleet.Node node = fleet.node("node", builder -> builder.journal(journal));
        fleet.shadow(node);
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        fleet.oldPath.before = call -> {
            if (call.equals("write")) {
                inside.countDown();
                try {
                    go.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        };
        CompletableFuture<Void> write = OwnThread.run(() -> node.migration().put(1, "a"));
        inside.await();
        fleet.want(Goal.of(Stage.LIVE));
        fleet.rig.controller(node.migration()).step();
        long before = acknowledged();
        doAnswer(invocation -> {
                    // While the journal is asked, the operation ends, and its report cannot be stored.
                    go.countDown();
                    Rig.get(write);
                    Rig.eventually(() -> node.migration().fence.isIdle());
                    return true;
                })
                .when(journal)
                .isUpToDate();

        node.report();

        assertThat(acknowledged()).isEqualTo(before);
    }

    private long acknowledged() {
        List<Member> members = fleet.rig.fleet.members(Rig.NAME);
        assertThat(members).hasSize(1);
        return members.get(0).acknowledged();
    }

    @Test
    @SuppressWarnings("unchecked")
    void nothing_is_acknowledged_while_the_journal_has_not_stored_what_it_was_told() throws Exception {
        Journal<Integer> journal = mock(Journal.class, delegatesTo(fleet.rig.journal));
        SteppedFleet.Node node = fleet.node("node", builder -> builder.journal(journal));
        fleet.shadow(node);
        boolean[] stored = {false};
        doAnswer(invocation -> stored[0]).when(journal).isUpToDate();
        fleet.want(Goal.of(Stage.LIVE));
        fleet.rig.controller(node.migration()).step();

        node.report();
        assertThat(acknowledged()).isLessThan(fleet.rig.state().version());
        stored[0] = true;
        node.report();
        assertThat(acknowledged()).isEqualTo(fleet.rig.state().version());
    }

    @Test
    void a_node_that_closes_stays_in_the_fleet_while_its_operations_are_under_way() throws Exception {
        SteppedFleet.Node node = fleet.node("node");
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        fleet.oldPath.before = call -> {
            inside.countDown();
            try {
                go.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        };
        CompletableFuture<Void> write = OwnThread.run(() -> node.migration().put(1, "a"));
        inside.await();

        Thread.currentThread().interrupt();
        fleet.haste = 1_000;
        node.migration().close(); // its clock passes while it waits

        assertThat(Thread.interrupted()).as("still noted").isTrue();
        assertThat(fleet.rig.fleet.members(Rig.NAME)).hasSize(1);
        go.countDown();
        Rig.get(write);
    }

    @Test
    @SuppressWarnings("unchecked")
    void a_node_that_closes_stays_in_the_fleet_while_its_journal_has_not_stored_what_it_left() {
        Journal<Integer> journal = mock(Journal.class, delegatesTo(fleet.rig.journal));
        SteppedFleet.Node node = fleet.node("node", builder -> builder.journal(journal));
        doAnswer(invocation -> false).when(journal).isUpToDate();

        fleet.haste = 1_000;
        node.migration().close();

        assertThat(fleet.rig.fleet.members(Rig.NAME))
                .as("to be evicted, which shows that keys may be unknown")
                .hasSize(1);
    }

    @Test
    void without_versions_nothing_is_repaired_by_what_was_read_longer_ago_than_a_call_may_take() throws Exception {
        PlainMapPath oldPath = new PlainMapPath();
        PlainMapPath newPath = new PlainMapPath();
        SteppedFleet.Node node = fleet.node(
                "node",
                fleet.rig.builder(oldPath, newPath),
                builder -> builder.callTimeout(Duration.ofSeconds(10)).lease(Duration.ofMinutes(10)));
        fleet.shadow(node);
        oldPath.records.put(1, "a");
        oldPath.after = call -> fleet.time.pass(Duration.ofMillis(10_001));

        assertThatThrownBy(() -> node.migration().reconciler().reconcile(1, Side.OLD))
                .hasMessageContaining("within the time that a call may take");
        assertThat(newPath.records).isEmpty();
        oldPath.after = call -> fleet.time.pass(Duration.ofMillis(4_999));
        node.migration().reconciler().reconcile(1, Side.OLD);

        assertThat(newPath.records).containsEntry(1, "a");
    }

    @Test
    @SuppressWarnings("unchecked")
    void the_time_of_a_repair_without_versions_begins_before_its_claim_is_taken() throws Exception {
        PlainMapPath oldPath = new PlainMapPath();
        PlainMapPath newPath = new PlainMapPath();
        Journal<Integer> journal = mock(Journal.class, delegatesTo(fleet.rig.journal));
        SteppedFleet.Node node = fleet.node(
                "node",
                fleet.rig.builder(oldPath, newPath),
                builder -> builder.journal(journal)
                        .callTimeout(Duration.ofSeconds(10))
                        .lease(Duration.ofMinutes(10)));
        fleet.shadow(node);
        oldPath.records.put(1, "a");
        journal.record(1, Side.OLD);
        doAnswer(invocation -> {
                    fleet.time.pass(Duration.ofSeconds(6)); // a slow database; its claim lasts from then
                    return fleet.rig.journal.claimSome(1);
                })
                .when(journal)
                .claimSome(anyInt());
        oldPath.after = call -> fleet.time.pass(Duration.ofSeconds(5));

        node.repair();

        assertThat(newPath.records).isEmpty();
        assertThat(fleet.rig.journal.depth()).isEqualTo(1);
    }

    @Test
    void without_versions_nothing_is_repaired_when_the_lease_is_over() throws Exception {
        PlainMapPath oldPath = new PlainMapPath();
        PlainMapPath newPath = new PlainMapPath();
        SteppedFleet.Node node = fleet.node(
                "node",
                fleet.rig.builder(oldPath, newPath),
                builder -> builder.callTimeout(Duration.ofMinutes(10)).lease(LEASE));
        fleet.shadow(node);
        oldPath.records.put(1, "a");
        oldPath.after = call -> fleet.time.pass(LEASE);

        assertThatThrownBy(() -> node.migration().reconciler().reconcile(1, Side.OLD))
                .hasMessageContaining("the lease of its node");

        assertThat(newPath.records).isEmpty();
    }

    @Test
    void an_operation_begins_no_call_that_changes_a_path_when_its_time_is_over() {
        SteppedFleet.Node node = fleet.node(
                "node", builder -> builder.deadline(Duration.ofSeconds(5)).lease(Duration.ofMinutes(10)));
        fleet.walk(fleet.shadow(node), Goal.of(Stage.LIVE), node);
        fleet.newPath.after = call -> fleet.time.pass(Duration.ofMillis(5_001)); // the version is read there first

        assertThatThrownBy(() -> node.migration().put(1, "a")).isInstanceOf(UnavailableException.class);
        assertThat(fleet.oldPath.value(1)).isEmpty();
        assertThat(fleet.rig.journal.keys()).isEmpty();

        fleet.newPath.recover();
        fleet.oldPath.after = call -> fleet.time.pass(Duration.ofMillis(5_001));
        assertThatThrownBy(() -> node.migration().put(1, "a")).isInstanceOf(UncertainWriteException.class);
        assertThat(fleet.newPath.value(1)).isEmpty();
        assertThat(fleet.rig.journal.depth()).isEqualTo(1);
    }

    @Test
    void a_sweep_does_not_copy_what_an_operation_under_way_is_about_where_there_are_no_versions() throws Exception {
        PlainMapPath oldPath = new PlainMapPath();
        PlainMapPath newPath = new PlainMapPath();
        SteppedFleet.Node node = fleet.node("node", fleet.rig.builder(oldPath, newPath), builder -> builder);
        fleet.shadow(node);
        oldPath.records.put(1, "half written");
        fleet.rig.journal.record(
                1, new Journal.Origin(node.migration().members().get(0).id(), Side.OLD, false));

        assertThat(node.migration().sweepRecorded()).isEqualTo(1);

        assertThat(newPath.records).isEmpty();
        assertThat(fleet.rig.journal.keys()).containsExactly(1);
    }

    @Test
    @SuppressWarnings("unchecked")
    void what_a_node_left_is_handed_over_before_it_is_asked_which_keys_are_to_be_swept() throws Exception {
        PlainMapPath oldPath = new PlainMapPath();
        PlainMapPath newPath = new PlainMapPath();
        Journal<Integer> journal = mock(Journal.class, delegatesTo(fleet.rig.journal));
        List<String> calls = new ArrayList<>();
        doAnswer(call -> {
                    calls.add("handed over");
                    fleet.rig.journal.handOverAll("left");
                    return null;
                })
                .when(journal)
                .handOverAll("left");
        doAnswer(call -> {
                    calls.add("keys");
                    return fleet.rig.journal.keys();
                })
                .when(journal)
                .keys();
        SteppedFleet.Node node =
                fleet.node("node", fleet.rig.builder(oldPath, newPath), builder -> builder.journal(journal));
        Controller controller = fleet.shadow(node);
        oldPath.records.put(1, "acknowledged");
        fleet.rig.journal.record(1, new Journal.Origin("left", Side.OLD, false));

        fleet.walk(controller, Goal.of(Stage.LIVE), node);

        assertThat(calls).startsWith("handed over", "keys");
        assertThat(newPath.records).containsEntry(1, "acknowledged");
    }

    @Test
    void a_controller_publishes_nothing_over_what_was_changed_since_it_looked() {
        SteppedFleet.Node node = fleet.node("node");
        Controller controller = fleet.shadow(node);
        fleet.want(Goal.of(Stage.LIVE));
        boolean[] changed = {false};
        node.store().before = () -> {
            if (!changed[0]) {
                changed[0] = true;
                fleet.want(Goal.of(Stage.DUAL_WRITE)); // when it reads the state to publish the next one
            }
        };

        controller.step();

        assertThat(changed[0]).isTrue();
        assertThat(fleet.rig.state().goal()).isEqualTo(Goal.of(Stage.DUAL_WRITE));
    }

    @Test
    void without_versions_a_key_is_not_copied_from_the_side_that_it_has_left() throws Exception {
        PlainMapPath oldPath = new PlainMapPath();
        PlainMapPath newPath = new PlainMapPath();
        SteppedFleet.Node node = fleet.node("node", fleet.rig.builder(oldPath, newPath), builder -> builder);
        fleet.walk(fleet.shadow(node), Goal.of(Stage.COMPLETE), node);
        oldPath.records.put(1, "older");
        newPath.records.put(1, "acknowledged");
        fleet.rig.journal.record(1, Side.OLD); // recorded too late

        node.repair();

        assertThat(newPath.records).containsEntry(1, "acknowledged");
        assertThat(fleet.rig.journal.depth()).isZero();
        assertThatThrownBy(() -> node.migration().reconciler().reconcile(1, Side.OLD))
                .hasMessageContaining("must not be copied");
    }

    @Test
    void claims_that_are_too_short_for_paths_without_versions_are_refused() {
        Journal<Integer> journal = mock();
        when(journal.claimTimeout()).thenReturn(Optional.of(Duration.ofSeconds(20)));

        assertThatThrownBy(() -> fleet.node(
                        "node",
                        fleet.rig.builder(new PlainMapPath(), new PlainMapPath()),
                        builder -> builder.journal(journal).callTimeout(Duration.ofSeconds(10))))
                .hasMessageContaining("claimTimeout must be longer than twice the callTimeout");
    }
}
