package dev.turnout.flags.document;

import dev.turnout.flags.rule.Bucketing;
import dev.turnout.flags.rule.Cohort;
import dev.turnout.flags.rule.Condition;
import dev.turnout.flags.rule.Flag;
import dev.turnout.flags.rule.FlagType;
import dev.turnout.flags.rule.Hash;
import dev.turnout.flags.rule.Rule;
import dev.turnout.flags.rule.Scale;
import dev.turnout.flags.rule.Schedule;
import dev.turnout.flags.rule.Share;
import dev.turnout.flags.stage.Blocker;
import dev.turnout.flags.stage.Facts;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Stage;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;

/** Makes documents of all that a document can contain, in strings that YAML likes to take for something else. */
final class RandomDocuments {
    static final List<String> NASTY = List.of(
            "",
            " ",
            "on",
            "off",
            "yes",
            "No",
            "y",
            "n",
            "true",
            "False",
            "null",
            "Null",
            "~",
            "0123",
            "0o17",
            "0x1F",
            "0b11",
            "1e3",
            "1_000",
            "1:30",
            "12:30:45",
            "2001-01-01",
            ".inf",
            "-.INF",
            ".nan",
            "+5",
            "-0",
            "5.",
            ".5",
            "123",
            "-1.5",
            "=",
            "<<",
            "-",
            "- a",
            "?",
            "? a",
            ":",
            "a: b",
            "a:",
            "a #b",
            "# a",
            "#",
            "&a",
            "*a",
            "!a",
            "!!str a",
            "|",
            ">",
            "|-",
            "%a",
            "@a",
            "`a",
            "'",
            "''",
            "\"",
            "\\",
            "\\u0041",
            "it's",
            "say \"hi\"",
            "[a",
            "{a",
            "a]",
            "a, b",
            "---",
            "...",
            "--- a",
            " leading",
            "trailing ",
            "trailing:",
            "two  spaces",
            "a\nb",
            "a\n",
            "\na",
            "a\n\nb\n\n",
            " a\n b",
            "a \nb ",
            "a\r\nb",
            "a\rb",
            "\t",
            "a\tb",
            "\ta\nb",
            "a\n\tb",
            "# a\nb",
            "\u0000",
            "\u0007a",
            "\u001b[31m",
            "\u007f",
            "\u0085",
            "a\u0085b",
            "\u00a0",
            "\u2028",
            "a\u2029b",
            "\ufeff",
            "\ufeffa",
            "\ufffe",
            "\uffff",
            "\ud83d",
            "a\ude00b",
            "Müller",
            "日本語",
            "😀",
            "👩‍👩‍👧",
            "\u202eabc",
            "x".repeat(79) + " " + "y".repeat(200),
            "word ".repeat(60),
            "line\n".repeat(60),
            "z".repeat(5_000),
            "\"q\" ".repeat(50),
            "ä ".repeat(100));

    private final Random random;

    RandomDocuments(long seed) {
        random = new Random(seed);
    }

