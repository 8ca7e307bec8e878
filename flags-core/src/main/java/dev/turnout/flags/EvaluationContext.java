package dev.turnout.flags;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.rule.Condition;
import dev.turnout.flags.rule.Subject;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who or what a flag is asked for: a targeting key and attributes. Immutable.
 *
 * <pre>{@code
 * EvaluationContext.of("user-42").with("country", "DE").with("age", 33)
 * }</pre>
 */
public final class EvaluationContext implements Subject {
    private static final EvaluationContext EMPTY = new EvaluationContext("", Map.of());

    private final String targetingKey;
    private final Map<String, Object> attributes;

    private EvaluationContext(String targetingKey, Map<String, Object> attributes) {
        this.targetingKey = targetingKey;
        this.attributes = attributes;
    }

    /** Of a user, a device, an order: whatever the flag's shares are to be taken of. Blank means nobody in particular. */
    public static EvaluationContext of(String targetingKey) {
        return new EvaluationContext(requireNonNull(targetingKey, "targetingKey"), Map.of());
    }

    /** Nobody in particular: in no cohort by name, and in no share but that of everyone. */
    public static EvaluationContext empty() {
        return EMPTY;
    }

    /** The same with one more attribute. */
    public EvaluationContext with(String attribute, String value) {
        return plus(attribute, requireNonNull(value, attribute));
    }

    /** The same with one more attribute. */
    public EvaluationContext with(String attribute, boolean value) {
        return plus(attribute, value);
    }

    /** The same with one more attribute. */
    public EvaluationContext with(String attribute, long value) {
        return plus(attribute, value);
    }

    /** The same with one more attribute. */
    public EvaluationContext with(String attribute, double value) {
        return plus(attribute, value);
    }

    /** The same with one more attribute. */
    public EvaluationContext with(String attribute, Instant value) {
        return plus(attribute, requireNonNull(value, attribute));
    }

    /** The same with one more attribute, a list. */
    public EvaluationContext with(String attribute, Collection<String> values) {
        return plus(attribute, List.copyOf(values));
    }

    /**
     * The same with more attributes.
     *
     * @throws IllegalArgumentException if one is not text, a boolean, a number, an {@code Instant} or a collection of texts
     */
    public EvaluationContext with(Map<String, ?> more) {
        Map<String, Object> all = new HashMap<>(attributes);
        more.forEach((name, value) -> all.put(name, Subject.canonical(value)));
        return new EvaluationContext(targetingKey, all);
    }

    private EvaluationContext plus(String attribute, Object value) {
        Map<String, Object> more = new HashMap<>(attributes);
        more.put(requireNonNull(attribute, "attribute"), Subject.canonical(value));
        return new EvaluationContext(targetingKey, more);
    }

    @Override
    public String targetingKey() {
        return targetingKey;
    }

    @Override
    public @Nullable Object attribute(String name) {
        Object value = attributes.get(name);
        return value == null && name.equals(Condition.TARGETING_KEY) && !targetingKey.isBlank() ? targetingKey : value;
    }

    @Override
    public String toString() {
        return "context with attributes " + attributes.keySet(); // neither key nor values: they may be a person's
    }
}
