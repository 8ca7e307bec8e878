package dev.turnout.flags.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.Stage;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ReadAllTest {
    private final SteppedFleet fleet = new SteppedFleet(Stage.OFF);

    @AfterEach
    void close() throws Exception {
        fleet.close();
    }

    private Set<Integer> keys(SteppedFleet.Node node) {
        return node.migration()
                .readAll(
                        () -> new TreeSet<>(fleet.oldPath.records.keySet()),
                        () -> new TreeSet<>(fleet.newPath.records.keySet()));
    }

    private void putOnNewAlone(SteppedFleet.Node node, int key) {
        fleet.oldPath.failWrites();
        assertThat(node.migration().put(key, "acknowledged")).isEqualTo(WriteOutcome.MIRROR_PENDING);
        Rig.eventually(() -> fleet.rig.journal.depth() == 1);
        fleet.oldPath.recover();
    }

    @Test
    void on_a_node_in_live_it_shows_what_another_one_in_ramp_down_has_written() {
        SteppedFleet.Node behind = fleet.node("behind");
        SteppedFleet.Node ahead = fleet.node("ahead");
        Controller controller = fleet.shadow(ahead, behind);
        fleet.walk(controller, Goal.of(Stage.LIVE), ahead, behind);
        behind.store().freeze();
        fleet.want(Goal.of(Stage.RAMP_DOWN));
        controller.step();
        assertThat(behind.migration().stageOf(1)).isEqualTo(Stage.LIVE);
        putOnNewAlone(ahead, 1);

        assertThat(keys(behind)).containsExactly(1);
    }

    @Test
    void while_some_keys_are_in_live_and_some_in_shadow_it_looks_whether_others_are_beyond() {
        SteppedFleet.Node behind = fleet.node("behind");
        SteppedFleet.Node ahead = fleet.node("ahead");
        Controller controller = fleet.shadow(ahead, behind);
        fleet.walk(controller, Goal.of(Stage.SHADOW).with("vip", Stage.LIVE), ahead, behind);
        assertThat(keys(behind)).isEmpty();
        behind.store().freeze();
        fleet.want(Goal.of(Stage.SHADOW).with("vip", Stage.RAMP_DOWN));
        controller.step();
        putOnNewAlone(ahead, 1);
        behind.store().frozen = null; // it has read nothing new, and can ask

        assertThatThrownBy(() -> keys(behind)).hasMessageContaining("no path holds every record");
        assertThat(behind.migration().stageOf(1)).isEqualTo(Stage.RAMP_DOWN);
    }

    @Test
    void it_answers_from_the_side_that_keys_in_sync_came_from() {
        SteppedFleet.Node node = fleet.node("node");
        Controller controller = fleet.shadow(node);
        fleet.walk(controller, Goal.of(Stage.SHADOW).with("vip", Stage.RAMP_DOWN), node);
        fleet.newPath.failWrites();
        assertThat(node.migration().put(5, "acknowledged")).isEqualTo(WriteOutcome.MIRROR_PENDING);
        Rig.eventually(() -> fleet.rig.journal.depth() == 1);
        fleet.newPath.recover();
        fleet.want(Goal.of(Stage.LIVE).with("vip", Stage.RAMP_DOWN));
        controller.step();
        assertThat(node.migration().stageOf(5)).isEqualTo(Stage.SYNC);

        assertThatThrownBy(() -> keys(node)).hasMessageContaining("no path holds every record");
    }

    @Test
    void while_keys_are_in_sync_it_asks_the_flag_store_before_and_after() {
        SteppedFleet.Node behind = fleet.node("behind");
        SteppedFleet.Node ahead = fleet.node("ahead");
        Controller controller = fleet.shadow(ahead, behind);
        fleet.want(Goal.of(Stage.RAMP_DOWN));
        controller.step();
        behind.report();
        ahead.report();
        assertThat(behind.migration().stageOf(1)).isEqualTo(Stage.SYNC);
        behind.store().freeze();
        Runnable crosses = () -> {
            controller.step();
            assertThat(ahead.migration().stageOf(1)).isEqualTo(Stage.RAMP_DOWN);
            putOnNewAlone(ahead, 1);
            behind.store().frozen = null;
        };

        Set<Integer> found = behind.migration()
                .readAll(
                        () -> {
                            Set<Integer> answer = new TreeSet<>(fleet.oldPath.records.keySet());
                            crosses.run(); // while it reads
                            return answer;
                        },
                        () -> new TreeSet<>(fleet.newPath.records.keySet()));

        assertThat(found).containsExactly(1);
    }

    @Test
    void while_keys_are_in_sync_it_does_not_answer_without_the_flag_store() {
        SteppedFleet.Node node = fleet.node("node");
        Controller controller = fleet.shadow(node);
        fleet.want(Goal.of(Stage.LIVE));
        controller.step();
        node.store().before = () -> {
            throw MapPath.down();
        };

        assertThatThrownBy(() -> keys(node))
                .isInstanceOf(UnavailableException.class)
                .hasMessageContaining("flag store cannot be read");
    }
}
