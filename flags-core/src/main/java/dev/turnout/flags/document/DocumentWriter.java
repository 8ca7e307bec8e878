package dev.turnout.flags.document;

import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.io.CharacterEscapes;
import com.fasterxml.jackson.core.io.SerializedString;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.fasterxml.jackson.dataformat.yaml.util.StringQuotingChecker;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Writes documents in their canonical form: whatever decides is written, in one order, so reading and writing again
 * changes nothing.
 */
public final class DocumentWriter {
    // What YAML would not read, or not as it is, is escaped: JSON that is written here can be read as YAML.
    private static final ObjectMapper JSON = new ObjectMapper(
            new JsonFactoryBuilder().characterEscapes(new Escapes()).build());
    private static final YAMLMapper YAML = YAMLMapper.builder(YAMLFactory.builder()
                    .stringQuotingChecker(new NumbersQuoted())
                    .build())
            .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
            .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
            .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
            .build();

    /** Quotes whatever may be read as one of the many numbers of YAML 1.1, such as 1:30 or .5 or 0b1. */
    private static final class NumbersQuoted extends StringQuotingChecker.Default {
        private static final long serialVersionUID = 1;

        @Override
        public boolean needToQuoteValue(String value) {
            return super.needToQuoteValue(value) || (!value.isEmpty() && "0123456789+-.".indexOf(value.charAt(0)) >= 0);
        }
    }

    /** JSON's own, and the characters that YAML folds or refuses. */
    private static final class Escapes extends CharacterEscapes {
        private static final long serialVersionUID = 1;

        @Override
        public int[] getEscapeCodesForAscii() {
            int[] codes = standardAsciiEscapesForJSON();
            codes[0x7f] = ESCAPE_STANDARD;
            return codes;
        }

        @Override
        public @Nullable SerializableString getEscapeSequence(int c) {
            boolean folded = c == 0x2028 || c == 0x2029;
            boolean refused = c <= 0x9f || Character.isSurrogate((char) c) || c == 0xfeff || c >= 0xfffe;
            return folded || refused ? new SerializedString(String.format("\\u%04x", c)) : null;
        }
    }

    // U+0085, which comes out as a space, and half a pair of surrogates, which swallows the character after it.
    private static final Pattern GARBLED =
            Pattern.compile("\\\\u0085|\\\\ud[89ab]..(?!\\\\ud[c-f])|(?<!\\\\ud[89ab]..)\\\\ud[c-f]");

    private DocumentWriter() {}

    /** As JSON in one line. */
    public static String toJson(FlagDocument document) {
        return write(JSON, node(document));
    }

    /** As YAML; as JSON, which is YAML too, if it has text that the YAML library would not write as it is. */
    public static String toYaml(FlagDocument document) {
        ObjectNode node = node(document);
        String json = write(JSON, node);
        return GARBLED.matcher(json).find() ? json : write(YAML, node);
    }

    /** One entry, as JSON in one line and without its name. */
    public static String entryToJson(Entry entry) {
        return write(JSON, node(entry));
    }

    private static String write(ObjectMapper mapper, ObjectNode node) {
        try {
            return mapper.writeValueAsString(node);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("A document can always be written.", e);
        }
    }

    private static ObjectNode node(FlagDocument document) {
        ObjectNode root = JSON.createObjectNode().put("version", 1);
        for (EntryKey.Kind kind : EntryKey.Kind.values()) {
            ObjectNode section = root.putObject(kind.section());
            document.entries(kind).forEach(entry -> section.set(entry.key().name(), node(entry)));
        }
        return root;
    }

    private static ObjectNode node(Entry entry) {
        ObjectNode node = JSON.createObjectNode();
        if (entry instanceof Entry.OfFlag of) {
            FlagFormat.write(node, of.flag());
        } else if (entry instanceof Entry.OfCohort of) {
            FlagFormat.write(node, of.cohort());
        } else if (entry instanceof Entry.OfMigration of) {
            MigrationFormat.write(node, of.state());
        }
        return node;
    }
}
