package dev.turnout.flags.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
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
                Arguments.of(0x1p54, 1L << 54),
                Arguments.of(-0x1p63, Long.MIN_VALUE),
                Arguments.of(0x1p63, BigInteger.ONE.shiftLeft(63)),
                Arguments.of(Long.MAX_VALUE, Long.MAX_VALUE),
                Arguments.of(new BigDecimal("123456789012345678"), 123456789012345678L),
                Arguments.of(new BigDecimal("9223372036854775807.000"), Long.MAX_VALUE),
                Arguments.of(new BigDecimal("1E+3"), 1000L),
                Arguments.of(new BigDecimal("0.00"), 0L),
                Arguments.of(new BigDecimal("0.1"), 0.1),
                Arguments.of(new BigDecimal("-2.50"), -2.5),
                Arguments.of(new BigDecimal("0.12345678901234567890"), new BigDecimal("0.1234567890123456789")),
                Arguments.of(BigInteger.valueOf(Long.MAX_VALUE), Long.MAX_VALUE),
                Arguments.of(new BigInteger("9223372036854775808"), new BigInteger("9223372036854775808")),
                Arguments.of(new BigDecimal("9223372036854775808.0"), new BigInteger("9223372036854775808")),
                Arguments.of(new AtomicLong((1L << 53) + 1), (1L << 53) + 1),
                Arguments.of(new AtomicInteger(7), 7L));
    }

    @Test
    void what_has_more_digits_than_any_document_is_a_number_and_soon_handled() {
        BigDecimal huge = new BigDecimal("1E+999999999");

        assertThat(Subject.canonical(huge)).isEqualTo(huge);
        assertThat(Subject.canonical(new BigDecimal("1E-999999999"))).isEqualTo(new BigDecimal("1E-999999999"));
        assertThat(Subject.canonical(BigInteger.TEN.pow(1000))).isEqualTo(new BigDecimal("1E+1000"));
        assertThatThrownBy(() -> new Condition.Equals("a", huge)).hasMessageContaining("a finite number");
        assertThat(matches(new Condition.Range("a", Scale.NUMBER, new Condition.Bound(5, true), null), subject(huge)))
                .isTrue();
        assertThat(subject(huge).bucket(new Bucketing("s"), "a")).isEqualTo(Subject.NOBODY);
    }

    @Test
    void one_id_has_one_part_whatever_class_it_came_in() {
        Bucketing bucketing = new Bucketing("s");
        int part = bucketing.bucket("42");
        for (Object id :
                List.of("42", 42, 42L, (short) 42, 42.0, 42f, new BigDecimal("42.0"), BigInteger.valueOf(42))) {
            assertThat(subject(Subject.canonical(id)).bucket(bucketing, "a"))
                    .as("%s", id.getClass())
                    .isEqualTo(part);
        }
        assertThat(subject(Subject.canonical(BigInteger.ONE.shiftLeft(64))).bucket(bucketing, "a"))
                .isEqualTo(bucketing.bucket("18446744073709551616"));
        for (Object none : List.of(0.5, true, " ", Double.NaN, Double.POSITIVE_INFINITY, List.of("42"))) {
            assertThat(subject(Subject.canonical(none)).bucket(bucketing, "a")).isEqualTo(Subject.NOBODY);
        }
        assertThat(subject(null).bucket(bucketing, "a")).isEqualTo(Subject.NOBODY);
    }

    /** As its SDKs do: a bucket of 0 for what cannot be hashed. */
    @ParameterizedTest
    @EnumSource(names = {"LAUNCHDARKLY_32", "LAUNCHDARKLY_64"})
    void launchdarkly_puts_whoever_has_no_such_attribute_into_the_first_part(Hash hash) {
        Bucketing bucketing = new Bucketing(hash, "flag.salt");
        for (Object none : List.of(0.5, true, List.of("42"), Instant.EPOCH)) {
            assertThat(subject(none).bucket(bucketing, "a")).as("%s", none).isZero();
        }
        assertThat(subject(null).bucket(bucketing, "a")).isZero();
        assertThat(subject("").bucket(bucketing, "a"))
                .isEqualTo(bucketing.bucket(""))
                .isPositive();
        assertThat(subject(33333L).bucket(bucketing, "a")).isEqualTo(bucketing.bucket("33333"));
        assertThat(Subject.ofKey("").bucket(bucketing)).isEqualTo(Subject.NOBODY);
    }

    @Test
    void optionals_arrays_and_dates_with_an_offset_are_what_they_hold() {
        Instant moment = Instant.parse("2026-12-01T07:00:00Z");
        assertThat(Subject.canonical(Optional.of(5))).isEqualTo(5L);
        assertThat(Subject.canonical(new String[] {"a", null, "b"})).isEqualTo(List.of("a", "b"));
        assertThat(Subject.canonical(Arrays.asList("a", null))).isEqualTo(List.of("a"));
        assertThat(Subject.canonical(OffsetDateTime.parse("2026-12-01T08:00+01:00")))
                .isEqualTo(moment);
        assertThat(Subject.canonical(moment.atZone(ZoneId.of("Europe/Berlin")))).isEqualTo(moment);
        assertThat(Subject.canonical("a", Optional.empty())).isNull();
        assertThat(Subject.canonical("a", null)).isNull();
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
