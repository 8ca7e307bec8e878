package dev.turnout.flags.jdbc.backfill;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads rows of a source in the form in which a {@link RowWriter} takes them. Thread-safe. */
interface RowReader<R> {
    /**
     * Rows in the order of their keys.
     *
     * @param areAll whether there are no more of them in the range that was asked for
     */
    record Rows<R>(List<R> rows, boolean areAll) {}

    /**
     * How many rows to keep in memory.
     *
     * @param bytes about how many; the row that goes beyond it is the last
     */
    record Limit(int rows, long bytes) {
        /** For those of which it is known that they are few. */
        static final Limit NONE = new Limit(Integer.MAX_VALUE, Long.MAX_VALUE);
    }

    /**
     * The rows that follow a key, up to another one, in the order of the source.
     *
     * @param after {@code null} for the first
     * @param isLocked whether no other transaction may change them before this one ends
     */
    Rows<R> read(Connection source, @Nullable TableKey after, TableKey upTo, Limit limit, boolean isLocked)
            throws SQLException;

    /** Takes some of the rows, one portion after the other. */
    @FunctionalInterface
    interface Some<R> {
        void take(List<R> rows) throws SQLException;
    }

    /** Collects rows until there are enough of them for a portion. Used by one thread. */
    final class Portions<R> {
        private final RowReader<R> reader;
        private final long most;
        private final Some<R> each;
        private List<R> rows = new ArrayList<>();
        private long bytes;

        Portions(RowReader<R> reader, long most, Some<R> each) {
            this.reader = reader;
            this.most = most;
            this.each = each;
        }

        void add(R row) throws SQLException {
            rows.add(row);
            bytes += reader.bytes(row);
            if (bytes > most) {
                end();
            }
        }

        /** The remaining rows. */
        void end() throws SQLException {
            if (!rows.isEmpty()) {
                List<R> portion = rows;
                rows = new ArrayList<>();
                bytes = 0;
                each.take(portion);
            }
        }
    }

    /**
     * All rows, as one statement sees them, in any order.
     *
     * @param bytes about how many a portion has; the row that goes beyond it is the last
     */
    void readAll(Connection source, long bytes, Some<R> each) throws SQLException;

    /** The key of a row, in the source. */
    TableKey key(R row);

    /** Whether two rows of one key would be the same in the target. */
    boolean isSame(R one, R other);

    /** About how much memory a row takes. */
    long bytes(R row);
}
