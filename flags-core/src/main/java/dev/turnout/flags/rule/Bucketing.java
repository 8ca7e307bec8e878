package dev.turnout.flags.rule;

import static java.util.Objects.requireNonNull;

import java.util.Objects;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Maps a key onto one of a million parts, the same one in every process, for ever: {@code murmur3_32(salt + ":" + key)} over
 * UTF-8, brought to the range without bias, unless another {@link Hash} is asked for. Shares are compared with the part
 * ({@code bucket < sharePpm}), so raising a share only adds keys and lowering it removes the ones added last.
 *
 * <p>The mapping is part of the library's contract. The hash, from 0 to 2<sup>32</sup> - 1, times a million has 64 bits: the upper 32 are
 * the part, unless the lower 32 are below 967,296, which is 2<sup>32</sup> modulo a million (one key in 4,440). Such a key is hashed again with
 * the next seed, beginning with 0; see D. Lemire, <i>Fast Random Integer Generation in an
 * Interval</i>, ACM TOMACS 29 (2019), for why this is exact. Published vectors stand in {@code bucketing-vectors.csv}. Immutable, equal if hash and salt are.
 */
public final class Bucketing {
    /** The number of parts; a share of this many parts per million is everyone. */
    public static final int PARTS = 1_000_000;

    private final Hash hash;
    private final String salt;
    private final ToIntFunction<String> parts;
    private final @Nullable OwnParts ownParts;

    /**
     * With a hash.
     *
     * @param hash Turnout's own, or that of the product which decided before
     * @param salt not blank, unless the hash knows keys without one; keys fall independently under different salts
     */
    public Bucketing(Hash hash, String salt) {
        this.hash = requireNonNull(hash, "hash");
        this.salt = requireNonNull(salt, "salt");
        if (salt.isBlank() && hash.needsSalt()) {
            throw new IllegalArgumentException(
                    "A salt must not be blank: it keeps the shares of two flags independent.");
        }
        parts = hash.under(salt);
        ownParts = hash == Hash.MURMUR3_32 ? new OwnParts(salt) : null;
    }

    /** Turnout's own mapping, under this salt. */
    public Bucketing(String salt) {
        this(Hash.MURMUR3_32, salt);
    }

    /** Turnout's own, or that of the product which decided before. */
    public Hash hash() {
        return hash;
    }

    /** Keys fall independently under different ones. */
    public String salt() {
        return salt;
    }

    /**
     * The part that {@code key} falls into. Does not block; with Turnout's own hash it does not allocate.
     *
     * @return from 0 to 999,999
     */
    public int bucket(String key) {
        return parts.applyAsInt(key);
    }

    /**
     * The same of a key whose bytes are at hand, in about half the time with Turnout's own hash.
     *
     * @param utf8 {@code key.getBytes(UTF_8)}; not checked
     */
    public int bucket(String key, byte[] utf8) {
        return ownParts == null ? parts.applyAsInt(key) : ownParts.of(key, utf8);
    }

    /** Of an attribute's value, {@code null} if there is none that can be hashed; see {@link Subject#bucket(Bucketing, String)}. */
    int bucketOrNobody(@Nullable String key) {
        if (hash.takesNobody()) {
            return key == null ? 0 : bucket(key);
        }
        return key == null || key.isBlank() ? Subject.NOBODY : bucket(key);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Bucketing that && hash == that.hash && salt.equals(that.salt);
    }

    @Override
    public int hashCode() {
        return Objects.hash(hash, salt);
    }

    @Override
    public String toString() {
        return hash.word() + " with salt '" + salt + "'";
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