    FlagDocument next() {
        Map<String, Cohort> cohorts = new LinkedHashMap<>();
        Map<String, Flag> flags = new LinkedHashMap<>();
        Map<String, MigrationState> migrations = new LinkedHashMap<>();
        List<String> ofKeys = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            Cohort cohort = new Cohort(name(), members(i), conditions(3, List.copyOf(cohorts.keySet())));
            if (cohorts.putIfAbsent(cohort.name(), cohort) == null) {
                ofKeys.add(cohort.name());
            }
        }
        ofKeys.removeIf(name -> !cohorts.get(name).conditions().isEmpty());
        for (int i = random.nextInt(4); i > 0; i--) {
            Flag flag = flag(List.copyOf(cohorts.keySet()), List.copyOf(flags.values()));
            flags.putIfAbsent(flag.key(), flag);
        }
        for (int i = random.nextInt(3); i > 0; i--) {
            MigrationState migration = migration(ofKeys);
            migrations.put(migration.name(), migration);
        }
        return new FlagDocument(cohorts, flags, migrations);
    }

    private Set<String> members(int cohort) {
        Set<String> members = new LinkedHashSet<>();
        some(6, this::text).forEach(text -> members.add(cohort + text)); // cohorts of a migration do not overlap
        return members;
    }

    private Flag flag(List<String> cohorts, List<Flag> others) {
        FlagType type = one(FlagType.values());
        Map<String, Object> variants = new LinkedHashMap<>();
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            variants.put(shortText(), variant(type));
        }
        List<String> names = List.copyOf(variants.keySet());
        List<Rule> rules = some(
                4,
                () -> new Rule(
                        cohorts.isEmpty() ? List.of() : some(3, () -> one(cohorts)),
                        conditions(3, cohorts),
                        share(),
                        split(names)));
        Map<String, Set<String>> prerequisites = new LinkedHashMap<>();
        for (Flag other : others) {
            if (random.nextInt(3) == 0) {
                List<String> wanted = List.copyOf(other.variants().keySet());
                prerequisites.put(other.key(), Set.of(one(wanted)));
            }
        }
        return new Flag(
                name(),
                type,
                random.nextBoolean(),
                variants,
                one(names),
                prerequisites,
                schedule(),
                rules,
                new Bucketing(one(Hash.values()), "s" + text()),
                random.nextBoolean() ? Condition.TARGETING_KEY : text(),
                new Flag.About(
                        text(),
                        text(),
                        new LinkedHashSet<>(some(3, this::text)),
                        random.nextBoolean() ? null : LocalDate.EPOCH.plusDays(random.nextInt(100_000))));
    }

    private Object variant(FlagType type) {
        return switch (type) {
            case BOOLEAN -> random.nextBoolean();
            case STRING -> text();
            case INTEGER -> random.nextBoolean() ? random.nextLong() : random.nextInt(100);
            case FLOAT -> random.nextBoolean() ? random.nextInt(100) / 8.0 : random.nextGaussian() * 1e200;
            case OBJECT -> object(3);
        };
    }

    private Map<String, Object> object(int depth) {
        Map<String, Object> object = new LinkedHashMap<>();
        some(4, this::shortText).forEach(name -> object.put(name, json(depth)));
        return object;
    }

    private Object json(int depth) {
        return switch (random.nextInt(depth > 0 ? 5 : 3)) {
            case 0 -> null;
            case 1, 2 -> value();
            case 3 -> object(depth - 1);
            default -> some(3, () -> json(depth - 1));
        };
    }

    private Share share() {
        if (random.nextBoolean()) {
            return Share.of(random.nextInt(Bucketing.PARTS + 1));
        }
        Instant from = instant();
        List<Share.Step> steps = new ArrayList<>();
        for (int i = 1 + random.nextInt(3); i > 0; i--) {
            from = from.plusNanos(1 + random.nextLong(Duration.ofDays(9).toNanos()));
            steps.add(new Share.Step(from, random.nextInt(Bucketing.PARTS + 1)));
        }
        return new Share(0, steps);
    }

    private Map<String, Integer> split(List<String> variants) {
        Map<String, Integer> split = new LinkedHashMap<>();
        int left = Bucketing.PARTS;
        for (String variant : variants) {
            int part = random.nextInt(left + 1);
            left -= part;
            split.put(variant, part);
        }
        split.merge(variants.get(0), left, Integer::sum);
        return random.nextBoolean() ? split : Map.of(one(variants), Bucketing.PARTS);
    }

    private Schedule schedule() {
        Instant from = random.nextBoolean() ? null : instant();
        Instant until = random.nextBoolean() ? null : (from == null ? instant() : from).plusNanos(1);
        return new Schedule(from, until);
    }

    private Instant instant() {
        return Instant.ofEpochSecond(random.nextInt(), random.nextInt(1_000_000_000));
    }

    private List<Condition> conditions(int most, List<String> cohorts) {
        return some(most, () -> condition(3, cohorts));
    }

    private Condition condition(int depth, List<String> cohorts) {
        return switch (random.nextInt(depth > 0 ? 14 : 9)) {
            case 0 -> new Condition.Equals(text(), value());
            case 1 -> new Condition.In(text(), distinct(value(), value()));
            case 2, 3 ->
                new Condition.Text(text(), one(Condition.TextOperator.values()), distinct("a" + text(), "b" + text()));
            case 4 ->
                new Condition.Range(text(), Scale.NUMBER, bound(-random.nextInt(9)), bound(random.nextInt(9) + 0.5));
            case 5 -> new Condition.Range(text(), Scale.SEMVER, bound("1.2"), bound("1.2.3-rc.1+build"));
            case 6 -> new Condition.Range(text(), Scale.DATE, null, bound(instant()));
            case 7 -> new Condition.Cidr(text(), distinct("10.0.0.0/8", "2001:db8::/32"));
            case 8 ->
                random.nextBoolean()
                        ? new Condition.Matches(text(), "[a-z]+\\.\\d{2,3}|ü")
                        : new Condition.Present(text(), random.nextBoolean());
            case 9 -> new Condition.All(List.of(condition(depth - 1, cohorts), condition(depth - 1, cohorts)));
            case 10 -> new Condition.Any(List.of(condition(depth - 1, cohorts)));
            case 11 -> new Condition.Not(condition(depth - 1, cohorts));
            default -> cohorts.isEmpty() ? new Condition.Present(text(), true) : new Condition.InCohort(one(cohorts));
        };
    }

    private Condition.Bound bound(Object value) {
        return new Condition.Bound(value, random.nextBoolean());
    }

    private static <T> Set<T> distinct(T one, T another) {
        return new LinkedHashSet<>(List.of(one, another));
    }

    private Object value() {
        return switch (random.nextInt(6)) {
            case 0 -> random.nextBoolean();
            case 1 -> random.nextLong();
            case 2 -> random.nextInt(100) / 8.0;
            case 3 -> random.nextGaussian() * Math.pow(10, random.nextInt(600) - 300);
            default -> text();
        };
    }

    /** One that has walked a few steps of its way. */
    private MigrationState migration(List<String> cohorts) {
        MigrationState state = MigrationState.startingAt(name(), incarnation(), one(Stage.values()));
        Facts facts = new Facts(
                random.nextBoolean(),
                "journal " + text(),
                slice -> random.nextBoolean() ? List.of(new Blocker.Custom("not now")) : List.of());
        for (int i = random.nextInt(8); i > 0; i--) {
            Goal goal = Goal.of(one(Stage.values()), random.nextBoolean() ? 1_000_000 : random.nextInt(1_000_001));
            for (String cohort : cohorts) {
                if (state.position().ranges().size() == 1
                        || state.position().cohorts().containsKey(cohort)) {
                    goal = goal.with(cohort, one(Stage.values()));
                }
            }
            state = state.withGoal(goal).advanced(facts);
            state = random.nextBoolean() ? state.swept(state.version(), facts.journal()) : state;
        }
        return state;
    }

    String text() {
        return switch (random.nextInt(4)) {
            case 0, 1 -> one(NASTY);
            case 2 -> one(NASTY) + one(NASTY);
            default -> {
                StringBuilder text = new StringBuilder();
                for (int i = random.nextInt(12); i > 0; i--) {
                    text.appendCodePoint(
                            random.nextBoolean() ? random.nextInt(128) : random.nextInt(Character.MAX_CODE_POINT + 1));
                }
                yield text.toString();
            }
        };
    }

    private String shortText() {
        String text = text();
        return whole(text.length() < 100 ? text : text.substring(0, 100));
    }

    /** Without half pairs of surrogates, which a name cannot have. */
    static String whole(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    }

    private String name() {
        return one(
                List.of("on", "off", "null", "y", "no", "true", "1", "0123", "1e3", "a", "a.b-c_d", "x".repeat(100)));
    }

    private String incarnation() {
        return one(
                List.of("", "", "on", "null", "0123", "1e3", "5f0c1c2e-8f5b-4f0e-9d6a-0123456789ab", "x".repeat(50)));
    }

    private <T> T one(List<T> all) {
        return all.get(random.nextInt(all.size()));
    }

    private <T> T one(T[] all) {
        return all[random.nextInt(all.length)];
    }

    private <T> List<T> some(int most, Supplier<T> supplier) {
        List<T> some = new ArrayList<>();
        for (int i = random.nextInt(most + 1); i > 0; i--) {
            some.add(supplier.get());
        }
        return some;
    }
}
