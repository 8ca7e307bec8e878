package dev.turnout.flags;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.rule.Bucketing;
import dev.turnout.flags.rule.Condition;
import dev.turnout.flags.rule.Subject;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
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
    private static final int FEW = 8;
    private static final Object[] NO_ATTRIBUTES = {};
    private static final byte[] NO_BYTES = {};
    private static final EvaluationContext EMPTY = new EvaluationContext("", NO_BYTES, NO_ATTRIBUTES, Map.of());

    private final String targetingKey;
    // Made once, as to go through the characters of a key takes longer than to hash it; empty if the key is blank.
    private final byte[] keyUtf8;
    // Name, value, name, value: the first few attributes are found without the objects that a map has on the way. Those
    // that come after them are in a map, as there is no limit to what a caller may send.
    private final Object[] few;
    private final Map<String, Object> more;

    private EvaluationContext(String targetingKey, byte[] keyUtf8, Object[] few, Map<String, Object> more) {
        this.targetingKey = targetingKey;
        this.keyUtf8 = keyUtf8;
        this.few = few;
        this.more = more;
    }

    /** Of a user, a device, an order: whatever the flag's shares are to be taken of. Blank means nobody in particular. */
    public static EvaluationContext of(String targetingKey) {
        requireNonNull(targetingKey, "targetingKey");
        byte[] utf8 = targetingKey.isBlank() ? NO_BYTES : targetingKey.getBytes(StandardCharsets.UTF_8);
        return new EvaluationContext(targetingKey, utf8, NO_ATTRIBUTES, Map.of());
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
    public EvaluationContext with(Map<String, ?> attributes) {
        Map<String, Object> all = attributes();
        attributes.forEach((name, value) -> all.put(name, Subject.canonical(value)));
        Object[] first = new Object[2 * Math.min(FEW, all.size())];
        Map<String, Object> rest = all.size() > FEW ? new HashMap<>() : Map.of();
        int i = 0;
        for (Map.Entry<String, Object> attribute : all.entrySet()) {
            if (i < first.length) {
                first[i++] = attribute.getKey();
                first[i++] = attribute.getValue();
            } else {
                rest.put(attribute.getKey(), attribute.getValue());
            }
        }
        return new EvaluationContext(targetingKey, keyUtf8, first, rest);
    }

    private EvaluationContext plus(String attribute, Object value) {
        requireNonNull(attribute, "attribute");
        if (few.length == 2 * FEW || attribute(attribute) != null) {
            return with(Map.of(attribute, value));
        }
        Object[] first = Arrays.copyOf(few, few.length + 2);
        first[few.length] = attribute;
        first[few.length + 1] = Subject.canonical(value);
        return new EvaluationContext(targetingKey, keyUtf8, first, more);
    }

    private Map<String, Object> attributes() {
        Map<String, Object> all = new LinkedHashMap<>();
        for (int i = 0; i < few.length; i += 2) {
            all.put((String) few[i], few[i + 1]);
        }
        all.putAll(more);
        return all;
    }

    @Override
    public String targetingKey() {
        return targetingKey;
    }

    @Override
    public int bucket(Bucketing bucketing) {
        return keyUtf8.length == 0 ? NOBODY : bucketing.bucket(targetingKey, keyUtf8);
    }

    @Override
    public @Nullable Object attribute(String name) {
        for (int i = 0; i < few.length; i += 2) {
            if (name.equals(few[i])) {
                return few[i + 1];
            }
        }
        Object value = more.isEmpty() ? null : more.get(name);
        return value == null && name.equals(Condition.TARGETING_KEY) && keyUtf8.length > 0 ? targetingKey : value;
    }

    @Override
    public String toString() {
        return "context with attributes " + attributes().keySet(); // neither key nor values: they may be a person's
    }
}
