package dev.turnout.flags.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnout.flags.rule.Condition.Bound;
import dev.turnout.flags.rule.Condition.TextOperator;
import java.time.Instant;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ConditionTest {
    private static final Instant NOON = Instant.parse("2026-12-01T12:00:00Z");
    private static final Condition PRO = new Condition.Equals("a", "pro");

    private record WithA(String targetingKey, Object value) implements Subject {
        @Override
        public Object attribute(String name) {
            return name.equals("a") ? value : null;
        }
    }

    private static Matcher matcher(Condition condition) {
        Map<String, Matcher> cohorts = new HashMap<>();
        cohorts.put("beta", Cohort.of("beta", "user-42").matcher(cohorts::get));
        return condition.matcher(cohorts::get);
    }

    private static Subject with(Object value) {
        return new WithA("user-42", value == null ? null : Subject.canonical(value));
    }

    private static Condition range(Scale scale, Object atLeast, Object below) {
        return new Condition.Range(
                "a",
                scale,
                atLeast == null ? null : new Bound(atLeast, true),
                below == null ? null : new Bound(below, false));
    }

    private static Condition text(TextOperator operator, String... texts) {
        return new Condition.Text("a", operator, Set.of(texts));
    }

    static Stream<Arguments> decisions() {
        Condition five = new Condition.Equals("a", 5);
        Condition in = new Condition.In("a", Set.of("pro", 5, true));
        Condition contains = text(TextOperator.CONTAINS, "ro");
        Condition starts = text(TextOperator.STARTS_WITH, "pr", "te");
        Condition ends = text(TextOperator.ENDS_WITH, "ro");
        Condition adult = range(Scale.NUMBER, 18, 65.5);
        Condition release = range(Scale.SEMVER, "2.1", "3");
        Condition afternoon = range(Scale.DATE, NOON, null);
        Condition local = new Condition.Cidr("a", Set.of("10.0.0.0/8", "::1"));
        Condition word = new Condition.Matches("a", "[a-z]+");
        Condition there = new Condition.Present("a", true);
        Condition absent = new Condition.Present("a", false);
        return Stream.of(
                Arguments.of(PRO, "pro", true, "a is 'pro', so: a is 'pro'"),
                Arguments.of(PRO, "Pro", false, "a is 'Pro', not: a is 'pro'"),
                Arguments.of(PRO, 5, false, "a is 5, but needs text for: a is 'pro'"),
                Arguments.of(PRO, List.of("pro"), false, "a is [pro], but needs text for: a is 'pro'"),
                Arguments.of(five, 5, true, "a is 5, so: a is 5"),
                Arguments.of(five, 5.0, true, "a is 5, so: a is 5"),
                Arguments.of(five, (byte) 5, true, "a is 5, so: a is 5"),
                Arguments.of(five, 5.5, false, "a is 5.5, not: a is 5"),
                Arguments.of(five, "5", false, "a is '5', but needs a number for: a is 5"),
                Arguments.of(new Condition.Equals("a", true), false, false, "a is false, not: a is true"),
                Arguments.of(
                        new Condition.Equals("a", true),
                        "true",
                        false,
                        "a is 'true', but needs a boolean for: a is true"),
                Arguments.of(in, "pro", true, ", so: "),
                Arguments.of(in, 5.0, true, ", so: "),
                Arguments.of(in, 0.5, false, ", not: "),
                Arguments.of(in, NOON, false, "needs"),
                Arguments.of(contains, "a pro!", true, ", so: "),
                Arguments.of(contains, "PRO", false, "a is 'PRO', not: a contains 'ro'"),
                Arguments.of(contains, List.of("x", "ro"), true, "a is [x, ro], so: a contains 'ro'"),
                Arguments.of(contains, List.of("pro"), false, "a is [pro], not: a contains 'ro'"),
                Arguments.of(contains, 5, false, "a is 5, but needs text or a list for: a contains 'ro'"),
                Arguments.of(starts, "test", true, ", so: "),
                Arguments.of(starts, "a test", false, ", not: "),
                Arguments.of(starts, List.of("test"), false, "needs text"),
                Arguments.of(ends, "pro", true, "a is 'pro', so: a ends with 'ro'"),
                Arguments.of(ends, "prof", false, ", not: "),
                Arguments.of(ends, true, false, "needs text"),
                Arguments.of(adult, 18, true, "a is 18, so: a is at least 18 and below 65.5"),
                Arguments.of(adult, 17.999, false, ", not: "),
                Arguments.of(adult, 65.5, false, ", not: "),
                Arguments.of(adult, 65.49f, true, ", so: "),
                Arguments.of(
                        adult,
                        "18",
                        false,
                        "a is '18', but needs a number such as 18 or 2.5 for: a is at least 18 and below 65.5"),
                Arguments.of(adult, Double.NaN, false, "needs a number"),
                Arguments.of(adult, Double.POSITIVE_INFINITY, false, ", not: "),
                Arguments.of(release, "2.1.0", true, ", so: "),
                Arguments.of(release, "2.1.0-rc.1", false, ", not: "),
                Arguments.of(release, "3.0.0-rc.1", true, ", so: "),
                Arguments.of(release, "two", false, "needs a semantic version such as 2.1.0"),
                Arguments.of(release, 2.5, false, "needs a semantic version"),
                Arguments.of(afternoon, NOON, true, ", so: "),
                Arguments.of(afternoon, "2026-12-01T12:59:59+01:00", false, ", not: "),
                Arguments.of(afternoon, "noon", false, "needs a date with time and offset"),
                Arguments.of(local, "10.1.2.3", true, ", so: "),
                Arguments.of(local, "::ffff:10.1.2.3", true, ", so: "),
                Arguments.of(local, "11.1.2.3", false, ", not: "),
                Arguments.of(local, "10.0.0.0/8", false, "needs an IPv4 or IPv6 address"),
                Arguments.of(local, 10, false, "needs an IPv4 or IPv6 address"),
                Arguments.of(word, "word", true, "a is 'word', so: a matches /[a-z]+/"),
                Arguments.of(word, "two words", false, ", not: "),
                Arguments.of(word, List.of("word"), false, "needs text"),
                Arguments.of(there, List.of(), true, "a is [], so: a is there"),
                Arguments.of(absent, "x", false, "a is 'x'"),
                Arguments.of(new Condition.Not(PRO), "pro", false, "a is 'pro', so: a is 'pro'"),
                Arguments.of(new Condition.Not(PRO), 5, true, "needs text"),
                Arguments.of(
                        new Condition.All(List.of(PRO, there)),
                        "pro",
                        true,
                        "so: a is 'pro'; a is 'pro', so: a is there"),
                Arguments.of(new Condition.All(List.of(there, PRO)), "x", false, "a is 'x', not: a is 'pro'"),
                Arguments.of(new Condition.Any(List.of(five, PRO)), "pro", true, "a is 'pro', so: a is 'pro'"),
                Arguments.of(
                        new Condition.Any(List.of(five, PRO)),
                        "x",
                        false,
                        "a is 'x', but needs a number for: a is 5; a is 'x', not: a is 'pro'"),
                Arguments.of(new Condition.InCohort("beta"), "x", true, "beta"));
    }

    @ParameterizedTest
    @MethodSource("decisions")
    void a_condition_holds_or_not_and_says_why(Condition condition, Object value, boolean holds, String why) {
        Matcher matcher = matcher(condition);

        assertThat(matcher.matches(with(value))).isEqualTo(holds);
        assertThat(matcher.why(with(value))).contains(why);
    }

    static Stream<Condition> aboutAttributes() {
        return decisions()
                .map(row -> (Condition) row.get()[0])
                .distinct()
                .filter(condition -> condition.parts().isEmpty()
                        && !(condition instanceof Condition.InCohort)
                        && !condition.equals(new Condition.Present("a", false)));
    }

    @ParameterizedTest
    @MethodSource("aboutAttributes")
    void what_is_said_of_an_attribute_does_not_hold_where_it_is_missing(Condition condition) {
        assertThat(matcher(condition).matches(with(null))).isFalse();
        assertThat(matcher(condition).why(with(null))).isEqualTo("attribute 'a' is missing");
        assertThat(matcher(new Condition.Not(condition)).matches(with(null))).isTrue();
    }

    @Test
    void an_attribute_can_be_wanted_missing() {
        Matcher absent = matcher(new Condition.Present("a", false));

        assertThat(absent.matches(with(null))).isTrue();
        assertThat(absent.why(with(null))).isEqualTo("attribute 'a' is missing");
    }

    @Test
    void parts_stay_as_they_are_written_and_need_not_differ() {
        assertThat(new Condition.All(List.of(PRO, PRO)).parts()).containsExactly(PRO, PRO);
        assertThat(matcher(new Condition.Any(List.of(PRO, PRO))).matches(with("pro")))
                .isTrue();
    }

    static Stream<Arguments> refused() {
        return Stream.of(
                Arguments.of((Runnable) () -> new Condition.In("a", Set.of()), "'in' needs at least one value of 'a'"),
                Arguments.of(
                        (Runnable) () -> text(TextOperator.CONTAINS), "'contains' needs at least one value of 'a'"),
                Arguments.of((Runnable) () -> text(TextOperator.STARTS_WITH, ""), "must not be given an empty text"),
                Arguments.of(
                        (Runnable) () -> new Condition.Equals("a", List.of("x")), "text, a boolean or a finite number"),
                Arguments.of(
                        (Runnable) () -> new Condition.Equals("a", Double.NaN), "text, a boolean or a finite number"),
                Arguments.of((Runnable) () -> range(Scale.NUMBER, null, null), "needs at least one of 'above'"),
                Arguments.of((Runnable) () -> range(Scale.NUMBER, 5, 5), "Nothing lies between 5 and 5"),
                Arguments.of((Runnable) () -> range(Scale.SEMVER, "2", "1"), "Nothing lies between 2 and 1"),
                Arguments.of((Runnable) () -> range(Scale.SEMVER, 2, null), "must be a semantic version"),
                Arguments.of(
                        (Runnable) () -> new Condition.Cidr("a", Set.of("10.0.0.1/8")), "bits set beyond its prefix"),
                Arguments.of((Runnable) () -> new Condition.Cidr("a", Set.of()), "'cidr' needs at least one"),
                Arguments.of((Runnable) () -> new Condition.Matches("a", "("), "is not a regular expression"),
                Arguments.of((Runnable) () -> new Condition.All(List.of()), "'all' needs at least one part"),
                Arguments.of((Runnable) () -> new Condition.Any(List.of()), "'any' needs at least one part"),
                Arguments.of((Runnable) () -> nested(10), "nested 10 deep at most"));
    }

    @ParameterizedTest
    @MethodSource("refused")
    void a_condition_that_could_never_mean_anything_is_refused(Runnable make, String problem) {
        assertThatThrownBy(make::run)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(problem);
    }

    @Test
    void conditions_may_be_nested_nine_deep_around_one() {
        assertThat(matcher(nested(9)).matches(with("pro"))).isFalse();
    }

    private static Condition nested(int depth) {
        Condition condition = PRO;
        for (int i = 0; i < depth; i++) {
            condition = new Condition.Not(condition);
        }
        return condition;
    }

    @Test
    void a_share_may_change_in_steps_that_are_in_order_of_time() {
        Share.Step first = new Share.Step(NOON, 5);
        Share.Step second = new Share.Step(NOON.plusNanos(1), 4);

        assertThat(Share.inSteps(first, second).steps()).containsExactly(first, second);
        assertThat(Share.inSteps(first, second).ppm()).isZero();
        assertThatThrownBy(() -> Share.inSteps(second, first)).hasMessageContaining("must be in order of time");
        assertThatThrownBy(() -> Share.inSteps(first, first)).hasMessageContaining("must be in order of time");
        assertThatThrownBy(() -> new Share.Step(NOON, 1_000_001)).hasMessageContaining("from 0 to 1000000");
        assertThatThrownBy(() -> Share.of(-1)).hasMessageContaining("from 0 to 1000000");
        assertThatThrownBy(() -> new Share(0, Collections.singletonList(null)))
                .isInstanceOf(NullPointerException.class);
    }

    @Test
    void a_share_is_everyone_only_if_it_stays_so() {
        assertThat(Share.EVERYONE.isEveryone()).isTrue();
        assertThat(Share.of(1_000_000)).isEqualTo(Share.EVERYONE);
        assertThat(Share.of(999_999).isEveryone()).isFalse();
        assertThat(new Share(1_000_000, List.of(new Share.Step(NOON, 1_000_000))).isEveryone())
                .isFalse();
    }

    @Test
    void a_schedule_begins_before_it_ends() {
        assertThat(new Schedule(NOON, NOON.plusNanos(1)).from()).isEqualTo(NOON);
        assertThat(new Schedule(null, null)).isEqualTo(Schedule.ALWAYS);
        assertThat(new Schedule(NOON, null).until()).isNull();
        assertThatThrownBy(() -> new Schedule(NOON, NOON)).hasMessageContaining("must begin before it ends");
        assertThatThrownBy(() -> new Schedule(NOON.plusNanos(1), NOON))
                .hasMessageContaining("must begin before it ends");
    }
}
