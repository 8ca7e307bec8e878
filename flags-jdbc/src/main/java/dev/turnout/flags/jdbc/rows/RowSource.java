package dev.turnout.flags.jdbc.rows;

import dev.turnout.flags.migration.Versioned;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a table, for a backfill or a verification. Its key must be unique and {@code NOT NULL}, and have an index in the order of
 * the {@link KeyCodec}; a text key may need {@code COLLATE "C"}.
 *
 * <pre>{@code
 * SELECT id, version, writer, deleted, name FROM place WHERE id > ? ORDER BY id LIMIT ?
 * }</pre>
 */
public interface RowSource<K, V> {
    /**
     * The rows that follow a key, tombstones included, in ascending order of their keys.
     *
     * @param after {@code null} for the first
     * @param limit how many; fewer rows mean that the table ends there, so do not filter afterwards
     */
    List<Row<K, V>> scan(Connection connection, @Nullable K after, int limit) throws SQLException;

    /** One row: a record, a tombstone, or {@link Versioned#absent}. */
    Versioned<V> read(Connection connection, K key) throws SQLException;

    /** About how many rows there are, for the estimate of the time left; 0 if that is not cheap to find out, which is the default. */
    default long estimatedRows(Connection connection) throws SQLException {
        return 0;
    }
}
