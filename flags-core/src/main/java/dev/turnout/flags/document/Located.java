package dev.turnout.flags.document;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A value of a document and where it stands, so an error in it can be reported with line, column and pointer. Reading
 * is strict: a name that a map was not asked for is an error, see {@link #nothingElse}. Public for documents that are
 * not of flags, see {@link DocumentReader#readTexts}. For one thread.
 */
public final class Located {
    private static final int DEEPEST = 32;
    private static final int LONGEST_NAME = 100;
    private static final int LONGEST_NUMBER = 400; // the largest double in digits has 309

    // Of the many ways in which YAML 1.1 writes a number (017 is 15, 1:30 is 90) only those that every
    // parser reads alike.
    private static final Pattern NUMBER = Pattern.compile("-?(0|[1-9]\\d*)(\\.\\d+)?([eE][-+]?\\d+)?");

    // As versions end, and numbers do not.
    private static final Pattern ENDS_IN_ZERO = Pattern.compile("-?\\d+\\.\\d*0");

    private final String source;
    private final int line;
    private final int column;
    private final String pointer;
    private final @Nullable Object value; // a map or list of Located, or a String, Boolean, Number or null
    private final String written; // how a scalar is written
    private final boolean isYaml; // where text need not have quotes
    private final Set<String> asked = new LinkedHashSet<>();

    private Located(
            String source,
            JsonLocation location,
            String pointer,
            @Nullable Object value,
            String written,
            boolean isYaml) {
        this.source = source;
        this.line = location.getLineNr();
        this.column = location.getColumnNr();
        this.pointer = pointer;
        this.value = value;
        this.written = written;
        this.isYaml = isYaml;
    }

    /**
     * Reads the value that begins at the parser's current token.
     *
     * @param isText whether what is written like a number is text, in whatever way it is written
     */
    static Located read(String source, JsonParser parser, String pointer, boolean isText) throws IOException {
        return read(source, parser, pointer, isText, 0);
    }

    private static Located read(String source, JsonParser parser, String pointer, boolean isText, int depth)
            throws IOException {
        JsonLocation at = parser.currentTokenLocation();
        boolean isYaml = parser instanceof YAMLParser;
        if (depth > DEEPEST) {
            throw new Located(source, at, pointer, null, "", isYaml)
                    .problem("nothing in a document is nested more than " + DEEPEST + " deep");
        }
        if (isIndirect(parser)) {
            throw new Located(source, at, pointer, null, "", isYaml)
                    .problem("anchors, aliases and tags are not part of the format; write the value itself");
        }
        return switch (parser.currentToken()) {
            case START_OBJECT -> {
                Map<String, Located> map = new LinkedHashMap<>();
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    String name = parser.currentName();
                    JsonLocation nameAt = parser.currentTokenLocation();
                    String below = pointer + "/" + step(name);
                    parser.nextToken();
                    if (map.put(name, read(source, parser, below, isText, depth + 1)) != null) {
                        throw new Located(source, nameAt, below, null, "", isYaml)
                                .problem("'" + shortened(name)
                                        + "' stands here a second time; each name may stand once");
                    }
                }
                yield new Located(source, at, pointer, map, "", isYaml);
            }
            case START_ARRAY -> {
                List<Located> list = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    list.add(read(source, parser, pointer + "/" + list.size(), isText, depth + 1));
                }
                yield new Located(source, at, pointer, list, "", isYaml);
            }
            default -> {
                String written = Objects.requireNonNullElse(parser.getText(), "");
                Located place = new Located(source, at, pointer, null, written, isYaml);
                Object value = isText && parser.currentToken().isNumeric() ? written : scalar(place, parser);
                yield new Located(source, at, pointer, value, written, isYaml);
            }
        };
    }

    private static boolean isIndirect(JsonParser parser) throws IOException {
        boolean alias = parser instanceof YAMLParser yaml && yaml.isCurrentAlias();
        return alias || parser.getObjectId() != null || parser.getTypeId() != null;
    }

    private static @Nullable Object scalar(Located place, JsonParser parser) throws IOException {
        String written = place.written;
        return switch (parser.currentToken()) {
            case VALUE_NULL -> null;
            case VALUE_TRUE, VALUE_FALSE -> parser.getBooleanValue();
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> {
                if (written.length() > LONGEST_NUMBER
                        || !NUMBER.matcher(written).matches()) {
                    throw place.problem("'" + shortened(written) + "' is not how a number is written here, such as 1000"
                            + " or -0.5; if it is text, it needs quotes");
                }
                Number number = parser.getNumberValue();
                if (Double.isInfinite(number.doubleValue())) {
                    throw place.problem("the number '" + written + "' is too large");
                }
                yield number;
            }
            default -> written;
        };
    }

    /** A name as a step of a pointer, of bounded length. */
    private static String step(String name) {
        return shortened(name).replace("~", "~0").replace("/", "~1");
    }

    /** What is wrong with it, for the caller to throw. */
    public DocumentException problem(String what) {
        return new DocumentException(source, line, column, pointer, what);
    }

    private DocumentException expected(String what) {
        String given = value == null
                ? "nothing"
                : value instanceof Map
                        ? "a map"
                        : value instanceof List
                                ? "a list"
                                : (value instanceof String ? "the text '" : "'") + shortened(written) + "'";
        return problem("expected " + what + ", but was " + given);
    }

    private static String shortened(String text) {
        return text.length() <= LONGEST_NAME ? text : text.substring(0, LONGEST_NAME) + "...";
    }

    /** What {@code make} makes of this value; what it objects to is reported with this value's place. */
    <T> T into(Function<Located, T> make) {
        try {
            return make.apply(this);
        } catch (IllegalArgumentException e) {
            throw problem(Objects.requireNonNullElse(e.getMessage(), "is not valid"));
        }
    }

    /** Whether it has names; otherwise it is a list, a scalar, or absent. */
    public boolean isMap() {
        return value instanceof Map;
    }

    boolean isList() {
        return value instanceof List;
    }

    /** Whether only its name is written, or {@code null}. */
    public boolean isAbsent() {
        return value == null;
    }

    String text() {
        if (value instanceof String text) {
            return text;
        }
        throw expected("text" + (value instanceof Number || value instanceof Boolean ? " in quotes" : ""));
    }

    /**
     * What is written as {@code true} or {@code false}, without quotes.
     *
     * @throws DocumentException if it is anything else
     */
    public boolean bool() {
        if (value instanceof Boolean bool) {
            return bool;
        }
        throw expected("true or false");
    }

    long wholeNumber() {
        if (value instanceof Integer || value instanceof Long) {
            return ((Number) value).longValue();
        }
        throw expected("a whole number");
    }

    /** Text; a number or a boolean counts as the text that it is written as. */
    String key() {
        scalar();
        return written;
    }

    /**
     * Text that is not blank, as it is written; {@code true} and {@code false} are text too.
     *
     * @throws DocumentException if it is anything else, such as a map
     */
    public String name() {
        if ((value instanceof String || value instanceof Boolean) && !written.isBlank()) {
            return written;
        }
        throw expected("text");
    }

    /** A moment, as RFC 3339 writes it. */
    Instant instant() {
        String text = text();
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException e) {
            throw expected("a date with time and offset such as 2026-12-01T08:00:00Z");
        }
    }

    LocalDate date() {
        String text = text();
        try {
            return LocalDate.parse(text);
        } catch (DateTimeParseException e) {
            throw expected("a date such as 2026-12-01");
        }
    }

    /** Any JSON: maps and lists of text, booleans, numbers and nulls. */
    Object json() {
        return Objects.requireNonNull(isMap() ? plain() : scalar());
    }

    private @Nullable Object plain() {
        if (isMap()) {
            Map<String, @Nullable Object> plain = new LinkedHashMap<>();
            entries().forEach((name, below) -> plain.put(name, below.plain()));
            return plain;
        }
        if (isList()) {
            List<@Nullable Object> plain = new ArrayList<>();
            items().forEach(item -> plain.add(item.plain()));
            return plain;
        }
        return value;
    }

    /** Text, a boolean or a number. */
    Object scalar() {
        if (value == null || value instanceof Map || value instanceof List) {
            throw expected("text, true, false or a number");
        }
        return value;
    }

    /** A number, exactly. */
    Object number() {
        if (!(value instanceof Number)) {
            throw expected("a number");
        }
        return exact();
    }

    /**
     * What an attribute is compared with: text, a boolean, or a number, exactly. Where text need not have quotes, {@code 1.10} is refused: it would
     * be the number 1.1, and is most likely a version.
     */
    Object comparable() {
        scalar();
        if (isYaml && value instanceof Number && ENDS_IN_ZERO.matcher(written).matches()) {
            String number = new BigDecimal(written).stripTrailingZeros().toPlainString();
            throw problem("'" + shortened(written) + "' would be read as the number " + number
                    + ". If it is text, such as a version, it needs quotes; if it is a number, write " + number);
        }
        return exact();
    }

    private Object exact() {
        Object number = Objects.requireNonNull(value);
        if (number instanceof Double real) { // what has a point or an exponent; a double has sixteen digits
            boolean isBeyondLong = Math.abs(real) >= 0x1p63;
            return isBeyondLong ? real : new BigDecimal(written);
        }
        return number;
    }

    <E extends Enum<E>> E oneOf(Class<E> type, Function<E, String> name) {
        String text = text();
        List<String> names = new ArrayList<>();
        for (E constant : type.getEnumConstants()) {
            if (name.apply(constant).equals(text)) {
                return constant;
            }
            names.add(name.apply(constant));
        }
        throw expected("one of " + String.join(", ", names));
    }

    @SuppressWarnings("unchecked") // made by read()
    private Map<String, Located> map() {
        if (value instanceof Map<?, ?> map) {
            return (Map<String, Located>) map;
        }
        throw expected("a map");
    }

    /**
     * The value of a name that may be left out.
     *
     * @throws DocumentException if this is no map
     */
    public Optional<Located> optional(String name) {
        asked.add(name);
        return Optional.ofNullable(map().get(name));
    }

    /**
     * The value of a name.
     *
     * @throws DocumentException if it is missing, or this is no map
     */
    public Located required(String name) {
        return optional(name).orElseThrow(() -> problem("'" + name + "' is missing"));
    }

    /**
     * All entries of a map with free names, in the order of the document.
     *
     * @throws DocumentException if this is no map
     */
    public Map<String, Located> entries() {
        asked.addAll(map().keySet());
        return map();
    }

    @SuppressWarnings("unchecked") // made by read()
    List<Located> items() {
        if (value instanceof List<?> list) {
            return (List<Located>) list;
        }
        throw expected("a list");
    }

    /** The items of a list; what is no list stands for a list of one. */
    public List<Located> oneOrMore() {
        return isList() ? items() : List.of(this);
    }

    /** The item of a list at an index that is given as text. */
    Optional<Located> item(String index) {
        boolean inside =
                value instanceof List<?> list && index.matches("\\d{1,9}") && Integer.parseInt(index) < list.size();
        return inside ? Optional.of(items().get(Integer.parseInt(index))) : Optional.empty();
    }

    /**
     * Refuses names that this map was not asked for: one that is mistyped must not be ignored.
     *
     * @throws DocumentException if there is one; it lists those that are known
     */
    public void nothingElse() {
        for (Map.Entry<String, Located> entry : map().entrySet()) {
            if (!asked.contains(entry.getKey())) {
                throw entry.getValue()
                        .problem("unknown field '" + shortened(entry.getKey()) + "'; known here: "
                                + String.join(", ", asked));
            }
        }
    }
}
