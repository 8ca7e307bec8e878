package dev.turnout.flags.jdbc.backfill;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.jdbc.sql.Component;
import dev.turnout.flags.jdbc.sql.Home;
import dev.turnout.flags.jdbc.sql.Replication;
import dev.turnout.flags.jdbc.sql.SqlFailure;
import dev.turnout.flags.jdbc.sql.Transactions;
import dev.turnout.flags.jdbc.table.SchemaMapping;
import dev.turnout.flags.jdbc.table.TableMapping;
import dev.turnout.flags.migration.FullSweep;
import dev.turnout.flags.repair.Reconciler;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.store.TimeSource;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Copies a table into another database while both are written to, a chunk at a time in the order of the keys. Never overwrites a newer
 * record, nor brings back a deleted one. Killed anywhere and run again, it goes on after the last chunk that was committed. Immutable; of
 * several runs at once, one gets on, unless they share it: see {@link Builder#shared(Duration)}.
 *
 * <p>What can be said in a {@link TableMapping} is copied by several workers, each with a range of keys of its own; from one PostgreSQL to another
 * without being decoded:
 *
 * <pre>{@code
 * Backfill.from(oldDatabase, TableMapping.from("place").into("place_v2").key("id").column("name").version("version", "writer").build())
 *     .into(newDatabase)
 *     .named("places-v2")
 *     .throttle(Throttle.chunksOf(Duration.ofMillis(200)).whileBelow("p99 in ms", latency::p99Millis, 50))
 *     .build()
 *     .run("2026-11");
 * }</pre>
 *
 * <p>For everything else write a {@link RowSource} and a {@link RowTarget}, which are run by the thread that calls:
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
 * <p>A table that nothing tells rows apart in, see {@link TableMapping.Builder#withoutKey}, is copied as a whole: one statement reads it, and one transaction
 * of the target has all of it or nothing. So several rows that are equal stay as many; what is written to it meanwhile is not copied; and an interrupted
 * run leaves the target as it was. It holds a connection of each database for all of that time, also where it waits for a {@link Throttle}.
 *
 * <p>Its progress is the row of its name in the table {@code turnout_backfill} of the target, which creates itself. It ends at the end of
 * the table when it gets there: rows that are inserted behind it come by way of the writes to both databases. It never holds a connection
 * of one database while it waits for one of the other.
 */
public final class Backfill<K, V> {
    /** What a table needs that is not described. */
    record RowCopy<K, V>(RowSource<K, V> source, RowTarget<K, V> target, KeyCodec<K> keys) {}

    /** What the second pass needs. */
    record Extras<K, V>(RowSource<K, V> targetRows, Reconciler<K> reconciler, Side source) {}

    /**
     * What a run did, without what earlier runs of the same sweep had done.
     *
     * @param visited rows of the source that were read to be copied
     * @param written of those, the ones that were newer than what the target had; MariaDB and MySQL don't tell, and all of a described table count
     * @param reconciled keys of which the target had something newer, or which it had alone; of a described table, those of any other version too
     */
    public record Result(long visited, long written, long reconciled) {}

    static final String SOURCE_IS_REPLICA =
            "The source is a replica: what was written just before may not have come there yet, and would never be copied. Give the database that takes the writes. If it is that one all the same, say fromReplica().";

    private static final int ROWS_OF_CHUNK = 1_000;
    private static final Duration LEASE = Duration.ofSeconds(30);
    private static final Duration SHORTEST_LEASE = Duration.ofSeconds(1);

    final String name;
    final DataSource source;
    final DataSource target;
    final Home home; // of its own tables, in the target
    final @Nullable TableCopy tableCopy;
    final @Nullable RowCopy<K, V> rowCopy;
    final @Nullable Extras<K, V> extras;
    final @Nullable Consumer<List<String>> reconcileKey; // the second pass of a described table
    private final List<IndexAfter> indexes;
    final int chunkSize;
    final Consumer<? super Progress> listener;
    final Runnable pacing;
    final Throttle throttle;
    final BackfillControl control;
    final TimeSource time;
    private final boolean fromReplica;

    private Backfill(Builder<K, V> builder, String name, DataSource target) {
        this.name = name;
        this.source = builder.source;
        this.target = target;
        this.home = Home.of(target, builder.schema, builder.createTables, Component.BACKFILL);
        this.tableCopy = builder.tableCopy();
        this.rowCopy = builder.rowCopy();
        this.extras = builder.extras;
        this.reconcileKey = builder.reconcileKey;
        this.indexes = List.copyOf(builder.indexes);
        this.chunkSize = builder.chunkSize == 0 ? ROWS_OF_CHUNK : builder.chunkSize;
        this.listener = builder.listener;
        this.pacing = builder.pacing;
        this.throttle = builder.throttle;
        this.control = builder.control;
        this.time = builder.time;
        this.fromReplica = builder.fromReplica;
    }

    private Backfill(Backfill<K, V> other, Consumer<? super Progress> listener) {
        name = other.name;
        source = other.source;
        target = other.target;
        home = other.home;
        tableCopy = other.tableCopy;
        rowCopy = other.rowCopy;
        extras = other.extras;
        reconcileKey = other.reconcileKey;
        indexes = other.indexes;
        chunkSize = other.chunkSize;
        this.listener = listener;
        pacing = other.pacing;
        throttle = other.throttle;
        control = other.control;
        time = other.time;
        fromReplica = other.fromReplica;
    }

    /** The same with one more listener. */
    Backfill<K, V> alsoTelling(Consumer<? super Progress> more) {
        return new Backfill<>(this, progress -> {
            progress.tell(listener);
            more.accept(progress);
        });
    }

    /** Begins a backfill of all tables of a schema. */
    public static SchemaBackfill.Builder from(DataSource source, SchemaMapping schema) {
        return new SchemaBackfill.Builder(source, schema);
    }

    /** Begins a backfill of a table that is described. Its key is given as texts, one for each column. */
    public static Builder<List<String>, Void> from(DataSource source, TableMapping mapping) {
        return new Builder<>(source, requireNonNull(mapping, "mapping"), null, null);
    }

    /** Begins a backfill from this table. */
    public static <K, V> Builder<K, V> from(DataSource source, RowSource<K, V> rows, KeyCodec<K> keys) {
        return new Builder<>(source, null, requireNonNull(rows, "rows"), requireNonNull(keys, "keys"));
    }

    /**
     * Runs to the end, from where an interrupted run of the same sweep has come to. Blocks.
     *
     * @param sweepId 1 to 200 characters; another one than last time starts over
     * @throws BackfillException if it can't go on, with the chunk that it stopped at; run it again
     */
    public Result run(String sweepId) {
        if (sweepId.isBlank() || sweepId.length() > 200) {
            throw new IllegalArgumentException("A sweep id has 1 to 200 characters, but was '" + sweepId + "'.");
        }
        refuseReplica();
        if (tableCopy != null) {
            IndexesAfter after = new IndexesAfter(name, target, indexes);
            List<TableMapping> filled = List.of(tableCopy.mapping());
            after.requireTables(filled);
            Result result = tableCopy.mapping().hasKey()
                    ? new TableRun(this, tableCopy).run(sweepId)
                    : new WholeTableRun(this, tableCopy).run(sweepId);
            after.create(filled);
            return result;
        }
        return new BackfillRun<>(this, requireNonNull(rowCopy)).run(sweepId);
    }

    private void refuseReplica() {
        try {
            if (!fromReplica
                    && Transactions.patiently(() -> Replication.lagSeconds(source))
                            .isPresent()) {
                throw new BackfillException("Backfill '" + name + "' was not begun. " + SOURCE_IS_REPLICA);
            }
        } catch (SQLException e) {
            throw new BackfillException("Backfill '" + name + "' can't begin: " + SqlFailure.describe(e), e);
        }
    }

    /**
     * Runs to the end as {@link #run(String)} does, under the id of the sweep, and then says that every key of both tables was visited. What an
     * interrupted run has copied before nodes left the stages that write to both databases does not count, and is copied again.
     *
     * @param sweep begun by the migration
     * @param by who runs it, for the audit
     * @throws IllegalStateException if this backfill has no {@link Builder#reconciling} pass, without which it is not a sweep of all keys
     * @throws BackfillException if it can't go on, with the chunk that it stopped at; run it again
     */
    public Result run(FullSweep sweep, String by) {
        requireNonNull(by, "by");
        requireSweepOfAllKeys();
        Result result = run(sweep.id());
        sweep.finished(by);
        return result;
    }

    void requireSweepOfAllKeys() {
        if (extras == null && reconcileKey == null) {
            throw new IllegalStateException(
                    "Backfill '" + name
                            + "' visits only what its source has, so it can't finish a sweep of all keys. Build it with reconciling(...).");
        }
    }

    /** Builds a {@link Backfill}. Not thread-safe. */
    public static final class Builder<K, V> {
        private final DataSource source;
        private final @Nullable TableMapping mapping;
        private final @Nullable RowSource<K, V> sourceRows;
        private final @Nullable KeyCodec<K> keys;
        private @Nullable DataSource target;
        private @Nullable RowTarget<K, V> targetRows;
        private @Nullable String schema; // of its own tables; null: the session's
        private boolean createTables = true;
        private @Nullable String name;
        private @Nullable Extras<K, V> extras;
        private @Nullable Consumer<List<String>> reconcileKey;
        private @Nullable OverwriteGuard guard;
        private int chunkSize; // 0: the default, which depends on how rows are written
        private int workers; // 0: the default
        private boolean remapped;
        private boolean replacing;
        private boolean fromReplica;
        private List<IndexAfter> indexes = List.of();
        private @Nullable Duration lease; // null: not shared
        private Consumer<? super Progress> listener = progress -> {};
        private Runnable pacing = () -> {};
        private Throttle throttle = Throttle.none();
        private BackfillControl control = new BackfillControl();
        private TimeSource time = TimeSource.SYSTEM;

        private Builder(
                DataSource source,
                @Nullable TableMapping mapping,
                @Nullable RowSource<K, V> rows,
                @Nullable KeyCodec<K> keys) {
            this.source = requireNonNull(source, "source");
            this.mapping = mapping;
            this.sourceRows = rows;
            this.keys = keys;
        }

        /** The database of the table that is filled, where the table is described. Required then. */
        public Builder<K, V> into(DataSource database) {
            target = requireNonNull(database, "database");
            return this;
        }

        /**
         * The schema of the target that its own tables, {@code turnout_backfill} and {@code turnout_backfill_range}, are in, which must exist; default:
         * that of the session.
         */
        public Builder<K, V> schema(String nameOfSchema) {
            schema = Home.checkedSchema(nameOfSchema);
            return this;
        }

        /** Whether its own tables are created where they are missing; default: {@code true}. With {@code false}, a run fails where they are. */
        public Builder<K, V> createTables(boolean whereMissing) {
            createTables = whereMissing;
            return this;
        }

        /** The table that is filled, where it is not described. Required then. */
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
         * Lets a second pass visit what both tables have, and reconcile each key of which one has nothing, or another version. With it the backfill
         * is a sweep of all keys.
         *
         * @param rows reads the target
         * @param reconciler of the migration
         * @param sourceSide the side of the source; what has no versions is copied from there
         */
        public Builder<K, V> reconciling(RowSource<K, V> rows, Reconciler<K> reconciler, Side sourceSide) {
            requireOneSide(sourceSide);
            extras = new Extras<>(
                    requireNonNull(rows, "rows"),
                    requireNonNull(reconciler, "reconciler"),
                    requireNonNull(sourceSide, "sourceSide"));
            return this;
        }

        /**
         * Lets a second pass visit what the target has, then what the source has, and reconcile each key that the other one does not have, or has in
         * another version. With it the backfill is a sweep of all keys. The same {@link #workers} run it when all is copied, and where nodes
         * {@linkplain #shared() share} the backfill they share this too: the sweep is over on each of them when all ranges of both passes are done, by whichever.
         * Interrupted, it goes on after the last chunk that was saved. A key that nothing may repair, see
         * {@link dev.turnout.flags.repair.UnrepairableException}, is left as it is: the others of its range are visited, but its range is not done, and each run that
         * has visited it ends with the number of such keys that it found.
         *
         * @param keyOf makes the migration's key of the texts that either database makes of the key's columns, in the order of the mapping:
         *     {@code key -> Long.valueOf(key.get(0))}; called by all workers at once, as the reconciler is
         * @param reconciler of the migration; told of a key once more than it needs to where the two databases write it differently, or where another process
         *     takes a range from one that goes on all the same
         * @param sourceSide the side of the source; what has no versions is copied from there
         */
        public <M> Builder<K, V> reconciling(
                Function<? super List<String>, ? extends M> keyOf, Reconciler<M> reconciler, Side sourceSide) {
            requireNonNull(keyOf, "keyOf");
            requireNonNull(reconciler, "reconciler");
            requireOneSide(sourceSide);
            reconcileKey = key -> reconciler.reconcile(keyOf.apply(key), sourceSide);
            return this;
        }

        private static void requireOneSide(Side sourceSide) {
            if (sourceSide == Side.BOTH) {
                throw new IllegalArgumentException("The source is on side OLD or NEW; BOTH is between them.");
            }
        }

        /**
         * How many rows are read at once, and written in one transaction. Of a described table that is the most: fewer where they are large, or
         * their chunks take long.
         *
         * @param rows at least 1; default 1,000, of a described table 20,000, and 500 where rows are locked
         */
        public Builder<K, V> chunkSize(int rows) {
            if (rows < 1) {
                throw new IllegalArgumentException("A chunk must have at least 1 row, but was to have " + rows + ".");
            }
            chunkSize = rows;
            return this;
        }

        /**
         * Says that the mapping, or one of the two tables, was meant to change since the sweep was begun: the sweep then starts over, under the same
         * id, and writes also rows that the target has in the same version, where they differ from what the mapping makes of them. Otherwise a
         * changed mapping or table is refused.
         *
         * <p>Only while the source leads for all keys, and where no two writes of a row have the same version: else what the target alone knows is
         * overwritten. A sweep that has started over so goes on so, wherever and however it is run, until it has ended.
         */
        public Builder<K, V> restartWithChangedMapping() {
            remapped = true;
            return this;
        }

        /**
         * Lets a sweep of a table {@linkplain TableMapping.Builder#withoutKey() without a key} delete all that the target has, in the transaction in which it
         * copies all that the source has; default: a target that is not empty is refused.
         */
        public Builder<K, V> replacing() {
            replacing = true;
            return this;
        }

        /**
         * Creates indexes of the target of a described table when all rows are copied, one after the other in a transaction each, and each unless an index of
         * its name is there; default: none. Filling a table without them and building them at once is faster than keeping them up for each row. This drops
         * none: {@link Plan} prints the statements by which an operator drops those that can wait, and those to give here.
         *
         * <p>A run ends when all of them are there, and a sweep of all keys is not finished before. Killed in between, it is run again as always, also
         * under the id of a sweep that is done; of nodes that share it, each makes sure of them. While one is built, PostgreSQL and H2 keep writers of
         * the table waiting.
         *
         * @param statements each {@code CREATE INDEX name ON table (...)}, not unique, in the words of the target; executed as they are, so never from a stranger
         * @throws IllegalArgumentException if one of them is another statement
         */
        public Builder<K, V> createIndexesAfter(String... statements) {
            indexes = IndexAfter.all(statements);
            return this;
        }

        /**
         * Lets the source be a replica, which is refused otherwise. You make sure that it has replayed all that was written before every node wrote to
         * both databases; with guards other than {@link OverwriteGuard#VERSION}, that it is not behind at all.
         */
        public Builder<K, V> fromReplica() {
            fromReplica = true;
            return this;
        }

        /**
         * How many chunks of a described table are copied, or visited by the second pass, at the same time.
         *
         * @param threads at least 1; default 2; one where rows are locked, or have no key
         */
        public Builder<K, V> workers(int threads) {
            if (threads < 1) {
                throw new IllegalArgumentException("There must be at least 1 worker, but were to be " + threads + ".");
            }
            workers = threads;
            return this;
        }

        /**
         * Lets any number of processes run this backfill of a described table at once, each with this setting, under one name and sweep id: as
         * {@link #shared(Duration)}, with a lease of 30 seconds.
         */
        public Builder<K, V> shared() {
            return shared(LEASE);
        }

        /**
         * Lets any number of processes run this backfill of a described table at once, under one name and sweep id. They divide its ranges among
         * them; each run ends when all are done, and its result is of what it did itself. A range has one owner, which every transaction checks that
         * writes for it: what has taken a range from a process that was not heard of for a lease keeps it, and the process writes nothing there when
         * it wakes. {@link #throttle}, {@link #control} and {@link #pacing} are each process's own; one that stands still because of the first two
         * leaves its ranges to the others. Progress is that of all. A process that fails ends alone; run it again there, or leave it to the others.
         *
         * <p>Leases are measured by the clock of the target. Give its connections a socket timeout, so that a process notices when it can't reach it.
         *
         * @param lease at least a second, and longer than a chunk takes to be written
         */
        public Builder<K, V> shared(Duration lease) {
            if (lease.compareTo(SHORTEST_LEASE) < 0) {
                throw new IllegalArgumentException("A lease is at least a second, but was to be " + lease + ".");
            }
            this.lease = lease;
            return this;
        }

        /** What protects the writes of others to a described table; default: {@link OverwriteGuard#VERSION}, without versions {@link OverwriteGuard#RECHECK}. */
        public Builder<K, V> guardedBy(OverwriteGuard rule) {
            guard = requireNonNull(rule, "rule");
            return this;
        }

        /** How it makes room for others; default: {@link Throttle#none}. */
        public Builder<K, V> throttle(Throttle limits) {
            throttle = requireNonNull(limits, "limits");
            return this;
        }

        /** What pauses and aborts it at run time; default: nobody. */
        public Builder<K, V> control(BackfillControl hand) {
            control = requireNonNull(hand, "hand");
            return this;
        }

        /** Told after each chunk, on the thread that runs; default: nobody. */
        public Builder<K, V> onProgress(Consumer<? super Progress> progressListener) {
            listener = requireNonNull(progressListener, "progressListener");
            return this;
        }

        /** Called before each chunk, without a connection, to wait while the databases are busy; default: go on. What it throws ends the run. */
        public Builder<K, V> pacing(Runnable beforeEachChunk) {
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
         * @throws IllegalStateException if {@link #into} or {@link #named} is missing, or something was given that another kind of table needs
         */
        public Backfill<K, V> build() {
            if (target == null || name == null || (mapping == null && targetRows == null)) {
                throw new IllegalStateException(
                        "A backfill needs " + (name == null ? "named(...)" : "into(...)") + ".");
            }
            if (mapping == null && (guard != null || workers > 0 || lease != null || !indexes.isEmpty())) {
                throw new IllegalStateException(
                        "OverwriteGuard, workers, sharing and createIndexesAfter(...) are for a table that a TableMapping describes; a RowTarget has a guard of its own.");
            }
            requireFittingSecondPass();
            if (mapping != null && targetRows != null) {
                throw new IllegalStateException(
                        "The target of a TableMapping is described: give into(database) no rows.");
            }
            return new Backfill<>(this, name, target);
        }

        private void requireFittingSecondPass() {
            if (mapping == null ? reconcileKey != null : extras != null) {
                throw new IllegalStateException(
                        "A table that a TableMapping describes is reconciled by reconciling(keyOf, ...), one that is read by a RowSource by"
                                + " reconciling(rows, ...).");
            }
            if (reconcileKey != null && mapping != null && !mapping.hasKey()) {
                throw new IllegalStateException(
                        "The mapping " + mapping
                                + " has no key by which rows could be reconciled, so that its backfill cannot be a sweep of all keys.");
            }
            if (reconcileKey != null
                    && mapping != null
                    && guard == OverwriteGuard.INSERT_IF_ABSENT
                    && mapping.versions().isEmpty()) {
                throw new IllegalStateException(
                        "With INSERT_IF_ABSENT, a row that the target had before stays as it is, and without a version nothing shows that it is"
                                + " another one than the source's: that is no sweep of all keys. Choose another guard.");
            }
        }

        private @Nullable RowCopy<K, V> rowCopy() {
            return sourceRows == null || targetRows == null || keys == null
                    ? null
                    : new RowCopy<>(sourceRows, targetRows, keys);
        }

        private @Nullable TableCopy tableCopy() {
            if (mapping == null && (remapped || replacing)) {
                throw new IllegalStateException(
                        "restartWithChangedMapping() and replacing() are for what a TableMapping describes.");
            }
            return mapping == null
                    ? null
                    : TableCopy.of(mapping, guard, workers, chunkSize, lease, remapped, replacing);
        }
    }
}
