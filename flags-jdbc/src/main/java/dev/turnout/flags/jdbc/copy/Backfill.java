package dev.turnout.flags.jdbc.copy;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.migration.FullSweep;
import dev.turnout.flags.repair.Reconciler;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.store.TimeSource;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Copies a table into another database while both are written to, a chunk at a time in the order of the keys. Never overwrites a newer
 * record, nor brings back a deleted one. Killed anywhere and run again, it goes on after the last chunk that was committed. Immutable; of
 * several runs at once, one gets on.
 *
 * <pre>{@code
 * FullSweep sweep = places.beginSweep();   // refused until every node writes to both databases
 * Backfill.from(oldDatabase, oldRows, KeyCodec.longs())
 *     .into(newDatabase, newRows)
 *     .named("places-v2")
 *     .reconciling(newRows, places.reconciler(), Side.OLD)   // what only the new database has, or has newer
 *     .build()
 *     .run(sweep, "ana");
 * }</pre>
 *
 * <p>Its progress is the row of its name in the table {@code turnout_backfill} of the target, which creates itself. It ends at the end of
 * the table when it gets there: rows that are inserted behind it come by way of the writes to both databases. It never holds a connection
 * of one database while it waits for one of the other.
 */
public final class Backfill<K, V> {
    /** What the second pass needs. */
    record Extras<K, V>(RowSource<K, V> targetRows, Reconciler<K> reconciler, Side source) {}

    /**
     * What a run did, without what earlier runs of the same sweep had done.
     *
     * @param visited rows of the source that were read to be copied
     * @param written of those, the ones that were newer than what the target had
     * @param reconciled keys of which the target had something newer, or which it had alone
     */
    public record Result(long visited, long written, long reconciled) {}

    final String name;
    final KeyCodec<K> keys;
    final DataSource source;
    final RowSource<K, V> sourceRows;
    final DataSource target;
    final RowTarget<K, V> targetRows;
    final @Nullable Extras<K, V> extras;
    final int chunkSize;
    final Consumer<? super Progress> listener;
    final Runnable pacing;
    final TimeSource time;

    private Backfill(Builder<K, V> builder, String name, DataSource target, RowTarget<K, V> targetRows) {
        this.name = name;
        this.keys = builder.keys;
        this.source = builder.source;
        this.sourceRows = builder.sourceRows;
        this.target = target;
        this.targetRows = targetRows;
        this.extras = builder.extras;
        this.chunkSize = builder.chunkSize;
        this.listener = builder.listener;
        this.pacing = builder.pacing;
        this.time = builder.time;
    }

    /** Begins a backfill from this table. */
    public static <K, V> Builder<K, V> from(DataSource source, RowSource<K, V> rows, KeyCodec<K> keys) {
        return new Builder<>(source, rows, keys);
    }

    /**
     * Runs to the end, from where an interrupted run of the same sweep has come to. Blocks.
     *
     * @param sweepId 1 to 200 characters; another one than last time starts over
     * @throws CopyException if it can't go on, with the chunk that it stopped at; run it again
     */
    public Result run(String sweepId) {
        if (sweepId.isBlank() || sweepId.length() > 200) {
            throw new IllegalArgumentException("A sweep id has 1 to 200 characters, but was '" + sweepId + "'.");
        }
        return new BackfillRun<>(this).run(sweepId);
    }

    /**
     * Runs to the end as {@link #run(String)} does, under the id of the sweep, and then says that every key of both tables was visited. What an
     * interrupted run has copied before nodes left the stages that write to both databases does not count, and is copied again.
     *
     * @param sweep begun by the migration
     * @param by who runs it, for the audit
     * @throws IllegalStateException if this backfill has no {@link Builder#reconciling} pass, without which it is not a sweep of all keys
     * @throws CopyException if it can't go on, with the chunk that it stopped at; run it again
     */
    public Result run(FullSweep sweep, String by) {
        requireNonNull(by, "by");
        if (extras == null) {
            throw new IllegalStateException(
                    "Backfill '" + name
                            + "' visits only what its source has, so it can't finish a sweep of all keys. Build it with reconciling(...).");
        }
        Result result = run(sweep.id());
        sweep.finished(by);
        return result;
    }

    /** Builds a {@link Backfill}. Not thread-safe. */
    public static final class Builder<K, V> {
        private final DataSource source;
        private final RowSource<K, V> sourceRows;
        private final KeyCodec<K> keys;
        private @Nullable DataSource target;
        private @Nullable RowTarget<K, V> targetRows;
        private @Nullable String name;
        private @Nullable Extras<K, V> extras;
        private int chunkSize = 1_000;
        private Consumer<? super Progress> listener = progress -> {};
        private Runnable pacing = () -> {};
        private TimeSource time = TimeSource.SYSTEM;

        private Builder(DataSource source, RowSource<K, V> rows, KeyCodec<K> keys) {
            this.source = requireNonNull(source, "source");
            this.sourceRows = requireNonNull(rows, "rows");
            this.keys = requireNonNull(keys, "keys");
        }

        /** The table that is filled. Required. */
        public Builder<K, V> into(DataSource database, RowTarget<K, V> rows) {
            target = requireNonNull(database, "database");
            targetRows = requireNonNull(rows, "rows");
            return this;
        }

        /**
         * The name under which the progress is kept. Required.
         *
         * @param backfill 1 to 200 characters; of its own for each source and target
         */
        public Builder<K, V> named(String backfill) {
            if (backfill.isBlank() || backfill.length() > 200) {
                throw new IllegalArgumentException(
                        "The name of a backfill has 1 to 200 characters, but was '" + backfill + "'.");
            }
            name = backfill;
            return this;
        }

        /**
         * Lets a second pass visit what the target has, and reconcile each key of which the source has nothing, or something older. With it the
         * backfill is a sweep of all keys.
         *
         * @param rows reads the target
         * @param reconciler of the migration
         * @param sourceSide the side of the source; what has no versions is copied from there
         */
        public Builder<K, V> reconciling(RowSource<K, V> rows, Reconciler<K> reconciler, Side sourceSide) {
            if (sourceSide == Side.BRIDGE) {
                throw new IllegalArgumentException("The source is on side OLD or NEW; BRIDGE is between them.");
            }
            extras = new Extras<>(
                    requireNonNull(rows, "rows"),
                    requireNonNull(reconciler, "reconciler"),
                    requireNonNull(sourceSide, "sourceSide"));
            return this;
        }

        /**
         * How many rows are read at once, and written in one transaction.
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

        /** The clock that the speed is measured by; default: the machine's. */
        public Builder<K, V> time(TimeSource timeSource) {
            time = requireNonNull(timeSource, "timeSource");
            return this;
        }

        /**
         * Builds it; nothing is read or written yet.
         *
         * @throws IllegalStateException if {@link #into} or {@link #named} is missing
         */
        public Backfill<K, V> build() {
            if (target == null || targetRows == null || name == null) {
                throw new IllegalStateException(
                        "A backfill needs " + (name == null ? "named(...)" : "into(...)") + ".");
            }
            return new Backfill<>(this, name, target, targetRows);
        }
    }
}
