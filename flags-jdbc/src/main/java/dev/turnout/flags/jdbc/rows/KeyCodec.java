package dev.turnout.flags.jdbc.rows;

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
