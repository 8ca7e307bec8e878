package dev.turnout.flags.jdbc.table;

import dev.turnout.flags.document.DocumentException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.events.AliasEvent;
import org.yaml.snakeyaml.events.Event;
import org.yaml.snakeyaml.events.MappingStartEvent;
import org.yaml.snakeyaml.events.NodeEvent;
import org.yaml.snakeyaml.events.ScalarEvent;
import org.yaml.snakeyaml.events.SequenceStartEvent;
import org.yaml.snakeyaml.parser.ParserImpl;
import org.yaml.snakeyaml.reader.ReaderException;
import org.yaml.snakeyaml.reader.StreamReader;

/**
 * A value of a YAML file and its place in it. Reading is strict, as that of flags is: a field that is not asked for is an error. Scalars are the text that
 * is written, as names of tables and columns are: {@code no} and {@code 017} are not taken for anything else.
 */
final class YamlValue {
    private static final int LONGEST = 1 << 20; // characters
    private static final int LONGEST_LINE = 10_000; // the YAML library's time grows with the square of a word's length
    private static final int DEEPEST = 8;
    private static final int LONGEST_QUOTED = 100;
    private static final Set<String> NULLS = Set.of("", "~", "null", "Null", "NULL");

    private final String place; // file:line:column
    private final String pointer;
    private final @Nullable Object value; // a map or a list of values, text, or null
    private final boolean isQuoted;
    private final Set<String> asked = new LinkedHashSet<>();

    private YamlValue(String place, String pointer, @Nullable Object value, boolean isQuoted) {
        this.place = place;
        this.pointer = pointer;
        this.value = value;
        this.isQuoted = isQuoted;
    }

    /**
     * Reads one document.
     *
     * @param source what to call it in messages
     * @param text perhaps after a byte order mark, which the YAML library passes over
     * @throws DocumentException if it is not valid
     */
    static YamlValue read(String source, String text) {
        checkSize(source, text);
        LoaderOptions limits = new LoaderOptions();
        limits.setCodePointLimit(LONGEST);
        try {
            return new Reading(source, new ParserImpl(new StreamReader(text), limits)).document();
        } catch (MarkedYAMLException e) {
            Mark at = e.getProblemMark();
            String context = e.getContext() == null ? "" : e.getContext() + ", ";
            throw at(place(source, at), "", context + e.getProblem());
        } catch (ReaderException e) {
            int line = 1
                    + (int) text.codePoints()
                            .limit(e.getPosition())
                            .filter(c -> c == '\n')
                            .count();
            throw at(
                    source + ":" + line,
                    "",
                    String.format("character U+%04X must be written as an escape", e.getCodePoint()));
        } catch (YAMLException e) {
            throw at(source + ":1:1", "", Objects.requireNonNullElse(e.getMessage(), "it is not YAML"));
        }
    }

