package dev.turnout.flags.jdbc.scan;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.jdbc.rows.KeyCodec;
import dev.turnout.flags.jdbc.rows.Row;
import dev.turnout.flags.jdbc.rows.RowSource;
import dev.turnout.flags.jdbc.sql.SqlFailure;
import dev.turnout.flags.jdbc.sql.Transactions;
import dev.turnout.flags.migration.Versioned;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Reads a table once, in the order of its keys, one chunk at a time; holds a connection only while it reads a chunk. Refuses keys that are
 * not strictly ascending: the rows between would have been skipped. Not thread-safe.
 */
public final class RowScan<K, V> {
    private final String table;
    private final DataSource database;
    private final RowSource<K, V> rows;
    private final KeyCodec<K> keys;
    private final int chunkSize;
    private final Failure failure;
    private final Deque<Row<K, V>> buffer = new ArrayDeque<>();
    private @Nullable K last;
    private boolean ended;

    /** Makes the exception that is thrown: that of the caller, who knows what its user has called. */
    @FunctionalInterface
    public interface Failure {
        /** With what was tried and what to do, and what went wrong, if anything else did. */
        RuntimeException of(String message, @Nullable Throwable cause);
    }

    /** A key, and what two tables have of it; {@link Versioned#absent} in one of them if it has no such row. */
    @FunctionalInterface
    public interface Visitor<K, V> {
        /** Called in the order of the keys. */
        void visit(K key, Versioned<V> left, Versioned<V> right);
    }

    /**
     * Not yet begun.
     *
     * @param table for messages, such as "the source"
     * @param chunkSize how many rows to read at once; at least 1
     * @param after where to begin; {@code null} at the first row
     * @param failure what {@link #chunk} and {@link #merge} throw
     */
    public RowScan(
            String table,
            DataSource database,
            RowSource<K, V> rows,
            KeyCodec<K> keys,
            int chunkSize,
            @Nullable K after,
            Failure failure) {
        this.table = requireNonNull(table, "table");
        this.database = requireNonNull(database, "database");
        this.rows = requireNonNull(rows, "rows");
        this.keys = requireNonNull(keys, "keys");
        if (chunkSize < 1) {
            throw new IllegalArgumentException("A chunk must have at least 1 row, but was to have " + chunkSize + ".");
        }
        this.chunkSize = chunkSize;
        this.last = after;
        this.failure = requireNonNull(failure, "failure");
    }

    /**
     * The next rows; empty when all were read. Blocks. Throws the caller's exception if they cannot be read, or are not in order.
     */
    public List<Row<K, V>> chunk() {
        if (ended) {
            return List.of();
        }
        List<Row<K, V>> chunk;
        K after = last;
        try {
            chunk = Transactions.single(database, connection -> rows.scan(connection, after, chunkSize));
        } catch (SQLException e) {
            throw failure.of(position() + " cannot be read: " + SqlFailure.describe(e), e);
        }
        if (chunk.size() > chunkSize) {
            throw failure.of(
                    position() + " should have been at most " + chunkSize + " rows, but were " + chunk.size()
                            + ". The scan must keep to its limit.",
                    null);
        }
        chunk.forEach(this::checkOrder);
        // Fewer rows end it, not the lack of any: while new rows come in at the end there might always be another few.
        ended = chunk.size() < chunkSize;
        return chunk;
    }

    private void checkOrder(Row<K, V> row) {
        if (last != null && keys.compare(last, row.key()) >= 0) {
            throw failure.of(
                    "In " + table + " the key '" + keys.toText(row.key()) + "' follows '" + keys.toText(last)
                            + "', which should come " + (keys.compare(last, row.key()) == 0 ? "once" : "after it")
                            + ". Keys must be unique, and the scan must give them in the order of the KeyCodec: look at its ORDER BY, and at"
                            + " the collation of a text key.",
                    null);
        }
        last = row.key();
    }

    /** Whether {@link #chunk} has given all rows. */
    public boolean hasEnded() {
        return ended;
    }

    private String position() {
        return "The rows of " + table
                + (last == null ? " from its beginning" : " after key '" + keys.toText(last) + "'");
    }

    private @Nullable Row<K, V> peek() {
        if (buffer.isEmpty()) {
            buffer.addAll(chunk());
        }
        return buffer.peek();
    }

    /**
     * Reads two tables side by side, in memory for two chunks, and visits each key that either of them has. Blocks. Throws the caller's exception if
     * rows cannot be read, or are not in order.
     */
    public static <K, V> void merge(RowScan<K, V> left, RowScan<K, V> right, Visitor<K, V> visitor) {
        while (true) {
            Row<K, V> one = left.peek();
            Row<K, V> other = right.peek();
            if (one != null && (other == null || left.keys.compare(one.key(), other.key()) < 0)) {
                left.buffer.remove();
                visitor.visit(one.key(), one.record(), Versioned.absent());
            } else if (other != null && (one == null || left.keys.compare(one.key(), other.key()) > 0)) {
                right.buffer.remove();
                visitor.visit(other.key(), Versioned.absent(), other.record());
            } else if (one != null && other != null) {
                left.buffer.remove();
                right.buffer.remove();
                visitor.visit(one.key(), one.record(), other.record());
            } else {
                return;
            }
        }
    }
}
