package dev.turnout.flags.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScaleTest {
    @Test
    void a_long_and_a_double_are_compared_exactly() {
        Random random = new Random(3);
        for (int i = 0; i < 200_000; i++) {
            Number a = number(random);
            Number b = random.nextBoolean() ? number(random) : near(a, random);
            int expected = decimal(a).compareTo(decimal(b));
            assertThat(Scale.NUMBER.compare(a, b))
                    .as("%s %s", a, b)
                    .satisfies(order -> assertThat(Integer.signum(order)).isEqualTo(expected));
        }
    }

    private static Number number(Random random) {
        return switch (random.nextInt(7)) {
            case 5 -> (Number) Subject.canonical(new BigInteger(70, random).subtract(BigInteger.ONE.shiftLeft(69)));
            case 6 -> new BigDecimal(BigInteger.valueOf(random.nextLong()), 19); // more digits than a double has
            case 0 -> random.nextLong();
            case 1 -> (long) random.nextInt(5) - 2;
            case 2 -> random.nextGaussian() * Math.pow(10, random.nextInt(40) - 10);
            case 3 -> Math.scalb((double) random.nextInt(3) - 1, random.nextInt(66));
            default ->
                List.<Number>of(Long.MAX_VALUE, Long.MIN_VALUE, 0x1p63, -0x1p63, 0.0, -0.0, 0L, 0x1p53, (1L << 53) + 1)
                        .get(random.nextInt(9));
        };
    }

    private static Number near(Number a, Random random) {
        if (a instanceof Long whole) {
            return random.nextBoolean() ? (Number) whole.doubleValue() : (Number) Math.nextUp(whole.doubleValue());
        }
        return random.nextBoolean() ? (Number) a.longValue() : (Number) (a.longValue() + 1);
    }

    private static BigDecimal decimal(Number number) {
        return number instanceof Double real ? new BigDecimal(real) : new BigDecimal(number.toString());
    }

    @Test
    void numbers_have_one_order_with_infinity_at_its_ends() {
        List<Number> inOrder = List.of(
                Double.NEGATIVE_INFINITY,
                Long.MIN_VALUE,
                -1.5,
                -1L,
                0L,
                Double.MIN_VALUE,
                0.5,
                1L,
                (1L << 53),
                (1L << 53) + 1,
                Long.MAX_VALUE,
                0x1p63,
                Double.POSITIVE_INFINITY);
        List<Integer> orders = new ArrayList<>();
        for (int i = 0; i < inOrder.size(); i++) {
            for (int j = 0; j < inOrder.size(); j++) {
                int order = Scale.NUMBER.compare(inOrder.get(i), inOrder.get(j));
                assertThat(Integer.signum(order))
                        .as("%s %s", inOrder.get(i), inOrder.get(j))
                        .isEqualTo(Integer.compare(i, j));
                orders.add(order);
            }
        }
        assertThat(orders).hasSize(inOrder.size() * inOrder.size());
    }

    @ParameterizedTest
    @CsvSource({
        "2026-12-01T08:00:00Z,               2026-12-01T08:00:00Z",
        "2026-12-01T08:00:00+01:00,          2026-12-01T07:00:00Z",
        "2026-12-01t08:00:00.123456789z,     2026-12-01T08:00:00.123456789Z",
        "2026-12-01T24:00:00Z,               2026-12-02T00:00:00Z",
        "2026-12-01T08:00Z,                  2026-12-01T08:00:00Z",
        "2026-12-01T08:00+01:00,             2026-12-01T07:00:00Z",
        "2026-12-01T08:00-03:30,             2026-12-01T11:30:00Z",
        "2026-12-01T08:00+01:00[Europe/Berlin], 2026-12-01T07:00:00Z",
        "2026-12-01T08:00:05+01:00[Europe/Berlin], 2026-12-01T07:00:05Z",
        "+10000-01-01T08:00Z,                +10000-01-01T08:00:00Z",
        "9999-12-31T23:59:59-18:00,          +10000-01-01T17:59:59Z",
        "+10000-01-01T17:59:59Z,             +10000-01-01T17:59:59Z",
        "-0001-12-31T06:00:00Z,              -0001-12-31T06:00:00Z",
        "+1000000000-12-31T23:59:59.999999999Z, +1000000000-12-31T23:59:59.999999999Z",
    })
    void text_is_a_moment_as_rfc_3339_and_we_ourselves_write_it(String text, String moment) {
        assertThat(Scale.DATE.understand(text)).isEqualTo(Instant.parse(moment)).hasToString(moment);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "2026",
                "2026-12-01",
                "2026-12-01T08:00:00",
                "2026-12-01T08:00:0Z",
                "2026-12-01T08:00 and so on",
                "2026-12-01T08:00+01:00[",
                "2026-12-01T08:00+01:00[Nowhere/At-All]",
                "2026-02-30T08:00:00Z",
                "tomorrow at noon, please",
                "+----------------Z"
            })
    void text_that_is_no_moment_is_not_understood(String text) {
        assertThat(Scale.DATE.understand(text)).isNull();
    }

    @Test
    void a_value_of_another_type_is_not_understood() {
        assertThat(Scale.NUMBER.understand("5")).isNull();
        assertThat(Scale.NUMBER.understand(true)).isNull();
        assertThat(Scale.NUMBER.understand(Double.NaN)).isNull();
        assertThat(Scale.SEMVER.understand(1.2)).isNull();
        assertThat(Scale.SEMVER.understand("latest")).isNull();
        assertThat(Scale.DATE.understand(5L)).isNull();
    }

    @Test
    void a_bound_that_is_none_is_refused() {
        for (Object bound : new Object[] {"5", true, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThatThrownBy(() -> Scale.NUMBER.checked(bound))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("must be a number such as 18 or 2.5, but was '" + bound + "'");
        }
    }
}
