package dev.turnout.flags;

import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Flags by key, with open addressing: a flag is found with one object less on the way than in a {@code HashMap}, and among ten thousand
 * flags each object on the way is a miss of the cache. Immutable.
 */
final class FlagTable {
    static final FlagTable EMPTY = FlagTable.of(List.of());

    private static final int LONGEST_SEARCH = 32;

    // The flag at place i has the hash hashes[i]. A flag stands at the place that its hash gives or, if that is taken,
    // at one of the next.
    private final int[] hashes;
    private final @Nullable String[] keys;
    private final @Nullable CompiledFlag[] flags;
    // The answers of flags that always give the same one: these are decided without even looking at the flag.
    private final @Nullable Outcome[] fixed;
    private final int shift;
    // What would stand too far off: keys whose hashes are alike, of which the author of a document can find any number.
    private final Map<String, CompiledFlag> crowded = new HashMap<>();

    private FlagTable(int size) {
        int bits = Math.max(3, 33 - Integer.numberOfLeadingZeros(size)); // between a quarter and half full
        hashes = new int[1 << bits];
        keys = new String[1 << bits];
        flags = new CompiledFlag[1 << bits];
        fixed = new Outcome[1 << bits];
        shift = 32 - bits;
    }

    static FlagTable of(Collection<CompiledFlag> all) {
        FlagTable table = new FlagTable(all.size());
        all.forEach(table::put);
        return table;
    }

    /** The place where a search begins: the upper bits of a product, as hashes of similar keys differ in the lower ones only. */
    private int place(int hash) {
        return (hash * 0x9e3779b9) >>> shift;
    }

    private void put(CompiledFlag flag) {
        int hash = flag.key().hashCode();
        for (int i = 0; i < LONGEST_SEARCH; i++) {
            int place = (place(hash) + i) & (flags.length - 1);
            if (flags[place] == null) {
                hashes[place] = hash;
                keys[place] = flag.key();
                flags[place] = flag;
                fixed[place] = flag.fixed();
                return;
            }
        }
        crowded.put(flag.key(), flag);
    }

    /** {@code null} if there is none, also for the key {@code null}. */
    @Nullable
    CompiledFlag get(@Nullable String key) {
        int place = find(key);
        return place >= 0 ? flags[place] : crowded.isEmpty() ? null : crowded.get(key);
    }

    /** Where {@link #fixedAt} and {@link #flagAt} have the flag; negative if neither has: ask {@link #get}. */
    int find(@Nullable String key) {
        if (key == null) {
            return -1;
        }
        int hash = key.hashCode();
        int place = place(hash);
        for (int i = 0; i < LONGEST_SEARCH; i++) {
            if (hashes[place] == hash && key.equals(keys[place])) {
                return place;
            }
            if (hashes[place] == 0 && keys[place] == null) {
                return -1;
            }
            place = (place + 1) & (keys.length - 1);
        }
        return -1;
    }

    /** The only answer of the flag at a place that was found; {@code null} if it can give others. */
    @Nullable
    Outcome fixedAt(int place) {
        return fixed[place];
    }

    /** The flag at a place that was found. */
    @Nullable
    CompiledFlag flagAt(int place) {
        return flags[place];
    }

    /** All of them, in no order. */
    Stream<CompiledFlag> stream() {
        return Stream.concat(Arrays.stream(flags).filter(Objects::nonNull), crowded.values().stream());
    }

    /** The keys of the flags that one of two tables has and the other has not, or not the same. */
    @SuppressWarnings("ReferenceEquality") // what has not changed was taken over
    Set<String> changedSince(FlagTable before) {
        Set<String> changed = new HashSet<>();
        if (before != this) {
            stream().filter(flag -> before.get(flag.key()) != flag).forEach(flag -> changed.add(flag.key()));
            before.stream().filter(flag -> get(flag.key()) == null).forEach(flag -> changed.add(flag.key()));
        }
        return Collections.unmodifiableSet(changed);
    }
}
