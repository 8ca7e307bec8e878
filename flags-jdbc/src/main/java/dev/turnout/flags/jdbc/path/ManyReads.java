package dev.turnout.flags.jdbc.path;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** Reads the records of many keys, which have no children, with few statements. */
record ManyReads<K, V>(PathCalls calls, Function<K, List<?>> keyOf, Aggregate<V> aggregate) {
    private static final int MOST_AT_ONCE = 500;

    /** Those that there are, and are no tombstones. */
    Map<K, V> getAll(Set<K> keys) {
        Map<List<?>, List<K>> byParts = new LinkedHashMap<>(); // two decimals that say the same are one key here
        keys.forEach(key -> byParts.computeIfAbsent(keyOf.apply(key), parts -> new ArrayList<>())
                .add(key));
        List<List<?>> wanted = List.copyOf(byParts.keySet());
        Map<K, V> records = new HashMap<>();
        for (int from = 0; from < wanted.size(); from += MOST_AT_ONCE) {
            for (PathRow row : find(wanted.subList(from, Math.min(wanted.size(), from + MOST_AT_ONCE)))) {
                List<K> asked = byParts.get(row.key());
                if (asked == null) {
                    throw aggregate.severalOfOneKey();
                }
                if (!row.isTombstone()) {
                    V record = aggregate.record(new Aggregate.Stored(row, List.of()));
                    asked.forEach(key -> records.put(key, record));
                }
            }
        }
        return records;
    }

    private List<PathRow> find(List<List<?>> some) {
        return calls.read(connection -> aggregate.rows().table().on(connection).findAll(connection, some));
    }
}
