package dev.turnout.flags.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.AdditionalAnswers.delegatesTo;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.mock;

import dev.turnout.flags.Flags;
import dev.turnout.flags.spi.FleetStore;
import dev.turnout.flags.spi.Member;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.testing.SettableTime;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A node that cannot reach its fleet, by a clock that the test sets. */
class LeaseTest {
    private static final Duration LEASE = Duration.ofSeconds(10);

    private final MapPath oldPath = new MapPath("old");
    private final MapPath newPath = new MapPath("new");
    private final SettableTime time = new SettableTime("2026-01-01T00:00:00Z");
    private final FleetStore fleet = FleetStore.inMemory();
    private final FleetStore reached = mock(FleetStore.class, delegatesTo(fleet));
    private final ManualWorkers workers = new ManualWorkers();
    private Rig rig = new Rig(Stage.OFF);

    @AfterEach
    void close() throws Exception {
        rig.close();
    }

    private Migration<Integer, String> at(Stage stage) {
        return at(stage, LEASE);
    }

    private Migration<Integer, String> at(Stage stage, Duration lease) {
        rig = new Rig(stage);
        oldPath.seed(1, "a");
        newPath.seed(1, "a");
        Flags flags = rig.opened(
                Flags.builder(rig.store).node("n").fleet(reached).time(time).build());
        MigrationBuilder<Integer, String> builder =
                rig.builder(oldPath, newPath).lease(lease);
        builder.workers = workers;
        return rig.opened(builder.build(flags));
    }

    private Member member() {
        List<Member> members = fleet.members(Rig.NAME);
        assertThat(members).hasSize(1);
        return members.get(0);
    }

    @ParameterizedTest
    @EnumSource(Stage.class)
    void without_a_lease_nothing_begins_and_nothing_is_answered(Stage stage) {
        Migration<Integer, String> migration = at(stage);
        time.pass(LEASE.minusMillis(1));
        assertThat(migration.get(1)).contains("a");
        time.pass(Duration.ofMillis(1));

        assertThatThrownBy(() -> migration.get(1)).isInstanceOf(UnavailableException.class);
        assertThatThrownBy(() -> migration.read(1, () -> 1, () -> 1)).isInstanceOf(UnavailableException.class);
        assertThatThrownBy(() -> migration.put(1, "b"))
                .isInstanceOf(UnavailableException.class)
                .hasMessageContaining("Nothing was applied");
        assertThat(oldPath.value(1)).contains("a");
        assertThat(newPath.value(1)).contains("a");
    }

    @Test
    void a_report_renews_the_lease_from_the_moment_it_was_sent() {
        Migration<Integer, String> migration = at(Stage.OFF);
        time.pass(Duration.ofSeconds(9));
        workers.run("turnout-fleet-m");
        time.pass(Duration.ofSeconds(9));

        assertThat(migration.get(1)).contains("a");
    }

    @Test
    void a_lease_without_end_never_lapses() {
        Migration<Integer, String> migration = at(Stage.OFF, Duration.ZERO);
        time.pass(Duration.ofDays(1_000));

        assertThat(migration.get(1)).contains("a");
    }

    @Test
    void a_write_whose_node_lost_its_lease_meanwhile_is_told_as_unknown_and_left_to_repair() {
        Migration<Integer, String> migration = at(Stage.LIVE);
        oldPath.after = call -> {
            if (call.equals("write")) {
                time.pass(LEASE);
            }
        };

        assertThatThrownBy(() -> migration.put(1, "b"))
                .isInstanceOf(UncertainWriteException.class)
                .satisfies(e -> assertThat(WriteOutcome.of(e)).isEqualTo(WriteOutcome.UNKNOWN));

        assertThat(newPath.value(1)).as("no further call").contains("a");
        assertThat(rig.journal.depth()).isEqualTo(1);
    }

    @Test
    void a_node_that_was_counted_out_joins_again_and_reads_the_state_first() {
        Migration<Integer, String> migration = at(Stage.OFF);
        Member before = member();
        assertThat(fleet.evict(Rig.NAME, before)).isTrue();
        rig.publish(MigrationState.startingAt(Rig.NAME, Stage.OFF).withGoal(Goal.of(Stage.DUAL_WRITE)));

        workers.run("turnout-fleet-m");

        assertThat(member().id()).isNotEqualTo(before.id());
        assertThat(member().revision()).isEqualTo(rig.store.read().revision());
        assertThat(migration.get(1)).contains("a");
    }

    @Test
    void what_began_before_the_node_was_counted_out_stays_without_a_lease() {
        Migration<Integer, String> migration = at(Stage.RAMP_DOWN);
        newPath.after = call -> {
            if (call.equals("write")) {
                fleet.evict(Rig.NAME, member());
                workers.run("turnout-fleet-m"); // has joined again before the write returns
            }
        };

        assertThatThrownBy(() -> migration.put(1, "b")).isInstanceOf(UncertainWriteException.class);
        newPath.recover();
        assertThat(migration.get(1)).as("the new lease serves new operations").contains("b");
    }

    @Test
    void an_outage_of_the_fleet_store_is_survived_until_the_lease_ends_and_ends_by_itself() {
        FleetStore.Membership[] joined = new FleetStore.Membership[1];
        doAnswer(call -> {
                    joined[0] = mock(
                            FleetStore.Membership.class, delegatesTo(rig.join("n", KeyText.TOLD_BY_DEFAULT, LEASE)));
                    return joined[0];
                })
                .when(reached)
                .join(anyString(), any());
        Migration<Integer, String> migration = at(Stage.OFF);
        doThrow(new IllegalStateException("down")).when(joined[0]).report(any());
        time.pass(Duration.ofSeconds(9));
        workers.run("turnout-fleet-m");
        assertThat(migration.get(1)).contains("a");
        time.pass(Duration.ofSeconds(1));
        assertThatThrownBy(() -> migration.get(1)).hasMessageContaining("joins again by itself");

        doReturn(true).when(joined[0]).report(any());
        workers.run("turnout-fleet-m");

        assertThat(migration.get(1)).contains("a");
    }

    @Test
    void a_late_write_is_looked_after_though_its_entry_was_repaired_before_it_took_effect() {
        Migration<Integer, String> migration = at(Stage.SHADOW);
        oldPath.before = call -> {
            if (call.equals("write")) {
                oldPath.recover();
                time.pass(LEASE);
                rig.journal.handOverAll(member().id());
                workers.run("turnout-repair-m"); // reads both paths, finds them equal
                assertThat(rig.journal.keys()).isEmpty();
            }
        };

        assertThatThrownBy(() -> migration.put(1, "late")).isInstanceOf(UncertainWriteException.class);

        workers.run("turnout-repair-m");
        assertThat(oldPath.value(1)).contains("late");
        assertThat(newPath.value(1)).contains("late");
    }
}
