package dev.turnout.flags.rule;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import org.jspecify.annotations.Nullable;

/** How the values of an attribute are ordered for a {@link Condition.Range}. */
public enum Scale {
    /** Numbers: attributes that are numbers, by value. */
    NUMBER("number", "a number such as 18 or 2.5") {
        @Override
        @Nullable
        Object understand(Object value) {
            return value instanceof Long || (value instanceof Double real && !real.isNaN()) ? value : null;
        }

        @Override
        int compare(Object a, Object b) {
            if (a instanceof Long x && b instanceof Long y) {
                return Long.compare(x, y);
            }
            return compareMixed((Number) a, (Number) b);
        }
    },
    /** Semantic versions, as semver.org orders them: attributes that are text. {@code 2.1} is short for {@code 2.1.0}. */
    SEMVER("semver", "a semantic version such as 2.1.0") {
        @Override
        @Nullable
        Object understand(Object value) {
            return value instanceof String text && Semver.isValid(text) ? text : null;
        }

        @Override
        int compare(Object a, Object b) {
            return Semver.compare((String) a, (String) b);
        }
    },
    /** Moments in time: attributes that are an {@link Instant}, or text in the form of RFC 3339. */
    DATE("date", "a date with time and offset such as 2026-12-01T08:00:00Z") {
        @Override
        @Nullable
        Object understand(Object value) {
            if (value instanceof Instant) {
                return value;
            }
            return value instanceof String text ? instant(text) : null;
        }

        @Override
        int compare(Object a, Object b) {
            return ((Instant) a).compareTo((Instant) b);
        }
    };

    private final String word;
    private final String example;

    Scale(String word, String example) {
        this.word = word;
        this.example = example;
    }

    /** As documents say it. */
    public String word() {
        return word;
    }

    String example() {
        return example;
    }

    /** The value in the form that {@link #compare} takes; {@code null} if it is none of this scale. */
    abstract @Nullable Object understand(Object value);

    abstract int compare(Object a, Object b);

    Object checked(Object bound) {
        Object canonical = bound instanceof Instant ? bound : Subject.canonical(bound);
        Object understood = understand(canonical);
        if (understood == null || (understood instanceof Double real && real.isInfinite())) {
            throw new IllegalArgumentException(
                    "The bound of a condition '" + word + "' must be " + example + ", but was '" + bound + "'.");
        }
        return understood;
    }

    /** A long and a double, exactly: as doubles alone, neighbours beyond 2^53 would be equal. */
    private static int compareMixed(Number a, Number b) {
        if (a instanceof Long && b instanceof Double) {
            return -compareMixed(b, a);
        }
        double x = a.doubleValue();
        if (b instanceof Double y) {
            return x == y ? 0 : Double.compare(x, y); // -0 is 0
        }
        if (x >= 0x1p63 || x < -0x1p63) {
            return x > 0 ? 1 : -1;
        }
        int order = Long.compare((long) x, b.longValue());
        double rest = x - (long) x;
        return order != 0 || rest == 0 ? order : Double.compare(rest, 0);
    }

    private static @Nullable Instant instant(String text) {
        // Far shorter than any text that is none: an exception costs a microsecond.
        if (text.length() < 17 || text.length() > 40 || !beginsWithYear(text)) {
            return null;
        }
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException e) {
            return null;
        }
    }

    /** Of four digits, or with a sign before it: so those before year 0 and after 9999 are written. */
    private static boolean beginsWithYear(String text) {
        char first = text.charAt(0);
        return text.charAt(4) == '-' || first == '+' || first == '-';
    }
}
