package dev.turnout.flags.rule;

/** The mapping that {@link Bucketing} states, under one salt. Immutable. */
final class OwnParts {
    /** What 2<sup>32</sup> leaves modulo a million: hashes below it would make some parts larger than others. */
    private static final int INCOMPLETE = (int) ((1L << 32) % Bucketing.PARTS);

    private final String prefix;
    private final Murmur3 first;
    private final Murmur3 second;

    OwnParts(String salt) {
        prefix = salt + ":";
        first = new Murmur3(prefix, 0);
        second = new Murmur3(prefix, 1);
    }

    int of(String key) {
        long spread = spread(first.hash(key));
        return isFair(spread) ? part(spread) : ofNextSeeds(key);
    }

    int of(String key, byte[] utf8) {
        long spread = spread(first.hash(utf8));
        return isFair(spread) ? part(spread) : ofNextSeeds(key);
    }

    /** One key in 4,440. */
    private int ofNextSeeds(String key) {
        long spread = spread(second.hash(key));
        for (int seed = 2; !isFair(spread); seed++) {
            spread = spread(new Murmur3(prefix, seed).hash(key)); // one in twenty million
        }
        return part(spread);
    }

    private static long spread(int hash) {
        return (hash & 0xffff_ffffL) * Bucketing.PARTS;
    }

    private static boolean isFair(long spread) {
        return Integer.compareUnsigned((int) spread, INCOMPLETE) >= 0;
    }

    private static int part(long spread) {
        return (int) (spread >>> 32);
    }
}
