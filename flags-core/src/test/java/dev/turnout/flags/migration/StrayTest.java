package dev.turnout.flags.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.AdditionalAnswers.delegatesTo;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;

import dev.turnout.flags.spi.Journal;
import dev.turnout.flags.stage.Blocker;
import dev.turnout.flags.stage.Facts;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Stage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** A record that the mirror has newer than the authority, as that took it in a transaction which was rolled back. */
class StrayTest {
    private static final Versioned<String> REFUSED = Versioned.of(new Version(1, Long.MAX_VALUE), "refused");

    private final MapPath oldPath = new MapPath("old");
    private final MapPath newPath = new MapPath("new");
    private Rig rig = new Rig(Stage.OFF);

    private Migration<Integer, String> at(Stage stage) {
        rig = new Rig(stage);
        return rig.migration(oldPath, newPath);
    }

    /** Of key 1, where the old path answers. */
    private Migration<Integer, String> withStray(Stage stage) {
        oldPath.seed(1, "right");
        newPath.records.put(1, REFUSED);
        return at(stage);
    }

    @AfterEach
    void close() throws Exception {
        rig.close();
    }

    private void assertQuarantined() {
        Rig.eventually(() -> !rig.journal.quarantined(1).isEmpty());
        assertThat(rig.journal.quarantined(1).get(0).problem()).contains("rolled back", "rewrite");
    }

    @ParameterizedTest
    @EnumSource(
            value = Stage.class,
            names = {"OFF", "DUAL_WRITE", "SHADOW", "SYNC"})
    void it_is_not_copied_by_a_sweep_of_all_keys_and_nothing_crosses(Stage stage) {
        Migration<Integer, String> migration = withStray(stage);

        assertThatThrownBy(() -> migration.reconciler().reconcile(1, Side.OLD))
                .isInstanceOf(UnrepairableException.class)
                .hasMessageContaining("new path has a key");

        assertThat(oldPath.value(1)).contains("right");
        assertQuarantined();
        assertThat(Controller.of(migration).status().gates().stream()
                        .filter(gate -> gate.to() == Stage.LIVE)
                        .findFirst())
                .hasValueSatisfying(gate -> assertThat(gate.blockers())
                        .anySatisfy(blocker -> assertThat(blocker)
                                .isInstanceOfSatisfying(
                                        Blocker.KeyQuarantined.class,
                                        one -> assertThat(one.problem()).contains("rolled back"))));
    }

    @ParameterizedTest
    @EnumSource(
            value = Side.class,
            names = {"OLD", "NEW"})
    void it_is_not_copied_whichever_path_a_caller_takes_for_the_right_one(Side source) {
        Migration<Integer, String> migration = withStray(Stage.SHADOW);

        assertThatThrownBy(() -> migration.reconciler().reconcile(1, source)).isInstanceOf(UnrepairableException.class);

        assertQuarantined();
        assertThat(oldPath.value(1)).contains("right");
    }

    @ParameterizedTest
    @CsvSource({"DUAL_WRITE", "SHADOW", "SYNC"})
    void it_is_not_copied_for_an_entry_of_a_write_that_went_to_the_old_path_first(Stage stage) {
        Migration<Integer, String> migration = withStray(stage);
        rig.journal.handOver(rig.journal.record(1, new Journal.Origin("", Side.OLD, true)));

        assertQuarantined();
        assertThat(migration.stageOf(1)).isEqualTo(stage);
        assertThat(oldPath.value(1)).contains("right");
    }

    @Test
    void it_is_not_copied_by_the_sweep_of_recorded_keys_for_an_operation_that_is_under_way() {
        Migration<Integer, String> migration = withStray(Stage.SYNC);
        rig.journal.record(1, new Journal.Origin("somebody", Side.OLD, true));

        assertThatThrownBy(migration::sweepRecorded).isInstanceOf(UnrepairableException.class);

        assertThat(oldPath.value(1)).contains("right");
    }

    /** What the authority has would be stale, if it is the flag store that has lost its last commit. */
    @Test
    void a_read_of_both_paths_answers_nothing_and_reports_it() {
        Migration<Integer, String> migration = withStray(Stage.SYNC);

        assertThatThrownBy(() -> migration.get(1)).isInstanceOf(UnavailableException.class);

        assertThat(oldPath.value(1)).contains("right");
        assertQuarantined();
        for (int i = 0; i < 10; i++) { // it does not fill the journal
            assertThatThrownBy(() -> migration.get(1)).hasMessageContaining("Migration.rewrite(key)");
        }
        assertThat(rig.journal.pending(List.of(1))).isEmpty();
    }

    @Test
    void an_update_where_both_paths_are_needed_changes_nothing_and_a_put_settles_it() {
        Migration<Integer, String> migration = withStray(Stage.SYNC);

        assertThatThrownBy(() -> migration.update(1, record -> record + ", changed"))
                .isInstanceOf(UnavailableException.class);
        assertThat(oldPath.value(1)).contains("right");

        migration.put(1, "decided");
        assertThat(oldPath.value(1)).contains("decided");
        assertThat(oldPath.records.get(1)).isEqualTo(newPath.records.get(1));
    }

