package dev.turnout.flags.document;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.turnout.flags.rule.Condition;
import dev.turnout.flags.rule.Flag;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Stage;
import java.math.BigDecimal;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DocumentReaderTest {
    private static DocumentException refused(String text) {
        DocumentException refused =
                catchThrowableOfType(DocumentException.class, () -> DocumentReader.read("flags.yaml", text));
        assertThat(refused).as("%s", text).isNotNull();
        return refused;
    }

    /** A problem as {@code line:column pointer: text}, in a document in which {@code ⏎} ends a line and {@code →} is a tab. */
    private static void assertRefused(String text, String problem) {
        assertThat(refused(text.replace("⏎", "\n").replace("→", "\t"))).hasMessage("flags.yaml:" + problem);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "``                     | 1:1: it is empty; a document begins with 'version: 1'.",
                "# nothing⏎# yet⏎       | 1:1: it is empty; a document begins with 'version: 1'.",
                "---⏎                   | 2:1: expected a map, but was nothing.",
                "null                   | 1:1: expected a map, but was nothing.",
                "5                      | 1:1: expected a map, but was '5'.",
                "hello                  | 1:1: expected a map, but was the text 'hello'.",
                "[1]                    | 1:1: expected a map, but was a list.",
                "flags: {}              | 1:1: 'version' is missing.",
                "version: 2             | 1:10 /version: this library reads version 1 of the format, but was 2.",
                "version: '1'           | 1:10 /version: expected a whole number, but was the text '1'.",
                "version: 1.0           | 1:10 /version: expected a whole number, but was '1.0'.",
                "version: 1⏎---⏎version: 1 | 3:1: something follows after the end.",
                "version: 1⏎...⏎more    | 3:1: expected '<document start>', but found '<scalar>'.",
                "{`version`: 1} x       | 1:16: Unrecognized token 'x': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false').",
                "version: 1⏎flags: []   | 2:8 /flags: expected a map, but was a list.",
                "version: 1⏎flag: {}    | 2:7 /flag: unknown field 'flag'; known here: version, cohorts, flags, migrations.",
                "version: 1⏎version: 1  | 2:1 /version: 'version' stands here a second time; each name may stand once.",
                "version: 1⏎? [a]⏎: b  | 2:4: expected a name, but was a map or a list.",
                "version: 1⏎flags: &f {} | 2:8 /flags: anchors, aliases and tags are not part of the format; write the value itself.",
                "version: 1⏎flags: !!javax.script.ScriptEngineManager {} | 2:8 /flags: anchors, aliases and tags are not part of the format; write the value itself.",
                "version: !!int '1'     | 1:10 /version: anchors, aliases and tags are not part of the format; write the value itself.",
                "version: 1⏎<<: {}      | 2:5 /<<: unknown field '<<'; known here: version, cohorts, flags, migrations.",
                "version: 1⏎→flags: {}  | 2:1: while scanning for the next token, found character '\\t(TAB)' that cannot start any token. (Do not use \\t(TAB) for indentation).",
                "version: 1⏎ flags: {}  | 2:7: mapping values are not allowed here.",
                "version: 1⏎flags: [a   | 2:10: while parsing a flow sequence, expected ',' or ']', but got <stream end>.",
                "version: 1⏎flags: 'a   | 2:10: while scanning a quoted scalar, found unexpected end of stream.",
                "version: 1⏎flags: @a   | 2:8: while scanning for the next token, found character '@' that cannot start any token. (Do not use @ for indentation).",
                "version: 1⏎x: a\u007fb   | 2:5: character U+007F must be written as an escape.",
            })
    void a_document_that_is_none_is_refused_with_its_place(String text, String problem) {
        assertRefused(text.replace("`", "\""), problem);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "a b: {type: boolean, default: on}      | 3:8 /flags/a b: The name of a flag must be 1 to 100 letters, digits, '.', '-' or '_', beginning with a letter or digit, but was 'a b'.",
                "f: null                                | 3:6 /flags/f: expected a map, but was nothing.",
                "f: {}                                  | 3:6 /flags/f: 'type' is missing.",
                "f: {type: number, default: a}          | 3:13 /flags/f/type: expected one of boolean, string, integer, float, object, but was the text 'number'.",
                "f: {type: boolean}                     | 3:6 /flags/f: 'default' is missing.",
                "f: {type: boolean, default: true}      | 3:31 /flags/f/default: expected text in quotes, but was 'true'.",
                "f: {type: boolean, default: maybe}     | 3:6 /flags/f: Flag 'f' has no variant 'maybe'; its variants are [on, off].",
                "f: {type: boolean, default: on, enabled: yes} | 3:44 /flags/f/enabled: expected true or false, but was the text 'yes'.",
                "f: {type: boolean, default: on, enable: true} | 3:43 /flags/f/enable: unknown field 'enable'; known here: type, variants, rules, bucketing, enabled, default, requires, schedule, description, owner, tags, expires.",
                "f: {type: boolean, default: on, default: on} | 3:35 /flags/f/default: 'default' stands here a second time; each name may stand once.",
                "f: {type: boolean, default: on, description: 5} | 3:48 /flags/f/description: expected text in quotes, but was '5'.",
                "f: {type: string, default: a}          | 3:6 /flags/f: Flag 'f' has no variant 'a'; its variants are [].",
                "f: {type: string, variants: {a: 5}, default: a} | 3:35 /flags/f/variants/a: expected text in quotes, but was '5'.",
                "f: {type: boolean, variants: {a: on}, default: a} | 3:6 /flags/f: Variant 'a' of boolean flag 'f' must be true or false, but was 'on'.",
                "f: {type: string, variants: {a: [b]}, default: a} | 3:35 /flags/f/variants/a: expected text, but was a list.",
                "f: {type: string, variants: {a: b, a: c}, default: a} | 3:38 /flags/f/variants/a: 'a' stands here a second time; each name may stand once.",
                "f: {type: boolean, default: on, bucketing: {hash: md5, salt: s}} | 3:53 /flags/f/bucketing/hash: expected one of murmur3_32, unleash, unleash_variant, unleash_variant_100, launchdarkly_32, launchdarkly_64, flagd_1, flagd_2, flagd_3, flagd_3_shorthand, growthbook_1, growthbook_2, but was the text 'md5'.",
                "f: {type: boolean, default: on, bucketing: {hash: murmur3_32}} | 3:46 /flags/f/bucketing: 'salt' is missing.",
                "f: {type: boolean, default: on, bucketing: {hash: murmur3_32, salt: ' '}} | 3:46 /flags/f/bucketing: A salt must not be blank: it keeps the shares of two flags independent.",
                "f: {type: boolean, default: on, bucketing: {hash: murmur3_32, salt: s, seed: 1}} | 3:80 /flags/f/bucketing/seed: unknown field 'seed'; known here: hash, salt, by.",
            })
    void a_flag_that_is_not_valid_is_refused_with_its_place(String flag, String problem) {
        assertRefused("version: 1⏎flags:⏎  " + flag + "⏎", problem);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{}                                  | 6:9 /flags/f/rules/0: 'variant' is missing, or 'split'.",
                "{variant: maybe}                    | 4:5 /flags/f: Flag 'f' has no variant 'maybe'; its variants are [on, off].",
                "{variant: on, percent: 5}           | 6:32 /flags/f/rules/0/percent: unknown field 'percent'; known here: cohorts, when, share, variant, split.",
                "{variant: on, share: 5, share: 6}   | 6:33 /flags/f/rules/0/share: 'share' stands here a second time; each name may stand once.",
                "{variant: on, cohorts: staff}       | 6:32 /flags/f/rules/0/cohorts: expected a list, but was the text 'staff'.",
                "{variant: on, cohorts: [staff]}     | 6:32 /flags/f/rules/0/cohorts: cohort 'staff' is not defined; the cohorts are [].",
                "{variant: on, cohorts: [5]}         | 6:33 /flags/f/rules/0/cohorts/0: expected text in quotes, but was '5'.",
                "{variant: on, when: {a: b}}         | 6:29 /flags/f/rules/0/when: expected a list, but was a map.",
                "{variant: on, when: [{attribute: a}]} | 6:30 /flags/f/rules/0/when/0: a condition has one attribute and exactly one of equals, in, contains, startsWith, endsWith, number, semver, date, cidr, matches, present; or it is one of all, any, not, cohort.",
                "{variant: on, when: [{attribute: a, equals: b, in: [c]}]} | 6:30 /flags/f/rules/0/when/0: a condition has one attribute and exactly one of equals, in, contains, startsWith, endsWith, number, semver, date, cidr, matches, present; or it is one of all, any, not, cohort.",
                "{variant: on, when: [{attribute: a, in: []}]} | 6:49 /flags/f/rules/0/when/0/in: A condition 'in' needs at least one value of 'a'; without any it could never hold.",
                "{variant: on, when: [{attribute: a, in: b}]} | 6:49 /flags/f/rules/0/when/0/in: expected a list, but was the text 'b'.",
                "{variant: on, when: [{attribute: a, equals: null}]} | 6:53 /flags/f/rules/0/when/0/equals: expected text, true, false or a number, but was nothing.",
                "{variant: on, when: [{attribute: a, equal: b}]} | 6:52 /flags/f/rules/0/when/0/equal: unknown field 'equal'; known here: attribute, equals, in, contains, startsWith, endsWith, number, semver, date, cidr, matches, present.",
                "{variant: on, when: [{attribute: a, attribute: b, equals: c}]} | 6:45 /flags/f/rules/0/when/0/attribute: 'attribute' stands here a second time; each name may stand once.",
                "{variant: on, when: [{attribute: a, equals: .nan}]} | 6:53 /flags/f/rules/0/when/0/equals: '.nan' is not how a number is written here, such as 1000 or -0.5; if it is text, it needs quotes.",
                "{variant: on, when: [{attribute: a, equals: -1e999}]} | 6:53 /flags/f/rules/0/when/0/equals: the number '-1e999' is too large.",
                "{variant: *on}                      | 6:19 /flags/f/rules/0/variant: anchors, aliases and tags are not part of the format; write the value itself.",
            })
    void a_rule_that_is_not_valid_is_refused_with_its_place(String rule, String problem) {
        assertRefused(
                "version: 1⏎flags:⏎  f:⏎    type: boolean⏎    rules:⏎      - " + rule + "⏎    default: off⏎", problem);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "1000001     | A share must be from 0 to 1000000 parts per million, but was 1000001. Twelve percent is 120000.",
                "-1          | A share must be from 0 to 1000000 parts per million, but was -1. Twelve percent is 120000.",
                "-5          | A share must be from 0 to 1000000 parts per million, but was -5. Twelve percent is 120000.",
                "2147483648  | A share must be from 0 to 1000000 parts per million, but was 2147483648. Twelve percent is 120000.",
                "4294967297  | A share must be from 0 to 1000000 parts per million, but was 4294967297. Twelve percent is 120000.",
                "9223372036854775808 | expected a whole number, but was '9223372036854775808'.",
                "0.5         | expected a whole number, but was '0.5'.",
                "5.0         | expected a whole number, but was '5.0'.",
                "1e3         | expected a whole number, but was '1e3'.",
                "1e999       | the number '1e999' is too large.",
                "`50`        | expected a whole number, but was the text '50'.",
                "50%         | expected a whole number, but was the text '50%'.",
                "true        | expected a whole number, but was 'true'.",
                "null        | expected a whole number, but was nothing.",
                "{}          | expected a whole number, but was a map.",
                ".inf        | '.inf' is not how a number is written here, such as 1000 or -0.5; if it is text, it needs quotes.",
                "010         | '010' is not how a number is written here, such as 1000 or -0.5; if it is text, it needs quotes.",
                "0x10        | '0x10' is not how a number is written here, such as 1000 or -0.5; if it is text, it needs quotes.",
                "100_000     | '100_000' is not how a number is written here, such as 1000 or -0.5; if it is text, it needs quotes.",
                "+5          | '+5' is not how a number is written here, such as 1000 or -0.5; if it is text, it needs quotes.",
            })
    void a_share_is_a_whole_number_up_to_a_million(String share, String problem) {
        String written = share.equals("50") ? "'50'" : share;
        assertRefused(
                "version: 1⏎flags: {f: {type: boolean, default: off, rules: [{share: " + written + ", variant: on}]}}",
                "2:58 /flags/f/rules/0/share: " + problem);
        assertRefused(
                "version: 1⏎migrations: {m: {position: OFF, goal: {stage: LIVE, share: " + written + "}}}",
                "2:60 /migrations/m/goal/share: " + problem);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{member: [a]}                 | 3:15 /cohorts/c/member: unknown field 'member'; known here: members, when.",
                "{members: a}                  | 3:16 /cohorts/c/members: expected a list, but was the text 'a'.",
                "{members: [a, b, a]}          | 3:23 /cohorts/c/members/2: 'a' is a member already.",
                "{members: [17, `17`]}         | 3:21 /cohorts/c/members/1: '17' is a member already.",
                "{members: [null]}             | 3:17 /cohorts/c/members/0: expected text, true, false or a number, but was nothing.",
                "{members: [[a]]}              | 3:17 /cohorts/c/members/0: expected text, true, false or a number, but was a list.",
                "{members: [0123]}             | 3:17 /cohorts/c/members/0: '0123' is not how a number is written here, such as 1000 or -0.5; if it is text, it needs quotes.",
                "{members: [a], members: [b]}  | 3:21 /cohorts/c/members: 'members' stands here a second time; each name may stand once.",
                "{members: [*a]}               | 3:17 /cohorts/c/members/0: anchors, aliases and tags are not part of the format; write the value itself.",
                "{members: [!!binary aGVsbG8=]} | 3:17 /cohorts/c/members/0: anchors, aliases and tags are not part of the format; write the value itself.",
            })
    void a_cohort_that_is_not_valid_is_refused_with_its_place(String cohort, String problem) {
        assertRefused("version: 1⏎cohorts:⏎  c: " + cohort.replace('`', '"') + "⏎", problem);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{}                                   | 6:6 /migrations/m: 'position' is missing.",
                "{position: LIFE}                     | 6:17 /migrations/m/position: expected one of OFF, DUAL_WRITE, SHADOW, SYNC, LIVE, RAMP_DOWN, COMPLETE, but was the text 'LIFE'.",
                "{position: live}                     | 6:17 /migrations/m/position: expected one of OFF, DUAL_WRITE, SHADOW, SYNC, LIVE, RAMP_DOWN, COMPLETE, but was the text 'live'.",
                "{position: false}                    | 6:17 /migrations/m/position: expected text in quotes, but was 'false'.",
                "{position: OFF, version: 0}          | 6:31 /migrations/m/version: a version must be at least 1, but was 0.",
                "{position: OFF, version: 3, acknowledged: 4} | 6:48 /migrations/m/acknowledged: the version that all nodes have acknowledged is from 0 to the migration's version, 3, but was 4.",
                "{position: OFF, incarnation: 5}      | 6:35 /migrations/m/incarnation: expected text in quotes, but was '5'.",
                "{position: OFF, incarnation: a b}    | 6:35 /migrations/m/incarnation: The incarnation of migration 'm' must be a key of at most 50 characters, or empty, but was 'a b'.",
                "{position: OFF, incarnation: 1234567890123456789012345678901234567890123456789O1} | 6:35 /migrations/m/incarnation: The incarnation of migration 'm' must be a key of at most 50 characters, or empty, but was '1234567890123456789012345678901234567890123456789O1'.",
                "{position: OFF, stage: OFF}          | 6:29 /migrations/m/stage: unknown field 'stage'; known here: version, position, incarnation, bucketing, goal, paused, acknowledged.",
                "{position: OFF, goal: {stage: LIVE, cohorts: {x: LIVE}}} | 6:51 /migrations/m/goal/cohorts: cohort 'x' is not defined; the cohorts are [keys, same, people].",
                "{position: OFF, goal: {stage: LIVE, cohorts: {keys: ON}}} | 6:58 /migrations/m/goal/cohorts/keys: expected one of OFF, DUAL_WRITE, SHADOW, SYNC, LIVE, RAMP_DOWN, COMPLETE, but was the text 'ON'.",
                "{position: OFF, goal: {stage: LIVE, at: 5}} | 6:46 /migrations/m/goal/at: unknown field 'at'; known here: cohorts, stage, share.",
                "{position: OFF, goal: {stage: OFF, cohorts: {people: LIVE}}} | 6:6 /migrations/m: cohort 'people' has conditions on attributes, but a migration routes by data key: a cohort of keys lists its members.",
                "{position: OFF, goal: {stage: OFF, cohorts: {keys: LIVE, same: LIVE}}} | 6:6 /migrations/m: key 'a' is in cohort 'keys' and in cohort 'same', but the cohorts of a migration must not overlap: a key is in one place.",
                "{position: {ranges: []}}             | 6:17 /migrations/m/position: The ranges of a position must cover all 1000000 parts per million, but end at 0.",
                "{position: {ranges: [{below: 5, stage: OFF}]}} | 6:17 /migrations/m/position: The ranges of a position must cover all 1000000 parts per million, but end at 5.",
                "{position: {ranges: [{below: 5, stage: OFF}, {below: 1000000, stage: LIVE}]}} | 6:17 /migrations/m/position: The ranges of a position go from later stages to earlier ones: then a larger share only adds keys. But OFF stands before LIVE.",
                "{position: {ranges: [{stage: OFF}]}} | 6:27 /migrations/m/position/ranges/0: 'below' is missing.",
                "{position: {ranges: [{below: 1000000, stage: OFF, from: 0}]}} | 6:62 /migrations/m/position/ranges/0/from: unknown field 'from'; known here: below, stage, since, dualSince, cameFrom, journal, oldPath, drained.",
                "{position: {ranges: [{below: 1000000, stage: OFF, journal: x}]}} | 6:27 /migrations/m/position/ranges/0: A slice in OFF since version 1 has dualSince 0 and no journal, but dualSince was 0 and the journal 'x'.",
                "{position: {ranges: [{below: 1000000, stage: OFF, since: 2}]}} | 6:6 /migrations/m: Migration 'm' is at version 1, so no slice can have entered its stage in version 2.",
                "{position: {ranges: [{below: 1, stage: LIVE}, {below: 1000000, stage: OFF}]}, goal: {stage: LIVE, cohorts: {keys: LIVE}}} | 6:6 /migrations/m: Cohort 'keys' can be set apart only while all other keys are at one stage: now its members are spread over several. Bring the share to 0 % or 100 % first, or name the cohort from the start.",
            })
    void a_migration_that_is_not_valid_is_refused_with_its_place(String migration, String problem) {
        assertRefused("""
                version: 1
                cohorts: {keys: {members: [a]}, same: {members: [b, a]},
                  people: {when: [{attribute: b, equals: c}]}}

                migrations:
                  m:""" + " " + migration + "\n", problem);
    }

    @Test
    void a_cohort_that_is_not_defined_is_told_with_the_line_of_its_rule() {
        assertThat(refused("""
                        version: 1
                        flags:
                          first: {type: boolean, default: off}
                          second:
                            type: boolean
                            default: off
                            rules:
                              - {variant: on}
                              - variant: on
                                cohorts:
                                  - staff
                        """))
                .hasMessageStartingWith("flags.yaml:11:11 /flags/second/rules/1/cohorts: cohort 'staff' is not defined")
                .extracting(DocumentException::pointer)
                .isEqualTo("/flags/second/rules/1/cohorts");
    }

    @Test
    void on_and_off_and_yes_and_no_are_text() {
        FlagDocument document = DocumentReader.read("flags.yaml", """
                version: 1
                cohorts:
                  nordic: {when: [{attribute: country, in: [SE, NO, FI]}]}
                flags:
                  f: {type: boolean, default: off, rules: [{cohorts: [nordic], variant: on}]}
                migrations:
                  m: {position: OFF, goal: OFF}
                """);

        Condition nordic = document.cohorts().get("nordic").conditions().get(0);
        assertThat(((Condition.In) nordic).values()).containsExactly("SE", "NO", "FI");
        assertThat(document.flags().get("f").defaultVariant()).isEqualTo("off");
        assertThat(document.migrations()).containsValue(MigrationState.startingAt("m", Stage.OFF));
    }

    @Test
    void members_are_the_text_that_is_written() {
        FlagDocument document = DocumentReader.read(
                "flags.yaml",
                "version: 1\ncohorts: {c: {members: [17, 1.10, 1e3, true, yes, 12345678901234567890, \"0123\", a b]}}");

        assertThat(document.cohorts().get("c").members())
                .containsExactly("17", "1.10", "1e3", "true", "yes", "12345678901234567890", "0123", "a b");
    }

    @Test
    void numbers_of_attributes_are_numbers() {
        FlagDocument document = DocumentReader.read(
                "flags.yaml",
                "version: 1\ncohorts: {c: {when: [{attribute: a, in: [5, 5e0, -0.5, 1e3, \"5\", true]}]}}");

        Condition condition = document.cohorts().get("c").conditions().get(0);
        assertThat(((Condition.In) condition).values()).containsExactly(5L, -0.5, 1000L, "5", true);
    }

    private static FlagDocument withCondition(String condition) {
        return DocumentReader.read(
                "flags.yaml", "version: 1\ncohorts: {c: {when: [{attribute: a, " + condition + "}]}}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "equals: 1.10      | 1.10  | 1.1",
                "equals: 2.0       | 2.0   | 2",
                "in: [1.9, 1.10]   | 1.10  | 1.1",
                "in: [-0.50]       | -0.50 | -0.5",
            })
    void what_is_written_as_versions_are_and_numbers_are_not_needs_quotes(
            String condition, String written, String number) {
        assertThatThrownBy(() -> withCondition(condition))
                .isInstanceOf(DocumentException.class)
                .hasMessageContaining("'" + written + "' would be read as the number " + number)
                .hasMessageContaining("needs quotes");
    }

    @Test
    void in_json_text_always_has_quotes_so_a_number_may_end_in_zero() {
        FlagDocument document = DocumentReader.read(
                "flags.json",
                "{\"version\": 1, \"cohorts\": {\"c\": {\"when\": [{\"attribute\": \"a\", \"in\": [1.10, 2.0]}]}}}");

        Condition condition = document.cohorts().get("c").conditions().get(0);
        assertThat(((Condition.In) condition).values()).containsExactly(1.1, 2L);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "semver: {atLeast: 5.10} | '5.10'",
                "semver: {below: 5}      | '5'",
                "startsWith: 1.10        | '1.10'",
                "contains: [true]        | 'true'",
            })
    void text_without_its_quotes_is_refused_as_it_was_written_and_told_to_have_them(String condition, String written) {
        assertThatThrownBy(() -> withCondition(condition))
                .isInstanceOf(DocumentException.class)
                .hasMessageContaining("expected text in quotes, but was " + written);
    }

    @ParameterizedTest
    @CsvSource({
        "9007199254740993, 9007199254740993",
        "9007199254740993e0, 9007199254740993",
        "1e17, 100000000000000000",
        "9223372036854775807, 9223372036854775807",
        "9223372036854775808, 9223372036854775808",
        "123456789012345678901234567890, 123456789012345678901234567890",
        "0.12345678901234567891, 0.12345678901234567891",
    })
    void numbers_of_conditions_are_not_rounded(String written, BigDecimal value) {
        FlagDocument document = withCondition("equals: " + written);

        Condition condition = document.cohorts().get("c").conditions().get(0);
        assertThat(new BigDecimal(((Condition.Equals) condition).value().toString()))
                .isEqualByComparingTo(value);
        assertThat(DocumentReader.read("again", DocumentWriter.toYaml(document)))
                .isEqualTo(document);
        assertThat(DocumentReader.read("again", DocumentWriter.toJson(document)))
                .isEqualTo(document);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "version: 1",
                "\ufeffversion: 1",
                "version: 1\nflags:\ncohorts: null\nmigrations: ~\n",
                "--- # begins\nversion: 1\n...\n",
                "{\"version\": 1, \"cohorts\": {}, \"flags\": {}, \"migrations\": {}}",
                "{version: 1}",
                "version: 1\r\nflags: {}\r\n"
            })
    void an_empty_document_says_its_version(String text) {
        assertThat(DocumentReader.read("flags.yaml", text)).isEqualTo(FlagDocument.EMPTY);
    }

    @Test
    void a_migration_that_says_no_goal_stays_where_it_is() {
        FlagDocument document = DocumentReader.read("flags.yaml", """
                version: 1
                cohorts: {keys: {members: [a]}}
                migrations:
                  all: {position: SHADOW}
                  some:
                    position:
                      cohorts: {keys: {stage: LIVE}}
                      ranges: [{below: 5, stage: SHADOW}, {below: 1000000, stage: OFF}]
                """);

        assertThat(document.migrations().get("all").goal()).isEqualTo(Goal.of(Stage.SHADOW));
        MigrationState some = document.migrations().get("some");
        assertThat(some.goal()).isEqualTo(Goal.of(Stage.SHADOW, 5).with("keys", Stage.LIVE));
        assertThat(some.isAtGoal()).isTrue();
    }

    @Test
    void a_migration_that_says_no_incarnation_was_written_by_hand() {
        FlagDocument document = DocumentReader.read("flags.yaml", """
                version: 1
                migrations:
                  said: {position: "OFF", incarnation: 5f0c}
                  unsaid: {position: "OFF"}
                  empty: {position: "OFF", incarnation: ""}
                """);

        assertThat(document.migrations().get("said").incarnation()).isEqualTo("5f0c");
        assertThat(document.migrations().get("unsaid").incarnation()).isEmpty();
        assertThat(document.migrations().get("empty").incarnation()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"[", "{a: ", "- ", "[{a: "})
    @Timeout(10)
    void a_document_that_is_nested_too_deep_is_refused(String opening) {
        assertThat(refused(opening.repeat(10_000))).hasMessageContaining("nested more than 32 deep");
    }

    @Test
    @Timeout(30)
    void a_cohort_of_a_hundred_thousand_members_is_read() {
        String members = IntStream.range(0, 100_000)
                .mapToObj(i -> String.format("6f1c1c2e-8f5b-4f0e-9d6a-%012d", i))
                .collect(Collectors.joining(", "));

        FlagDocument document =
                DocumentReader.read("flags.yaml", "version: 1\ncohorts: {c: {members: [" + members + "]}}");

        assertThat(document.cohorts().get("c").members()).hasSize(100_000);
    }

    @Test
    @Timeout(30)
    void a_document_that_is_too_long_is_refused() {
        String members = "'a', ".repeat(DocumentReader.LONGEST / 5);

        assertThat(refused("version: 1\ncohorts: {c: {members: [" + members + "]}}"))
                .hasMessageContaining("exceeds the limit: 8388608");
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", " ", "#", "\t", "["})
    @Timeout(10)
    void eight_megabytes_of_one_thing_are_refused_in_bounded_time(String one) {
        assertThat(refused("version: 1\nflags: " + one.repeat(8_000_000)))
                .message()
                .hasSizeLessThan(500);
    }

    @Test
    @Timeout(10)
    void a_long_number_is_refused_without_working_it_out() {
        assertThat(refused("version: " + "9".repeat(1_000_000)).getMessage()).hasSizeLessThan(300);
        assertThat(refused("version: " + "9".repeat(500)).getMessage()).hasSizeLessThan(300);
        assertThat(refused("version: 1e" + "9".repeat(500)).getMessage()).hasSizeLessThan(300);
        assertThat(refused("version: 1e999999999").getMessage()).contains("too large");
    }

    @Test
    void a_message_is_short_and_in_one_line_whatever_the_document_has_in_it() {
        assertThat(refused("version: 1\n\"a\\nb\": 1"))
                .message()
                .hasLineCount(1)
                .contains("'a?b'");
        assertThat(refused("version: 1\n? " + "k".repeat(5_000) + "\n: 1"))
                .message()
                .hasSizeLessThan(500);
        assertThat(refused("version: \"" + "k\\n".repeat(5_000) + "\""))
                .message()
                .hasLineCount(1)
                .hasSizeLessThan(300);
    }

    @Test
    void an_entry_that_is_not_valid_is_refused_with_its_name_and_place() {
        assertThatThrownBy(() -> DocumentReader.entryFromJson(
                        EntryKey.flag("f"),
                        "{\"type\": \"boolean\", \"default\": \"off\", \"rules\": [{\"share\": -1}]}"))
                .isInstanceOf(DocumentException.class)
                .hasMessageStartingWith("flag 'f':1:")
                .hasMessageContaining("/flags/f/rules/0/share: A share must be from 0 to 1000000");
        assertThatThrownBy(() -> DocumentReader.entryFromJson(EntryKey.flag("f"), "{} {}"))
                .isInstanceOf(DocumentException.class)
                .hasMessageContaining("something follows after the end");
        assertThatThrownBy(() -> DocumentReader.entryFromJson(EntryKey.flag("f"), ""))
                .isInstanceOf(DocumentException.class)
                .hasMessageContaining("it is empty");
        assertThatThrownBy(() -> DocumentReader.entryFromJson(EntryKey.flag("f"), "{type: boolean}"))
                .isInstanceOf(DocumentException.class)
                .hasMessageStartingWith("flag 'f':1:2 /flags/f: Unexpected character");
        assertThatThrownBy(() -> DocumentReader.entryFromJson(EntryKey.migration("m"), "{\"position\": \"OFF\"} x"))
                .isInstanceOf(DocumentException.class);
        assertThat(DocumentReader.entryFromJson(EntryKey.flag("f"), "{\"type\": \"boolean\", \"default\": \"off\"}"))
                .isEqualTo(new Entry.OfFlag(Flag.bool("f").build()));
    }

    @Test
    @Timeout(30)
    void twenty_thousand_flags_are_read() {
        String flags = IntStream.range(0, 20_000)
                .mapToObj(i -> "  flag-" + i + ": {type: boolean, default: off}\n")
                .collect(Collectors.joining());
        assertThat(DocumentReader.read("flags.yaml", "version: 1\nflags:\n" + flags)
                        .flags())
                .hasSize(20_000);
    }
}
