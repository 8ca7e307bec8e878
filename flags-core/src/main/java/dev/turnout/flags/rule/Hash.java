package dev.turnout.flags.rule;

import java.util.Locale;
import java.util.function.IntUnaryOperator;
import java.util.function.ToIntFunction;

/**
 * How a key becomes one of a million parts: Turnout's own way, and the ways of other products, for those who move from them and must not
 * move anyone. With such a hash, {@code part < sharePpm} is the answer that the product gave, and shares that follow each other take
 * the keys that its variations took. {@code docs/compatibility.md} states what to write as salt and as share.
 *
 * <p>The names are part of the document format and the mappings part of the library's contract, as those of {@link Bucketing} are.
 *
 * <p>Where a product has fewer than a million steps, a part is the beginning of its step. Then a limit between two steps, which the
 * product reaches by calculating with fractions, is written as the next whole part: 333,334 for a third.
 */
public enum Hash {
    /** Turnout's own, the default; see {@link Bucketing}. Allocates nothing. */
    MURMUR3_32,

    /**
     * Rollouts of Unleash: {@code murmur3_32(salt + ":" + key) mod 100}. The salt is the group id, which is the flag's
     * name unless the strategy names another one. Exact for whole percents, which are all that there are, and keys of
     * ASCII. For others the clients do not agree with each other: this is the hash of their UTF-8 as its author defined
     * it. Allocates nothing.
     */
    UNLEASH,

    /**
     * Variants of Unleash whose weights add up to 1,000, as the server makes them: {@code murmur3_32} with the seed 86,028,157, modulo
     * 1,000. The salt is the group id of the strategy or, for variants of the flag, the flag's name. Exact for all weights of a
     * thousandth and keys of ASCII; weights with another sum need another modulus, so cannot be had. Allocates nothing.
     */
    UNLEASH_VARIANT,

    /** {@link #UNLEASH_VARIANT} for weights that add up to 100, as they did before Unleash counted in thousandths. */
    UNLEASH_VARIANT_100,

    /**
     * Rollouts of FloatRounding where its SDK calculates with 32 bits, as those for Java (up to 7.13) and Go do: the first 60 bits of
     * {@code sha1(salt + "." + key)}. The salt is {@code flagKey.salt}, or the rollout's seed if it has one.
     *
     * <p>Exact for a rollout among two, with weights of 1/100,000. Among more, the SDK's sum of weights may be off by some of the
     * smallest steps of a 32-bit float, which is one key in ten million for each limit. A part leaves room for that: the limit
     * {@code 10 * weights + n} stands for {@code n} such steps, from -5 to 4, beside the weights' sum, and with it up to eight
     * variations are exact. Hence a share that is not a multiple of ten has little meaning otherwise. One key in 33 million is at 1,
     * after all weights: FloatRounding gives it the last variation, be its weight zero, and it is in the last part here.
     *
     * <p>A subject that lacks the attribute that the rollout is by, or has a value there that is neither text nor a
     * whole number, is in the first part.
     */
    LAUNCHDARKLY_32,

    /**
     * Rollouts of FloatRounding where its SDK calculates with 64 bits, as that for Node.js does; otherwise as {@link #LAUNCHDARKLY_32}.
     * Exact for weights of 1/100,000, however many: the sum of weights is off by less than one key in 10<sup>14</sup>. Shares may be
     * as fine as one part.
     */
    LAUNCHDARKLY_64,

    /**
     * {@code fractional} of flagd before it got high precision, as the daemon calculates: the absolute value of the signed
     * {@code murmur3_32(salt + key)} as a fraction of 2<sup>31</sup> - 1. The salt is the flag's key, as flagd itself puts it in front
     * of the targeting key, or what the targeting puts there; it may be empty. Exact if the sum of the weights divides a million,
     * but for three of the 2<sup>32</sup> values of the hash, for which flagd gives no variant: they are in the last part here. With
     * another sum, of one key in a million for each limit it is open on which side it falls. Providers that calculate with 32 bits
     * may already differ from the daemon for one key in ten million.
     */
    FLAGD_1,

    /**
     * {@code fractional} of flagd since it has high precision: {@code murmur3_32(salt + key) * sum >> 32}, with the sum of the weights.
     * The salt is that of {@link #FLAGD_1}. Exact if the sum divides a million. With another sum, of one key in a million for each
     * limit it is open on which side it falls; the next whole part leaves it to the earlier variant.
     */
    FLAGD_2,

