package dev.turnout.flags.migration;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One of the two places that a migration's records are kept in: all it can do is get, put and delete a record by key. Implementations are
 * thread-safe, bound their own waits (a call that never returns blocks a stage change), and throw unchecked exceptions;
 * a call that threw may have taken effect all the same.
 *
 * <p>A write has committed when it returns: it does not join a transaction of its caller, which could still take it back while the other path keeps
 * it. A migration refuses writes inside such transactions ({@link WriteInTransactionException}), so a path may leave it to that, and commit by itself
 * otherwise. A read sees what was committed before it began.
 *
 * <p>A path that keeps a version with each record implements {@link VersionedDataPath} and earns stronger guarantees.
 *
 * @param <K> the type of the keys
 * @param <V> the type of the records; immutable, or at least not changed after they were handed over
 */
public interface DataPath<K, V> {
    /** The record, or empty if there is none. */
    Optional<V> get(K key);

    /**
     * The records of several keys. By default it gets one after the other; a path that can read many in one call overrides it, and may still read them
     * at different moments, as long as each is one of this call.
     *
     * @param keys at least one
     * @return a record for each key that has one, and none for the others
     */
    default Map<K, V> getAll(Set<K> keys) {
        Map<K, V> records = new HashMap<>();
        for (K key : keys) {
            get(key).ifPresent(record -> records.put(key, record));
        }
        return records;
    }

    /** Replaces the record, or creates it. It has committed when this returns. */
    void put(K key, V value);

    /** Deletes the record; a key without one is no error. It has committed when this returns. */
    void delete(K key);
}
