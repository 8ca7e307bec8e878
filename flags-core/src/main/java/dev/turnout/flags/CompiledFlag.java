package dev.turnout.flags;

import dev.turnout.flags.rule.Bucketing;
import dev.turnout.flags.rule.Condition;
import dev.turnout.flags.rule.Flag;
import dev.turnout.flags.rule.FlagType;
import dev.turnout.flags.rule.Matcher;
import dev.turnout.flags.rule.Rule;
import dev.turnout.flags.rule.Schedule;
import dev.turnout.flags.rule.Subject;
import dev.turnout.flags.store.TimeSource;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A flag made ready to decide: what it refers to looked up, answers built. Immutable, and equal only to itself; never blocks, allocates or
 * throws.
 */
final class CompiledFlag {
    private static final int NOT_ASKED = -2;
    private static final int NO_KEY = Subject.NOBODY;

    private record Prerequisite(CompiledFlag flag, Set<String> variants) {}

    /** What a flag refers to, compiled: its cohorts by name, and its prerequisites by key. */
    record Parts(Map<String, CompiledCohort> cohorts, Map<String, CompiledFlag> flags) {
        static final Parts NONE = new Parts(Map.of(), Map.of());
    }

    // What most decisions need.
    private final String key;
    private final boolean isPlain; // enabled, without schedule and prerequisites
    private final boolean isBooleanWithoutHooks;
    private final CompiledRule[] rules;
    private final @Nullable RuleIndex index;
    private final Outcome byDefault;
    private final Outcome byDefaultWithoutKey;
    private final Bucketing bucketing;
    private final boolean byTargetingKey;

    private final Flag flag;
    private final Parts parts;
    private final long revision;
    private final Hook[] hooks;
    private final TimeSource time;
    private final long fromMillis;
    private final long untilMillis;
    private final boolean isTimed;
    private final Prerequisite[] prerequisites;
    private final Outcome[] outcomes;

    /**
     * A flag with what it refers to.
     *
     * @param revision of the last change of any of these
     * @param hooks those that observe this flag
     * @param before the one whose counters it takes over
     */
    CompiledFlag(Flag flag, Parts parts, long revision, Hook[] hooks, TimeSource time, @Nullable CompiledFlag before) {
        this.flag = flag;
        key = flag.key();
        this.parts = parts;
        this.revision = revision;
        this.hooks = hooks;
        this.time = time;
        bucketing = flag.bucketing();
        byTargetingKey = flag.bucketBy().equals(Condition.TARGETING_KEY);
        fromMillis = millis(flag.schedule().from(), Long.MIN_VALUE);
        untilMillis = millis(flag.schedule().until(), Long.MAX_VALUE);
        isTimed = fromMillis > Long.MIN_VALUE
                || untilMillis < Long.MAX_VALUE
                || flag.rules().stream().anyMatch(rule -> !rule.share().steps().isEmpty());
        prerequisites = flag.prerequisites().entrySet().stream()
                .map(entry ->
                        new Prerequisite(Objects.requireNonNull(parts.flags().get(entry.getKey())), entry.getValue()))
                .toArray(Prerequisite[]::new);
        isPlain = flag.enabled() && !isTimed && prerequisites.length == 0;
        isBooleanWithoutHooks = flag.type() == FlagType.BOOLEAN && hooks.length == 0;
        List<Outcome> made = new ArrayList<>();
        Reason unruled = flag.rules().isEmpty() && prerequisites.length == 0 ? Reason.STATIC : Reason.DEFAULT;
        byDefault = flag.enabled()
                ? outcome(made, flag.defaultVariant(), unruled, Outcome.NO_RULE, null)
                : outcome(made, null, Reason.DISABLED, Outcome.NO_RULE, null);
        Function<String, Matcher> cohorts =
                name -> Objects.requireNonNull(parts.cohorts().get(name)).matcher();
        rules = new CompiledRule[flag.rules().size()];
        for (int i = 0; i < rules.length; i++) {
            int number = i;
            Rule rule = flag.rules().get(i);
            Reason reason = rule.isSplit() ? Reason.SPLIT : Reason.TARGETING_MATCH;
            rules[i] = new CompiledRule(
                    i,
                    rule,
                    rule.matcher(cohorts),
                    variant -> outcome(made, variant, reason, number, null),
                    i == rules.length - 1 ? byDefault : null);
        }
        index = RuleIndex.of(flag.rules(), rules);
        boolean needsKey = flag.rules().stream().anyMatch(Rule::isSplit);
        byDefaultWithoutKey = needsKey
                ? outcome(made, flag.defaultVariant(), Reason.DEFAULT, Outcome.NO_RULE, ErrorCode.TARGETING_KEY_MISSING)
                : byDefault;
        outcomes = made.toArray(Outcome[]::new);
        if (before != null) {
            before.counts().forEach(this::goOn);
        }
    }

    private Outcome outcome(
            List<Outcome> made, @Nullable String variant, Reason reason, int rule, @Nullable ErrorCode error) {
        Object value =
                variant == null ? null : Objects.requireNonNull(flag.variants().get(variant));
        Outcome outcome = new Outcome(flag.key(), variant, value, reason, rule, error, revision);
        made.add(outcome);
        return outcome;
    }