    private static void checkSize(String source, String text) {
        if (text.length() > LONGEST) {
            throw at(
                    source + ":1:1",
                    "",
                    "the file has " + text.length() + " characters, but at most " + LONGEST + " are read");
        }
        int line = 1;
        int began = 0;
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) == '\n') {
                line++;
                began = i + 1;
            } else if (i - began >= LONGEST_LINE) {
                throw at(source + ":" + line + ":1", "", "a line may have at most " + LONGEST_LINE + " characters");
            }
        }
    }

    private static String place(String source, @Nullable Mark mark) {
        return mark == null ? source + ":1:1" : source + ":" + (mark.getLine() + 1) + ":" + (mark.getColumn() + 1);
    }

    private static DocumentException at(String place, String pointer, String problem) {
        return new DocumentException(pointer, place + ": " + problem);
    }

    /** Of one document. By events, which need no stack, so that what is nested too deep is refused where it begins. */
    private record Reading(String source, ParserImpl events) {
        YamlValue document() {
            events.getEvent(); // the stream's start
            if (events.checkEvent(Event.ID.StreamEnd)) {
                throw at(source + ":1:1", "", "it is empty; a mapping begins with 'version: 1'");
            }
            events.getEvent(); // the document's start
            YamlValue root = value("", 0);
            events.getEvent(); // the document's end
            Event next = events.getEvent();
            if (!next.is(Event.ID.StreamEnd)) {
                throw at(place(source, next.getStartMark()), "", "a second document follows; a file has one");
            }
            return root;
        }

        private YamlValue value(String pointer, int depth) {
            Event event = events.getEvent();
            String place = place(source, event.getStartMark());
            if (depth > DEEPEST) {
                throw at(place, pointer, "nothing in a mapping is nested more than " + DEEPEST + " deep");
            }
            refuseIndirect(event, place, pointer);
            if (event instanceof ScalarEvent scalar) {
                boolean isNull = scalar.isPlain() && NULLS.contains(scalar.getValue());
                return new YamlValue(place, pointer, isNull ? null : scalar.getValue(), !scalar.isPlain());
            }
            return new YamlValue(
                    place,
                    pointer,
                    event.is(Event.ID.MappingStart) ? map(pointer, depth) : list(pointer, depth),
                    false);
        }

        private Map<String, YamlValue> map(String pointer, int depth) {
            Map<String, YamlValue> map = new LinkedHashMap<>();
            while (!events.checkEvent(Event.ID.MappingEnd)) {
                YamlValue name = value(pointer, depth + 1);
                String below = pointer + "/"
                        + shortened(name.text()).replace("~", "~0").replace("/", "~1");
                if (map.put(name.text(), value(below, depth + 1)) != null) {
                    throw at(
                            name.place,
                            below,
                            "'" + shortened(name.text()) + "' is given a second time; give each name once");
                }
            }
            events.getEvent();
            return map;
        }

        private List<YamlValue> list(String pointer, int depth) {
            List<YamlValue> list = new ArrayList<>();
            while (!events.checkEvent(Event.ID.SequenceEnd)) {
                list.add(value(pointer + "/" + list.size(), depth + 1));
            }
            events.getEvent();
            return list;
        }

        private static void refuseIndirect(Event event, String place, String pointer) {
            boolean hasTag = event instanceof ScalarEvent scalar
                    ? scalar.getTag() != null
                    : event instanceof MappingStartEvent map
                            ? map.getTag() != null
                            : event instanceof SequenceStartEvent list && list.getTag() != null;
            boolean hasAnchor = event instanceof NodeEvent node && node.getAnchor() != null; // as an alias has
            if (hasTag || hasAnchor || event instanceof AliasEvent) {
                throw at(
                        place, pointer, "anchors, aliases and tags are not part of the format; write the value itself");
            }
        }
    }

    private static String shortened(String text) {
        return text.length() <= LONGEST_QUOTED ? text : text.substring(0, LONGEST_QUOTED) + "...";
    }

    DocumentException problem(String what) {
        return at(place, pointer, what);
    }

    private DocumentException expected(String what) {
        String given = value == null
                ? "nothing"
                : value instanceof Map
                        ? "a map"
                        : value instanceof List ? "a list" : "the text '" + shortened(value.toString()) + "'";
        return problem("expected " + what + ", but was " + given);
    }

    /** What is made of it; what is objected to is said with this value's place. */
    <T> T make(Supplier<T> made) {
        try {
            return made.get();
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw problem(Objects.requireNonNullElse(e.getMessage(), "it is not valid"));
        }
    }

    boolean isMap() {
        return value instanceof Map;
    }

    boolean isList() {
        return value instanceof List;
    }

    boolean isAbsent() {
        return value == null;
    }

    /** Text that is not empty, as it is written. */
    String text() {
        if (value instanceof String text && !text.isBlank()) {
            return text;
        }
        throw expected("text");
    }

    boolean bool() {
        if (!isQuoted && ("true".equals(value) || "false".equals(value))) {
            return "true".equals(value);
        }
        throw expected("true or false");
    }

    @SuppressWarnings("unchecked") // made by Reading
    Map<String, YamlValue> entries() {
        if (value instanceof Map<?, ?> map) {
            return (Map<String, YamlValue>) map;
        }
        throw expected("a map");
    }

    /** The items of a list; anything else is a list of one. */
    @SuppressWarnings("unchecked") // made by Reading
    List<YamlValue> oneOrMore() {
        return value instanceof List<?> list ? (List<YamlValue>) list : List.of(this);
    }

    /** A field that may be left out. */
    Optional<YamlValue> optional(String name) {
        asked.add(name);
        return Optional.ofNullable(entries().get(name));
    }

    YamlValue required(String name) {
        return optional(name).orElseThrow(() -> problem("'" + name + "' is missing"));
    }

    /** Refuses fields that were not asked for: one that is mistyped must not be ignored. */
    void nothingElse() {
        entries().forEach((name, field) -> {
            if (!asked.contains(name)) {
                throw field.problem("unknown field '" + shortened(name) + "'; known here: " + String.join(", ", asked));
            }
        });
    }
}
