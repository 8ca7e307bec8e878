package dev.turnout.flags.rule;

import java.math.BigInteger;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Who or what a rule is asked about: a key and its attributes. */
public interface Subject {
    /** Instead of a part: a subject without a key is in no share. */
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
     * The value of an attribute in the form that {@link #canonical(Object)} gives it. {@link Condition#TARGETING_KEY} is the targeting key.
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
     * The part that an attribute's value falls into: text, or a whole number as it is written in digits, whatever class it came in.
     *
     * @param attribute the attribute's name; {@link Condition#TARGETING_KEY} for the targeting key
     * @return from 0 to 999,999; {@link #NOBODY} if the value is missing, blank, or neither text nor a whole number, unless the hash is of a product
     *     that puts such a subject into a part
     */
    default int bucket(Bucketing bucketing, String attribute) {
        Object value = attribute(attribute);
        if (value instanceof String text) {
            return bucketing.bucketOrNobody(text);
        }
        boolean whole = value instanceof Long || value instanceof BigInteger;
        return bucketing.bucketOrNobody(whole ? String.valueOf(value) : null);
    }

    /**
     * Brings a value to the one form in which values of attributes are compared, by value and without rounding: whole numbers are {@code
     * Long}, or {@code BigInteger} where that is too small, however they were written; others are {@code Double}, or {@code BigDecimal} if they have
     * more digits. An {@code Optional} is its value, an array of texts is a list, and dates with an offset or a zone are an {@code Instant}.
     *
     * @throws IllegalArgumentException if it is not text, a boolean, a number, a moment or a collection of texts
     */
    static Object canonical(Object value) {
        Object canonical = canonical(null, value, value);
        if (canonical == null) {
            throw refused(null, value);
        }
        return canonical;
    }

    /**
     * The same of an attribute that a caller sets, whose value may be missing.
     *
     * @param attribute the attribute's name, for the message
     * @return {@code null} if the value is {@code null} or an empty {@code Optional}
     * @throws IllegalArgumentException if it is not text, a boolean, a number, a moment or a collection of texts
     */
    static @Nullable Object canonical(String attribute, @Nullable Object value) {
        return canonical(attribute, value, value);
    }

    private static @Nullable Object canonical(
            @Nullable String attribute, @Nullable Object value, @Nullable Object given) {
        if (value == null
                || value instanceof String
                || value instanceof Boolean
                || value instanceof Long
                || value instanceof Instant) {
            return value;
        }
        if (value instanceof Number number) {
            return Numbers.canonical(number);
        }
        if (value instanceof Collection<?> list) {
            return texts(attribute, list, given);
        }
        if (value instanceof Object[] array) {
            return texts(attribute, Arrays.asList(array), given);
        }
        if (value instanceof Optional<?> optional) {
            return canonical(attribute, optional.orElse(null), given);
        }
        if (value instanceof OffsetDateTime moment) {
            return moment.toInstant();
        }
        if (value instanceof ZonedDateTime moment) {
            return moment.toInstant();
        }
        throw refused(attribute, given);
    }

    /** Without those that are missing. */
    private static List<Object> texts(@Nullable String attribute, Collection<?> list, @Nullable Object given) {
        List<Object> texts = new ArrayList<>(list.size());
        for (Object text : list) {
            if (text instanceof String) {
                texts.add(text);
            } else if (text != null) {
                throw refused(attribute, given);
            }
        }
        return Collections.unmodifiableList(texts);
    }

    private static IllegalArgumentException refused(@Nullable String attribute, @Nullable Object given) {
        return new IllegalArgumentException("The value of "
                + (attribute == null ? "an attribute" : "attribute '" + attribute + "'")
                + " must be text, a boolean, a number, an Instant or a collection of texts, but was "
                + (given == null ? "null" : "a " + given.getClass().getTypeName()) + ".");
    }
}
