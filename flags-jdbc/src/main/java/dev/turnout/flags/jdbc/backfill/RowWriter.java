package dev.turnout.flags.jdbc.backfill;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** Writes rows into a target, in a transaction that others commit. Thread-safe. */
interface RowWriter<R> {
    /**
     * Writes those rows that the {@link OverwriteGuard} lets through. Returns how many were, as far as the database reports it.
     *
     * @throws MissingRows if the target does not have a row for each of them afterwards, of any writer
     */
    long write(Connection target, List<R> rows) throws SQLException;

    /** Writes all of them, whatever is there. Returns how many the database reports as stored. */
    long insert(Connection target, List<R> rows) throws SQLException;

    /** Deletes the rows of these keys. */
    void delete(Connection target, List<R> rows) throws SQLException;

    /**
     * Rows were written without an error, and are not there: another transaction deleted them at that moment, or
     * something in the target drops them.
     */
    final class MissingRows extends SQLException {
        private static final long serialVersionUID = 1;

        MissingRows(long rows, long there) {
            super(rows + " rows were written to the target, which has " + there + " of them");
        }

        static void throwUnless(long there, long rows) throws MissingRows {
            if (there != rows) {
                throw new MissingRows(rows, there);
            }
        }
    }
}
