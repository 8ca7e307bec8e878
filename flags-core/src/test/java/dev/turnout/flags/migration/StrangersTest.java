package dev.turnout.flags.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnout.flags.Flags;
import dev.turnout.flags.spi.FleetStore;
import dev.turnout.flags.spi.Member;
import dev.turnout.flags.stage.Blocker;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.testing.SettableTime;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Nodes of builds that do not know the migration: they write to the old path alone. */
class StrangersTest {
    private static final String UNAWARE =
            "nodes that do not route it: 'old-build'; deploy a build that does, or stop them";

    private final MapPath oldPath = new MapPath("old");
    private final MapPath newPath = new MapPath("new");
    private final Rig rig = new Rig(Stage.OFF);
    private Migration<Integer, String> migration;
    private Controller controller;

    @BeforeEach
    void node() {
        migration = rig.migration(oldPath, newPath);
        controller = rig.controller(migration);
    }

    @AfterEach
    void close() throws Exception {
        rig.close();
    }

    private Flags oldBuild() {
        return rig.opened(
                Flags.builder(rig.store).node("old-build").fleet(rig.fleet).build());
    }

    private void arriveAt(Stage stage) throws Exception {
        Rig.get(controller.moveTo(Goal.of(stage), "ana", "x"));
    }

    @Test
    void no_sweep_begins_while_there_is_one() throws Exception {
        Flags stranger = oldBuild();
        arriveAt(Stage.DUAL_WRITE);

        assertThatThrownBy(migration::beginSweep)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(UNAWARE);
        stranger.close();
        migration.beginSweep().finished("test");
    }

    @Test
    void nothing_crosses_while_there_is_one() throws Exception {
        arriveAt(Stage.DUAL_WRITE);
        migration.beginSweep().finished("test");
        Flags stranger = oldBuild();

        CompletableFuture<MigrationState> arrival = controller.moveTo(Goal.of(Stage.LIVE), "ana", "x");
        Rig.eventually(() -> controller.status().blockers().stream()
                .anyMatch(new Blocker.NodesUnaware(List.of("old-build"))::equals));
        assertThat(migration.strangers()).extracting(Member::node).containsExactly("old-build");
        assertThat(migration.stageOf(1)).isEqualTo(Stage.SYNC);

        stranger.close();
        Rig.get(arrival);
    }

    /** As two builds of one service have, if their nodes have no configured names. */
    @Test
    void one_with_the_name_of_a_node_that_routes_is_one_all_the_same() throws Exception {
        arriveAt(Stage.DUAL_WRITE);
        migration.beginSweep().finished("test");
        String name = migration.node().name();
        Flags stranger =
                rig.opened(Flags.builder(rig.store).node(name).fleet(rig.fleet).build());

        assertThat(migration.strangers()).extracting(Member::process).containsExactly(stranger.process());
        CompletableFuture<MigrationState> arrival = controller.moveTo(Goal.of(Stage.LIVE), "ana", "x");
        Rig.eventually(() -> Blocker.messages(controller.status().blockers()).contains("do not route it"));
        assertThat(migration.stageOf(1)).isEqualTo(Stage.SYNC);

        stranger.close();
        Rig.get(arrival);
    }

    @Test
    void one_with_the_name_of_a_node_that_died_stays_one_when_that_is_evicted() throws Exception {
        arriveAt(Stage.DUAL_WRITE);
        migration.beginSweep().finished("test");
        rig.join("old-build", "", Duration.ofMillis(100)); // was killed, and started again from the build before
        Flags stranger = oldBuild();

        CompletableFuture<MigrationState> arrival = controller.moveTo(Goal.of(Stage.LIVE), "ana", "x");
        Rig.eventually(() -> migration.members().size() == 1);
        assertThat(migration.strangers()).extracting(Member::process).containsExactly(stranger.process());
        assertThat(arrival).isNotDone();

        stranger.close();
        Rig.get(arrival);
    }

    @Test
    void a_node_that_was_evicted_is_no_stranger_and_is_one_again_when_it_is_heard_of() throws Exception {
        Flags stranger = oldBuild();
        rig.evict("old-build");
        assertThat(migration.strangers()).isEmpty();

        Flags again = oldBuild();
        assertThat(migration.strangers()).extracting(Member::node).containsExactly("old-build");
        again.close();
        stranger.close();
    }

    @Test
    void one_that_died_is_evicted_when_its_lease_is_over() {
        SettableTime time = new SettableTime("2026-01-01T00:00:00Z");
        Flags flags = rig.opened(
                Flags.builder(rig.store).node("n").fleet(rig.fleet).time(time).build());
        FailureDetector failureDetector =
                new FailureDetector(rig.opened(rig.builder(oldPath, newPath).build(flags)));
        rig.fleet.join(
                FleetStore.EVERYBODY, new Member.Registration("dead", "dead process", "", "", Duration.ofSeconds(30)));

        failureDetector.look();
        time.pass(Duration.ofSeconds(29));
        failureDetector.look();
        assertThat(migration.strangers()).extracting(Member::node).containsExactly("dead");

        time.pass(Duration.ofSeconds(10));
        failureDetector.look();
        assertThat(migration.strangers()).isEmpty();
    }

    @Test
    void nodes_that_route_it_are_none_and_neither_is_who_has_only_flags() {
        rig.migration(oldPath, newPath);
        rig.opened(Flags.builder(rig.store).node("administers").build());

        assertThat(rig.fleet.members(FleetStore.EVERYBODY)).hasSize(2);
        assertThat(migration.strangers()).isEmpty();
    }
}
