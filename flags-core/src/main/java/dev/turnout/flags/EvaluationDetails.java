package dev.turnout.flags;

import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** A value, and why it came out as it did. Immutable. */
public final class EvaluationDetails<T> {
    private final String flagKey;
    private final T value;
    private final Outcome outcome;
    private final long revision;

    EvaluationDetails(String flagKey, T value, Outcome outcome, long revision) {
        this.flagKey = flagKey;
        this.value = value;
        this.outcome = outcome;
        this.revision = revision;
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
        return Optional.ofNullable(outcome.variant());
    }

    /** Why. */
    public Reason reason() {
        return outcome.reason();
    }

    /** The index of the rule that decided, from 0; empty if none did. */
    public OptionalInt rule() {
        return outcome.rule() < 0 ? OptionalInt.empty() : OptionalInt.of(outcome.rule());
    }

    /** The revision of the flag store's state that decided. */
    public long revision() {
        return revision;
    }

    /** What was wrong with the question; it may have had an answer all the same. */
    public Optional<ErrorCode> errorCode() {
        return Optional.ofNullable(outcome.error());
    }

    @Override
    public String toString() {
        @Nullable ErrorCode error = outcome.error();
        return flagKey + " = " + value + " (" + reason() + (error == null ? "" : " " + error)
                + variant().map(name -> ", variant " + name).orElse("")
                + (outcome.rule() < 0 ? "" : ", rule " + outcome.rule()) + ", revision " + revision + ")";
    }
}
