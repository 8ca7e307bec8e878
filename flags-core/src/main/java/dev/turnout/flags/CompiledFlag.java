package dev.turnout.flags;

import dev.turnout.flags.rule.Condition;
import dev.turnout.flags.rule.Flag;
import dev.turnout.flags.rule.FlagType;
import dev.turnout.flags.rule.Matcher;
import dev.turnout.flags.rule.Rule;
import dev.turnout.flags.rule.Schedule;
import dev.turnout.flags.rule.Subject;
import dev.turnout.flags.store.TimeSource;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A flag made ready to decide: what it refers to looked up, answers built. Immutable, and equal only to itself; never blocks, allocates or
 * throws.
 */
final class CompiledFlag {
    private static final int NOT_ASKED = -1;
    private static final int NO_KEY = -2;

    private record Prerequisite(CompiledFlag flag, Set<String> variants) {}

    /** What a flag refers to, compiled: its cohorts by name, and its prerequisites by key. */
    record Parts(Map<String, CompiledCohort> cohorts, Map<String, CompiledFlag> flags) {}

    // What most decisions need.
    private final boolean isPlain; // enabled, without schedule and prerequisites
    private final boolean isBooleanWithoutHooks;
    private final CompiledRule[] rules;
    private final @Nullable RuleIndex index;
    private final Outcome byDefault;

    private final Flag flag;
    private final Parts parts;
    private final long revision;
    private final Hook[] hooks;
    private final TimeSource time;
    private final boolean byTargetingKey;
    private final long fromMillis;
    private final long untilMillis;
    private final boolean isTimed;
    private final Prerequisite[] prerequisites;
    private final Outcome disabled;
    private final Outcome byDefaultWithoutKey;

    /**
     * A flag with what it refers to.
     *
     * @param revision of the last change of any of these
     * @param hooks those that want to hear of this flag
     * @param counts gives the counter of a variant, {@code ""} for the caller's default, and a reason
     */
    CompiledFlag(
            Flag flag,
            Parts parts,
            long revision,
            Hook[] hooks,
            TimeSource time,
            BiFunction<String, Reason, LongAdder> counts) {
        this.flag = flag;
        this.parts = parts;
        this.revision = revision;
        this.hooks = hooks;
        this.time = time;
        byTargetingKey = flag.bucketBy().equals(Condition.TARGETING_KEY);
        fromMillis = millis(flag.schedule().from(), Long.MIN_VALUE);
        untilMillis = millis(flag.schedule().until(), Long.MAX_VALUE);
        Function<String, Matcher> cohorts =
                name -> Objects.requireNonNull(parts.cohorts().get(name)).matcher();
        rules = new CompiledRule[flag.rules().size()];
        for (int i = 0; i < rules.length; i++) {
            int index = i;
            Rule rule = flag.rules().get(i);
            Reason reason = rule.isSplit() ? Reason.SPLIT : Reason.TARGETING_MATCH;
            rules[i] = new CompiledRule(
                    i, rule, rule.matcher(cohorts), variant -> outcome(variant, reason, index, null, counts));
        }
        index = RuleIndex.of(flag.rules(), rules);
        boolean changesWithTime =
                flag.rules().stream().anyMatch(rule -> !rule.share().steps().isEmpty());
        isTimed = changesWithTime || fromMillis > Long.MIN_VALUE || untilMillis < Long.MAX_VALUE;
        prerequisites = flag.prerequisites().entrySet().stream()
                .map(entry ->
                        new Prerequisite(Objects.requireNonNull(parts.flags().get(entry.getKey())), entry.getValue()))
                .toArray(Prerequisite[]::new);
        isPlain = flag.enabled() && !isTimed && prerequisites.length == 0;
        isBooleanWithoutHooks = flag.type() == FlagType.BOOLEAN && hooks.length == 0;
        Reason reason = rules.length == 0 && prerequisites.length == 0 ? Reason.STATIC : Reason.DEFAULT;
        disabled = new Outcome(Reason.DISABLED, counts.apply("", Reason.DISABLED));
        byDefault = outcome(flag.defaultVariant(), reason, Outcome.NO_RULE, null, counts);
        byDefaultWithoutKey = outcome(
                flag.defaultVariant(), Reason.DEFAULT, Outcome.NO_RULE, ErrorCode.TARGETING_KEY_MISSING, counts);
    }

    private Outcome outcome(
            String variant,
            Reason reason,
            int rule,
            @Nullable ErrorCode error,
            BiFunction<String, Reason, LongAdder> counts) {
        Object value = Objects.requireNonNull(flag.variants().get(variant));
        return new Outcome(flag.key(), variant, value, reason, rule, error, revision, counts.apply(variant, reason));
    }

    private static long millis(@Nullable Instant moment, long otherwise) {
        return moment == null ? otherwise : CompiledRule.millis(moment);
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

    Outcome decide(Subject subject) {
        return isPlain ? decideByRules(subject, 0, null) : decide(subject, null);
    }

    /**
     * Decides.
     *
     * @param trace is told of each step; {@code null} where nobody wants to know
     */
    Outcome decide(Subject subject, @Nullable Trace trace) {
        if (!flag.enabled()) {
            return disabled;
        }
        long now = isTimed ? time.millis() : 0;
        if ((isTimed && !isScheduled(now, trace)) || !areMet(subject, trace)) {
            return byDefault;
        }
        return decideByRules(subject, now, trace);
    }

    private Outcome decideByRules(Subject subject, long now, @Nullable Trace trace) {
        int bucket = NOT_ASKED;
        // Who wants to know is told of all rules, also of those that the index would leave out.
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
                trace.about(rule, subject, bucket, now, outcome);
            }
            if (outcome != null) {
                return outcome;
            }
        }
        return bucket == NO_KEY ? byDefaultWithoutKey : byDefault; // without a key: nobody, never everybody
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
        String key = byTargetingKey ? subject.targetingKey() : attributeKey(subject.attribute(flag.bucketBy()));
        return key.isBlank() ? NO_KEY : flag.bucketing().bucket(key);
    }

    /** Text or a whole number; whatever else an attribute is, is no key. */
    private static String attributeKey(@Nullable Object attribute) {
        return attribute instanceof String || attribute instanceof Long ? attribute.toString() : "";
    }

    /** Whether it is what would be compiled from these. */
    boolean isOf(Flag other, Parts otherParts, long otherRevision) {
        return revision == otherRevision && parts.equals(otherParts) && flag.equals(other);
    }
}
