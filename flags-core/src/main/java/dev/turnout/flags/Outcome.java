package dev.turnout.flags;

import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** One of the answers that a flag can give, made when it is compiled, so that deciding allocates nothing. */
final class Outcome {
    static final int NO_RULE = -1;

    private final @Nullable String variant;
    private final @Nullable Object value;
    private final boolean isOn;
    private final Reason reason;
    private final LongAdder count;
    private final @Nullable EvaluationDetails<?> details;
    // The same for callers who ask for an Integer or a Float.
    private final @Nullable Object narrow;
    private final @Nullable EvaluationDetails<?> narrowDetails;

    /** Of a variant. */
    Outcome(
            String flagKey,
            String variant,
            Object value,
            Reason reason,
            int rule,
            @Nullable ErrorCode error,
            long revision,
            LongAdder count) {
        this.variant = variant;
        this.value = value;
        isOn = Boolean.TRUE.equals(value);
        this.reason = reason;
        this.count = count;
        details = new EvaluationDetails<>(flagKey, value, variant, reason, rule, error, revision, Duration.ZERO);
        narrow = narrow(value);
        narrowDetails = narrow == null
                ? null
                : new EvaluationDetails<>(flagKey, narrow, variant, reason, rule, error, revision, Duration.ZERO);
    }

    /** The caller's default. */
    Outcome(Reason reason, LongAdder count) {
        this.reason = reason;
        this.count = count;
        isOn = false;
        variant = null;
        value = null;
        details = null;
        narrow = null;
        narrowDetails = null;
    }

    private static @Nullable Object narrow(Object value) {
        if (value instanceof Long number && (int) (long) number == number) {
            return (int) (long) number;
        }
        return value instanceof Double number ? (Object) (float) (double) number : null;
    }

    void count() {
        count.increment();
    }

    @Nullable
    String variant() {
        return variant;
    }

    /** {@code null} for the caller's default. */
    @Nullable
    Object value() {
        return value;
    }

    /** Whether the value is {@code true}. */
    boolean isOn() {
        return isOn;
    }

    Reason reason() {
        return reason;
    }

    /** The value, if it has this type. */
    @Nullable
    Object value(Class<?> type) {
        if (value != null && value.getClass() == type) {
            return value;
        }
        return narrow != null && narrow.getClass() == type ? narrow : null;
    }

    /** {@code null} for the caller's default. */
    @Nullable
    EvaluationDetails<?> details() {
        return details;
    }

    /** The details of the value, if it has this type. */
    @Nullable
    EvaluationDetails<?> details(Class<?> type) {
        if (value != null && value.getClass() == type) {
            return details;
        }
        return narrow != null && narrow.getClass() == type ? narrowDetails : null;
    }
}
