package dev.turnout.flags.document;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Documents that were written to attack: each is read or refused, in time and memory that its length bounds. */
@Timeout(60)
class HostileDocumentTest {
    private static final int MANY = 100_000;

    private static String refusal(String text) {
        DocumentException refused =
                catchThrowableOfType(DocumentException.class, () -> DocumentReader.read("flags.yaml", text));
        assertThat(refused).isNotNull();
        assertThat(refused.getMessage())
                .matches("(?s)flags\\.yaml:[1-9]\\d*:[1-9]\\d*( /.*)?: .+\\.")
                .hasSizeLessThan(3_000)
                .hasLineCount(1);
        return refused.getMessage();
    }

    private static String each(int count, IntFunction<String> line) {
        return IntStream.range(0, count).mapToObj(line).collect(Collectors.joining());
    }

    @Test
    void a_document_of_the_greatest_length_is_read_and_a_longer_one_is_refused() {
        String begin = "version: 1\nflags: {f: {type: string, default: a, variants: {a: \"";
        String end = "\"}}}";
        String words = "word ".repeat((DocumentReader.LONGEST - begin.length() - end.length()) / 5);
        String filled = begin
                + words
                + "x".repeat(DocumentReader.LONGEST - begin.length() - words.length() - end.length())
                + end;

        assertThat(filled).hasSize(DocumentReader.LONGEST);
        assertThat(DocumentReader.read("flags.yaml", filled).flags()).hasSize(1);
        assertThat(refusal(filled + " #")).contains("exceeds the limit");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[", "{a: ", "- ", "? ", "[{a: ", "- ? "})
    void ten_thousand_levels_are_refused(String opening) {
        assertThat(refusal("version: 1\nflags: " + opening.repeat(10_000))).contains(":2:");
        assertThat(refusal(opening.repeat(10_000))).containsAnyOf("nested more than 32 deep", "expected a name");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"[ | ]", "{\"a\": | }"})
    void ten_thousand_levels_of_json_are_refused(String opening, String closing) {
        String json = "{\"version\": 1, \"flags\": " + opening.repeat(10_000) + "1" + closing.repeat(10_000) + "}";

        assertThat(refusal(json)).contains("nested more than 32 deep");
        for (EntryKey.Kind kind : EntryKey.Kind.values()) {
            assertThat(catchThrowableOfType(
                            DocumentException.class, () -> DocumentReader.entryFromJson(new EntryKey(kind, "a"), json)))
                    .hasMessageContaining("nested more than 32 deep");
        }
    }

    @Test
    void a_hundred_thousand_rules_of_a_flag_are_refused() {
        String text = "version: 1\nflags:\n  f:\n    type: boolean\n    default: off\n    rules:\n"
                + "    - {variant: on}\n".repeat(MANY);

        assertThat(refusal(text)).contains("flags.yaml:4:5 /flags/f: deciding it may take more than 10000 steps");
    }

    @Test
    void a_hundred_thousand_values_and_variants_and_tags_are_read() {
        String text = "version: 1\ncohorts: {c: {when: [{attribute: a, in: [" + each(MANY, i -> "v" + i + ", ")
                + "]}]}}\nflags: {f: {type: integer, default: v0, tags: [" + each(MANY, i -> "t" + i + ", ")
                + "], variants: {" + each(MANY, i -> "v" + i + ": " + i + ", ") + "}}}";

        assertThat(DocumentReader.read("flags.yaml", text).flags().get("f").variants())
                .hasSize(MANY);
    }

    @Test
    void what_a_message_quotes_is_shortened() {
        String variants = each(MANY, i -> "v" + i + ": " + i + ", ");

        assertThat(refusal("version: 1\nflags: {f: {type: integer, default: none, variants: {" + variants + "}}}"))
                .contains("Flag 'f' has no variant 'none'")
                .endsWith("...");
        assertThat(refusal("version: 1\ncohorts: {c: {when: [{attribute: a, cidr: \"" + "1 ".repeat(MANY) + "\"}]}}"))
                .contains("A network must be written as");
    }

    @Test
    void a_chain_of_cohorts_is_refused() {
        String chain = "version: 1\ncohorts:\n  c0: {members: [a]}\n"
                + each(MANY, i -> "  c" + (i + 1) + ": {when: [{cohort: c" + i + "}]}\n");
        String back = "version: 1\ncohorts:\n" + each(MANY, i -> "  c" + i + ": {when: [{cohort: c" + (i + 1) + "}]}\n")
                + "  c" + MANY + ": {members: [a]}\n";

        assertThat(refusal(chain)).contains("references go more than 20 deep");
        assertThat(refusal(back)).contains("references go more than 20 deep");
    }

    @Test
    void cohorts_that_double_their_references_are_refused() {
        String text = "version: 1\ncohorts:\n  c0: {members: [a]}\n"
                + each(
                        19,
                        i -> "  c" + (i + 1) + ": {when: [{any: [{cohort: c" + i + "}, {not: {cohort: c" + i
                                + "}}]}]}\n");

        assertThat(refusal(text)).contains("deciding it may take more than 10000 steps");
    }

    @Test
    void prerequisites_that_double_are_refused() {
        String text = "version: 1\nflags:\n  a0: {type: boolean, default: on}\n  b0: {type: boolean, default: on}\n"
                + each(
                        18,
                        i ->
                                "  a%2$d: {type: boolean, default: on, requires: {a%1$d: on, b%1$d: on}}\n  b%2$d: {type: boolean, default: on, requires: {a%1$d: on, b%1$d: on}}\n"
                                        .formatted(i, i + 1));

        assertThat(refusal(text)).contains("deciding it may take more than 10000 steps");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 15})
    void prerequisites_and_cohorts_that_lead_back_are_refused(int length) {
        String flags = each(
                length, i -> "  f" + i + ": {type: boolean, default: on, requires: {f" + (i + 1) % length + ": on}}\n");
        String cohorts = each(length, i -> "  c" + i + ": {when: [{not: {cohort: c" + (i + 1) % length + "}}]}\n");

        assertThat(refusal("version: 1\nflags:\n" + flags))
                .contains("flag 'f0' must not refer to itself, but does: f0 -> ");
        assertThat(refusal("version: 1\ncohorts:\n" + cohorts))
                .contains("cohort 'c0' must not refer to itself, but does: c0 -> ");
    }

    @Test
    void aliases_that_multiply_are_refused_at_the_first() {
        String text = "a: &a [x,x,x,x,x,x,x,x,x]\n"
                + each(
                        25,
                        i -> (char) ('b' + i) + ": &" + (char) ('b' + i) + " ["
                                + ("*" + (char) ('a' + i) + ",").repeat(9) + "]\n");

        assertThat(refusal("version: 1\n" + text.replace("z:", "y2:")))
                .contains("flags.yaml:2:4 /a: anchors, aliases and tags");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"((a{999}){999}){999}", "(?:a{1000})(?s){1000}(?i){1000}", "[[:alpha:])](?:(?:a{1000}){1000})"})
    void a_regular_expression_that_grows_is_refused_with_its_place(String pattern) {
        assertThat(refusal("version: 1\ncohorts: {c: {when: [{attribute: a, matches: '" + pattern + "'}]}}"))
                .contains("flags.yaml:2:46 /cohorts/c/when/0/matches: The repetitions of regular expression");
    }

    /** Of one hash: a set of them would compare each with each. */
    @Test
    void conditions_of_one_hash_are_read_in_time_that_grows_with_their_number() {
        String parts = each(1 << 16, i -> "{attribute: a, equals: " + ofOneHash(i) + "}, ");

        assertThat("AaAa".hashCode()).isEqualTo("BBBB".hashCode());
        assertThat(refusal("version: 1\ncohorts: {c: {when: [{any: [" + parts + "]}]}}"))
                .contains("deciding it may take more than 10000 steps");
    }

    @Test
    void values_and_names_of_one_hash_are_read() {
        String texts = each(1 << 16, i -> ofOneHash(i) + ", ");
        String text =
                "version: 1\ncohorts: {c: {members: [" + texts + "], when: [{attribute: a, in: [" + texts + "]}]}}\n"
                        + "flags: {f: {type: integer, default: " + ofOneHash(0) + ", variants: {"
                        + each(1 << 16, i -> ofOneHash(i) + ": 1, ") + "}}}";

        assertThat(DocumentReader.read("flags.yaml", text).cohorts().get("c").members())
                .hasSize(1 << 16);
    }

    private static String ofOneHash(int number) {
        return IntStream.range(0, 16)
                .mapToObj(bit -> (number >> bit & 1) == 0 ? "Aa" : "BB")
                .collect(Collectors.joining());
    }

    @Test
    void a_hundred_thousand_ranges_of_a_position_are_refused() {
        String ranges = each(MANY, i -> "{below: " + (i + 1) * 10 + ", stage: OFF}, ");

        assertThat(refusal("version: 1\nmigrations: {m: {position: {ranges: [" + ranges + "]}}}"))
                .contains("/migrations/m/position/ranges: a position has 100 ranges at most, but had 100000");
    }
}
