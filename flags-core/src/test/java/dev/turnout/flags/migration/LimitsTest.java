package dev.turnout.flags.migration;

import static dev.turnout.flags.stage.Stage.LIVE;
import static dev.turnout.flags.stage.Stage.RAMP_DOWN;
import static dev.turnout.flags.stage.Stage.SHADOW;
import static dev.turnout.flags.stage.Stage.SYNC;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.parallel.ExecutionMode.CONCURRENT;

import dev.turnout.flags.stage.Stage;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What is not promised, seen to happen: should one of these never happen any more, more can be promised. */
@Tag("exploration")
class LimitsTest {
    @ParameterizedTest
    @Execution(CONCURRENT)
    @CsvSource({"LIVE, RAMP_DOWN", "RAMP_DOWN, LIVE", "SYNC, RAMP_DOWN", "RAMP_DOWN, SYNC"})
    void updates_overlap_with_other_writes_while_nodes_disagree_on_which_path_goes_first(Stage from, Stage to) {
        assertThat(seen(new Scope(from, to).update(0).update(1))).isTrue();
        assertThat(seen(new Scope(from, to).put(0).update(1))
                        || seen(new Scope(from, to).update(0).put(1)))
                .isTrue();
    }

    @Test
    @Execution(CONCURRENT)
    void without_versions_updates_overlap() {
        assertThat(seen(new Scope(SHADOW).plain().update(0).update(1))).isTrue();
    }

    static Stream<Scope> updatesThatDoNotOverlap() {
        return Stream.of(
                new Scope(SHADOW).update(0).update(1),
                new Scope(SYNC).update(0).update(1),
                new Scope(LIVE).update(0).update(1),
                new Scope(RAMP_DOWN).update(0).update(1),
                new Scope(LIVE, SYNC).update(0).update(1),
                new Scope(SYNC, LIVE).update(0).update(1),
                new Scope(LIVE, SYNC).update(0).put(1),
                new Scope(SYNC, LIVE).put(0).update(1));
    }

    @ParameterizedTest
    @Execution(CONCURRENT)
    @MethodSource("updatesThatDoNotOverlap")
    @Tag("long")
    void updates_do_not_overlap_with_other_writes_while_all_nodes_write_the_same_path_first(Scope scope) {
        ProtocolExplorationTest.assertClean(Explorer.all(scope));
    }

    private static boolean seen(Scope scope) {
        return !Explorer.find(scope, 2_000).isClean();
    }
}
