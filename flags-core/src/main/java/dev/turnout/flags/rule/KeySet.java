package dev.turnout.flags.rule;

import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Many keys to be looked up, with open addressing: in a {@code HashSet}, each key has an object more on the way to it, which among a hundred
 * thousand of them is a miss of the cache. Immutable.
 */
final class KeySet {
    private static final int LONGEST_SEARCH = 32;

    // The key at place i has the hash hashes[i]. A key stands at the place that its hash gives or, if that is taken, at
    // one of the next.
    private final int[] hashes;
    private final @Nullable String[] keys;
    private final int shift;
    // What would stand too far off: keys whose hashes are alike, of which the author of a document can find any number.
    private final Set<String> crowded = new HashSet<>();

    KeySet(Set<String> all) {
        int bits = Math.max(3, 33 - Integer.numberOfLeadingZeros(all.size())); // between a quarter and half full
        hashes = new int[1 << bits];
        keys = new String[1 << bits];
        shift = 32 - bits;
        all.forEach(this::put);
    }

    /** The place where a search begins: the upper bits of a product, as hashes of similar keys differ in the lower ones only. */
    private int place(int hash) {
        return (hash * 0x9e3779b9) >>> shift;
    }

    private void put(String key) {
        int hash = key.hashCode();
        for (int i = 0; i < LONGEST_SEARCH; i++) {
            int place = (place(hash) + i) & (keys.length - 1);
            if (keys[place] == null) {
                hashes[place] = hash;
                keys[place] = key;
                return;
            }
        }
        crowded.add(key);
    }

    boolean contains(String key) {
        int hash = key.hashCode();
        int place = place(hash);
        for (int i = 0; i < LONGEST_SEARCH; i++) {
            if (hashes[place] == hash && key.equals(keys[place])) {
                return true;
            }
            if (hashes[place] == 0 && keys[place] == null) {
                return false;
            }
            place = (place + 1) & (keys.length - 1);
        }
        return crowded.contains(key);
    }
}
