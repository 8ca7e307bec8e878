package dev.turnout.flags.migration;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the exploration has found in the production code: it happens no more, in the order in which it did, nor in
 * orders drawn by chance.
 */
@Tag("exploration")
class LossTest {
    private static final int BY_CHANCE = 100;

    static Stream<Loss> losses() {
        return Loss.all();
    }

    @ParameterizedTest(name = "never: {0}")
    @MethodSource("losses")
    void does_not_happen_again(Loss loss) {
        Explorer.Result result = Explorer.near(loss.world(), loss.trace());

        assertThat(result.problems()).as(result.toString()).isEmpty();
    }

    @ParameterizedTest(name = "never: {0}")
    @MethodSource("losses")
    void does_not_happen_in_orders_drawn_by_chance(Loss loss) {
        Explorer.Result result = Explorer.random(loss.world(), 3, BY_CHANCE);

        assertThat(result.problems()).as(result.toString()).isEmpty();
    }
}
