package dev.turnout.benchmarks.comparison;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnout.benchmarks.comparison.Router.Outcome;
import dev.turnout.flags.stage.Stage;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ContenderTest {
    private static final int KEYS = 6;

    @ParameterizedTest
    @EnumSource(Contender.class)
    void every_contender_moves_all_records_if_nothing_fails(Contender contender) throws Exception {
        FaultyStore oldStore = new FaultyStore(1, false);
        FaultyStore newStore = new FaultyStore(2, false);
        try (Router router = contender.between(oldStore, newStore, FlagLag.NONE)) {
            for (int key = 0; key < KEYS; key++) {
                assertThat(router.write(key % Router.NODES, key, key + 100L)).isEqualTo(Outcome.ACKNOWLEDGED);
            }
            router.moveTo(Stage.DUAL_WRITE);
            router.backfill(KEYS);
            for (Stage stage : List.of(Stage.SHADOW, Stage.LIVE, Stage.RAMP_DOWN, Stage.COMPLETE)) {
                router.moveTo(stage);
                for (int key = 0; key < KEYS; key++) {
                    assertThat(router.read(key % Router.NODES, key)).isEqualTo(key + 100L);
                }
            }
            router.write(0, 0, null);

            assertThat(router.read(1, 0)).isNull();
            assertThat(newStore.peek(0)).isNull();
            assertThat(oldStore.peek(0)).isEqualTo(100L); // in COMPLETE nothing writes it any more
        }
    }
}
