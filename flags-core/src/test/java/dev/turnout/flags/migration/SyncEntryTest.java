package dev.turnout.flags.migration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnout.flags.repair.Journal;
import dev.turnout.flags.stage.Blocker;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Stage;
import java.time.Duration;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Keys enter SYNC, where each operation needs both paths, when both work everywhere and repair keeps up. */
class SyncEntryTest {
    private enum Trouble {
        FAILS,
        HANGS,
        SLOWS_DOWN
    }

    private final SteppedFleet fleet = new SteppedFleet(Stage.OFF);
    private final PlainMapPath plainOld = new PlainMapPath();
    private final PlainMapPath plainNew = new PlainMapPath();

    @AfterEach
    void close() throws Exception {
        fleet.close();
    }

    private SteppedFleet.Node node(String name, boolean versioned) {
        return versioned
                ? fleet.node(name)
                : fleet.node(name, fleet.rig.builder(plainOld, plainNew), builder -> builder);
    }

    private void disturb(boolean versioned, Side side, Consumer<String> before) {
        if (versioned) {
            (side == Side.OLD ? fleet.oldPath : fleet.newPath).before = before;
        } else {
            (side == Side.OLD ? plainOld : plainNew).before = before;
        }
    }

    /** Reads both paths, on this thread. */
    private static void reconcile(SteppedFleet.Node node) {
        node.report(); // or its lease is over
        try {
            node.migration().reconciler().reconcile(1, Side.OLD);
        } catch (RuntimeException e) {
            assertThat(e).hasMessageMatching("down|A key was not repaired within the time.*");
        }
    }

    private void reconcileFor(Duration length, SteppedFleet.Node node) {
        for (Duration passed = Duration.ZERO;
                passed.compareTo(length) < 0;
                passed = passed.plus(Duration.ofSeconds(1))) {
            for (int i = 0; i < 10; i++) {
                reconcile(node);
            }
            fleet.time.pass(Duration.ofSeconds(1));
            node.look();
        }
    }

    private void reports(SteppedFleet.Node... nodes) {
        for (SteppedFleet.Node node : nodes) {
            node.look();
            node.report();
        }
    }

    private Consumer<String> trouble(Trouble kind) {
        return call -> {
            switch (kind) {
                case FAILS -> throw MapPath.down();
                case HANGS -> fleet.time.pass(Duration.ofSeconds(2));
                case SLOWS_DOWN -> fleet.time.pass(Duration.ofMillis(300));
            }
        };
    }

    @ParameterizedTest
    @CsvSource({
        "true, NEW, FAILS, have failed lately",
        "true, OLD, FAILS, have failed lately",
        "true, NEW, HANGS, took longer than 1000 ms lately",
        "true, NEW, SLOWS_DOWN, took up to 3",
        "true, OLD, SLOWS_DOWN, took up to 3",
        "false, NEW, FAILS, have failed lately",
        "false, OLD, HANGS, took longer than 1000 ms lately",
        "false, NEW, SLOWS_DOWN, took up to 3"
    })
    void they_do_not_while_a_path_is_in_trouble_on_a_node(boolean versioned, Side side, Trouble kind, String told) {
        SteppedFleet.Node controls = node("controls", versioned);
        SteppedFleet.Node suffers = node("suffers", versioned);
        Controller controller = fleet.shadow(controls, suffers);
        reconcileFor(Duration.ofSeconds(30), suffers);
        disturb(versioned, side, trouble(kind));
        reconcileFor(Duration.ofSeconds(2), suffers);

        fleet.want(Goal.of(Stage.LIVE));
        for (int i = 0; i < 5; i++) {
            reports(controls, suffers);
            controller.step();
            assertThat(suffers.migration().stageOf(1)).isEqualTo(Stage.SHADOW);
        }
        String path = side == Side.OLD ? "old" : "new";
        assertThat(controller.status().blockers())
                .singleElement()
                .extracting(Blocker::message)
                .asString()
                .contains("on node 'suffers'", "of the " + path + " path", told)
                .doesNotContain("controls");

        disturb(versioned, side, call -> {});
        reconcileFor(Duration.ofSeconds(11), suffers);
        fleet.walk(controller, Goal.of(Stage.LIVE), controls, suffers);
    }

    @Test
    void the_way_back_is_not_held_up_by_a_path_in_trouble() {
        SteppedFleet.Node node = node("a", true);
        Controller controller = fleet.shadow(node);
        fleet.walk(controller, Goal.of(Stage.LIVE), node);
        fleet.walk(controller, Goal.of(Stage.RAMP_DOWN), node);
        fleet.newPath.fail();
        reconcileFor(Duration.ofSeconds(2), node);
        fleet.want(Goal.of(Stage.SHADOW));
        reports(node);
        controller.step();

        assertThat(fleet.rig.fleet.members(Rig.NAME))
                .singleElement()
                .satisfies(member -> assertThat(member.pathProblem()).contains("of the new path have failed"));
        assertThat(node.migration().stageOf(1)).isEqualTo(Stage.SYNC);
    }

    private Controller inShadowWithRecordedKeys(int keys, SteppedFleet.Node node) {
        Controller controller = fleet.shadow(node);
        fleet.time.pass(Duration.ofMinutes(1));
        for (int key = 0; key < keys; key++) {
            fleet.rig.journal.record(key, Side.OLD);
        }
        fleet.want(Goal.of(Stage.LIVE));
        return controller;
    }

    private void step(Controller controller, SteppedFleet.Node node) {
        reports(node);
        controller.step();
    }

    @Test
    void they_do_not_while_the_keys_that_wait_for_repair_do_not_become_fewer() {
        SteppedFleet.Node node = node("a", true);
        Controller controller = inShadowWithRecordedKeys(150, node);

        step(controller, node);
        assertThat(node.migration().stageOf(1)).isEqualTo(Stage.SHADOW);
        assertThat(controller.status().blockers()).containsExactly(new Blocker.RepairTooSlow(150, -1, DepthTrend.FEW));
        fleet.time.pass(Duration.ofSeconds(2));
        step(controller, node);
        assertThat(node.migration().stageOf(1)).isEqualTo(Stage.SHADOW);
        assertThat(controller.status().blockers()).containsExactly(new Blocker.RepairTooSlow(150, 150, DepthTrend.FEW));

        fleet.rig.journal.claim().ifPresent(Journal.Claim::repaired);
        fleet.time.pass(Duration.ofSeconds(2));
        step(controller, node);
        assertThat(node.migration().stageOf(1)).isEqualTo(Stage.SYNC);
    }

    @Test
    void few_keys_that_wait_for_repair_are_swept_at_once() {
        SteppedFleet.Node node = node("a", true);
        Controller controller = inShadowWithRecordedKeys(DepthTrend.FEW, node);

        step(controller, node);

        assertThat(node.migration().stageOf(1)).isEqualTo(Stage.SYNC);
    }

    @Test
    void nobody_who_only_asks_is_told_to_wait_until_it_is_seen() {
        SteppedFleet.Node node = node("a", true);
        Controller controller = fleet.shadow(node);
        fleet.time.pass(Duration.ofMinutes(1));
        for (int key = 0; key < 150; key++) {
            fleet.rig.journal.record(key, Side.OLD);
        }

        assertThat(controller.status().gates())
                .filteredOn(gate -> gate.to() == Stage.LIVE)
                .singleElement()
                .satisfies(gate -> assertThat(gate.blockers()).isEmpty());
    }
}
