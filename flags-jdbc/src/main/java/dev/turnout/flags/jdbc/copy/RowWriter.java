package dev.turnout.flags.jdbc.copy;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** Writes rows into a target, in a transaction that others commit. Thread-safe. */
interface RowWriter<R> {
    /** Writes those rows that the {@link Guard} lets through. Returns how many were, as far as the database tells. */
    long write(Connection target, List<R> rows) throws SQLException;

    /** Deletes the rows of these keys. */
    void delete(Connection target, List<R> rows) throws SQLException;
}
