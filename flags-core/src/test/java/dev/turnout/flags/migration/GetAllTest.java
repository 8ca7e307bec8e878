package dev.turnout.flags.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Stage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class GetAllTest {
    /** Reads many keys in one call, and records which. */
    private static final class ManyPath extends MapPath {
        final List<Set<Integer>> asked = new ArrayList<>();

        ManyPath(String name) {
            super(name);
        }

        @Override
        public Map<Integer, String> getAll(Set<Integer> keys) {
            asked.add(new TreeSet<>(keys));
            return super.getAll(keys);
        }
    }

    private final ManyPath oldPath = new ManyPath("old");
    private final ManyPath newPath = new ManyPath("new");
    private Rig rig = new Rig(Stage.OFF);

    private Migration<Integer, String> at(Stage stage) {
        rig = new Rig(stage);
        return rig.migration(oldPath, newPath);
    }

    private void seed(int... keys) {
        for (int key : keys) {
            oldPath.seed(key, "old " + key);
            newPath.seed(key, "new " + key);
        }
    }

    @AfterEach
    void close() throws Exception {
        rig.close();
    }

    @ParameterizedTest
    @CsvSource({"OFF, old", "DUAL_WRITE, old", "SHADOW, old", "LIVE, new", "RAMP_DOWN, new", "COMPLETE, new"})
    void it_asks_the_path_of_its_stage_once_for_all_keys(Stage stage, String authority) {
        seed(1, 2);
        Migration<Integer, String> migration = at(stage);

        assertThat(migration.getAll(List.of(1, 2, 2, 3))).isEqualTo(Map.of(1, authority + " 1", 2, authority + " 2"));

        assertThat((authority.equals("old") ? oldPath : newPath).asked).containsExactly(Set.of(1, 2, 3));
        assertThat((authority.equals("old") ? newPath : oldPath).asked).isEmpty();
    }

    @Test
    void it_reads_what_a_path_without_a_way_to_read_many_has_one_by_one() {
        PlainMapPath plain = new PlainMapPath();
        plain.records.putAll(Map.of(1, "a", 2, "b"));
        rig = new Rig(Stage.LIVE);

        assertThat(rig.migration(new PlainMapPath(), plain).getAll(Set.of(1, 2, 3)))
                .isEqualTo(Map.of(1, "a", 2, "b"));
    }

    @Test
    void it_calls_no_path_for_no_key() {
        assertThat(at(Stage.SHADOW).getAll(List.of())).isEmpty();

        assertThat(oldPath.asked).isEmpty();
    }

    @Test
    void it_asks_each_path_for_the_keys_on_its_side_and_brings_those_in_sync_up_to_date() throws Exception {
        try (SteppedFleet fleet = new SteppedFleet(Stage.OFF)) {
            SteppedFleet.Node node = fleet.node("node");
            Controller controller = fleet.shadow(node);
            fleet.walk(controller, Goal.of(Stage.SHADOW).with("vip", Stage.RAMP_DOWN), node);
            fleet.want(Goal.of(Stage.LIVE).with("vip", Stage.RAMP_DOWN));
            controller.step();
            assertThat(node.migration().stageOf(5)).isEqualTo(Stage.SYNC);
            fleet.newPath.seed(1, "new");
            fleet.oldPath.records.put(5, Versioned.of(new Version(7, 7), "newer"));
            fleet.rig.journal.record(5, Side.OLD); // a write has failed half-way

            assertThat(node.migration().getAll(List.of(1, 5))).isEqualTo(Map.of(1, "new", 5, "newer"));

            assertThat(fleet.newPath.value(5)).contains("newer");
        }
    }

    @Test
    void it_begins_again_when_the_node_has_taken_a_newer_stage_while_a_path_was_read() throws Exception {
        try (SteppedFleet fleet = new SteppedFleet(Stage.OFF)) {
            SteppedFleet.Node node = fleet.node("node");
            Controller controller = fleet.shadow(node);
            fleet.oldPath.seed(1, "old");
            fleet.newPath.seed(1, "new");
            fleet.oldPath.after = call -> {
                fleet.oldPath.after = again -> {};
                fleet.walk(controller, Goal.of(Stage.RAMP_DOWN), node);
            };

            assertThat(node.migration().getAll(Set.of(1))).isEqualTo(Map.of(1, "new"));
        }
    }

    @Test
    void it_answers_nothing_by_a_lease_that_is_over() throws Exception {
        try (SteppedFleet fleet = new SteppedFleet(Stage.SHADOW)) {
            SteppedFleet.Node node = fleet.node("node");
            fleet.oldPath.after = call -> fleet.time.pass(World.LEASE.multipliedBy(2));

            assertThatThrownBy(() -> node.migration().getAll(Set.of(1))).isInstanceOf(UnavailableException.class);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Stage.class,
            names = {"SHADOW", "LIVE"})
    void each_record_is_compared_with_the_other_path(Stage stage) {
        seed(1);
        oldPath.seed(2, "same");
        newPath.seed(2, "same");
        Migration<Integer, String> migration = at(stage);

        var unused = migration.getAll(Set.of(1, 2));

        Rig.eventually(() -> migration.recentDifferences().size() == 1);
        assertThat(migration.recentDifferences().get(0).key()).isEqualTo(1);
    }

    @Test
    void what_a_path_answers_of_other_keys_is_no_answer() {
        rig = new Rig(Stage.OFF);
        MapPath chatty = new MapPath("old") {
            @Override
            public Map<Integer, String> getAll(Set<Integer> keys) {
                return Map.of(1, "a", 9, "b");
            }
        };

        assertThat(rig.migration(chatty, newPath).getAll(Set.of(1))).isEqualTo(Map.of(1, "a"));
    }
}
