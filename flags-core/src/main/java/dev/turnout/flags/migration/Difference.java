package dev.turnout.flags.migration;

import java.util.List;

/**
 * A key on which the two paths were seen to differ, again after a delay. Holds only the values that the caller has
 * allowed.
 *
 * @param key which
 * @param kind how
 * @param fields where both have the record and it is known which fields differ, these; otherwise empty
 */
public record Difference<K>(K key, Kind kind, List<Field> fields) {
    /** How two paths can differ on a key. */
    public enum Kind {
        /** The authority has it, the mirror does not. */
        MISSING,
        /** The mirror has it, the authority does not. */
        EXTRA,
        /** Both have it, with different contents. */
        DIFFERENT,
        /**
         * They differ, and the mirror has the later version: another writer wrote to it alone. Never repaired before an
         * operator has looked at it.
         */
        NEWER_ON_MIRROR,
        /** The authority has it, but the mapping fails on it, so it is unknown what the mirror should have. */
        NOT_TRANSFORMABLE
    }

    /**
     * A field that differs.
     *
     * @param authority the value, or a hash of it with a key that is not kept: equal hashes of one run are equal values
     * @param mirror the same of the other path
     */
    public record Field(String name, String authority, String mirror) {}

    /** Copies. */
    public Difference {
        fields = List.copyOf(fields);
    }

    /** Of which no more is known. */
    public Difference(K key, Kind kind) {
        this(key, kind, List.of());
    }
}
