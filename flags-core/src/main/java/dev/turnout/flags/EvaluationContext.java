package dev.turnout.flags;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.rule.Bucketing;
import dev.turnout.flags.rule.Condition;
import dev.turnout.flags.rule.Subject;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
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

    /**
     * Of a user, a device, an order: whatever the flag's shares are to be taken of. Blank means no particular subject.
     */
    public static EvaluationContext of(String targetingKey) {
        requireNonNull(targetingKey, "targetingKey");
        byte[] utf8 = targetingKey.isBlank() ? NO_BYTES : targetingKey.getBytes(StandardCharsets.UTF_8);
        return new EvaluationContext(targetingKey, utf8, NO_ATTRIBUTES, Map.of());
    }

    /** No particular subject: in no cohort by name, and in no share but that of everyone. */
    public static EvaluationContext empty() {
        return EMPTY;
    }

    /** The same with one more attribute; without it if the value is {@code null}. */
    public EvaluationContext with(String attribute, @Nullable String value) {
        return plus(attribute, value);
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

    /** The same with one more attribute; without it if the value is {@code null}. */
    public EvaluationContext with(String attribute, @Nullable Instant value) {
        return plus(attribute, value);
    }

    /** The same with one more attribute, a list; without it if that is {@code null}. A {@code null} in the list is left out. */
    public EvaluationContext with(String attribute, @Nullable Collection<String> values) {
        return plus(attribute, values);
    }

    /**
     * The same with more attributes. Numbers of all classes are compared by value, without rounding. An {@code Optional} is its value, an array of
     * texts is a list; {@code OffsetDateTime} and {@code ZonedDateTime} are moments. An attribute whose value is {@code null}, or an empty {@code
     * Optional}, is absent from the result.
     *
     * @throws IllegalArgumentException if one is not text, a boolean, a number, an {@code Instant} or a collection of texts; the message has its name
     */
    public EvaluationContext with(Map<String, ? extends @Nullable Object> attributes) {
        Map<String, Object> all = attributes();
        attributes.forEach((name, value) -> {
            requireNonNull(name, "The name of an attribute must not be null.");
            Object canonical = Subject.canonical(name, value);
            if (canonical == null) {
                all.remove(name);
            } else {
                all.put(name, canonical);
            }
        });
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

    private EvaluationContext plus(String attribute, @Nullable Object value) {
        requireNonNull(attribute, "The name of an attribute must not be null.");
        Object canonical = Subject.canonical(attribute, value);
        if (canonical == null || few.length == 2 * FEW || attribute(attribute) != null) {
            return with(Collections.singletonMap(attribute, canonical));
        }
        Object[] first = Arrays.copyOf(few, few.length + 2);
        first[few.length] = attribute;
        first[few.length + 1] = canonical;
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
