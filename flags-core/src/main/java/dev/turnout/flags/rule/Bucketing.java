package dev.turnout.flags.rule;

import static java.util.Objects.requireNonNull;

/**
 * Maps a key onto one of a million parts, the same one in every process, for ever: {@code murmur3_32(salt + ":" + key)} over
 * UTF-8, brought to the range without bias. Shares are compared with the part ({@code bucket < sharePpm}), so raising a share only
 * adds keys and lowering it removes the ones added last.
 *
 * <p>The mapping is part of the library's contract. The hash, from 0 to 2<sup>32</sup> - 1, times a million has 64 bits: the upper 32 are
 * the part, unless the lower 32 are below 967,296, which is 2<sup>32</sup> modulo a million (one key in 4,440). Such a key is hashed again with
 * the next seed, beginning with 0; see D. Lemire, <i>Fast Random Integer Generation in an
 * Interval</i>, ACM TOMACS 29 (2019), for why this is exact. Published vectors stand in {@code bucketing-vectors.csv}.
 *
 * @param salt not blank; keys fall independently under different salts
 */
public record Bucketing(String salt) {
    /** The number of parts; a share of this many parts per million is everyone. */
    public static final int PARTS = 1_000_000;

    /** The name under which documents state this mapping; another mapping gets another name. */
    public static final String HASH = "murmur3_32";

    private static final int INCOMPLETE = (int) ((1L << 32) % PARTS);

    /** Checks the salt. */
    public Bucketing {
        requireNonNull(salt, "salt");
        if (salt.isBlank()) {
            throw new IllegalArgumentException(
                    "A salt must not be blank: it keeps the shares of two flags independent.");
        }
    }

    /**
     * The part that {@code key} falls into. Does not block.
     *
     * @return from 0 to 999,999
     */
    public int bucket(String key) {
        for (int seed = 0; ; seed++) {
            long spread = (Murmur3.hash(salt, key, seed) & 0xffff_ffffL) * PARTS;
            if (Integer.compareUnsigned((int) spread, INCOMPLETE) >= 0) {
                return (int) (spread >>> 32);
            }
        }
    }

    /**
     * Checks a share.
     *
     * @return {@code sharePpm}, which fits into an int
     * @throws IllegalArgumentException if it is not from 0 to 1,000,000
     */
    public static int checkShare(long sharePpm) {
        if (sharePpm < 0 || sharePpm > PARTS) {
            throw new IllegalArgumentException("A share must be from 0 to 1000000 parts per million, but was "
                    + sharePpm + ". Twelve percent is 120000.");
        }
        return (int) sharePpm;
    }
}
