package dev.turnout.flags.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnout.flags.EvaluationContext;
import dev.turnout.flags.Flags;
import dev.turnout.flags.rule.FlagType;
import java.lang.reflect.Method;
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

    @Test
    @WithFlag(key = "limit", value = "7")
    @WithFlag(key = "least", value = "-7")
    @WithFlag(key = "ratio", value = "0.25")
    @WithFlag(key = "version", value = "1.2.3")
    @WithFlag(key = "code", value = "007", type = FlagType.STRING)
    void a_value_that_is_a_number_makes_a_flag_of_that_type(Flags flags) {
        assertThat(flags.value("limit", 3, ana)).isEqualTo(7);
        assertThat(flags.value("least", 3L, ana)).isEqualTo(-7L);
        assertThat(flags.value("ratio", 1.0, ana)).isEqualTo(0.25);
        assertThat(flags.value("version", "1.0.0", ana)).isEqualTo("1.2.3");
        assertThat(flags.value("code", "", ana)).isEqualTo("007");
    }

    /** Not run by itself: each has a value that may be of more than one type. */
    static final class Ambiguous {
        @WithFlag(key = "a", value = "1.10")
        void version() {}

        @WithFlag(key = "a", value = "007")
        void code() {}

        @WithFlag(key = "a", value = " 7")
        void space() {}

        @WithFlag(key = "a", value = "1e3")
        void exponent() {}

        @WithFlag(key = "a", value = "7L")
        void literal() {}

        @WithFlag(key = "a", value = "TRUE")
        void upperCase() {}

        @WithFlag(key = "a", value = "12345678901234567890")
        void tooLarge() {}

        @WithFlag(key = "a", value = "7.5", type = FlagType.INTEGER)
        void notWhole() {}
    }

    @Test
    void a_value_that_may_be_of_more_than_one_type_is_refused() {
        for (Method method : Ambiguous.class.getDeclaredMethods()) {
            if (method.isSynthetic()) {
                continue;
            }
            try (TestFlags flags = TestFlags.create()) {
                WithFlag wanted = method.getAnnotation(WithFlag.class);
                assertThatThrownBy(() -> FlagsExtension.set(flags, wanted))
                        .as(method.getName())
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("@WithFlag of flag 'a'")
                        .hasMessageContaining("'" + wanted.value() + "'");
            }
        }
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
