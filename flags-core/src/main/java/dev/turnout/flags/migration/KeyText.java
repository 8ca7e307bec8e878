package dev.turnout.flags.migration;

import java.util.function.Function;

/** How keys become text. Thread-safe. */
final class KeyText {
    // An array, or a class that does not say what its text is, has one that is another in each process.
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

    private KeyText() {}

    /** What keys say of themselves, where the application says nothing else. */
    static <K> Function<K, String> byDefault() {
        return KeyText::of;
    }

    private static String of(Object key) {
        check(key);
        return key.toString();
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
