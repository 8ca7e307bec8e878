package dev.turnout.flags.rule;

/**
 * MurmurHash3 x86_32 by Austin Appleby (public domain), over the UTF-8 bytes of {@code salt + ":" + key}, without making them: the
 * deciding path allocates nothing. A surrogate without its partner counts as '?', as it does in {@link String#getBytes}.
 */
final class Murmur3 {
    private static final int C1 = 0xcc9e2d51;
    private static final int C2 = 0x1b873593;

    private int hash;
    private int block;
    private int length;

    private Murmur3(int seed) {
        hash = seed;
    }

    static int hash(String salt, String key, int seed) {
        Murmur3 murmur = new Murmur3(seed); // does not escape: the compiler keeps it in registers
        murmur.add(salt);
        murmur.add((byte) ':');
        murmur.add(key);
        return murmur.finish();
    }

    private void add(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < 0x80) {
                add((byte) c);
            } else if (c < 0x800) {
                add((byte) (0xc0 | (c >> 6)));
                add((byte) (0x80 | (c & 0x3f)));
            } else if (!Character.isSurrogate(c)) {
                add((byte) (0xe0 | (c >> 12)));
                add((byte) (0x80 | ((c >> 6) & 0x3f)));
                add((byte) (0x80 | (c & 0x3f)));
            } else if (Character.isHighSurrogate(c)
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1))) {
                int point = Character.toCodePoint(c, text.charAt(++i));
                add((byte) (0xf0 | (point >> 18)));
                add((byte) (0x80 | ((point >> 12) & 0x3f)));
                add((byte) (0x80 | ((point >> 6) & 0x3f)));
                add((byte) (0x80 | (point & 0x3f)));
            } else {
                add((byte) '?');
            }
        }
    }

    private void add(byte b) {
        block |= (b & 0xff) << (8 * (length & 3));
        length++;
        if ((length & 3) == 0) {
            mixBlock();
            hash = Integer.rotateLeft(hash, 13) * 5 + 0xe6546b64;
        }
    }

    private void mixBlock() {
        hash ^= Integer.rotateLeft(block * C1, 15) * C2;
        block = 0;
    }

    private int finish() {
        if ((length & 3) != 0) {
            mixBlock();
        }
        int h = hash ^ length;
        h = (h ^ (h >>> 16)) * 0x85ebca6b;
        h = (h ^ (h >>> 13)) * 0xc2b2ae35;
        return h ^ (h >>> 16);
    }
}