    private void goOn(EvaluationCount count) {
        for (Outcome outcome : outcomes) {
            if (outcome.reason() == count.reason()
                    && Objects.requireNonNullElse(outcome.variant(), "").equals(count.variant())) {
                outcome.add(count.count());
                return;
            }
        }
    }

    /** How often it was answered in which way; only what has happened. */
    List<EvaluationCount> counts() {
        List<EvaluationCount> counts = new ArrayList<>();
        for (Reason reason : Reason.values()) {
            Map<String, Long> byVariant = new LinkedHashMap<>();
            for (Outcome outcome : outcomes) {
                long sum = outcome.sum();
                if (outcome.reason() == reason && sum > 0) {
                    byVariant.merge(Objects.requireNonNullElse(outcome.variant(), ""), sum, Long::sum);
                }
            }
            byVariant.forEach((variant, sum) -> counts.add(new EvaluationCount(flag.key(), variant, reason, sum)));
        }
        return counts;
    }

    private static long millis(@Nullable Instant moment, long otherwise) {
        return moment == null ? otherwise : CompiledRule.millis(moment);
    }

    String key() {
        return key;
    }

    Flag flag() {
        return flag;
    }

    long revision() {
        return revision;
    }

    Hook[] hooks() {
        return hooks;
    }

    /** Whether time alone can change an answer. */
    boolean isTimed() {
        if (isTimed) {
            return true;
        }
        for (Prerequisite prerequisite : prerequisites) {
            if (prerequisite.flag.isTimed()) {
                return true;
            }
        }
        return false;
    }

    boolean isBooleanWithoutHooks() {
        return isBooleanWithoutHooks;
    }

    /**
     * The answer of a boolean flag that every subject is given at all times, and no hook is called for; {@code null} if
     * there is no such.
     */
    @Nullable
    Outcome fixed() {
        return isPlain && isBooleanWithoutHooks && rules.length == 0 ? byDefault : null;
    }

    Outcome decide(Subject subject) {
        return isPlain ? decideByRules(subject, 0, null) : decide(subject, null);
    }

    /**
     * Decides.
     *
     * @param trace receives each step; {@code null} where no explanation is wanted
     */
    Outcome decide(Subject subject, @Nullable Trace trace) {
        if (!flag.enabled()) {
            return byDefault; // which is the caller's
        }
        long now = isTimed ? time.millis() : 0;
        if ((isTimed && !isScheduled(now, trace)) || !areMet(subject, trace)) {
            return byDefault;
        }
        return decideByRules(subject, now, trace);
    }

    private Outcome decideByRules(Subject subject, long now, @Nullable Trace trace) {
        int bucket = NOT_ASKED;
        // A trace receives all rules, also those that the index would leave out.
        for (CompiledRule rule : index == null || trace != null ? rules : index.candidates(subject)) {
            if (!rule.isAbout(subject)) {
                if (trace != null) {
                    trace.notAbout(rule, subject);
                }
                continue;
            }
            if (bucket == NOT_ASKED && rule.needsBucket()) {
                bucket = bucket(subject);
            }
            Outcome outcome = bucket == NO_KEY && rule.needsBucket() ? null : rule.outcome(bucket, now);
            if (trace != null) {
                trace.about(rule, subject, bucket, now, outcome == byDefault ? null : outcome);
            }
            if (outcome != null) {
                return outcome;
            }
        }
        return bucket == NO_KEY ? byDefaultWithoutKey : byDefault; // without a key: no subject, never all of them
    }

    private boolean isScheduled(long now, @Nullable Trace trace) {
        boolean scheduled = now >= fromMillis && now < untilMillis;
        if (trace != null && !flag.schedule().equals(Schedule.ALWAYS)) {
            trace.schedule(flag.schedule(), scheduled, now);
        }
        return scheduled;
    }

    private boolean areMet(Subject subject, @Nullable Trace trace) {
        for (Prerequisite prerequisite : prerequisites) {
            String variant = prerequisite.flag.decide(subject, null).variant();
            boolean met = variant != null && prerequisite.variants.contains(variant);
            if (trace != null) {
                trace.prerequisite(prerequisite.flag.flag.key(), prerequisite.variants, variant, met);
            }
            if (!met) {
                return false;
            }
        }
        return true;
    }

    private int bucket(Subject subject) {
        if (byTargetingKey) {
            return subject.bucket(bucketing);
        }
        return subject.bucket(bucketing, flag.bucketBy());
    }

    /** Whether it was compiled from this very object, and from nothing else. */
    @SuppressWarnings("ReferenceEquality") // what is equal is looked at more closely
    boolean isExactly(Flag other) {
        return flag == other && parts == Parts.NONE;
    }

    /** Whether it is what would be compiled from these. */
    boolean isOf(Flag other, Parts otherParts, long otherRevision) {
        return revision == otherRevision && parts.equals(otherParts) && flag.equals(other);
    }
}
