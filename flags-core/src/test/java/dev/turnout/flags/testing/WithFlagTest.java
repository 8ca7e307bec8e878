package dev.turnout.flags.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnout.flags.EvaluationContext;
import dev.turnout.flags.Flags;
import dev.turnout.flags.rule.FlagType;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

@WithFlag(key = "new-checkout", value = "off")
@WithFlag(key = "theme", value = "dark")
@Execution(ExecutionMode.CONCURRENT)
class WithFlagTest {
    private final EvaluationContext ana = EvaluationContext.of("ana");

    @Test
    void a_class_sets_flags_for_all_its_tests(Flags flags) {
        assertThat(flags.isOn("new-checkout", ana)).isFalse();
        assertThat(flags.value("theme", "light", ana)).isEqualTo("dark");
    }

    @Test
    @WithFlag(key = "new-checkout", value = "on")
    @WithFlag(key = "limit", value = "5", type = FlagType.INTEGER)
    void a_method_goes_before_its_class(Flags flags) {
        assertThat(flags.isOn("new-checkout", ana)).isTrue();
        assertThat(flags.value("limit", 0, ana)).isEqualTo(5);
        assertThat(flags.value("theme", "light", ana)).isEqualTo("dark");
    }

    @RepeatedTest(20)
    void each_test_has_flags_of_its_own(TestFlags flags) {
        assertThat(flags.flags().isOn("mine", ana)).isFalse();
        flags.set("mine", true);
        assertThat(flags.flags().isOn("mine", ana)).isTrue();
    }

    @Nested
    @WithFlag(key = "theme", value = "loud")
    class Inside {
        @Test
        void an_inner_class_goes_before_the_outer_one(Flags flags) {
            assertThat(flags.value("theme", "light", ana)).isEqualTo("loud");
            assertThat(flags.details("new-checkout", true, ana).value()).isFalse();
        }
    }

    @Test
    void flags_of_all_types_can_be_set_and_removed(TestFlags flags) {
        flags.set("ratio", 0.5).set("limit", 7).set("settings", Map.of("color", "red"));
        assertThat(flags.flags().value("ratio", 0.1, ana)).isEqualTo(0.5);
        assertThat(flags.flags().value("limit", 1L, ana)).isEqualTo(7);
        assertThat(flags.flags().value("settings", Map.of(), ana)).containsEntry("color", "red");

        flags.remove("ratio");

        assertThat(flags.flags().value("ratio", 0.1, ana)).isEqualTo(0.1);
    }
}
