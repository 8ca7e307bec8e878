package dev.turnout.flags.jdbc.rows;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** Writes into the table that a backfill fills. */
@FunctionalInterface
public interface RowTarget<K, V> {
    /**
     * Writes those rows, tombstones included, whose version is above that of what is stored under their key; a stored
     * tombstone counts. No other write may come between the comparison and the write, so do both in one statement:
     * callers write the same rows at the same time.
     *
     * <pre>{@code
     * INSERT INTO place (id, version, writer, deleted, name) VALUES (?, ?, ?, ?, ?)
     * ON CONFLICT (id) DO UPDATE SET version = excluded.version, writer = excluded.writer, deleted = excluded.deleted, name = excluded.name
     * WHERE (place.version, place.writer) < (excluded.version, excluded.writer)
     * }</pre>
     *
     * @param connection in a transaction, which is committed by the caller together with its progress
     * @param rows at least one
     * @return how many were written
     */
    int writeIfNewer(Connection connection, List<Row<K, V>> rows) throws SQLException;
}
