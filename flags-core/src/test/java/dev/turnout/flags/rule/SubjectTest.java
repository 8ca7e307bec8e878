package dev.turnout.flags.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SubjectTest {
    static List<Arguments> values() {
        return List.of(
                Arguments.of("5", "5"),
                Arguments.of(true, true),
                Arguments.of(5, 5L),
                Arguments.of((short) 5, 5L),
                Arguments.of((byte) 5, 5L),
                Arguments.of(5L, 5L),
                Arguments.of(5.0, 5L),
                Arguments.of(5f, 5L),
                Arguments.of(-0.0, 0L),
                Arguments.of(0.5, 0.5),
                Arguments.of(new BigDecimal("5.00"), 5L),
                Arguments.of(BigInteger.TEN, 10L),
                Arguments.of(0x1p53, 1L << 53),
                Arguments.of(0x1p54, 0x1p54),
                Arguments.of(Long.MAX_VALUE, Long.MAX_VALUE));
    }

    @ParameterizedTest
    @MethodSource("values")
    void a_value_has_one_form_however_it_is_written(Object value, Object canonical) {
        assertThat(Subject.canonical(value)).isEqualTo(canonical);
        assertThat(Subject.canonical(canonical)).isEqualTo(canonical);
        assertThat(matches(new Condition.Equals("a", value), subject(canonical)))
                .isTrue();
        assertThat(matches(new Condition.In("a", Set.of("other", value)), subject(canonical)))
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
    void a_subject_may_have_what_is_no_number_but_no_condition_compares_with_it(double value) {
        assertThat(Subject.canonical(value)).isEqualTo(value);
        assertThatThrownBy(() -> new Condition.Equals("a", value)).hasMessageContaining("a finite number");
        assertThatThrownBy(() -> new Condition.In("a", Set.of(value))).hasMessageContaining("a finite number");
    }

    @Test
    void a_value_of_another_kind_is_refused() {
        assertThatThrownBy(() -> Subject.canonical(List.of(1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("must be text, a boolean, a number");
        assertThatThrownBy(() -> new Condition.Equals("a", 'c')).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void text_is_no_number_and_a_missing_attribute_matches_nothing() {
        assertThat(matches(new Condition.Equals("a", 5), subject("5"))).isFalse();
        assertThat(matches(new Condition.Equals("a", true), subject("true"))).isFalse();
        assertThat(matches(new Condition.Equals("a", 5), Subject.ofKey("x"))).isFalse();
        assertThat(matches(new Condition.In("a", Set.of(5)), Subject.ofKey("x")))
                .isFalse();
    }

    @Test
    void a_condition_without_values_is_refused() {
        assertThatThrownBy(() -> new Condition.In("country", Set.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("country");
    }

    private static boolean matches(Condition condition, Subject subject) {
        return condition.matcher(cohort -> fail("no cohort is named")).matches(subject);
    }

    private static Subject subject(Object value) {
        return new Subject() {
            @Override
            public String targetingKey() {
                return "x";
            }

            @Override
            public Object attribute(String name) {
                return name.equals("a") ? value : null;
            }
        };
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "A1", "new-checkout", "a.b_c-d", "0"})
    void a_name_is_letters_digits_dots_dashes_and_underscores(String name) {
        assertThat(Keys.check("flag", name)).isEqualTo(name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a b", "-a", ".a", "ä", "a/b", "a\nb", "a\n", "<b>", "a:b", "\u0000"})
    void another_name_is_refused_in_one_line(String name) {
        assertThatThrownBy(() -> Keys.check("flag", name))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("name of a flag")
                .message()
                .hasLineCount(1);
    }

    @Test
    void a_name_of_a_hundred_characters_is_the_longest() {
        assertThat(Keys.check("flag", "x".repeat(100))).hasSize(100);
        assertThatThrownBy(() -> Keys.check("flag", "x".repeat(1_000_000)))
                .isInstanceOf(IllegalArgumentException.class)
                .message()
                .hasSizeLessThan(400);
    }
}
