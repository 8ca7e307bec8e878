package dev.turnout.flags.document;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import dev.turnout.flags.rule.Cohort;
import dev.turnout.flags.rule.Flag;
import dev.turnout.flags.stage.MigrationState;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.comments.CommentType;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.events.CommentEvent;
import org.yaml.snakeyaml.parser.ParserImpl;
import org.yaml.snakeyaml.reader.ReaderException;
import org.yaml.snakeyaml.reader.StreamReader;

/** Reads documents, strictly: what is not known, twice, or of the wrong type is refused with line and pointer. */
public final class DocumentReader {
    private static final YAMLFactory YAML = YAMLFactory.builder()
            .loaderOptions(limits())
            .enable(YAMLParser.Feature.EMPTY_STRING_AS_NULL)
            // on, off, yes and no, which YAML 1.1 takes for booleans: here they are names, and Norway is a country
            .enable(YAMLParser.Feature.PARSE_BOOLEAN_LIKE_WORDS_AS_STRINGS)
            .build();
    private static final JsonFactory JSON = new JsonFactory();
    private static final int FORMAT = 1;
    private static final int LONGEST_WORD = 1 << 16;

    /** The longest document, in characters. */
    public static final int LONGEST = 8 << 20;

    private DocumentReader() {}

    private static LoaderOptions limits() {
        LoaderOptions limits = new LoaderOptions();
        limits.setCodePointLimit(LONGEST);
        return limits;
    }

    /**
     * Reads a whole document.
     *
     * @param source what to call it in messages, such as a file's name
     * @param marked YAML, or JSON, perhaps after a byte order mark; what begins with a brace and a quoted name is JSON
     * @throws DocumentException if it is not valid
     */
    public static FlagDocument read(String source, String marked) {
        return read(source, marked, false, DocumentReader::document);
    }

    /**
     * Reads a document that is not of flags by the same rules and within the same limits, except that scalars are text as it is written, for names that
     * look like numbers.
     *
     * @param source what to call it in messages, such as a file's name
     * @param marked as in {@link #read}; its first field should be a {@code version}
     * @param make what is made of it; an {@link IllegalArgumentException} is reported with the document's place
     * @throws DocumentException if it is not valid
     */
    public static <T> T readTexts(String source, String marked, Function<Located, T> make) {
        return read(source, marked, true, make);
    }

    private static <T> T read(String source, String marked, boolean isText, Function<Located, T> make) {
        String text = marked.startsWith("\ufeff") ? marked.substring(1) : marked; // a byte order mark is no character
        checkLength(source, text);
        if (isJson(text)) {
            return parse(JSON, source, text, "", isText, make);
        }
        checkWords(source, text);
        return parse(YAML, source, text, "", isText, make);
    }

    /**
     * Reads one entry, as {@link DocumentWriter#entryToJson} writes it.
     *
     * @throws DocumentException if it is not valid
     */
    public static Entry entryFromJson(EntryKey key, String json) {
        return parse(JSON, key.toString(), json, key.pointer(), false, located -> entry(key, located));
    }

    /**
     * Whether a document has comments, which are lost when it is written again.
     *
     * @param text a valid document
     */
    public static boolean hasComments(String text) {
        if (isJson(text) || text.indexOf('#') < 0) {
            return false;
        }
        LoaderOptions options = limits();
        options.setProcessComments(true);
        ParserImpl events = new ParserImpl(new StreamReader(text), options);
        while (events.peekEvent() != null) {
            if (events.getEvent() instanceof CommentEvent comment
                    && comment.getCommentType() != CommentType.BLANK_LINE) {
                return true;
            }
        }
        return false;
    }

    /**
     * Whether it begins as only JSON does: then it is read as such, which is much faster, and gives better messages.
     */
    private static boolean isJson(String text) {
        String start = text.substring(0, Math.min(text.length(), 1_000)).strip();
        return start.startsWith("{") && start.substring(1).stripLeading().startsWith("\"");
    }

    /** The YAML library has the limit too, but looks at it only now and then. */
    private static void checkLength(String source, String text) {
        if (text.length() > LONGEST) {
            throw new DocumentException(
                    source,
                    1,
                    1,
                    "",
                    "the document has " + text.length() + " characters, which exceeds the limit: " + LONGEST);
        }
    }

