package dev.turnout.flags.jdbc.rows;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.migration.Versioned;

/**
 * A record or a tombstone, and its key.
 *
 * @param key never {@code null}
 * @param record with {@link dev.turnout.flags.migration.Version#FIRST} where the table keeps no versions
 */
public record Row<K, V>(K key, Versioned<V> record) {
    /** Checks that there is a key: rows without one can be neither copied nor compared. */
    public Row {
        requireNonNull(key, "key");
        requireNonNull(record, "record");
    }
}