    /**
     * {@code fractional} of flagd as its testbed defines it from 3.9.0 on, where it names a value: as {@link #FLAGD_2}, but hashed is the canonical
     * CBOR (RFC 8949) of {@code salt + key}, a text. The salt is what the targeting puts there; it may be empty. Values that are not text are
     * hashed as what they are there, and as their digits here, so a number cannot be had.
     */
    FLAGD_3,

    /** The same where {@code fractional} names no value: hashed is an array of the flag's key, which is the salt, and the targeting key. */
    FLAGD_3_SHORTHAND,

    /**
     * Hash version 1 of GrowthBook: FNV-1a of {@code key + salt}, modulo 1,000. The salt is the experiment's seed, or else its key;
     * for a rollout, the rule's seed, or else the flag's key; for a namespace, two underscores and its name. Exact for all weights and
     * ranges, if a limit is written as the next whole part. A rollout includes its limit, so its share is one part more. The hash is
     * over UTF-16, as in the SDK for JavaScript; others may differ for keys that are not ASCII.
     */
    GROWTHBOOK_1,

    /** Hash version 2 of GrowthBook: FNV-1a of FNV-1a of {@code salt + key}, modulo 10,000. Otherwise as {@link #GROWTHBOOK_1}. */
    GROWTHBOOK_2;

    private static final int UNLEASH_VARIANT_SEED = 86_028_157;

    private final String word = name().toLowerCase(Locale.ROOT);

    /** As documents write it: {@code murmur3_32}, for example. */
    public String word() {
        return word;
    }

    /**
     * Gives the part that a key falls into under this salt, from 0 to 999,999. It does not block; it is thread-safe,
     * and much faster than to ask for it again for each key.
     */
    public ToIntFunction<String> under(String salt) {
        return switch (this) {
            case MURMUR3_32 -> new OwnParts(salt)::of;
            case UNLEASH -> murmur(salt + ":", 0, hash -> step(hash, 100));
            case UNLEASH_VARIANT -> murmur(salt + ":", UNLEASH_VARIANT_SEED, hash -> step(hash, 1_000));
            case UNLEASH_VARIANT_100 -> murmur(salt + ":", UNLEASH_VARIANT_SEED, hash -> step(hash, 100));
            case LAUNCHDARKLY_32 -> key -> FloatRounding.part32(salt + "." + key);
            case LAUNCHDARKLY_64 -> key -> FloatRounding.part64(salt + "." + key);
            case FLAGD_1 -> murmur(salt, 0, Hash::ofMagnitude);
            case FLAGD_2 -> murmur(salt, 0, Hash::ofHash);
            case FLAGD_3 -> key -> ofHash(Flagd.hashOf(salt + key));
            case FLAGD_3_SHORTHAND -> key -> ofHash(Flagd.hashOf(salt, key));
            case GROWTHBOOK_1 -> key -> step(fnv1a(key + salt), 1_000);
            case GROWTHBOOK_2 -> key -> step(fnv1a(Integer.toUnsignedString(fnv1a(salt + key))), 10_000);
        };
    }

    private static ToIntFunction<String> murmur(String prefix, int seed, IntUnaryOperator toPart) {
        Murmur3 murmur = new Murmur3(prefix, seed);
        return key -> toPart.applyAsInt(murmur.hash(key));
    }

    /** Whether a salt must not be empty: in flagd, a targeting may hash nothing but the key. */
    boolean needsSalt() {
        return this != FLAGD_1 && this != FLAGD_2 && this != FLAGD_3;
    }

    /** Whether a subject without a key to hash is in the first part, and not in none; then an empty text is a key as any other. */
    boolean takesNobody() {
        return this == LAUNCHDARKLY_32 || this == LAUNCHDARKLY_64;
    }

    private static int step(int hash, int steps) {
        return Integer.remainderUnsigned(hash, steps) * (Bucketing.PARTS / steps);
    }

    static int ofHash(int hash) {
        return (int) (((hash & 0xffff_ffffL) * Bucketing.PARTS) >>> 32);
    }

    static int ofMagnitude(int hash) {
        long magnitude = Math.abs((long) hash);
        return (int) Math.min(magnitude * Bucketing.PARTS / Integer.MAX_VALUE, Bucketing.PARTS - 1);
    }

    /** FNV-1a by Fowler, Noll and Vo (public domain), over characters instead of bytes. */
    private static int fnv1a(String text) {
        int hash = 0x811c9dc5;
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * 0x01000193;
        }
        return hash;
    }
}
