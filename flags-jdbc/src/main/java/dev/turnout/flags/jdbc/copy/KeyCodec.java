package dev.turnout.flags.jdbc.copy;

/**
 * The order of the keys, which both databases must share, and their text form. An order that differs from the database's is noticed and
 * refused, as rows would be skipped otherwise.
 */
public interface KeyCodec<K> {
    /** Negative if {@code one} comes before {@code other}, 0 only if they are the same key. */
    int compare(K one, K other);

    /** As it is kept with the progress of a backfill. */
    String toText(K key);

    /** The key of a text that {@link #toText} made. */
    K fromText(String text);

    /**
     * The text of a key, if the same key is read from it again.
     *
     * @throws IllegalArgumentException if another key is, or none: who goes on by the text would not find this key's record
     */
    default String canonicalText(K key) {
        String text = toText(key);
        String problem;
        try {
            K read = fromText(text);
            String again = toText(read);
            if (again.equals(text) && compare(read, key) == 0) {
                return text;
            }
            problem = "is read as another key, with the text '" + again + "'";
        } catch (RuntimeException e) {
            problem = "can't be read: " + e.getMessage();
        }
        throw new IllegalArgumentException(
                "Key " + key + " is written as '" + text + "', and that " + problem
                        + ". A KeyCodec must read each text as the key that it was written for: mend it, or keys in such a form.");
    }

    /** Integers in their own order. */
    static KeyCodec<Long> longs() {
        return LongKeys.INSTANCE;
    }

    /**
     * Text in the order of its code points, which is that of its bytes in UTF-8: in PostgreSQL {@code ORDER BY key COLLATE "C"}. (H2's own order
     * differs from it where characters beyond the basic plane meet the last of that plane; that is noticed.)
     */
    static KeyCodec<String> strings() {
        return StringKeys.INSTANCE;
    }
}
