package dev.turnout.flags;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** A value, and why it came out as it did. Immutable; those of a flag's variants are made once for each change of the flag. */
public final class EvaluationDetails<T> {
    private final String flagKey;
    private final T value;
    private final @Nullable String variant;
    private final Reason reason;
    private final int rule;
    private final @Nullable ErrorCode error;
    private final long revision;
    private final Duration age;

    EvaluationDetails(
            String flagKey,
            T value,
            @Nullable String variant,
            Reason reason,
            int rule,
            @Nullable ErrorCode error,
            long revision,
            Duration age) {
        this.flagKey = flagKey;
        this.value = value;
        this.variant = variant;
        this.reason = reason;
        this.rule = rule;
        this.error = error;
        this.revision = revision;
        this.age = age;
    }

    /** The caller's default. */
    static <T> EvaluationDetails<T> ofDefault(
            String flagKey, T defaultValue, Reason reason, @Nullable ErrorCode error, long revision) {
        return new EvaluationDetails<>(flagKey, defaultValue, null, reason, -1, error, revision, Duration.ZERO);
    }

    EvaluationDetails<T> stale(Duration howOld) {
        Reason told = reason == Reason.ERROR ? reason : Reason.STALE;
        return new EvaluationDetails<>(flagKey, value, variant, told, rule, error, revision, howOld);
    }

    /** What was asked for. */
    public String flagKey() {
        return flagKey;
    }

    /** The flag's value, or the caller's default. */
    public T value() {
        return value;
    }

    /** The name of the variant; empty if the value is the caller's default. */
    public Optional<String> variant() {
        return Optional.ofNullable(variant);
    }

    /** Why. {@link Reason#STALE} takes the place of the other reasons, but for {@link Reason#ERROR}. */
    public Reason reason() {
        return reason;
    }

    /** The index of the rule that decided, from 0; empty if none did. */
    public OptionalInt rule() {
        return rule < 0 ? OptionalInt.empty() : OptionalInt.of(rule);
    }

    /**
     * The revision at which the flag, or a cohort or flag that it refers to, was last changed; without a flag, the revision of the store's
     * state.
     */
    public long revision() {
        return revision;
    }

    /** What was wrong with the question; it may have had an answer all the same. */
    public Optional<ErrorCode> errorCode() {
        return Optional.ofNullable(error);
    }

    /** If the reason is {@link Reason#STALE}: how long ago the store could be read for the last time; otherwise zero. */
    public Duration age() {
        return age;
    }

    @Override
    public String toString() {
        return flagKey + " = " + value + " (" + reason + (error == null ? "" : " " + error)
                + (variant == null ? "" : ", variant " + variant)
                + (rule < 0 ? "" : ", rule " + rule) + ", revision " + revision
                + (age.isZero() ? "" : ", " + age.toSeconds() + " s old") + ")";
    }
}
