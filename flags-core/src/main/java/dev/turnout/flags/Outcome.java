package dev.turnout.flags;

import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * One of the answers that a flag can give, made when it is compiled, so deciding allocates nothing; and the counter of
 * how often it was given, in the same object, as among ten thousand flags each further object would be another miss of
 * the cache. Its details are made at the first call that asks for them. Thread-safe.
 */
final class Outcome extends LongAdder {
    private static final long serialVersionUID = 1;
    static final int NO_RULE = -1;

    private final boolean isOn;
    private final transient @Nullable Object value;
    private final transient String flagKey;
    private final @Nullable String variant;
    private final Reason reason;
    private final int rule;
    private final @Nullable ErrorCode error;
    private final long revision;
    // Made late, and perhaps twice: they are immutable and equal, so it does not matter which of them is seen.
    private transient @Nullable EvaluationDetails<?> details;
    private transient @Nullable EvaluationDetails<?> narrowDetails;

    /**
     * An answer.
     *
     * @param variant {@code null} for the caller's default, which has no value either
     */
    Outcome(
            String flagKey,
            @Nullable String variant,
            @Nullable Object value,
            Reason reason,
            int rule,
            @Nullable ErrorCode error,
            long revision) {
        this.flagKey = flagKey;
        this.variant = variant;
        this.value = value;
        this.reason = reason;
        this.rule = rule;
        this.error = error;
        this.revision = revision;
        isOn = Boolean.TRUE.equals(value);
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

    /** The value, if it has this type; {@code Integer} and {@code Float} are given where nothing is lost, or only digits. */
    @Nullable
    Object value(Class<?> type) {
        if (value != null && value.getClass() == type) {
            return value;
        }
        EvaluationDetails<?> narrow = narrowDetails(type);
        return narrow == null ? null : narrow.value();
    }

    /** The details of the value, if it has this type. */
    @Nullable
    EvaluationDetails<?> details(Class<?> type) {
        return value != null && value.getClass() == type ? details() : narrowDetails(type);
    }

    /** {@code null} for the caller's default. */
    @Nullable
    EvaluationDetails<?> details() {
        EvaluationDetails<?> made = details;
        if (made == null && value != null) {
            made = detailsOf(value);
            details = made;
        }
        return made;
    }

    private @Nullable EvaluationDetails<?> narrowDetails(Class<?> type) {
        if (type != Integer.class && type != Float.class) {
            return null;
        }
        EvaluationDetails<?> made = narrowDetails;
        if (made == null) {
            Object narrow = narrow(value);
            if (narrow == null) {
                return null;
            }
            made = detailsOf(narrow);
            narrowDetails = made;
        }
        return made.value().getClass() == type ? made : null;
    }

    private static @Nullable Object narrow(@Nullable Object value) {
        if (value instanceof Long number && (int) (long) number == number) {
            return (int) (long) number;
        }
        return value instanceof Double number ? (Object) (float) (double) number : null;
    }

    private EvaluationDetails<?> detailsOf(Object told) {
        return new EvaluationDetails<>(flagKey, told, variant, reason, rule, error, revision, Duration.ZERO);
    }
}
