package dev.turnout.flags.rule;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who or what a rule is asked about: a key and its attributes. */
public interface Subject {
    /** Instead of a part: whoever has no key is in no share. */
    int NOBODY = -1;

    /** The key that cohorts list and shares are taken of; empty if there is none. */
    String targetingKey();

    /**
     * The part that the targeting key falls into; a subject that is asked often may know the key's bytes already.
     *
     * @return from 0 to 999,999; {@link #NOBODY} if the key is blank
     */
    default int bucket(Bucketing bucketing) {
        return targetingKey().isBlank() ? NOBODY : bucketing.bucket(targetingKey());
    }

    /**
     * The value of an attribute: a {@code String}, {@code Boolean}, {@code Long}, {@code Instant}, a list of {@code String}, or a
     * {@code Double} that is not a whole number. {@link Condition#TARGETING_KEY} is the targeting key.
     *
     * @return {@code null} if the subject does not have it
     */
    @Nullable
    Object attribute(String name);

    /** A subject that is only a key. */
    static Subject ofKey(String key) {
        return new Subject() {
            @Override
            public String targetingKey() {
                return key;
            }

            @Override
            public @Nullable Object attribute(String name) {
                return name.equals(Condition.TARGETING_KEY) && !key.isBlank() ? key : null;
            }
        };
    }

    /**
     * Brings a value to the one form in which values of attributes are compared: whole numbers are {@code Long}, however they were
     * written.
     *
     * @throws IllegalArgumentException if it is not text, a boolean, a number, an {@code Instant} or a collection of texts
     */
    static Object canonical(Object value) {
        if (value instanceof String || value instanceof Boolean || value instanceof Long || value instanceof Instant) {
            return value;
        }
        if (value instanceof Collection<?> list && list.stream().allMatch(String.class::isInstance)) {
            return List.copyOf(list);
        }
        if (value instanceof Integer || value instanceof Short || value instanceof Byte) {
            return ((Number) value).longValue();
        }
        if (value instanceof Number number) {
            double real = number.doubleValue();
            // Whole doubles beyond 2^53 are not exact, and stay what they are.
            return real == Math.rint(real) && Math.abs(real) <= 0x1p53 ? (Object) (long) real : (Object) real;
        }
        throw new IllegalArgumentException(
                "The value of an attribute must be text, a boolean, a number, an Instant or a"
                        + " collection of texts, but was a "
                        + value.getClass().getName() + ".");
    }
}
