package dev.turnout.flags;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import dev.turnout.flags.document.FlagDocument;
import dev.turnout.flags.rule.Bucketing;
import dev.turnout.flags.rule.Cohort;
import dev.turnout.flags.rule.Condition;
import dev.turnout.flags.rule.Condition.Bound;
import dev.turnout.flags.rule.Flag;
import dev.turnout.flags.rule.FlagType;
import dev.turnout.flags.rule.Hash;
import dev.turnout.flags.rule.Rule;
import dev.turnout.flags.rule.Scale;
import dev.turnout.flags.rule.Schedule;
import dev.turnout.flags.rule.Share;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Makes documents, and contexts with the same few attributes, from a fuzzer's input. Throws whatever is thrown at what
 * is not valid.
 */
final class FuzzedDocuments {
    private static final String[] NAMES = {"a", "b", "c", Condition.TARGETING_KEY};
    private static final String[] COHORTS = {"x", "y", "z"};
    private static final String[] FLAGS = {"f", "g", "h"};
    private static final String[] SEMVERS = {
        "1.2.3", "1.2", "2", "1.2.3-rc.1", "1.2.3-rc.10", "1.2.3+b", "01.2", "1.2.3-01"
    };
    private static final String[] ADDRESSES = {
        "10.0.0.1",
        "10.0.0.0/8",
        "0.0.0.0/0",
        "::",
        "::/0",
        "2001:db8::/32",
        "2001:db8::1",
        "::ffff:10.0.0.1",
        "1::2::3",
        "10.0.0.1/33"
    };
    private static final String[] DATES = {
        "2026-12-01T08:00:00Z",
        "2026-12-01T24:00:00+18:00",
        "9999-12-31T23:59:59-18:00",
        "0000-01-01T00:00:00+18:00",
        "2026-02-30T00:00:00Z"
    };
    private static final String[] PATTERNS = {
        "a*",
        "(a*)*b",
        "[a-z]+",
        "(?i)ab|cd",
        "\\d{2,3}",
        "\\Qa(b\\E{3}",
        "[[:alpha:]]",
        "\\p{Greek}",
        "[^)(]{4}",
        "(a{30}){30}",
        "^a$",
        "\\C"
    };

    private final FuzzedDataProvider data;

    FuzzedDocuments(FuzzedDataProvider data) {
        this.data = data;
    }

    Instant now() {
        return Instant.ofEpochMilli(data.consumeBoolean() ? data.consumeLong() : data.consumeInt());
    }

    EvaluationContext context() {
        Map<String, Object> attributes = new HashMap<>();
        for (String name : NAMES) {
            if (data.consumeBoolean()) {
                attributes.put(name, attribute());
            }
        }
        EvaluationContext context = data.consumeBoolean() ? EvaluationContext.empty() : EvaluationContext.of(text());
        return context.with(attributes);
    }

    FlagDocument document() {
        Map<String, Cohort> cohorts = new LinkedHashMap<>();
        for (String name : COHORTS) {
            if (data.consumeBoolean()) {
                cohorts.put(name, new Cohort(name, Set.copyOf(distinct(2, this::text)), some(2, () -> condition(3))));
            }
        }
        Map<String, Flag> flags = new LinkedHashMap<>();
        for (String key : FLAGS) {
            if (flags.isEmpty() || data.consumeBoolean()) {
                flags.put(key, flag(key));
            }
        }
        return new FlagDocument(cohorts, flags, Map.of());
    }

    private Flag flag(String key) {
        FlagType type = data.pickValue(FlagType.values());
        Map<String, Object> variants = new LinkedHashMap<>();
        variants.put("on", variant(type));
        variants.put("off", variant(type));
        if (data.consumeBoolean()) {
            variants.put(text(), variant(type));
        }
        List<String> names = List.copyOf(variants.keySet());
        Map<String, Set<String>> requires = new LinkedHashMap<>();
        some(1, () -> data.pickValue(FLAGS)).forEach(other -> requires.put(other, Set.of("on")));
        return new Flag(
                key,
                type,
                data.consumeByte() != 7,
                variants,
                data.pickValue(names),
                requires,
                data.consumeBoolean() ? Schedule.ALWAYS : new Schedule(maybeInstant(), maybeInstant()),
                some(3, () -> rule(names)),
                new Bucketing(data.pickValue(Hash.values()), data.consumeBoolean() ? key : text()),
                data.pickValue(NAMES),
                Flag.About.NOTHING);
    }

    private Object variant(FlagType type) {
        return switch (type) {
            case BOOLEAN -> data.consumeBoolean();
            case STRING -> text();
            case INTEGER -> data.consumeLong();
            case FLOAT -> data.consumeRegularDouble();
            case OBJECT -> data.consumeBoolean() ? Map.of() : Map.of(text(), List.of(text(), number(), Map.of()));
        };
    }