    @Test
    void a_write_that_the_mirror_refuses_for_it_is_left_to_repair_which_quarantines_it() {
        newPath.records.put(1, REFUSED);
        Migration<Integer, String> migration = at(Stage.SHADOW);
        oldPath.seed(1, "right");

        assertThat(migration.put(1, "acknowledged")).isEqualTo(WriteOutcome.MIRROR_PENDING);

        assertQuarantined();
        assertThat(oldPath.value(1)).contains("acknowledged");
    }

    @ParameterizedTest
    @CsvSource({"DUAL_WRITE, right", "SHADOW, right", "SHADOW, nothing"})
    void an_operator_decides_for_the_authority_by_writing_it_again(Stage stage, String right) {
        Migration<Integer, String> migration = withStray(stage);
        if (right.equals("nothing")) {
            oldPath.records.remove(1);
        }
        assertThatThrownBy(() -> migration.reconciler().reconcile(1, Side.OLD))
                .isInstanceOf(UnrepairableException.class);
        assertQuarantined();

        assertThat(migration.rewrite(1)).isEqualTo(WriteOutcome.MIRROR_PENDING);
        Rig.eventually(() -> oldPath.records.get(1).equals(newPath.records.get(1)));
        rig.journal.retryQuarantined();

        Rig.eventually(() -> rig.journal.depth() == 0);
        assertThat(oldPath.value(1).orElse("nothing")).isEqualTo(right);
    }

    @Test
    void a_rewrite_is_in_the_journal_before_it_writes() {
        Migration<Integer, String> migration = withStray(Stage.SHADOW);
        List<Integer> recorded = new ArrayList<>();
        oldPath.before = call -> {
            if (call.equals("replace")) {
                recorded.addAll(rig.journal.keys());
            }
        };

        migration.rewrite(1);

        assertThat(recorded).containsExactly(1);
    }

    @Test
    void a_rewrite_that_another_write_has_overtaken_begins_again() {
        Migration<Integer, String> migration = withStray(Stage.SHADOW);
        oldPath.before = call -> {
            if (call.equals("replace")) {
                oldPath.recover();
                oldPath.records.put(1, Versioned.of(new Version(1, 7), "newer"));
            }
        };

        migration.rewrite(1);

        Rig.eventually(() -> oldPath.records.get(1).equals(newPath.records.get(1)));
        assertThat(oldPath.value(1)).contains("newer");
    }

    /** What one read saw may be over by the next. */
    @Test
    void a_mirror_that_is_newer_for_a_moment_has_no_stray() {
        oldPath.seed(1, "right");
        newPath.seed(1, "right");
        rig = new Rig(MigrationState.startingAt(Rig.NAME, Stage.SYNC).swept(1, "swept"));
        Migration<Integer, String> migration = rig.migration(oldPath, newPath);
        Versioned<String> newer = Versioned.of(new Version(1, 7), "newer");
        oldPath.after = read -> {
            oldPath.recover();
            oldPath.records.put(1, newer); // as a write does that goes to both, the old path first
            newPath.records.put(1, newer);
        };

        assertThat(migration.get(1)).contains("newer");
        assertThat(rig.journal.keys()).isEmpty();
    }

    @Test
    void what_began_while_the_new_path_answered_is_brought_to_the_old_one() {
        Migration<Integer, String> migration = withStray(Stage.SHADOW);
        rig.journal.handOver(rig.journal.record(1, new Journal.Origin("", Side.NEW, true)));

        Rig.eventually(() -> oldPath.value(1).equals(newPath.value(1)));
        assertThat(migration.get(1)).contains("refused");
    }

    @Test
    void a_read_that_began_in_sync_sees_what_the_new_path_acknowledged_since() {
        oldPath.seed(1, "before");
        newPath.seed(1, "before");
        rig = new Rig(MigrationState.startingAt(Rig.NAME, Stage.SYNC).swept(1, "swept"));
        Migration<Integer, String> migration = rig.migration(oldPath, newPath);
        oldPath.after = read -> {
            oldPath.recover();
            rig.publish(rig.state().moved(Goal.of(Stage.COMPLETE), new Facts(true, "swept", slice -> List.of())));
            newPath.records.put(1, Versioned.of(new Version(1, 7), "acknowledged"));
        };

        assertThat(migration.get(1)).contains("acknowledged");
        assertThat(oldPath.value(1)).as("as the next one may be in SYNC still").contains("acknowledged");
    }

