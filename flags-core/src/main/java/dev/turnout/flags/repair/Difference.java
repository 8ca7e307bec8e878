package dev.turnout.flags.repair;

/**
 * A key on which the two paths were seen to differ, again after a delay. Holds no values.
 *
 * @param key which
 * @param kind how
 */
public record Difference<K>(K key, Kind kind) {
    /** How two paths can differ on a key. */
    public enum Kind {
        /** The authority has it, the mirror does not. */
        MISSING,
        /** The mirror has it, the authority does not. */
        EXTRA,
        /** Both have it, with different contents. */
        DIFFERENT
    }
}
