package dev.turnout.flags.document;

import dev.turnout.flags.rule.Bucketing;
import dev.turnout.flags.rule.Cohort;
import dev.turnout.flags.rule.Condition;
import dev.turnout.flags.rule.Flag;
import dev.turnout.flags.rule.FlagType;
import dev.turnout.flags.rule.Hash;
import dev.turnout.flags.rule.Rule;
import dev.turnout.flags.stage.Facts;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Stage;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;

/** Makes documents of all that a document can say, in strings that YAML likes to take for something else. */
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
            List<Condition> conditions = some(3, this::condition);
            Cohort cohort = new Cohort(name(), members(i), conditions);
            if (cohorts.put(cohort.name(), cohort) == null && conditions.isEmpty()) {
                ofKeys.add(cohort.name());
            }
        }
        ofKeys.removeIf(name -> !cohorts.get(name).conditions().isEmpty());
        for (int i = random.nextInt(4); i > 0; i--) {
            Flag flag = flag(List.copyOf(cohorts.keySet()));
            flags.put(flag.key(), flag);
        }
        for (int i = random.nextInt(3); i > 0; i--) {
            MigrationState migration = migration(ofKeys);
            migrations.put(migration.name(), migration);
        }
        return new FlagDocument(cohorts, flags, migrations);
    }

    private Set<String> members(int cohort) {
        Set<String> members = new LinkedHashSet<>();
        some(6, this::text).forEach(text -> members.add(cohort + text)); // cohorts of a migration don't overlap
        return members;
    }

    private Flag flag(List<String> cohorts) {
        FlagType type = one(FlagType.values());
        Map<String, Object> variants = new LinkedHashMap<>();
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            variants.put(shortText(), type == FlagType.BOOLEAN ? (Object) random.nextBoolean() : text());
        }
        List<String> names = List.copyOf(variants.keySet());
        List<Rule> rules = some(
                4,
                () -> new Rule(
                        cohorts.isEmpty() ? List.of() : some(3, () -> one(cohorts)),
                        some(3, this::condition),
                        random.nextInt(Bucketing.PARTS + 1),
                        one(names)));
        return new Flag(
                name(),
                type,
                random.nextBoolean(),
                variants,
                one(names),
                rules,
                new Bucketing(one(Hash.values()), "s" + text()),
                text());
    }

    private Condition condition() {
        return random.nextBoolean()
                ? new Condition.Equals(text(), value())
                : new Condition.In(
                        text(),
                        new LinkedHashSet<>(
                                List.of(value(), value()).stream().distinct().toList()));
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
        MigrationState state = MigrationState.startingAt(name(), one(Stage.values()));
        Facts facts = new Facts(
                random.nextBoolean(),
                "journal " + text(),
                slice -> random.nextBoolean() ? Optional.of("not now") : Optional.empty());
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
        String text =
                new String(text().getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8); // JSON: no half pairs
        return text.length() < 100 ? text : text.substring(0, 100);
    }

    private String name() {
        return one(
                List.of("on", "off", "null", "y", "no", "true", "1", "0123", "1e3", "a", "a.b-c_d", "x".repeat(100)));
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