    @ParameterizedTest
    @CsvSource({"LIVE", "RAMP_DOWN"})
    void where_the_new_path_answers_that_of_the_old_one_is_copied_only_if_a_write_may_have_left_it(Stage stage) {
        newPath.seed(1, "right");
        oldPath.records.put(1, REFUSED);
        Migration<Integer, String> migration = at(stage);

        assertThatThrownBy(() -> migration.reconciler().reconcile(1, Side.NEW))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("old path has a key");
        assertThat(newPath.value(1)).contains("right");
        assertThat(rig.journal.keys()).isEmpty();

        rig.journal.record(1, new Journal.Origin("somebody", Side.NEW, true)); // that is under way
        migration.reconciler().reconcile(1, Side.NEW);
        assertThat(newPath.value(1)).contains("refused");
    }

    @Test
    void a_write_that_two_writers_raced_for_leaves_nothing_to_repair() {
        Migration<Integer, String> migration = at(Stage.SHADOW);
        Version later = new Version(1, Long.MAX_VALUE);
        newPath.before = call -> {
            newPath.recover();
            for (MapPath path :
                    List.of(oldPath, newPath)) { // the later one is everywhere before the first is at the mirror
                path.records.put(1, Versioned.of(later, "later"));
            }
        };

        migration.put(1, "first");
        migration.close();

        assertThat(newPath.value(1)).contains("later");
        assertThat(rig.journal.keys()).isEmpty();
    }

    private static SteppedFleet.Node stepped(SteppedFleet fleet, Journal<Integer> journal) {
        return fleet.node("a", builder -> builder.journal(journal).lease(Duration.ofHours(1)));
    }

    private static void readInVain(SteppedFleet fleet, SteppedFleet.Node node, int key) {
        fleet.oldPath.seed(key, "right");
        fleet.newPath.records.put(key, REFUSED);
        assertThatThrownBy(() -> node.migration().get(key))
                .isInstanceOf(UnavailableException.class)
                .hasMessageContaining("no write is known");
    }

    @Test
    @SuppressWarnings("unchecked")
    void each_is_reported_at_most_once_in_ten_seconds() throws Exception {
        try (SteppedFleet fleet = new SteppedFleet(Stage.SYNC)) {
            Journal<Integer> journal = mock(Journal.class, delegatesTo(fleet.rig.journal));
            SteppedFleet.Node node = stepped(fleet, journal);
            for (int key : new int[] {1, 2, 1, 2}) {
                readInVain(fleet, node, key);
            }
            fleet.time.pass(Duration.ofMillis(9_999));
            readInVain(fleet, node, 1);
            verify(journal, times(1)).record(1, Side.OLD);
            verify(journal, times(1)).record(2, Side.OLD);

            fleet.time.pass(Duration.ofMillis(1));
            readInVain(fleet, node, 1);
            verify(journal, times(2)).record(1, Side.OLD);
        }
    }

    @Test
    @SuppressWarnings("unchecked")
    void what_was_reported_is_remembered_of_a_thousand_keys_at_most() throws Exception {
        try (SteppedFleet fleet = new SteppedFleet(Stage.SYNC)) {
            Journal<Integer> journal = mock(Journal.class, delegatesTo(fleet.rig.journal));
            SteppedFleet.Node node = stepped(fleet, journal);
            for (int key = 0; key < 1_000; key++) {
                readInVain(fleet, node, key);
            }
            readInVain(fleet, node, 0);
            verify(journal, times(1)).record(0, Side.OLD);

            readInVain(fleet, node, 1_000);
            readInVain(fleet, node, 0);
            verify(journal, times(2)).record(0, Side.OLD);
        }
    }

    @Test
    void without_the_flag_store_a_read_of_both_paths_answers_nothing_and_reports_nothing() throws Exception {
        try (SteppedFleet fleet = new SteppedFleet(Stage.SYNC)) {
            SteppedFleet.Node node = stepped(fleet, fleet.rig.journal);
            fleet.oldPath.seed(1, "right");
            fleet.newPath.records.put(1, REFUSED);
            node.store().before = () -> {
                throw new IllegalStateException("the flag store is out of reach");
            };

            assertThatThrownBy(() -> node.migration().get(1))
                    .isInstanceOf(UnavailableException.class)
                    .hasMessageContaining("the flag store cannot be asked which of them answers");

            assertThat(fleet.oldPath.value(1)).contains("right");
            assertThat(fleet.rig.journal.keys()).isEmpty();
        }
    }

    /** It is far more likely that of a write which is under way, and the rollback must not depend on the flag store. */
    @Test
    void without_the_flag_store_a_newer_record_of_the_old_path_is_copied_where_the_new_one_answers() throws Exception {
        try (SteppedFleet fleet = new SteppedFleet(Stage.LIVE)) {
            SteppedFleet.Node node = stepped(fleet, fleet.rig.journal);
            fleet.newPath.seed(1, "before");
            Versioned<String> newer = Versioned.of(new Version(1, 7), "under way");
            fleet.oldPath.records.put(1, newer);
            node.store().before = () -> {
                throw new IllegalStateException("the flag store is out of reach");
            };

            node.migration().reconciler().reconcile(1, Side.NEW);

            assertThat(fleet.newPath.records).containsEntry(1, newer);
        }
    }
}
