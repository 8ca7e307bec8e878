package dev.turnout.flags.rule;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a flag's variants are, in OpenFeature's words. */
public enum FlagType {
    /** Variants are {@code true} and {@code false}. */
    BOOLEAN("true or false") {
        @Override
        @Nullable
        Object understand(Object value) {
            return value instanceof Boolean ? value : null;
        }
    },
    /** Variants are text. */
    STRING("text") {
        @Override
        @Nullable
        Object understand(Object value) {
            return value instanceof String ? value : null;
        }
    },
    /** Variants are whole numbers that fit into a {@code Long}. */
    INTEGER("a whole number") {
        @Override
        @Nullable
        Object understand(Object value) {
            boolean whole = value instanceof Long
                    || value instanceof Integer
                    || value instanceof Short
                    || value instanceof Byte;
            return whole ? (Object) ((Number) value).longValue() : null;
        }
    },
    /** Variants are finite numbers: {@code Double}. */
    FLOAT("a number") {
        @Override
        @Nullable
        Object understand(Object value) {
            return value instanceof Number number && Double.isFinite(number.doubleValue())
                    ? (Object) number.doubleValue()
                    : null;
        }
    },
    /** Variants are JSON objects: unmodifiable maps of text, booleans, {@code Long}, {@code Double}, {@code null}, lists and maps. */
    OBJECT("an object") {
        @Override
        @Nullable
        Object understand(Object value) {
            return value instanceof Map ? json(value, 0) : null;
        }
    };

    private static final int DEEPEST_JSON = 20;

    private final String claim;

    FlagType(String claim) {
        this.claim = claim;
    }

    /** As documents write it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The value in its one form; {@code null} if it is not of this type. */
    abstract @Nullable Object understand(Object value);

    Object checked(String what, Object value) {
        Object understood = understand(value);
        if (understood == null) {
            throw new IllegalArgumentException(what + " must be " + claim + ", but was '" + value + "'.");
        }
        return understood;
    }

    private static @Nullable Object json(@Nullable Object value, int depth) {
        if (depth > DEEPEST_JSON) {
            throw new IllegalArgumentException("An object may be nested " + DEEPEST_JSON + " deep at most.");
        }
        if (value instanceof Map<?, ?> map) {
            Map<String, @Nullable Object> copy = new LinkedHashMap<>();
            map.forEach((name, member) ->
                    copy.put(Keys.checkWhole("A name in an object", String.valueOf(name)), json(member, depth + 1)));
            return Collections.unmodifiableMap(copy);
        }
        if (value instanceof List<?> list) {
            List<@Nullable Object> copy = new ArrayList<>();
            list.forEach(item -> copy.add(json(item, depth + 1)));
            return Collections.unmodifiableList(copy);
        }
        if (value == null || value instanceof String || value instanceof Boolean) {
            return value;
        }
        Object number = INTEGER.understand(value) != null ? INTEGER.understand(value) : FLOAT.understand(value);
        if (number == null) {
            throw new IllegalArgumentException("An object is made of text, booleans, finite numbers, null, lists and"
                    + " objects, but one of its values was a "
                    + value.getClass().getName() + ".");
        }
        return number;
    }
}
