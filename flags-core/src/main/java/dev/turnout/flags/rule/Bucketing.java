package dev.turnout.flags.rule;

import static java.util.Objects.requireNonNull;

/**
 * Maps a key onto one of a million parts, the same one in every process, for ever: {@code murmur3_32(salt + ":" + key)} over
 * UTF-8, brought to the range without bias, unless another {@link Hash} is asked for. Shares are compared with the part
 * ({@code bucket < sharePpm}), so raising a share only adds keys and lowering it removes the ones added last.
 *
 * <p>The mapping is part of the library's contract. The hash, from 0 to 2<sup>32</sup> - 1, times a million has 64 bits: the upper 32 are
 * the part, unless the lower 32 are below 967,296, which is 2<sup>32</sup> modulo a million (one key in 4,440). Such a key is hashed again with
 * the next seed, beginning with 0; see D. Lemire, <i>Fast Random Integer Generation in an
 * Interval</i>, ACM TOMACS 29 (2019), for why this is exact. Published vectors stand in {@code bucketing-vectors.csv}.
 *
 * @param hash Turnout's own, or that of the product which decided before
 * @param salt not blank, unless the hash knows keys without one; keys fall independently under different salts
 */
public record Bucketing(Hash hash, String salt) {
    /** The number of parts; a share of this many parts per million is everyone. */
    public static final int PARTS = 1_000_000;

    /** Checks the salt. */
    public Bucketing {
        requireNonNull(hash, "hash");
        requireNonNull(salt, "salt");
        if (salt.isBlank() && hash.needsSalt()) {
            throw new IllegalArgumentException(
                    "A salt must not be blank: it keeps the shares of two flags independent.");
        }
    }

    /** Turnout's own mapping, under this salt. */
    public Bucketing(String salt) {
        this(Hash.MURMUR3_32, salt);
    }

    /**
     * The part that {@code key} falls into. Does not block.
     *
     * @return from 0 to 999,999
     */
    public int bucket(String key) {
        return hash.part(salt, key);
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
