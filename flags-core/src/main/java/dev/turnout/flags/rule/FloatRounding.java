package dev.turnout.flags.rule;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * FloatRounding's place of a text between 0 and 1, as a part. Its SDKs compare that place with sums of {@code weight / 100000}, both
 * rounded, so ten parts begin where the rounded weight does and not where the weight does.
 */
final class FloatRounding {
    private static final int WEIGHTS = 100_000;
    private static final int PARTS_OF_WEIGHT = Bucketing.PARTS / WEIGHTS;

    private FloatRounding() {}

    static int part64(String text) {
        return part64(first60Bits(text) / 0x1p60);
    }

    static int part64(double place) {
        int weight = (int) (place * WEIGHTS); // this product is rounded too, so may be one off
        if (place < weight / (double) WEIGHTS) {
            weight--;
        } else if (place >= (weight + 1) / (double) WEIGHTS) {
            weight++;
        }
        int part = (int) ((place * WEIGHTS - weight) * PARTS_OF_WEIGHT);
        return part(weight, Math.max(0, Math.min(part, PARTS_OF_WEIGHT - 1)));
    }

    static int part32(String text) {
        return part32(first60Bits(text) / 0x1p60f);
    }

    /** Of the ten parts the first four and the last five are one float each, and the fifth is all that is between. */
    static int part32(float place) {
        int weight = (int) ((double) place * WEIGHTS);
        if (place < limit32(weight)) {
            weight--;
        } else if (place >= limit32(weight + 1)) {
            weight++;
        }
        int above = Float.floatToIntBits(place) - Float.floatToIntBits(limit32(weight));
        int below = Float.floatToIntBits(limit32(weight + 1)) - Float.floatToIntBits(place);
        return part(weight, above < 4 ? above : below <= 5 ? PARTS_OF_WEIGHT - below : 4);
    }

    private static float limit32(int weight) {
        return weight / (float) WEIGHTS;
    }

    /** A place may be rounded up to 1, which is after all weights, so belongs to the last. */
    private static int part(int weight, int within) {
        return Math.min(weight * PARTS_OF_WEIGHT + within, Bucketing.PARTS - 1);
    }

    private static long first60Bits(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.UTF_8));
            return ByteBuffer.wrap(digest).getLong() >>> 4;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform must have SHA-1, but this one has not.", e);
        }
    }
}
