package dev.turnout.flags.document;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import dev.turnout.flags.rule.Bucketing;
import dev.turnout.flags.rule.Cohort;
import dev.turnout.flags.rule.Condition;
import dev.turnout.flags.rule.Flag;
import dev.turnout.flags.rule.FlagType;
import dev.turnout.flags.rule.Hash;
import dev.turnout.flags.rule.Rule;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.OldPath;
import dev.turnout.flags.stage.Position;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Slice;
import dev.turnout.flags.stage.Stage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.reader.ReaderException;

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
     * @param text YAML or JSON, which is YAML too
     * @throws DocumentException if it is not valid
     */
    public static FlagDocument read(String source, String text) {
        checkWords(source, text);
        return parse(YAML, source, text, "", DocumentReader::document);
    }

    /**
     * Reads one entry, as {@link DocumentWriter#entryToJson} writes it.
     *
     * @throws DocumentException if it is not valid
     */
    public static Object entryFromJson(EntryKey key, String json) {
        return parse(JSON, key.toString(), json, key.pointer(), located -> entry(key, located));
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

    private static Object entry(EntryKey key, Located located) {
        return switch (key.kind()) {
            case COHORT -> cohort(key.name(), located);
            case FLAG -> flag(key.name(), located);
            case MIGRATION -> migration(key.name(), located);
        };
    }

    private static <T> T parse(
            JsonFactory format, String source, String text, String pointer, Function<Located, T> make) {
        try (JsonParser parser = format.createParser(text)) {
            if (parser.nextToken() == null) {
                throw new DocumentException(
                        source, 1, 1, pointer, "it is empty; a document begins with 'version: " + FORMAT + "'");
            }
            Located root = Located.read(source, parser, pointer);
            if (parser.nextToken() != null) {
                JsonLocation at = parser.currentTokenLocation();
                throw new DocumentException(
                        source, at.getLineNr(), at.getColumnNr(), pointer, "something follows after the end");
            }
            return root.into(make);
        } catch (JsonProcessingException e) {
            throw unreadable(source, text, pointer, e);
        } catch (IOException e) {
            throw new IllegalStateException("Text can't fail to be read.", e);
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
        String problem = Objects.requireNonNullElse(e.getOriginalMessage(), "it can't be parsed");
        return new DocumentException(
                source, Math.max(1, at.getLineNr()), Math.max(1, at.getColumnNr()), pointer, oneLine(problem));
    }

    private static String oneLine(String text) {
        return text.lines().findFirst().orElse("it can't be parsed");
    }

    private static FlagDocument document(Located root) {
        long format = root.required("version").wholeNumber();
        if (format != FORMAT) {
            throw root.required("version")
                    .problem("this library reads version " + FORMAT + " of the format, but was " + format);
        }
        Map<String, Cohort> cohorts = section(root, "cohorts", DocumentReader::cohort);
        Map<String, Flag> flags = section(root, "flags", DocumentReader::flag);
        Map<String, MigrationState> migrations = section(root, "migrations", DocumentReader::migration);
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

    private static Cohort cohort(String name, Located located) {
        Set<String> members = new LinkedHashSet<>();
        located.optional("members").ifPresent(list -> {
            for (Located item : list.items()) {
                if (!members.add(item.key())) {
                    throw item.problem("'" + item.key() + "' is a member already");
                }
            }
        });
        List<Condition> conditions = conditions(located);
        located.nothingElse();
        return new Cohort(name, members, conditions);
    }

    private static List<Condition> conditions(Located located) {
        List<Condition> conditions = new ArrayList<>();
        located.optional("when")
                .ifPresent(list -> list.items().forEach(item -> conditions.add(item.into(DocumentReader::condition))));
        return conditions;
    }

    private static Condition condition(Located located) {
        String attribute = located.required("attribute").text();
        Optional<Located> equals = located.optional("equals");
        Optional<Located> in = located.optional("in");
        located.nothingElse();
        if (equals.isPresent() == in.isPresent()) {
            throw located.problem("a condition has either 'equals' or 'in'");
        }
        if (equals.isPresent()) {
            return new Condition.Equals(attribute, equals.get().scalar());
        }
        Set<Object> values = new LinkedHashSet<>();
        in.orElseThrow().items().forEach(item -> values.add(item.scalar()));
        return new Condition.In(attribute, values);
    }

    private static Flag flag(String key, Located located) {
        FlagType type = located.required("type")
                .oneOf(FlagType.class, constant -> constant.name().toLowerCase(Locale.ROOT));
        Map<String, Object> variants = new LinkedHashMap<>();
        located.optional("variants")
                .ifPresentOrElse(
                        map -> map.entries().forEach((name, value) -> variants.put(name, value.scalar())),
                        () -> variants.putAll(type == FlagType.BOOLEAN ? Flag.ON_OFF : Map.of()));
        List<Rule> rules = new ArrayList<>();
        located.optional("rules")
                .ifPresent(list -> list.items().forEach(item -> rules.add(item.into(DocumentReader::rule))));
        Flag flag = new Flag(
                key,
                type,
                located.optional("enabled").map(Located::bool).orElse(true),
                variants,
                located.required("default").text(),
                rules,
                bucketing(key, located),
                located.optional("description").map(Located::text).orElse(""));
        located.nothingElse();
        return flag;
    }

    private static Rule rule(Located located) {
        List<String> cohorts = new ArrayList<>();
        located.optional("cohorts").ifPresent(list -> list.items().forEach(item -> cohorts.add(item.text())));
        Rule rule = new Rule(
                cohorts,
                conditions(located),
                located.optional("share").map(DocumentReader::share).orElse(Bucketing.PARTS),
                located.required("variant").text());
        located.nothingElse();
        return rule;
    }

    private static int share(Located located) {
        long share = located.wholeNumber();
        return located.into(any -> Bucketing.checkShare(share));
    }

    private static Bucketing bucketing(String key, Located located) {
        Optional<Located> bucketing = located.optional("bucketing");
        if (bucketing.isEmpty()) {
            return new Bucketing(key);
        }
        Located fields = bucketing.get();
        Hash hash = fields.required("hash").oneOf(Hash.class, Hash::documentName);
        String salt = fields.required("salt").text();
        fields.nothingElse();
        return fields.into(any -> new Bucketing(hash, salt));
    }

    private static MigrationState migration(String name, Located located) {
        long version = located.optional("version").map(DocumentReader::version).orElse(1L);
        Position position = located.required("position").into(fields -> position(fields, version));
        MigrationState state = new MigrationState(
                name,
                version,
                bucketing(name, located),
                position,
                located.optional("goal")
                        .map(fields -> fields.into(DocumentReader::goal))
                        .orElseGet(() -> here(position)));
        located.nothingElse();
        return state;
    }

    private static long version(Located located) {
        long version = located.wholeNumber();
        if (version < 1) {
            throw located.problem("a version must be at least 1, but was " + version);
        }
        return version;
    }

    /** The goal of a migration that says none: to stay where it is. */
    private static Goal here(Position position) {
        Position.Range first = position.ranges().get(0);
        Map<String, Stage> cohorts = new LinkedHashMap<>();
        position.cohorts().forEach((cohort, slice) -> cohorts.put(cohort, slice.stage()));
        return new Goal(first.slice().stage(), first.below(), cohorts);
    }

    private static Position position(Located located, long version) {
        if (!located.isMap()) {
            return Position.all(Slice.startingAt(stage(located), version)); // short for: all keys there
        }
        Map<String, Slice> cohorts = new LinkedHashMap<>();
        located.optional("cohorts")
                .ifPresent(map -> map.entries()
                        .forEach((cohort, slice) -> cohorts.put(cohort, slice.into(fields -> slice(fields, version)))));
        List<Position.Range> ranges = new ArrayList<>();
        for (Located item : located.required("ranges").items()) {
            int below = share(item.required("below"));
            ranges.add(new Position.Range(below, item.into(fields -> slice(fields, version))));
        }
        located.nothingElse();
        return new Position(cohorts, ranges);
    }

    private static Slice slice(Located located, long version) {
        Slice worst = Slice.startingAt(stage(located.required("stage")), version);
        Slice slice = new Slice(
                worst.stage(),
                located.optional("since").map(Located::wholeNumber).orElse(worst.since()),
                located.optional("dualSince").map(Located::wholeNumber).orElse(worst.dualSince()),
                located.optional("cameFrom")
                        .map(side -> side.oneOf(Side.class, Enum::name))
                        .orElse(worst.cameFrom()),
                located.optional("journal").map(Located::text).orElse(worst.journal()),
                located.optional("oldPath")
                        .map(old -> old.oneOf(OldPath.class, Enum::name))
                        .orElse(worst.oldPath()));
        located.nothingElse();
        return slice;
    }

    private static Stage stage(Located located) {
        return located.oneOf(Stage.class, Enum::name);
    }

    private static Goal goal(Located located) {
        if (!located.isMap()) {
            return Goal.of(stage(located)); // short for: all keys there
        }
        Map<String, Stage> cohorts = new LinkedHashMap<>();
        located.optional("cohorts")
                .ifPresent(map -> map.entries().forEach((cohort, stage) -> cohorts.put(cohort, stage(stage))));
        Goal goal = new Goal(
                stage(located.required("stage")),
                located.optional("share").map(DocumentReader::share).orElse(Bucketing.PARTS),
                cohorts);
        located.nothingElse();
        return goal;
    }
}
