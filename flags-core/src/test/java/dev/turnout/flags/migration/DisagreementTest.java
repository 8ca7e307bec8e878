package dev.turnout.flags.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnout.flags.Flags;
import dev.turnout.flags.spi.Member;
import dev.turnout.flags.stage.Blocker;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Stage;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Nodes that write the same key as two texts. */
class DisagreementTest {
    private static final int SAMPLE = 7;
    private static final String ONE_OF_BOTH = "node 'node-2' writes keys as 'b7'";

    private final Rig rig = new Rig(Stage.OFF);
    private final MapPath oldPath = new MapPath("old");
    private final MapPath newPath = new MapPath("new");
    private Flags flagsOfLast; // a node that is there and does not route the migration holds every crossing too
    private final Migration<Integer, String> migration = node(key -> "a" + key);
    private final Controller controller = rig.controller(migration);

    private Migration<Integer, String> node(Function<Integer, String> keyText) {
        flagsOfLast = rig.flags();
        return rig.opened(rig.builder(oldPath, newPath).keyText(keyText, SAMPLE).build(flagsOfLast));
    }

    @AfterEach
    void close() throws Exception {
        rig.close();
    }

    private MigrationState arriveAt(Goal goal) throws Exception {
        return Rig.get(controller.moveTo(goal, "ana", "because"));
    }

    private void sweptInShadow() throws Exception {
        arriveAt(Goal.of(Stage.DUAL_WRITE));
        migration.beginSweep().finished("test");
        arriveAt(Goal.of(Stage.SHADOW));
    }

    @Test
    void no_share_crosses_before_they_agree() throws Exception {
        Migration<Integer, String> other = node(key -> "b" + key);
        sweptInShadow();

        CompletableFuture<MigrationState> arrival =
                controller.moveTo(Goal.of(Stage.LIVE, 500_000), "ana", "half of them");

        Rig.eventually(() -> controller.status().blockers().stream()
                .map(Blocker::message)
                .anyMatch(reason -> reason.contains(ONE_OF_BOTH) && reason.contains("'node-1' writes keys as 'a7'")));
        assertThat(arrival).isNotDone();
        assertThat(rig.state().position()).hasToString("SHADOW");
        other.close();
        flagsOfLast.close();
        assertThat(Rig.get(arrival).position()).hasToString("LIVE 50 %, SHADOW 50 %");
    }

    @Test
    void all_keys_together_cross_and_come_back_whatever_their_texts() throws Exception {
        node(key -> "b" + key);
        sweptInShadow();

        assertThat(arriveAt(Goal.of(Stage.LIVE)).position()).hasToString("LIVE");
        assertThat(Rig.get(controller.rollBack("ana", "it hurts")).position()).hasToString("SHADOW");
    }

    @Test
    void one_that_differs_begins_nothing_while_keys_are_on_both_sides() throws Exception {
        sweptInShadow();
        arriveAt(Goal.of(Stage.LIVE, 500_000));

        assertThatThrownBy(() -> node(key -> "b" + key))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll("Node 'node-2' rejects operations", "LIVE 50 %, SHADOW 50 %", ONE_OF_BOTH);
        flagsOfLast.close();

        assertThat(migration.members()).extracting(Member::node).containsExactly("node-1");
        assertThat(node(key -> "a" + key).get(1)).as("one that does not differ").isEmpty();
        assertThat(arriveAt(Goal.of(Stage.LIVE)).position()).hasToString("LIVE");
    }

    @Test
    void one_that_does_not_say_is_taken_to_agree() throws Exception {
        rig.opened(rig.builder(oldPath, newPath).keyText(key -> "b" + key).build(rig.flags()));
        sweptInShadow();

        assertThat(arriveAt(Goal.of(Stage.LIVE, 500_000)).position()).hasToString("LIVE 50 %, SHADOW 50 %");
    }
}
