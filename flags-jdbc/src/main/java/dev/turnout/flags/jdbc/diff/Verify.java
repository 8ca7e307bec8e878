package dev.turnout.flags.jdbc.diff;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.jdbc.copy.CopyException;
import dev.turnout.flags.jdbc.copy.KeyCodec;
import dev.turnout.flags.jdbc.copy.Progress;
import dev.turnout.flags.jdbc.copy.RowScan;
import dev.turnout.flags.jdbc.copy.RowSource;
import dev.turnout.flags.store.TimeSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Compares two tables row by row, in the order of their keys, while both are written to. A key that looks different is read again from both
 * after a delay, until it is equal or was looked at often enough: a write on its way to the second table is no difference. A tombstone is
 * equal to nothing at all. Immutable; may be run any number of times.
 *
 * <pre>{@code
 * VerifyResult<Long> result = Verify.authority(oldDatabase, oldRows, KeyCodec.longs())
 *     .mirror(newDatabase, newRows)
 *     .sameWhen(Place::hasSameContent)   // default: equals
 *     .build()
 *     .run();
 * }</pre>
 *
 * <p>In memory are at most a chunk of either table, and the two records of ten chunks' worth of keys that look different.
 */
public final class Verify<K, V> {
    final KeyCodec<K> keys;
    final Side<K, V> authority;
    final Side<K, V> mirror;
    final BiPredicate<? super V, ? super V> sameWhen;
    final int chunkSize;
    final Duration settleDelay;
    final int attempts;
    final TimeSource time;
    final LongConsumer waiting;
    private final Consumer<? super Progress> listener;
    private final Runnable pacing;

    /** One of the two tables. */
    record Side<K, V>(String name, DataSource database, RowSource<K, V> rows) {
        long estimatedRows() {
            try (Connection connection = database.getConnection()) {
                return rows.estimatedRows(connection);
            } catch (SQLException e) {
                throw new CopyException("The rows of " + name + " can't be estimated: " + e.getMessage(), e);
            }
        }
    }

    private Verify(Builder<K, V> builder, Side<K, V> mirror) {
        keys = builder.keys;
        authority = builder.authority;
        this.mirror = mirror;
        sameWhen = builder.sameWhen;
        chunkSize = builder.chunkSize;
        settleDelay = builder.settleDelay;
        attempts = builder.attempts;
        time = builder.time;
        waiting = builder.waiting;
        listener = builder.listener;
        pacing = builder.pacing;
    }

    /** Begins a verification with the table that is right where the two differ. */
    public static <K, V> Builder<K, V> authority(DataSource database, RowSource<K, V> rows, KeyCodec<K> keys) {
        return new Builder<>(new Side<>("the authority", database, rows), keys);
    }

    /**
     * Compares all keys. Blocks.
     *
     * @throws CopyException if rows can't be read, or are not in the order of their keys
     */
    public VerifyResult<K> run() {
        long began = time.nanoTime();
        long estimatedTotal = authority.estimatedRows();
        Suspects<K, V> suspects = new Suspects<>(this);
        long[] compared = {0};
        pause();
        RowScan.merge(scan(authority), scan(mirror), (key, ours, theirs) -> {
            suspects.look(key, ours, theirs);
            if (++compared[0] % chunkSize == 0) {
                Progress.of(compared[0], estimatedTotal, compared[0], time.nanoTime() - began)
                        .tell(listener);
                pause();
            }
        });
        suspects.settleAll();
        return suspects.result(compared[0], Duration.ofNanos(time.nanoTime() - began));
    }

    private RowScan<K, V> scan(Side<K, V> side) {
        return new RowScan<>(side.name(), side.database(), side.rows(), keys, chunkSize, null);
    }

    private void pause() {
        pacing.run();
        if (Thread.currentThread().isInterrupted()) {
            throw new CopyException("The verification was interrupted.");
        }
    }

    /** Builds a {@link Verify}. Not thread-safe. */
    public static final class Builder<K, V> {
        private final Side<K, V> authority;
        private final KeyCodec<K> keys;
        private @Nullable Side<K, V> mirror;
        private BiPredicate<? super V, ? super V> sameWhen = Objects::equals;
        private int chunkSize = 1_000;
        // Two seconds in all: longer than a write takes to reach the second table, or its repair where that failed.
        private Duration settleDelay = Duration.ofMillis(200);
        private int attempts = 10;
        private Consumer<? super Progress> listener = progress -> {};
        private Runnable pacing = () -> {};
        private TimeSource time = TimeSource.SYSTEM;
        private LongConsumer waiting = LockSupport::parkNanos;

        private Builder(Side<K, V> authority, KeyCodec<K> keys) {
            this.authority = authority;
            this.keys = requireNonNull(keys, "keys");
        }

        /** The table that is to be equal. Required. */
        public Builder<K, V> mirror(DataSource database, RowSource<K, V> rows) {
            mirror = new Side<>("the mirror", requireNonNull(database, "database"), requireNonNull(rows, "rows"));
            return this;
        }

        /** When the records of a key count as the same; the authority's is the first. Default: {@code equals}. */
        public Builder<K, V> sameWhen(BiPredicate<? super V, ? super V> same) {
            sameWhen = requireNonNull(same, "same");
            return this;
        }

        /**
         * How many rows are read at once.
         *
         * @param rows at least 1; default 1,000
         */
        public Builder<K, V> chunkSize(int rows) {
            if (rows < 1) {
                throw new IllegalArgumentException("A chunk must have at least 1 row, but was to have " + rows + ".");
            }
            chunkSize = rows;
            return this;
        }

        /**
         * How a key that looks different is given time to become equal.
         *
         * @param delay before each further look; more than zero; default 200 ms
         * @param looks how many further looks; at least 1; default 10
         */
        public Builder<K, V> settle(Duration delay, int looks) {
            if (delay.isZero() || delay.isNegative() || looks < 1) {
                throw new IllegalArgumentException(
                        "To settle needs a delay of more than zero and at least 1 further look, but was to be " + looks
                                + " after " + delay + " each. A difference seen once may be a write on its way.");
            }
            settleDelay = delay;
            attempts = looks;
            return this;
        }

        /** Told after each chunk, on the thread that runs; default: nobody. */
        public Builder<K, V> onProgress(Consumer<? super Progress> progressListener) {
            listener = requireNonNull(progressListener, "progressListener");
            return this;
        }

        /** Called before each chunk, without a connection, to wait while the databases are busy; default: go on. What it throws ends the run. */
        public Builder<K, V> pacedBy(Runnable beforeEachChunk) {
            pacing = requireNonNull(beforeEachChunk, "beforeEachChunk");
            return this;
        }

        /** The clock that delays are measured by; default: the machine's. */
        public Builder<K, V> time(TimeSource timeSource) {
            time = requireNonNull(timeSource, "timeSource");
            return this;
        }

        /** Waits for about so many nanoseconds, or shorter. */
        Builder<K, V> waiting(LongConsumer wait) {
            waiting = wait;
            return this;
        }

        /**
         * Builds it; nothing is read yet.
         *
         * @throws IllegalStateException if {@link #mirror} is missing
         */
        public Verify<K, V> build() {
            if (mirror == null) {
                throw new IllegalStateException("A verification needs mirror(...).");
            }
            return new Verify<>(this, mirror);
        }
    }
}
