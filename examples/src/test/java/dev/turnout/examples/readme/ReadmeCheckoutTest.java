package dev.turnout.examples.readme;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnout.flags.EvaluationContext;
import dev.turnout.flags.Flags;
import dev.turnout.flags.testing.WithFlag;
import org.junit.jupiter.api.Test;

/** The test that docs/getting-started.md shows. */
class ReadmeCheckoutTest {
    private final EvaluationContext user = EvaluationContext.of("user-42");

    private record Shop(Flags flags) {
        String checkout(EvaluationContext user) {
            return flags.isOn("new-checkout", user) ? "new" : "old";
        }
    }

    @Test
    @WithFlag(key = "new-checkout", value = "on")
    void pays_with_the_new_checkout(Flags flags) {
        assertThat(new Shop(flags).checkout(user)).isEqualTo("new");
    }
}
