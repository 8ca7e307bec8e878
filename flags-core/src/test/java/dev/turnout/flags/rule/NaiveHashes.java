package dev.turnout.flags.rule;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** The hash functions as their authors describe them, over whole arrays: slow, plain, and sharing nothing with what is tested. */
final class NaiveHashes {
    private NaiveHashes() {}

    static int murmur3(String text, int seed) {
        return murmur3(text.getBytes(StandardCharsets.UTF_8), seed);
    }

    static int murmur3(byte[] data, int seed) {
        int h = seed;
        int blocks = data.length / 4;
        for (int i = 0; i < blocks; i++) {
            h ^= scrambled(word(data, 4 * i, 4));
            h = Integer.rotateLeft(h, 13) * 5 + 0xe6546b64;
        }
        h ^= scrambled(word(data, 4 * blocks, data.length % 4));
        h ^= data.length;
        h = (h ^ (h >>> 16)) * 0x85ebca6b;
        h = (h ^ (h >>> 13)) * 0xc2b2ae35;
        return h ^ (h >>> 16);
    }

    static long unsignedMurmur3(String text, int seed) {
        return Integer.toUnsignedLong(murmur3(text, seed));
    }

    private static int scrambled(int word) {
        return Integer.rotateLeft(word * 0xcc9e2d51, 15) * 0x1b873593;
    }

    private static int word(byte[] data, int from, int length) {
        int word = 0;
        for (int i = length - 1; i >= 0; i--) {
            word = word << 8 | (data[from + i] & 0xff);
        }
        return word;
    }

    /** The first fifteen of the forty hexadecimal digits of the SHA-1, as a number. */
    static long sha1Digits(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.UTF_8));
            return Long.parseLong(
                    String.format("%040x", new BigInteger(1, digest)).substring(0, 15), 16);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    static long fnv1a(String text) {
        long hash = 2_166_136_261L;
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * 16_777_619L % (1L << 32);
        }
        return hash;
    }
}
