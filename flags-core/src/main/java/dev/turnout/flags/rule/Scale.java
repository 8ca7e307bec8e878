package dev.turnout.flags.rule;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;

/** How the values of an attribute are ordered for a {@link Condition.Range}. */
public enum Scale {
    /** Numbers: attributes that are numbers, by value. */
    NUMBER("number", "a number such as 18 or 2.5") {
        @Override
        @Nullable
        Object understand(Object value) {
            return value instanceof Number && !(value instanceof Double real && real.isNaN()) ? value : null;
        }

        @Override
        int compare(Object a, Object b) {
            return Numbers.compare((Number) a, (Number) b);
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
    /**
     * Moments in time: attributes that are an {@link Instant}, or text in the form of RFC 3339; also without seconds, as {@code OffsetDateTime} leaves
     * them out where they are zero, and with a zone in brackets after the offset, as {@code ZonedDateTime} writes it.
     */
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

    private static final int LONGEST = 80; // with the longest zone

    private final String word;
    private final String example;

    Scale(String word, String example) {
        this.word = word;
        this.example = example;
    }

    /** As documents write it. */
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
        if (understood == null || (understood instanceof Number number && !Numbers.isWritable(number))) {
            throw new IllegalArgumentException(
                    "The bound of a condition '" + word + "' must be " + example + ", but was '" + bound + "'."
                            + (bound instanceof String || this == NUMBER ? "" : " It needs quotes."));
        }
        return understood;
    }

    private static @Nullable Instant instant(String text) {
        // Far shorter than any text that is none: an exception costs a microsecond.
        if (text.length() < 17 || text.length() > LONGEST || !beginsWithYear(text)) {
            return null;
        }
        try {
            return hasSeconds(text)
                    ? Instant.parse(text)
                    : DateTimeFormatter.ISO_ZONED_DATE_TIME.parse(text, Instant::from);
        } catch (DateTimeException e) {
            return null;
        }
    }

    /** Of four digits, or with a sign before it: so those before year 0 and after 9999 are written. */
    private static boolean beginsWithYear(String text) {
        char first = text.charAt(0);
        return text.charAt(4) == '-' || first == '+' || first == '-';
    }

    /** Whether it is what {@link Instant#parse} reads, which knows more than the other, such as leap seconds, but no zone. */
    private static boolean hasSeconds(String text) {
        int hours = text.indexOf(':');
        return hours >= 0
                && text.length() > hours + 3
                && text.charAt(hours + 3) == ':'
                && text.charAt(text.length() - 1) != ']';
    }
}
