package dev.turnout.flags.document;

import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.io.CharacterEscapes;
import com.fasterxml.jackson.core.io.SerializedString;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.turnout.flags.rule.Bucketing;
import dev.turnout.flags.rule.Cohort;
import dev.turnout.flags.rule.Condition;
import dev.turnout.flags.rule.Flag;
import dev.turnout.flags.rule.Rule;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Position;
import dev.turnout.flags.stage.Slice;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Writes documents in their canonical form: everything is said, in one order, so that reading and writing again changes nothing. */
public final class DocumentWriter {
    // What YAML would not read, or not as it is, is escaped: JSON that is written here can be read as YAML.
    private static final ObjectMapper JSON = new ObjectMapper(
            new JsonFactoryBuilder().characterEscapes(new Escapes()).build());
    private static final YAMLMapper YAML = YAMLMapper.builder()
            .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
            .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
            .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
            .build();

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

    /** One entry, a {@code Flag}, {@code Cohort} or {@code MigrationState}, as JSON in one line and without its name. */
    public static String entryToJson(Object entry) {
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
            document.section(kind).forEach((name, entry) -> section.set(name, node(entry)));
        }
        return root;
    }

    private static ObjectNode node(Object entry) {
        if (entry instanceof Cohort cohort) {
            return cohort(cohort);
        }
        if (entry instanceof Flag flag) {
            return flag(flag);
        }
        if (entry instanceof MigrationState migration) {
            return migration(migration);
        }
        throw new IllegalArgumentException(
                "Not an entry of a document: " + entry.getClass().getName() + ".");
    }

    private static ObjectNode cohort(Cohort cohort) {
        ObjectNode node = JSON.createObjectNode();
        ArrayNode members = node.putArray("members");
        cohort.members().forEach(members::add);
        conditions(node, cohort.conditions());
        return node;
    }

    private static void conditions(ObjectNode node, List<Condition> conditions) {
        ArrayNode when = node.putArray("when");
        for (Condition condition : conditions) {
            ObjectNode one = when.addObject();
            if (condition instanceof Condition.Equals equals) {
                one.put("attribute", equals.attribute()).putPOJO("equals", equals.value());
            } else if (condition instanceof Condition.In in) {
                ArrayNode values = one.put("attribute", in.attribute()).putArray("in");
                in.values().forEach(values::addPOJO);
            }
        }
    }

    private static ObjectNode flag(Flag flag) {
        ObjectNode node = JSON.createObjectNode();
        node.put("type", flag.type().name().toLowerCase(Locale.ROOT));
        node.put("description", flag.description());
        node.put("enabled", flag.enabled());
        ObjectNode variants = node.putObject("variants");
        flag.variants().forEach(variants::putPOJO);
        node.put("default", flag.defaultVariant());
        ArrayNode rules = node.putArray("rules");
        for (Rule rule : flag.rules()) {
            ObjectNode one = rules.addObject();
            ArrayNode cohorts = one.putArray("cohorts");
            rule.cohorts().forEach(cohorts::add);
            conditions(one, rule.conditions());
            one.put("share", rule.sharePpm()).put("variant", rule.variant());
        }
        bucketing(node, flag.bucketing());
        return node;
    }

    private static void bucketing(ObjectNode node, Bucketing bucketing) {
        node.putObject("bucketing").put("hash", bucketing.hash().documentName()).put("salt", bucketing.salt());
    }

    private static ObjectNode migration(MigrationState migration) {
        ObjectNode node = JSON.createObjectNode();
        node.put("version", migration.version());
        node.set("goal", goal(migration.goal()));
        node.set("position", position(migration.position()));
        bucketing(node, migration.bucketing());
        return node;
    }

    private static ObjectNode goal(Goal goal) {
        ObjectNode node =
                JSON.createObjectNode().put("stage", goal.stage().name()).put("share", goal.sharePpm());
        ObjectNode cohorts = node.putObject("cohorts");
        goal.cohorts().forEach((cohort, stage) -> cohorts.put(cohort, stage.name()));
        return node;
    }

    private static ObjectNode position(Position position) {
        ObjectNode node = JSON.createObjectNode();
        ObjectNode cohorts = node.putObject("cohorts");
        position.cohorts().forEach((cohort, slice) -> slice(cohorts.putObject(cohort), slice));
        ArrayNode ranges = node.putArray("ranges");
        position.ranges().forEach(range -> slice(ranges.addObject().put("below", range.below()), range.slice()));
        return node;
    }

    private static void slice(ObjectNode node, Slice slice) {
        node.put("stage", slice.stage().name())
                .put("since", slice.since())
                .put("dualSince", slice.dualSince())
                .put("cameFrom", slice.cameFrom().name())
                .put("journal", slice.journal())
                .put("oldPath", slice.oldPath().name());
    }
}