    private Rule rule(List<String> variants) {
        List<String> cohorts = some(2, () -> data.pickValue(COHORTS));
        List<Condition> conditions = some(2, () -> condition(3));
        int part = data.consumeInt(0, Bucketing.PARTS);
        Map<String, Integer> split = data.consumeBoolean()
                ? Map.of(data.pickValue(variants), Bucketing.PARTS)
                : Map.of("on", part, "off", Bucketing.PARTS - part);
        return new Rule(cohorts, conditions, share(), split);
    }

    private Share share() {
        if (data.consumeBoolean()) {
            return data.consumeBoolean() ? Share.EVERYONE : Share.of(data.consumeInt(0, Bucketing.PARTS));
        }
        Instant from = instant();
        return Share.inSteps(
                new Share.Step(from, data.consumeInt(0, Bucketing.PARTS)),
                new Share.Step(from.plusNanos(data.consumeLong()), data.consumeInt(0, Bucketing.PARTS)));
    }

    private Condition condition(int depth) {
        String name = data.pickValue(NAMES);
        return switch (data.consumeInt(0, depth > 0 ? 12 : 8)) {
            case 0 -> new Condition.Equals(name, value());
            case 1 -> new Condition.In(name, distinct(3, this::value));
            case 2 ->
                new Condition.Text(name, data.pickValue(Condition.TextOperator.values()), distinct(3, this::text));
            case 3 -> new Condition.Range(name, Scale.NUMBER, bound(this::number), bound(this::number));
            case 4 -> new Condition.Range(name, Scale.SEMVER, bound(this::semver), bound(this::semver));
            case 5 -> new Condition.Range(name, Scale.DATE, bound(this::date), bound(this::date));
            case 6 -> new Condition.Cidr(name, distinct(3, this::network));
            case 7 -> new Condition.Matches(name, pattern());
            case 8 -> new Condition.Present(name, data.consumeBoolean());
            case 9 -> new Condition.All(some(3, () -> condition(depth - 1)));
            case 10 -> new Condition.Any(some(3, () -> condition(depth - 1)));
            case 11 -> new Condition.Not(condition(depth - 1));
            default -> new Condition.InCohort(data.pickValue(COHORTS));
        };
    }

    private Bound bound(Supplier<Object> value) {
        return data.consumeByte() < 0 ? null : new Bound(value.get(), data.consumeBoolean());
    }

    private Object attribute() {
        return switch (data.consumeInt(0, 3)) {
            case 0 -> some(3, this::text);
            case 1 -> instant();
            case 2 ->
                data.pickValue(
                        new Object[] {Double.NaN, Double.POSITIVE_INFINITY, -0.0, 0.1f, (byte) 1, "x".repeat(5_000)});
            default -> value();
        };
    }

    private Object value() {
        return switch (data.consumeInt(0, 7)) {
            case 0 -> data.consumeBoolean();
            case 1, 2 -> number();
            case 3 -> semver();
            case 4 -> date();
            case 5 -> network();
            default -> text();
        };
    }

    private Object number() {
        return switch (data.consumeInt(0, 2)) {
            case 0 -> data.consumeLong();
            case 1 -> (long) data.consumeByte();
            default -> data.consumeRegularDouble();
        };
    }

    private Object semver() {
        return data.consumeBoolean() ? data.pickValue(SEMVERS) : data.consumeAsciiString(12);
    }

    private Object date() {
        return switch (data.consumeInt(0, 2)) {
            case 0 -> data.pickValue(DATES);
            case 1 -> instant();
            default -> data.consumeAsciiString(30);
        };
    }

    private String network() {
        return data.consumeBoolean() ? data.pickValue(ADDRESSES) : data.consumeAsciiString(24);
    }

    private String pattern() {
        return data.consumeBoolean() ? data.pickValue(PATTERNS) : data.consumeString(30);
    }

    private String text() {
        return switch (data.consumeInt(0, 3)) {
            case 0 -> data.consumeString(20);
            case 1 -> data.consumeAsciiString(4);
            case 2 -> data.pickValue(new String[] {"a", "ab", "aaab", "user-42", "1", "true"});
            default -> String.valueOf((char) data.consumeByte((byte) 'a', (byte) 'e'));
        };
    }

    private Instant maybeInstant() {
        return data.consumeBoolean() ? null : instant();
    }

    private Instant instant() {
        return switch (data.consumeInt(0, 5)) {
            case 0 -> Instant.MAX;
            case 1 -> Instant.MIN;
            case 2 -> Instant.ofEpochSecond(data.consumeLong(), data.consumeInt());
            default -> Instant.ofEpochMilli(data.consumeInt());
        };
    }

    private <T> List<T> some(int most, Supplier<T> supplier) {
        List<T> some = new ArrayList<>();
        for (int i = data.consumeInt(0, most); i > 0; i--) {
            some.add(supplier.get());
        }
        return some;
    }

    private <T> Set<T> distinct(int most, Supplier<T> supplier) {
        return new LinkedHashSet<>(some(most, supplier));
    }
}
