package dev.turnout.flags.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Stage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class InsertTest {
    private final MapPath oldPath = new MapPath("old");
    private final MapPath newPath = new MapPath("new");
    private Rig rig = new Rig(Stage.OFF);

    private Migration<Integer, String> at(Stage stage) {
        rig = new Rig(stage);
        return rig.migration(oldPath, newPath);
    }

    @AfterEach
    void close() throws Exception {
        rig.close();
    }

    @ParameterizedTest
    @EnumSource(Stage.class)
    void it_creates_a_record_on_the_paths_of_its_stage_and_leaves_one_that_is_there(Stage stage) {
        oldPath.seed(1, "a");
        newPath.seed(1, "a");
        Migration<Integer, String> migration = at(stage);

        assertThat(migration.insert(1, "b")).isFalse();
        assertThat(migration.insert(2, "b")).isTrue();
        migration.close();

        assertThat(oldPath.value(1)).contains("a");
        assertThat(newPath.value(1)).contains("a");
        assertThat(oldPath.value(2).isPresent()).isEqualTo(stage != Stage.COMPLETE);
        assertThat(newPath.value(2).isPresent()).isEqualTo(stage != Stage.OFF);
        assertThat(rig.journal.keys()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Stage.class)
    void it_creates_again_what_was_deleted(Stage stage) {
        oldPath.seed(1, "a");
        newPath.seed(1, "a");
        Migration<Integer, String> migration = at(stage);
        migration.delete(1);

        assertThat(migration.insert(1, "b")).isTrue();

        assertThat(migration.get(1)).contains("b");
    }

    @ParameterizedTest
    @EnumSource(Stage.class)
    void of_two_who_insert_one_key_at_a_time_one_creates_it(Stage stage) {
        Migration<Integer, String> migration = at(stage);
        MapPath first = Paths.firstToWrite(stage) == Side.OLD ? oldPath : newPath;
        boolean[] other = {false};
        first.before = call -> {
            if (call.equals("replace")) { // after it has seen that there is none
                first.before = again -> {};
                other[0] = migration.insert(1, "of another");
            }
        };

        assertThat(migration.insert(1, "mine")).isFalse();

        assertThat(other[0]).isTrue();
        assertThat(migration.get(1)).contains("of another");
    }

    @Test
    void it_leaves_its_key_to_repair_when_the_mirror_fails() {
        Migration<Integer, String> migration = at(Stage.SHADOW);
        newPath.failWrites();

        assertThat(migration.insert(1, "a")).isTrue();
        Rig.eventually(() -> rig.journal.depth() == 1);
        newPath.recover();

        Rig.eventually(() -> rig.journal.keys().isEmpty());
        assertThat(newPath.value(1)).contains("a");
    }

    @Test
    void it_tells_nothing_by_a_lease_that_is_over() throws Exception {
        try (SteppedFleet fleet = new SteppedFleet(Stage.SHADOW)) {
            fleet.oldPath.seed(1, "a");
            SteppedFleet.Node node = fleet.node("node");
            fleet.oldPath.after = call -> fleet.time.pass(World.LEASE.multipliedBy(2));

            assertThatThrownBy(() -> node.migration().insert(1, "b"))
                    .isInstanceOf(UnavailableException.class)
                    .hasMessageContaining("lease");
        }
    }

    @ParameterizedTest
    @EnumSource(Stage.class)
    void without_versions_it_is_refused_and_nothing_is_called(Stage stage) {
        PlainMapPath plain = new PlainMapPath();
        rig = new Rig(stage);
        Migration<Integer, String> migration = rig.migration(plain, newPath);

        assertThatThrownBy(() -> migration.insert(1, "a"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("keep no versions");

        assertThat(plain.records).isEmpty();
        assertThat(newPath.calls).isEmpty();
        assertThat(rig.journal.keys()).isEmpty();
    }
}
