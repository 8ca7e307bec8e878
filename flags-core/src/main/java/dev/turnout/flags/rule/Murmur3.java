package dev.turnout.flags.rule;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * MurmurHash3 x86_32 by Austin Appleby (public domain), over the UTF-8 bytes of a prefix, which is hashed beforehand, and a text, without
 * making its bytes: nothing is allocated. A surrogate without its partner counts as '?', as it does in {@link String#getBytes}. Immutable.
 */
final class Murmur3 {
    private static final VarHandle FOUR = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int C1 = 0xcc9e2d51;
    private static final int C2 = 0x1b873593;

    // The state after the prefix: fewer than four bytes are pending, the earliest lowest.
    private final int prefixHash;
    private final int prefixPending;
    private final int prefixLength;

    Murmur3(String prefix, int seed) {
        byte[] bytes = prefix.getBytes(StandardCharsets.UTF_8);
        int hash = seed;
        int pending = 0;
        for (int i = 0; i < bytes.length; i++) {
            pending |= (bytes[i] & 0xff) << (8 * (i & 3));
            if ((i & 3) == 3) {
                hash = mixed(hash, pending);
                pending = 0;
            }
        }
        prefixHash = hash;
        prefixPending = pending;
        prefixLength = bytes.length;
    }

    /** Of the prefix and the text. One method with its state in locals, as an object would have to be optimised away first. */
    int hash(String text) {
        int hash = prefixHash;
        long pending = prefixPending;
        int pendingBits = 8 * (prefixLength & 3);
        int length = prefixLength;
        int end = text.length();
        int i = 0;
        while (i < end) {
            for (int four; i + 4 <= end && (four = fourAscii(text, i)) >= 0; i += 4) {
                pending |= (long) four << pendingBits;
                hash = mixed(hash, (int) pending);
                pending >>>= 32;
                length += 4;
            }
            if (i < end) {
                int point = text.charAt(i);
                int count = 1;
                if (point >= 0x80) {
                    point = whole(text.codePointAt(i));
                    count = utf8Length(point);
                }
                i += count == 4 ? 2 : 1;
                pending |= (utf8(point, count) & 0xffff_ffffL) << pendingBits;
                pendingBits += 8 * count;
                length += count;
                if (pendingBits >= 32) {
                    hash = mixed(hash, (int) pending);
                    pending >>>= 32;
                    pendingBits -= 32;
                }
            }
        }
        return finished(hash ^ scrambled((int) pending) ^ length);
    }

    /** Of the prefix and a text in UTF-8. */
    int hash(byte[] utf8) {
        int hash = prefixHash;
        long pending = prefixPending;
        int pendingBits = 8 * (prefixLength & 3);
        int i = 0;
        for (; i + 4 <= utf8.length; i += 4) {
            pending |= ((int) FOUR.get(utf8, i) & 0xffff_ffffL) << pendingBits;
            hash = mixed(hash, (int) pending);
            pending >>>= 32;
        }
        for (; i < utf8.length; i++) { // at most three, so eight bytes hold them and what is pending
            pending |= (utf8[i] & 0xffL) << pendingBits;
            pendingBits += 8;
        }
        if (pendingBits >= 32) {
            hash = mixed(hash, (int) pending);
            pending >>>= 32;
        }
        return finished(hash ^ scrambled((int) pending) ^ (prefixLength + utf8.length));
    }

    /** Four characters as four bytes, the first one lowest; negative unless all are ASCII. */
    private static int fourAscii(String text, int i) {
        int a = text.charAt(i);
        int b = text.charAt(i + 1);
        int c = text.charAt(i + 2);
        int d = text.charAt(i + 3);
        return (a | b | c | d) < 0x80 ? a | (b << 8) | (c << 16) | (d << 24) : -1;
    }

    private static int whole(int point) {
        return point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE ? '?' : point;
    }

    private static int utf8Length(int point) {
        return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    }

    /** The bytes of a code point, the first one lowest. */
    private static int utf8(int point, int count) {
        return switch (count) {
            case 1 -> point;
            case 2 -> 0xc0 | (point >> 6) | (following(point) << 8);
            case 3 -> 0xe0 | (point >> 12) | (following(point >> 6) << 8) | (following(point) << 16);
            default ->
                0xf0
                        | (point >> 18)
                        | (following(point >> 12) << 8)
                        | (following(point >> 6) << 16)
                        | (following(point) << 24);
        };
    }

    private static int following(int bits) {
        return 0x80 | (bits & 0x3f);
    }

    private static int mixed(int hash, int block) {
        return Integer.rotateLeft(hash ^ scrambled(block), 13) * 5 + 0xe6546b64;
    }

    private static int scrambled(int block) {
        return Integer.rotateLeft(block * C1, 15) * C2;
    }

    private static int finished(int h) {
        h = (h ^ (h >>> 16)) * 0x85ebca6b;
        h = (h ^ (h >>> 13)) * 0xc2b2ae35;
        return h ^ (h >>> 16);
    }
}
