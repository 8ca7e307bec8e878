package dev.turnout.flags.jdbc.verify;

import java.util.Set;
import java.util.stream.Collectors;

/**
 * Some of the parts into which the hashes of the keys divide a range: a key is in the same one on both sides, in whatever order they have their keys.
 *
 * @param of into how many parts, a power of two
 * @param wanted those that are meant, from 0; empty for all
 */
record Buckets(KeyRange range, int of, Set<Integer> wanted) {
    private static final int ROWS_EACH = 256;
    private static final int MOST = 1 << 16;

    /** All of them, each with a few of so many rows. */
    static Buckets all(KeyRange range, long rows) {
        int of = 1;
        while (of < MOST && of < rows / ROWS_EACH) {
            of *= 2;
        }
        return new Buckets(range, of, Set.of());
    }

    Buckets only(Set<Integer> some) {
        return new Buckets(range, of, some);
    }

    /** That of a key. */
    int of(RangeSum keyHash) {
        return Math.floorMod(keyHash.high(), of);
    }

    boolean isWanted(RangeSum keyHash) {
        return wanted.isEmpty() || wanted.contains(of(keyHash));
    }

    /**
     * The expression for {@link #of(RangeSum)}.
     *
     * @param high the first half of the hash of the key, of any sign
     */
    String sql(String high) {
        return "((%1$s %% %2$d) + %2$d) %% %2$d".formatted(high, of);
    }

    /** The condition for {@link #isWanted}. */
    String isWanted(String high) {
        return sql(high) + " IN (" + wanted.stream().map(String::valueOf).collect(Collectors.joining(", ")) + ")";
    }
}
