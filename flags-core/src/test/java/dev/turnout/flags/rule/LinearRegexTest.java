package dev.turnout.flags.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LinearRegexTest {
    private static final int INSTRUCTIONS_OF_ONE =
            3; // a character that may be left out: itself, and a branch; rounded up
    private static final int ANYWAY = 10;

    @Test
    void the_engines_program_is_not_much_larger_than_the_size_that_is_bounded() {
        Random random = new Random(4);
        int compiled = 0;
        for (int i = 0; i < 100_000; i++) {
            String pattern = pattern(random, 3);
            long size = LinearRegex.size(pattern);
            if (size > 10_000) {
                continue; // refused
            }
            int program;
            try {
                program = Pattern.compile(pattern).programSize();
            } catch (PatternSyntaxException e) {
                continue;
            }
            assertThat((long) program)
                    .as("%s, of size %s", pattern, size)
                    .isLessThanOrEqualTo(INSTRUCTIONS_OF_ONE * size + ANYWAY);
            compiled++;
        }
        assertThat(compiled).isGreaterThan(30_000);
    }

    private static String pattern(Random random, int depth) {
        StringBuilder pattern = new StringBuilder();
        for (int i = 1 + random.nextInt(3); i > 0; i--) {
            pattern.append(atom(random, depth)).append(repetition(random));
            pattern.append(random.nextInt(6) == 0 ? "|" : "");
        }
        return pattern.toString();
    }

    private static String atom(Random random, int depth) {
        String[] leaves = {
            "a",
            ".",
            "\\d",
            "\\.",
            "\\x{1F600}",
            "\\x41",
            "\\p{Greek}",
            "\\pL",
            "\\PN",
            "\\Qa(b\\E",
            "\\Q\\E",
            "^",
            "$",
            "\\b",
            "\\C",
            "[a-z]",
            "[^)(]",
            "[]a]",
            "[^]a]",
            "[[:alpha:])]",
            "[[:alpha:](]",
            "[[:a)]",
            "[a[:digit:](]",
            "[\\])]",
            "[\\d(]",
            "[\\x{28})]",
            "{",
            "{,5}",
            "{a}",
            "{01}",
            "}",
            "{1,2,3}",
            "é",
            "(?i)",
            "(?s)"
        };
        if (depth == 0 || random.nextInt(3) > 0) {
            return leaves[random.nextInt(leaves.length)];
        }
        String[] openings = {"(", "(?:", "(?i:", "(?P<name>", "(|", "(?:|"};
        String opening = openings[random.nextInt(openings.length)].replace("name", "n" + random.nextInt(1_000_000));
        return opening + pattern(random, depth - 1) + ")";
    }

    private static String repetition(Random random) {
        String[] all = {
            "", "", "", "*", "+", "?", "*?", "{2}", "{0}", "{0,3}", "{7,}", "{2,30}", "{30}?", "{01}", "{1,2,3}", "{"
        };
        return all[random.nextInt(all.length)];
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "((a{999}){999}){999}",
                "(((a{100}){100}){100}){100}",
                "(?:(?:a{1,200}){1,200})",
                "(?:a{0,200}b?){0,200}",
                "[[:alpha:])](?:(?:a{1000}){1000})",
                "[^])](?:(?:a{1000}){1000})",
                "[)](?:(?:a{1000}){1000})",
                "\\((?:(?:a{1000}){1000})",
                "\\Q)\\E(?:(?:a{1000}){1000})",
                "(?:\\Qaaaaaaaaaaaaaaaaaaaa\\E){1000}",
                "(?:a{1000})(?s){1000}(?i){1000}",
                "a{100}\\Q\\E{1000}",
                "(?:a{0,0,0,0,0,0,0,0,0}){1000}",
            })
    void repetitions_that_multiply_are_refused(String pattern) {
        assertThatThrownBy(() -> LinearRegex.compile(pattern))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at most 10000 are allowed");
    }

    @Test
    void groups_are_counted_where_they_are_repeated() {
        String deep = "(".repeat(90) + "a" + ")".repeat(90) + "{1000}";
        assertThatThrownBy(() -> LinearRegex.compile(deep)).hasMessageContaining("at most 10000 are allowed");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "(?=a)b",
                "(?<!a)b",
                "(a)\\1",
                "(",
                ")",
                "[a",
                "a**",
                "*a",
                "\\",
                "a{1001}",
                "\\p{Nothing}",
                "(?P<a>b)(?P<a>c)",
                "[z-a]"
            })
    void what_the_engine_does_not_know_is_refused_with_a_reason(String pattern) {
        assertThatThrownBy(() -> LinearRegex.compile(pattern))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + pattern + "'");
    }

    @ParameterizedTest
    @ValueSource(ints = {101, 499})
    void groups_may_not_be_nested_too_deep(int depth) {
        assertThatThrownBy(() -> LinearRegex.compile("(".repeat(depth) + "a" + ")".repeat(depth)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("nested 100 deep at most");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\\x{20000}{2}       | \uD840\uDC00\uD840\uDC00",
                "\\Qa(b\\E           | a(b",
                "[[:alpha:](]+       | a(b",
                "[)(]{2}             | )(",
                "a{,5}               | a{,5}",
                "a{01}               | a{01}",
                "(?i)ÄB              | äb",
            })
    void what_looks_like_a_repetition_or_a_group_and_is_none_means_itself(String pattern, String text) {
        assertThat(LinearRegex.compile(pattern).matches(text)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"(a*)*b", "(a|a)*b", "(a|aa)+b", "(.*)(.*)(.*)(.*)b", "(a?){50}a*b", "(?:a+)+b"})
    @Timeout(30)
    void bombs_for_other_engines_take_time_that_grows_with_the_text_alone(String pattern) {
        assertThat(LinearRegex.compile(pattern).matches("a".repeat(100_000))).isFalse();
        assertThat(LinearRegex.compile(pattern).matches("a".repeat(100_000) + "b"))
                .isTrue();
    }

    @Test
    void a_pattern_has_a_thousand_characters_at_most() {
        assertThat(LinearRegex.compile("a".repeat(1_000)).matches("a".repeat(1_000)))
                .isTrue();
        assertThatThrownBy(() -> LinearRegex.compile("a".repeat(1_001))).hasMessageContaining("but had 1001");
    }
}
