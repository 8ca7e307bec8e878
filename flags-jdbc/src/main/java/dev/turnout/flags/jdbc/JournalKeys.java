package dev.turnout.flags.jdbc;

import dev.turnout.flags.jdbc.JdbcJournal.JournalException;
import dev.turnout.flags.jdbc.rows.KeyCodec;

/** Keys as a journal's tables have them. */
record JournalKeys<K>(KeyCodec<K> codec) {
    static final int LONGEST = 500; // of the columns

    /** @throws JournalException if the key does not fit */
    String text(K key) {
        String text = codec.toText(key);
        if (text.length() > LONGEST) {
            throw new JournalException(
                    "A key of " + text.length() + " characters does not fit into the journal, which keeps " + LONGEST
                            + ". Give the journal a KeyCodec with shorter texts.");
        }
        return text;
    }

    K key(String text) {
        return codec.fromText(text);
    }
}
