package dev.turnout.flags.document;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import dev.turnout.flags.rule.FlagType;
import dev.turnout.flags.rule.Hash;
import dev.turnout.flags.stage.OldPathState;
import dev.turnout.flags.stage.Stage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DocumentSchemaTest {
    private static final String RESOURCE = "turnout-flags.schema.json";
    private static final String FIFTY_ONE = "123456789012345678901234567890123456789012345678901";
    private static final byte[] BYTES = bytes();
    private static final JsonNode TEXT =
            read(new ObjectMapper(), new String(BYTES, java.nio.charset.StandardCharsets.UTF_8));
    private static final JsonSchema SCHEMA = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
            .getSchema(
                    TEXT,
                    SchemaValidatorsConfig.builder()
                            .formatAssertionsEnabled(true)
                            .build());
    // As an editor reads it, for which on and off are text.
    private static final ObjectMapper YAML = new YAMLMapper(YAMLFactory.builder()
            .enable(YAMLParser.Feature.PARSE_BOOLEAN_LIKE_WORDS_AS_STRINGS)
            .build());

    private static byte[] bytes() {
        try (InputStream in = DocumentReader.class.getResourceAsStream(RESOURCE)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static JsonNode read(ObjectMapper mapper, String text) {
        try {
            return mapper.readTree(text);
        } catch (IOException e) {
            throw new AssertionError(text, e);
        }
    }

    private static Set<ValidationMessage> problems(String text) {
        return SCHEMA.validate(read(YAML, text));
    }

    @Test
    void what_is_in_the_jar_is_what_is_in_the_docs() throws IOException {
        assertThat(Path.of("../docs", RESOURCE)).hasBinaryContent(BYTES);
    }

    @Test
    void it_is_a_schema() {
        JsonSchema ofSchemas = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
                .getSchema(com.networknt.schema.SchemaLocation.of("https://json-schema.org/draft/2020-12/schema"));
        assertThat(ofSchemas.validate(TEXT)).isEmpty();
    }

    @Test
    void whatever_a_document_can_say_is_valid() {
        ObjectMapper json = new ObjectMapper();
        for (int seed = 0; seed < 1_000; seed++) {
            String written = DocumentWriter.toJson(new RandomDocuments(seed).next());
            assertThat(SCHEMA.validate(read(json, written))).as(written).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"README.md", "docs/getting-started.md", "docs/compatibility.md"})
    void the_examples_of_a_page_are_valid(String page) throws IOException {
        List<String> examples = blocks(Files.readString(Path.of("..", page)));

        assertThat(examples).isNotEmpty().allSatisfy(example -> {
            assertThat(problems(example)).as(example).isEmpty();
            assertThat(DocumentReader.read(page, example)).isNotEqualTo(FlagDocument.EMPTY);
        });
    }

    private static List<String> blocks(String markdown) {
        return Pattern.compile("^```yaml\n(.*?)^```", Pattern.MULTILINE | Pattern.DOTALL)
                .matcher(markdown)
                .results()
                .map(result -> result.group(1))
                .toList();
    }

    /** The examples of the schema itself: those of entries and of conditions in a document, where it is read. */
    @Test
    void its_own_examples_are_read() {
        List<String> examples = new ArrayList<>();
        TEXT.at("/$defs/flag/examples").forEach(flag -> examples.add("{version: 1, flags: {f: " + flag + "}}"));
        TEXT.at("/$defs/migration/examples")
                .forEach(migration -> examples.add("{version: 1, migrations: {m: " + migration + "}}"));
        JsonNode condition = TEXT.at("/$defs/condition");
        condition.at("/examples").forEach(example -> examples.add(ofCondition(example.toString())));
        condition
                .at("/properties")
                .properties()
                .forEach(field -> field.getValue()
                        .path("examples")
                        .forEach(example -> examples.add(ofCondition(
                                Set.of("attribute", "all", "any", "not", "cohort")
                                                .contains(field.getKey())
                                        ? (field.getKey().equals("attribute")
                                                ? "{attribute: " + example + ", present: true}"
                                                : "{" + field.getKey() + ": " + example + "}")
                                        : "{attribute: a, " + field.getKey() + ": " + example + "}"))));

        assertThat(examples).hasSizeGreaterThan(20).allSatisfy(example -> {
            assertThat(problems(example)).as(example).isEmpty();
            assertThat(DocumentReader.read("example", example)).isNotNull();
        });
    }

    private static String ofCondition(String condition) {
        return "{version: 1, cohorts: {beta: {members: [ana]}, c: {when: [" + condition + "]}}}";
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "version: 1",
                "{version: 1, flags: null, cohorts: Null, migrations: ~}",
                "{version: 1, cohorts: {c: {}}}",
                "{version: 1, cohorts: {c: {members: [17, true, 1.5]}}}",
                "{version: 1, cohorts: {c: {when: [{attribute: a, contains: x}, {attribute: a, cidr: '::1'}]}}}",
                "{version: 1, cohorts: {c: {when: [{attribute: a, number: {above: 1, atMost: 2.5}}]}}}",
                "{version: 1, flags: {f: {type: boolean, default: on}}}",
                "{version: 1, flags: {f: {type: boolean, default: on, tags: shop, schedule: {}, rules: []}}}",
                "{version: 1, flags: {f: {type: boolean, default: on}, g: {type: boolean, default: on, requires: {f: on}}}}",
                "{version: 1, flags: {f: {type: boolean, default: on, bucketing: {hash: flagd_1, salt: ''}}}}",
                "{version: 1, flags: {f: {type: object, variants: {a: {b: [1, null, {}]}}, default: a}}}",
                "{version: 1, migrations: {m: {position: LIVE, goal: SHADOW}}}",
                "{version: 1, migrations: {m: {position: LIVE, incarnation: ''}}}",
                "{version: 1, migrations: {m: {position: LIVE, incarnation: 1.a_B-2}}}",
                "{version: 1, migrations: {m: {position: {ranges: [{below: 1000000, stage: SYNC, cameFrom: NEW}]}}}}",
            })
    void what_people_may_leave_out_or_shorten_is_valid(String text) {
        assertThat(DocumentReader.read("flags.yaml", text)).isNotNull();
        assertThat(problems(text)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "5",
                "[1]",
                "flags: {}",
                "version: 2",
                "version: '1'",
                "{version: 1, flags: []}",
                "{version: 1, flag: {}}",
                "{version: 1, flags: {'a b': {type: boolean, default: on}}}",
                "{version: 1, flags: {'': {type: boolean, default: on}}}",
                "{version: 1, flags: {-a: {type: boolean, default: on}}}",
            })
    void what_is_no_document_is_refused_by_both(String text) {
        assertRefused(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "{}",
                "{type: number, default: a}",
                "{type: boolean}",
                "{type: boolean, default: true}",
                "{type: boolean, default: on, enabled: yes}",
                "{type: boolean, default: on, enable: true}",
                "{type: boolean, default: on, description: 5}",
                "{type: boolean, default: on, owner: [ana]}",
                "{type: boolean, default: on, tags: [a, a]}",
                "{type: boolean, default: on, expires: 2026-02-30}",
                "{type: boolean, default: on, expires: tomorrow}",
                "{type: string, default: a}",
                "{type: string, variants: {}, default: a}",
                "{type: string, variants: {a: 5}, default: a}",
                "{type: string, variants: {a: [b]}, default: a}",
                "{type: boolean, variants: {a: on}, default: a}",
                "{type: integer, variants: {a: 1.5}, default: a}",
                "{type: integer, variants: {a: 9223372036854775808}, default: a}",
                "{type: float, variants: {a: '1.5'}, default: a}",
                "{type: object, variants: {a: [1]}, default: a}",
                "{type: boolean, default: on, requires: [f]}",
                "{type: boolean, default: on, requires: {f: []}}",
                "{type: boolean, default: on, schedule: {from: 2026-12-01}}",
                "{type: boolean, default: on, schedule: {from: '2026-12-01T08:00:00'}}",
                "{type: boolean, default: on, schedule: {from: '2026-02-30T08:00:00Z'}}",
                "{type: boolean, default: on, schedule: {to: '2026-12-01T08:00:00Z'}}",
                "{type: boolean, default: on, bucketing: murmur3_32}",
                "{type: boolean, default: on, bucketing: {hash: md5, salt: s}}",
                "{type: boolean, default: on, bucketing: {hash: murmur3_32}}",
                "{type: boolean, default: on, bucketing: {salt: s}}",
                "{type: boolean, default: on, bucketing: {hash: murmur3_32, salt: ' '}}",
                "{type: boolean, default: on, bucketing: {hash: murmur3_32, salt: s, seed: 1}}",
                "{type: boolean, default: on, rules: {}}",
            })
    void a_flag_that_is_none_is_refused_by_both(String flag) {
        assertRefused("{version: 1, flags: {f: " + flag + "}}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{share: 5}",
                "{variant: 5}",
                "{variant: on, split: {on: 1000000}}",
                "{split: {}}",
                "{split: {on: 1000001}}",
                "{split: [on]}",
                "{variant: on, percent: 5}",
                "{variant: on, cohorts: staff}",
                "{variant: on, cohorts: [5]}",
                "{variant: on, cohorts: ['a b']}",
                "{variant: on, when: {cohort: c}}",
                "{variant: on, share: 1000001}",
                "{variant: on, share: -1}",
                "{variant: on, share: 0.5}",
                "{variant: on, share: '50'}",
                "{variant: on, share: 50%}",
                "{variant: on, share: null}",
                "{variant: on, share: []}",
                "{variant: on, share: [{share: 5}]}",
                "{variant: on, share: [{from: '2026-12-01T08:00:00Z'}]}",
                "{variant: on, share: [{from: '2026-12-01T08:00:00Z', share: 5, until: 6}]}",
            })
    void a_rule_that_is_none_is_refused_by_both(String rule) {
        assertRefused("{version: 1, flags: {f: {type: boolean, default: on, rules: [" + rule + "]}}}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "a",
                "{attribute: a}",
                "{equals: a}",
                "{attribute: 5, equals: a}",
                "{attribute: a, equals: b, in: [c]}",
                "{attribute: a, equal: b}",
                "{attribute: a, equals: null}",
                "{attribute: a, equals: [b]}",
                "{attribute: a, in: []}",
                "{attribute: a, in: b}",
                "{attribute: a, in: [null]}",
                "{attribute: a, all: [{cohort: c}]}",
                "{attribute: a, equals: b, cohort: c}",
                "{attribute: a, contains: []}",
                "{attribute: a, contains: ''}",
                "{attribute: a, startsWith: [b, '']}",
                "{attribute: a, endsWith: 5}",
                "{attribute: a, number: 5}",
                "{attribute: a, number: {}}",
                "{attribute: a, number: {above: '5'}}",
                "{attribute: a, number: {above: 5, atLeast: 6}}",
                "{attribute: a, number: {below: 5, atMost: 6}}",
                "{attribute: a, number: {from: 5}}",
                "{attribute: a, semver: {above: 1.2}}",
                "{attribute: a, semver: {above: '01.2'}}",
                "{attribute: a, semver: {above: '1.2.3.4'}}",
                "{attribute: a, semver: {above: '1.2.3-01'}}",
                "{attribute: a, semver: {above: '1.2.3-'}}",
                "{attribute: a, date: {above: 2026-12-01}}",
                "{attribute: a, cidr: []}",
                "{attribute: a, cidr: here}",
                "{attribute: a, cidr: 10.0.0.0/08}",
                "{attribute: a, matches: [b]}",
                "{attribute: a, present: yes}",
                "{all: []}",
                "{all: {cohort: c}}",
                "{any: [{}]}",
                "{not: [{cohort: c}]}",
                "{not: {cohort: c}, cohort: c}",
                "{cohort: [c]}",
            })
    void a_condition_that_is_none_is_refused_by_both(String condition) {
        assertRefused("{version: 1, cohorts: {c: {}, d: {when: [" + condition + "]}}}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "cohorts: {c: {member: [a]}}",
                "cohorts: {c: {members: a}}",
                "cohorts: {c: {members: [a, b, a]}}",
                "cohorts: {c: {members: [null]}}",
                "cohorts: {c: {members: [[a]]}}",
                "cohorts: {c: [a]}",
                "migrations: {m: {}}",
                "migrations: {m: {position: LIFE}}",
                "migrations: {m: {position: live}}",
                "migrations: {m: {position: false}}",
                "migrations: {m: {position: OFF, version: 0}}",
                "migrations: {m: {position: OFF, incarnation: 17}}",
                "migrations: {m: {position: OFF, incarnation: -a}}",
                "migrations: {m: {position: OFF, incarnation: a b}}",
                "migrations: {m: {position: OFF, incarnation: [a]}}",
                "migrations: {m: {position: OFF, incarnation: '" + FIFTY_ONE + "'}}",
                "migrations: {m: {position: OFF, stage: OFF}}",
                "migrations: {m: {position: OFF, goal: ON}}",
                "migrations: {m: {position: OFF, goal: {}}}",
                "migrations: {m: {position: OFF, goal: {stage: LIVE, at: 5}}}",
                "migrations: {m: {position: OFF, goal: {stage: LIVE, share: 1000001}}}",
                "migrations: {m: {position: OFF, goal: {stage: LIVE, cohorts: {c: ON}}}}",
                "migrations: {m: {position: {}}}",
                "migrations: {m: {position: {ranges: []}}}",
                "migrations: {m: {position: {ranges: [{stage: OFF}]}}}",
                "migrations: {m: {position: {ranges: [{below: 1000000}]}}}",
                "migrations: {m: {position: {ranges: [{below: 0, stage: OFF}]}}}",
                "migrations: {m: {position: {ranges: [{below: 1000000, stage: OFF, from: 0}]}}}",
                "migrations: {m: {position: {ranges: [{below: 1000000, stage: SYNC, cameFrom: BRIDGE}]}}}",
                "migrations: {m: {position: OFF, bucketing: {hash: murmur3_32, salt: s, by: a}}}",
            })
    void a_cohort_or_migration_that_is_none_is_refused_by_both(String entry) {
        assertRefused("{version: 1, " + entry + "}");
    }

    private static void assertRefused(String text) {
        assertThat(catchThrowableOfType(DocumentException.class, () -> DocumentReader.read("flags.yaml", text)))
                .as("the reader on %s", text)
                .isNotNull();
        assertThat(problems(text)).as("the schema on %s", text).isNotEmpty();
    }

    /** The fields that the reader lists as known where it meets an unknown one. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "version: 1, ?: 1                                        |",
                "version: 1, cohorts: {c: {?: 1}}                        | /$defs/cohort",
                "version: 1, flags: {f: {type: boolean, default: on, ?: 1}} | /$defs/flag",
                "version: 1, flags: {f: {type: boolean, default: on, schedule: {?: 1}}} | /$defs/flag/properties/schedule",
                "version: 1, flags: {f: {type: boolean, default: on, bucketing: {hash: unleash, salt: s, ?: 1}}} | /$defs/flag/properties/bucketing",
                "version: 1, flags: {f: {type: boolean, default: on, rules: [{variant: on, ?: 1}]}} | /$defs/rule",
                "version: 1, flags: {f: {type: boolean, default: on, rules: [{variant: on, share: [{from: '2026-12-01T08:00:00Z', share: 1, ?: 1}]}]}} | /$defs/step",
                "version: 1, cohorts: {c: {when: [{attribute: a, number: {?: 1}}]}} | /$defs/condition/properties/number",
                "version: 1, cohorts: {c: {when: [{attribute: a, semver: {?: 1}}]}} | /$defs/condition/properties/semver",
                "version: 1, cohorts: {c: {when: [{attribute: a, date: {?: 1}}]}} | /$defs/condition/properties/date",
                "version: 1, migrations: {m: {position: OFF, ?: 1}}      | /$defs/migration",
                "version: 1, migrations: {m: {position: OFF, goal: {stage: OFF, ?: 1}}} | /$defs/migration/properties/goal/oneOf/1",
                "version: 1, migrations: {m: {position: OFF, bucketing: {hash: unleash, salt: s, ?: 1}}} | /$defs/migration/properties/bucketing",
                "version: 1, migrations: {m: {position: {ranges: [], ?: 1}}} | /$defs/migration/properties/position/oneOf/1",
                "version: 1, migrations: {m: {position: {ranges: [{below: 5, stage: OFF, ?: 1}]}}} | /$defs/migration/properties/position/oneOf/1/properties/ranges/items",
                "version: 1, migrations: {m: {position: {cohorts: {c: {stage: OFF, ?: 1}}, ranges: []}}} | /$defs/migration/properties/position/oneOf/1/properties/cohorts/additionalProperties",
            })
    void the_fields_that_the_reader_knows_are_those_of_the_schema(String document, String pointer) {
        assertThat(known(document)).containsExactlyInAnyOrderElementsOf(fields(pointer == null ? "" : pointer));
    }

    @Test
    void the_fields_of_conditions_that_the_reader_knows_are_those_of_the_schema() {
        List<String> known =
                new ArrayList<>(known("version: 1, cohorts: {c: {when: [{attribute: a, equals: b, ?: 1}]}}"));
        known.addAll(known("version: 1, cohorts: {c: {when: [{cohort: c, ?: 1}]}}"));
        assertThat(Set.copyOf(known)).containsExactlyInAnyOrderElementsOf(fields("/$defs/condition"));
    }

    private static List<String> known(String document) {
        String text = "{" + document.replace("?", "nobody-knows-this") + "}";
        DocumentException refused =
                catchThrowableOfType(DocumentException.class, () -> DocumentReader.read("flags.yaml", text));
        MatchResult said = Pattern.compile("unknown field 'nobody-knows-this'; known here: (.*)\\.$")
                .matcher(refused.getMessage())
                .results()
                .findFirst()
                .orElseThrow(() -> new AssertionError(refused));
        return List.of(said.group(1).split(", "));
    }

    private static List<String> fields(String pointer) {
        List<String> names = new ArrayList<>();
        TEXT.at(pointer + "/properties").fieldNames().forEachRemaining(names::add);
        return names;
    }

    @Test
    void the_words_of_the_schema_are_those_of_the_format() {
        assertThat(constants("/$defs/stage/oneOf")).isEqualTo(words(Stage.values(), Enum::name));
        assertThat(constants("/$defs/flag/properties/type/oneOf")).isEqualTo(words(FlagType.values(), FlagType::word));
        for (String entry : List.of("flag", "migration")) {
            assertThat(constants("/$defs/" + entry + "/properties/bucketing/properties/hash/oneOf"))
                    .isEqualTo(words(Hash.values(), Hash::word));
        }
        JsonNode slice = TEXT.at("/$defs/migration/properties/position/oneOf/1/properties/ranges/items/properties");
        assertThat(slice.at("/oldPath/oneOf").findValuesAsText("const"))
                .isEqualTo(words(OldPathState.values(), Enum::name));
    }

    private static List<String> constants(String pointer) {
        return TEXT.at(pointer).findValuesAsText("const");
    }

    private static <E> List<String> words(E[] all, Function<E, String> word) {
        return Arrays.stream(all).map(word).toList();
    }

    @Test
    void each_field_is_explained() {
        assertThat(unexplained("", TEXT)).isEmpty();
    }

    /** Fields without a description, their own or that of what they refer to. */
    private static List<String> unexplained(String pointer, JsonNode node) {
        List<String> found = new ArrayList<>();
        node.path("properties").properties().forEach(field -> {
            JsonNode value = field.getValue();
            JsonNode meant =
                    value.has("$ref") ? TEXT.at(value.get("$ref").asText().substring(1)) : value;
            if (isField(pointer)
                    && Stream.of(value, meant).noneMatch(one -> one.has("description") || one.has("oneOf"))) {
                found.add(pointer + "/" + field.getKey());
            }
        });
        node.properties().forEach(field -> found.addAll(unexplained(pointer + "/" + field.getKey(), field.getValue())));
        return found;
    }

    private static boolean isField(String pointer) {
        return !pointer.matches(".*/(if|then|else|allOf)(/.*)?");
    }
}