    /** The YAML library takes time that grows with the square of what stands between two spaces or quotes, or of the spaces between. */
    private static void checkWords(String source, String text) {
        int word = 0;
        int gap = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean ends = c <= ' ' || c == '"' || c == '\'';
            word = ends ? 0 : word + 1;
            gap = c == ' ' || c == '\t' ? gap + 1 : 0;
            if (Math.max(word, gap) > LONGEST_WORD) {
                int line = (int) text.substring(0, i)
                                .chars()
                                .filter(any -> any == '\n')
                                .count()
                        + 1;
                throw new DocumentException(
                        source,
                        line,
                        i - text.lastIndexOf('\n', i),
                        "",
                        "more than " + LONGEST_WORD + (gap > 0 ? " spaces" : " characters without a space")
                                + " are not read");
            }
        }
    }

    private static Entry entry(EntryKey key, Located located) {
        return switch (key.kind()) {
            case COHORT -> new Entry.OfCohort(FlagFormat.readCohort(key.name(), located));
            case FLAG -> new Entry.OfFlag(FlagFormat.readFlag(key.name(), located));
            case MIGRATION -> new Entry.OfMigration(MigrationFormat.read(key.name(), located));
        };
    }

    private static <T> T parse(
            JsonFactory format, String source, String text, String pointer, boolean isText, Function<Located, T> make) {
        try (JsonParser parser = format.createParser(text)) {
            if (parser.nextToken() == null) {
                throw new DocumentException(
                        source, 1, 1, pointer, "it is empty; a document begins with 'version: " + FORMAT + "'");
            }
            Located root = Located.read(source, parser, pointer, isText);
            if (parser.nextToken() != null) {
                JsonLocation at = parser.currentTokenLocation();
                throw new DocumentException(
                        source, at.getLineNr(), at.getColumnNr(), pointer, "something follows after the end");
            }
            return root.into(make);
        } catch (JsonProcessingException e) {
            throw unreadable(source, text, pointer, e);
        } catch (IOException e) {
            throw new IllegalStateException("Text cannot fail to be read.", e);
        }
    }

    private static DocumentException unreadable(String source, String text, String pointer, JsonProcessingException e) {
        if (e.getCause() instanceof MarkedYAMLException yaml && yaml.getProblemMark() != null) {
            Mark at = yaml.getProblemMark();
            String context = yaml.getContext() == null ? "" : yaml.getContext() + ", ";
            return new DocumentException(
                    source, at.getLine() + 1, at.getColumn() + 1, pointer, oneLine(context + yaml.getProblem()));
        }
        if (e.getCause() instanceof ReaderException unprintable) {
            int end = text.offsetByCodePoints(
                    0, Math.min(unprintable.getPosition(), text.codePointCount(0, text.length())));
            String before = text.substring(0, end);
            return new DocumentException(
                    source,
                    (int) before.chars().filter(c -> c == '\n').count() + 1,
                    end - before.lastIndexOf('\n'),
                    pointer,
                    String.format("character U+%04X must be written as an escape", unprintable.getCodePoint()));
        }
        JsonLocation at = Objects.requireNonNullElse(e.getLocation(), JsonLocation.NA);
        String problem = Objects.requireNonNullElse(e.getOriginalMessage(), "it cannot be parsed");
        if (problem.startsWith("Expected a field name")) { // then follows a class of the YAML library
            problem = "expected a name, but was a map or a list";
        }
        return new DocumentException(
                source, Math.max(1, at.getLineNr()), Math.max(1, at.getColumnNr()), pointer, oneLine(problem));
    }

    private static String oneLine(String text) {
        return text.lines().findFirst().orElse("it cannot be parsed");
    }

    private static FlagDocument document(Located root) {
        long format = root.required("version").wholeNumber();
        if (format != FORMAT) {
            throw root.required("version")
                    .problem("this library reads version " + FORMAT + " of the format, but was " + format);
        }
        Map<String, Cohort> cohorts = section(root, "cohorts", FlagFormat::readCohort);
        Map<String, Flag> flags = section(root, "flags", FlagFormat::readFlag);
        Map<String, MigrationState> migrations = section(root, "migrations", MigrationFormat::read);
        root.nothingElse();
        try {
            return new FlagDocument(cohorts, flags, migrations);
        } catch (DocumentException e) {
            throw at(root, e);
        }
    }

    /** The same problem with the line of what its pointer points to. */
    private static DocumentException at(Located root, DocumentException e) {
        Located place = root;
        for (String name : e.pointer().substring(1).split("/", -1)) {
            Optional<Located> below = place.isMap() ? place.optional(name) : place.item(name);
            if (below.isEmpty()) {
                break;
            }
            place = below.get();
        }
        String message = Objects.requireNonNullElse(e.getMessage(), "");
        return place.problem(message.substring(e.pointer().length() + 2));
    }

    private static <T> Map<String, T> section(Located root, String name, BiFunction<String, Located, T> make) {
        Map<String, T> section = new LinkedHashMap<>();
        root.optional(name)
                .filter(located -> !located.isAbsent())
                .ifPresent(located -> located.entries()
                        .forEach((key, value) -> section.put(key, value.into(entry -> make.apply(key, entry)))));
        return section;
    }
}
