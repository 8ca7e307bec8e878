package dev.turnout.flags.rule;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The keys of flagd's {@code fractional} since it distinguishes values of different types: it hashes their canonical
 * CBOR, RFC 8949 section 4.2.1. Of all that this can be, a text and an array of two texts.
 */
final class Flagd {
    private static final int TEXT = 3 << 5; // the type of an item is in the three highest bits of its first byte
    private static final byte ARRAY_OF_TWO = (byte) (4 << 5 | 2);
    private static final int LONGEST_HEAD = 5;
    private static final Murmur3 MURMUR = new Murmur3("", 0);

    private Flagd() {}

    static int hashOf(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        return hashOf(withText(ByteBuffer.allocate(LONGEST_HEAD + utf8.length), utf8));
    }

    static int hashOf(String first, String second) {
        byte[] one = first.getBytes(StandardCharsets.UTF_8);
        byte[] two = second.getBytes(StandardCharsets.UTF_8);
        ByteBuffer cbor = ByteBuffer.allocate(1 + 2 * LONGEST_HEAD + one.length + two.length);
        return hashOf(withText(withText(cbor.put(ARRAY_OF_TWO), one), two));
    }

    private static int hashOf(ByteBuffer cbor) {
        byte[] bytes = new byte[cbor.flip().remaining()];
        cbor.get(bytes);
        return MURMUR.hash(bytes);
    }

    /** The length in as few bytes as it takes, as the form is canonical. */
    private static ByteBuffer withText(ByteBuffer cbor, byte[] utf8) {
        int length = utf8.length;
        if (length < 24) {
            cbor.put((byte) (TEXT | length));
        } else if (length < 1 << 8) {
            cbor.put((byte) (TEXT | 24)).put((byte) length);
        } else if (length < 1 << 16) {
            cbor.put((byte) (TEXT | 25)).putShort((short) length);
        } else {
            cbor.put((byte) (TEXT | 26)).putInt(length);
        }
        return cbor.put(utf8);
    }
}
