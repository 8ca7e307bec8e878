package dev.turnout.flags;

import dev.turnout.flags.document.FlagDocument;
import dev.turnout.flags.rule.FlagType;
import dev.turnout.flags.store.Snapshot;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All flags as they are at one revision, made ready to decide: take one with {@link Flags#snapshot} for a request whose answers must fit
 * together. Immutable and thread-safe; answers as {@link Flags} does. Taking one is free; do not keep it.
 */
public final class FlagsSnapshot {
    private final Snapshot state;
    private final Environment environment;
    private final Map<String, CompiledCohort> cohorts;
    private final FlagTable flags;

    FlagsSnapshot(Snapshot state, Environment environment, Map<String, CompiledCohort> cohorts, FlagTable flags) {
        this.state = state;
        this.environment = environment;
        this.cohorts = cohorts;
        this.flags = flags;
    }

    /** The store's revision. */
    public long revision() {
        return state.revision();
    }

    /** What it was made from. */
    public FlagDocument document() {
        return state.document();
    }

    /** See {@link Flags#isOn}. */
    public boolean isOn(String flagKey, EvaluationContext context) {
        int place = flags.find(flagKey);
        if (place < 0) {
            return isOn(flags.get(flagKey), flagKey, context);
        }
        Outcome fixed = flags.fixedAt(place);
        if (fixed == null) {
            return isOn(flags.flagAt(place), flagKey, context);
        }
        fixed.increment();
        return fixed.isOn();
    }

    /** See {@link Flags#value(String, Object, EvaluationContext)}. */
    public <T> T value(String flagKey, T defaultValue, EvaluationContext context) {
        return value(flags.get(flagKey), flagKey, defaultValue, context);
    }

    /** See {@link Flags#value(String, Map, EvaluationContext)}. */
    public Map<String, Object> value(String flagKey, Map<String, Object> defaultValue, EvaluationContext context) {
        return details(flagKey, defaultValue, context).value();
    }

    /** See {@link Flags#details(String, Object, EvaluationContext)}. */
    public <T> EvaluationDetails<T> details(String flagKey, T defaultValue, EvaluationContext context) {
        return details(flags.get(flagKey), flagKey, defaultValue, context);
    }

    /** See {@link Flags#details(String, Map, EvaluationContext)}. */
    @SuppressWarnings("unchecked") // an object flag has no other values
    public EvaluationDetails<Map<String, Object>> details(
            String flagKey, Map<String, Object> defaultValue, EvaluationContext context) {
        CompiledFlag flag = flags.get(flagKey);
        // All objects have one class, that of an unmodifiable map; any other flag is one of the wrong type here.
        Object asked = flag != null && flag.flag().type() == FlagType.OBJECT
                ? flag.flag().variants().values().iterator().next()
                : defaultValue;
        EvaluationDetails<?> details = hooked(flag, flagKey, defaultValue, context, typeOf(asked));
        return (EvaluationDetails<Map<String, Object>>) details;
    }

    /** See {@link Flags#explain}. */
    public Explanation explain(String flagKey, EvaluationContext context) {
        CompiledFlag flag = flags.get(flagKey);
        Trace trace = new Trace();
        if (flag == null) {
            trace.add("flag", false, "there is none of this key");
            return new Explanation(
                    EvaluationDetails.ofDefault(flagKey, "", Reason.ERROR, ErrorCode.FLAG_NOT_FOUND, revision()),
                    trace.steps());
        }
        Outcome outcome = flag.decide(orNobody(context), trace);
        if (outcome.value() == null) {
            trace.add("flag", false, "it is turned off: callers get their own default");
        } else if (outcome.reason() == Reason.DEFAULT || outcome.reason() == Reason.STATIC) {
            trace.add("default", true, "no rule has decided, so it is variant '" + outcome.variant() + "'");
        }
        return new Explanation(explained(flag, outcome), trace.steps());
    }

    @SuppressWarnings("unchecked") // an Object can be whatever the value is
    private EvaluationDetails<Object> explained(CompiledFlag flag, Outcome outcome) {
        EvaluationDetails<?> details = outcome.details();
        return details == null
                ? EvaluationDetails.ofDefault(flag.flag().key(), "", outcome.reason(), null, flag.revision())
                : (EvaluationDetails<Object>) told(details);
    }

    // Deciding never throws, also for callers whose compiler does not look after null: null is no subject, and
    // of no type.

    private static EvaluationContext orNobody(@Nullable EvaluationContext context) {
        return context == null ? EvaluationContext.empty() : context;
    }

    private static Class<?> typeOf(@Nullable Object value) {
        return value == null ? Void.class : value.getClass();
    }

    Map<String, CompiledCohort> cohorts() {
        return cohorts;
    }

    FlagTable flags() {
        return flags;
    }

    Snapshot state() {
        return state;
    }

    boolean isOn(@Nullable CompiledFlag flag, String flagKey, EvaluationContext context) {
        if (flag == null || !flag.isBooleanWithoutHooks()) {
            return details(flag, flagKey, false, context).value();
        }
        Outcome outcome = flag.decide(orNobody(context));
        outcome.increment();
        return outcome.isOn();
    }

    <T> T value(@Nullable CompiledFlag flag, String flagKey, T defaultValue, EvaluationContext context) {
        if (flag == null || flag.hooks().length > 0) {
            return details(flag, flagKey, defaultValue, context).value();
        }
        Outcome outcome = flag.decide(orNobody(context));
        outcome.increment();
        return valueOf(outcome, defaultValue);
    }

    @SuppressWarnings("unchecked") // the classes are the same
    private <T> T valueOf(Outcome outcome, T defaultValue) {
        Object value = outcome.value(typeOf(defaultValue));
        if (value == null && outcome.value() != null) {
            environment.counts().typeMismatch();
        }
        return value == null ? defaultValue : (T) value;
    }

    <T> EvaluationDetails<T> details(
            @Nullable CompiledFlag flag, String flagKey, T defaultValue, EvaluationContext context) {
        return hooked(flag, flagKey, defaultValue, context, typeOf(defaultValue));
    }

    private <T> EvaluationDetails<T> hooked(
            @Nullable CompiledFlag flag, String flagKey, T defaultValue, EvaluationContext context, Class<?> type) {
        String key = String.valueOf(flagKey);
        EvaluationContext subject = orNobody(context);
        Hook[] hooks = flag == null ? environment.hooksOf(key) : flag.hooks();
        return hooks.length == 0
                ? evaluate(flag, key, defaultValue, subject, type)
                : new HookRun(hooks, new HookContext(key, defaultValue, subject))
                        .around(changed -> evaluate(flag, key, defaultValue, orNobody(changed), type));
    }

    @SuppressWarnings("unchecked") // the type of the value was compared with that of the default
    private <T> EvaluationDetails<T> evaluate(
            @Nullable CompiledFlag flag, String flagKey, T defaultValue, EvaluationContext context, Class<?> type) {
        if (flag == null) {
            environment.counts().notFound(flagKey);
            return EvaluationDetails.ofDefault(
                    flagKey, defaultValue, Reason.ERROR, ErrorCode.FLAG_NOT_FOUND, revision());
        }
        Outcome outcome = flag.decide(context);
        outcome.increment();
        EvaluationDetails<?> details = outcome.details(type);
        if (details != null) {
            return (EvaluationDetails<T>) told(details);
        }
        if (outcome.value() == null) {
            return EvaluationDetails.ofDefault(flagKey, defaultValue, outcome.reason(), null, flag.revision());
        }
        environment.counts().typeMismatch();
        return EvaluationDetails.ofDefault(
                flagKey, defaultValue, Reason.ERROR, ErrorCode.TYPE_MISMATCH, flag.revision());
    }

    private EvaluationDetails<?> told(EvaluationDetails<?> details) {
        Duration staleness = environment.freshness().staleness();
        return staleness == null ? details : details.stale(staleness);
    }
}
