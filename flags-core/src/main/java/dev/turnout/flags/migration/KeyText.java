package dev.turnout.flags.migration;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** How keys become text. Thread-safe. */
final class KeyText {
    // An array, or a class without a toString() of its own, has another text in each process.
    private static final ClassValue<Boolean> HAS_TEXT = new ClassValue<>() {
        @Override
        protected Boolean computeValue(Class<?> type) {
            try {
                return type.getMethod("toString").getDeclaringClass() != Object.class;
            } catch (NoSuchMethodException e) {
                throw new AssertionError("every class has it", e);
            }
        }
    };

    /** What nodes report for keys that are written by their own {@code toString()}. */
    static final String TOLD_BY_DEFAULT = "toString()";

    private static final int MOST_TOLD = 250;

    private KeyText() {}

    /** The text of keys themselves, where the application defines no other. */
    static <K> Function<K, String> byDefault() {
        return KeyText::of;
    }

    private static String of(Object key) {
        check(key);
        return key.toString();
    }

    /**
     * What nodes report to each other: the same where keys are written alike, as far as the samples show. In ASCII,
     * which every store returns unchanged; empty without samples.
     *
     * @throws IllegalArgumentException if these show that keys have no text of their own by it, or are too long
     */
    static <K> String told(Function<K, String> text, List<K> samples) {
        Map<String, K> keys = new LinkedHashMap<>();
        for (K sample : samples) {
            String once = text.apply(sample);
            K other = keys.putIfAbsent(once, sample);
            if (!once.equals(text.apply(sample)) || (other != null && !other.equals(sample))) {
                throw new IllegalArgumentException(
                        "Equal keys must have the same text, and different keys different texts, but sample " + sample
                                + " has '"
                                + once + "'"
                                + (other == null ? ", and the next time another one." : ", as " + other + " has."));
            }
        }
        String told = keys.keySet().stream().map(KeyText::quoted).collect(Collectors.joining(", "));
        if (told.length() > MOST_TOLD) {
            throw new IllegalArgumentException("The texts of the samples must have at most " + MOST_TOLD
                    + " characters together, quotes and commas included, but have " + told.length() + ": " + told
                    + ". Give fewer or shorter ones.");
        }
        return told;
    }

    private static String quoted(String text) {
        return text.chars()
                .mapToObj(c -> c >= ' ' && c <= '~' && c != '\\' && c != '\''
                        ? Character.toString(c)
                        : String.format("\\%04x", c))
                .collect(Collectors.joining("", "'", "'"));
    }

    /**
     * Whether a key can be put into a bucket by its own text.
     *
     * @throws IllegalArgumentException if not: nodes would not agree on which path has the key
     */
    static void check(Object key) {
        if (!HAS_TEXT.get(key.getClass())) {
            throw new IllegalArgumentException(
                    "Keys of " + key.getClass().getName()
                            + " have no toString() of their own, so their text is another one in each process, and nodes would not agree on which path"
                            + " has a key. Give the migration's builder a keyText(...), or the class a toString() that never changes.");
        }
    }
}
