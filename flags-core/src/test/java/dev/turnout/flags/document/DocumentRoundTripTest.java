package dev.turnout.flags.document;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.parallel.ExecutionMode.CONCURRENT;

import dev.turnout.flags.rule.Bucketing;
import dev.turnout.flags.rule.Cohort;
import dev.turnout.flags.rule.Condition;
import dev.turnout.flags.rule.Flag;
import dev.turnout.flags.rule.Rule;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class DocumentRoundTripTest {
    static final List<String> NASTY = RandomDocuments.NASTY;

    @ParameterizedTest
    @FieldSource("NASTY")
    void any_text_is_read_as_it_was_written_wherever_it_may_stand(String text) {
        Map<String, Object> variants = new LinkedHashMap<>();
        variants.put("a", text);
        variants.put(text.length() > 100 ? "long" : RandomDocuments.whole(text), "b");
        Condition equals = new Condition.Equals(text, text);
        Condition in = new Condition.In(text, new LinkedHashSet<>(List.of(text, "other")));
        List<Rule> rules = List.of(new Rule(List.of("c"), List.of(equals, in), 5, "a"));
        Flag.Builder flag = Flag.string("f", "a", text)
                .bucketing(new Bucketing("salt" + text))
                .bucketBy(text)
                .about(new Flag.About(text, text, Set.of(text), null));
        variants.forEach(flag::variant);
        rules.forEach(flag::rule);
        Cohort cohort = new Cohort("c", Set.of(text), List.of(equals));
        FlagDocument document = new FlagDocument(Map.of("c", cohort), Map.of("f", flag.build()), Map.of());

        assertThat(reread(document, DocumentWriter::toYaml)).isEqualTo(document);
        assertThat(reread(document, DocumentWriter::toJson)).isEqualTo(document);
    }

    @Test
    @Execution(CONCURRENT)
    void documents_are_read_as_they_were_written_and_written_as_they_were_read() {
        RandomDocuments documents = new RandomDocuments(42);
        for (int i = 0; i < 1_000; i++) {
            FlagDocument document = documents.next();
            assertIsKept(document, DocumentWriter::toYaml);
            assertIsKept(document, DocumentWriter::toJson);
        }
    }

    private static void assertIsKept(FlagDocument document, Function<FlagDocument, String> format) {
        String text = format.apply(document);
        FlagDocument again = DocumentReader.read("flags", text);
        if (!again.equals(document) || !format.apply(again).equals(text)) {
            fail("%s%n%s%n%s", document, again, text);
        }
        for (EntryKey.Kind kind : EntryKey.Kind.values()) { // maps do not compare their order
            assertThat(again.entries(kind).map(Entry::key).toList())
                    .isEqualTo(document.entries(kind).map(Entry::key).toList());
        }
    }

    private static FlagDocument reread(FlagDocument document, Function<FlagDocument, String> format) {
        return DocumentReader.read("flags", format.apply(document));
    }

    @Test
    @Execution(CONCURRENT)
    void each_entry_is_read_from_json_as_it_was_written() {
        RandomDocuments documents = new RandomDocuments(43);
        for (int i = 0; i < 300; i++) {
            FlagDocument document = documents.next();
            document.keys().forEach(key -> {
                Entry entry = document.entry(key).orElseThrow();
                String json = DocumentWriter.entryToJson(entry);
                assertThat(json).hasLineCount(1);
                assertThat(DocumentReader.entryFromJson(key, json)).isEqualTo(entry);
            });
        }
    }

    @Test
    void what_is_left_out_has_a_default_that_the_canonical_form_says() {
        FlagDocument document = DocumentReader.read("flags.yaml", """
                version: 1
                flags:
                  new-checkout:
                    type: boolean
                    default: off
                    rules:
                      - {variant: on}
                migrations:
                  places:
                    position: OFF
                """);

        assertThat(document.flags().get("new-checkout"))
                .isEqualTo(Flag.bool("new-checkout").share(1_000_000, "on").build());
        assertThat(DocumentWriter.toYaml(document)).isEqualTo("""
                        version: 1
                        cohorts: {}
                        flags:
                          new-checkout:
                            type: boolean
                            description: ""
                            enabled: true
                            variants:
                              "on": true
                              "off": false
                            default: "off"
                            rules:
                            - cohorts: []
                              when: []
                              share: 1000000
                              variant: "on"
                            bucketing:
                              hash: murmur3_32
                              salt: new-checkout
                        migrations:
                          places:
                            version: 1
                            goal:
                              stage: "OFF"
                              share: 1000000
                              cohorts: {}
                            position:
                              cohorts: {}
                              ranges:
                              - below: 1000000
                                stage: "OFF"
                                since: 1
                                dualSince: 0
                                cameFrom: OLD
                                journal: ""
                                oldPath: IN_SYNC
                            bucketing:
                              hash: murmur3_32
                              salt: places
                        """);
    }

    /** Whatever is done to a document, reading it ends, and either way: with a document, or with what is wrong with it. */
    @Test
    @Execution(CONCURRENT)
    void a_damaged_document_is_read_or_refused_with_its_place() {
        RandomDocuments documents = new RandomDocuments(44);
        Random random = new Random(45);
        String letters = "\u0085 \n\t:-{}[],'\"&*!|>%@#?~0aé\u0000\ud83d";
        for (int i = 0; i < 3_000; i++) {
            FlagDocument document = documents.next();
            StringBuilder text =
                    new StringBuilder(i % 2 == 0 ? DocumentWriter.toYaml(document) : DocumentWriter.toJson(document));
            for (int damage = 1 + random.nextInt(3); damage > 0; damage--) {
                int at = random.nextInt(text.length());
                switch (random.nextInt(3)) {
                    case 0 -> text.deleteCharAt(at);
                    case 1 -> text.insert(at, letters.charAt(random.nextInt(letters.length())));
                    default -> text.delete(at, Math.min(text.length(), at + random.nextInt(40)));
                }
            }
            try {
                assertIsKept(DocumentReader.read("flags.yaml", text.toString()), DocumentWriter::toYaml);
            } catch (DocumentException e) {
                assertThat(e.getMessage())
                        .matches("(?s)flags\\.yaml:[1-9]\\d*:[1-9]\\d*( /.*)?: .+\\.")
                        .hasLineCount(1);
            }
        }
    }
}
