package dev.turnout.flags.migration;

import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A path that keeps a version with each record, also with deleted ones, and can write on condition that it is lower. With two such paths
 * writes from any number of nodes converge without a pause: a late write cannot undo a newer one, nor bring back a
 * deleted record.
 *
 * <p>Each of its operations is atomic for one key, and has committed when it returns, as those of every {@link DataPath}: a record that the caller's
 * transaction takes back later stays on the other path as the newer one. A record without a version, from before the migration, has {@link Version#FIRST}.
 */
public interface VersionedDataPath<K, V> extends DataPath<K, V> {
    /** The record and its version: {@link Versioned#absent} if there was never one, a tombstone if it was deleted. */
    Versioned<V> read(K key);

    /**
     * Writes the record, or its tombstone, if its version is above the stored one. It has committed when this returns.
     *
     * @return whether it was written; if not, another caller wrote later, and this write counts as ordered before that
     *     one
     */
    boolean writeIfNewer(K key, Versioned<V> record);

    /**
     * Writes the record if the stored version is exactly {@code expected}. It has committed when this returns.
     *
     * @param expected {@link Version#ABSENT} if there must be neither a record nor a tombstone
     * @return whether it was written
     */
    boolean replace(K key, Version expected, Versioned<V> record);

    @Override
    default Optional<V> get(K key) {
        return read(key).value();
    }

    @Override
    default void put(K key, V value) {
        writeIfNewer(key, Versioned.of(read(key).version().next(ThreadLocalRandom.current()), value));
    }

    @Override
    default void delete(K key) {
        writeIfNewer(key, Versioned.deleted(read(key).version().next(ThreadLocalRandom.current())));
    }
}
