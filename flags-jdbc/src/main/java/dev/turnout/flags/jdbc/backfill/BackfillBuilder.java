package dev.turnout.flags.jdbc.backfill;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.jdbc.rows.KeyCodec;
import dev.turnout.flags.jdbc.rows.Progress;
import dev.turnout.flags.jdbc.rows.RowSource;
import dev.turnout.flags.jdbc.rows.RowTarget;
import dev.turnout.flags.jdbc.sql.Component;
import dev.turnout.flags.jdbc.sql.Home;
import dev.turnout.flags.jdbc.table.TableMapping;
import dev.turnout.flags.migration.Reconciler;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.store.TimeSource;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Builds a {@link Backfill}. Not thread-safe. */
public final class BackfillBuilder<K, V> {
    private static final Duration LEASE = Duration.ofSeconds(30);
    private static final Duration SHORTEST_LEASE = Duration.ofSeconds(1);

    private final DataSource source;
    private final @Nullable TableMapping mapping;
    private final @Nullable RowSource<K, V> sourceRows;
    private final @Nullable KeyCodec<K> keys;
    private @Nullable DataSource target;
    private @Nullable RowTarget<K, V> targetRows;
    private @Nullable String schema; // of its own tables; null: the session's
    private boolean createTables = true;
    private @Nullable String name;
    private RowCopy.@Nullable Extras<K, V> extras;
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

    BackfillBuilder(
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
    public BackfillBuilder<K, V> into(DataSource database) {
        target = requireNonNull(database, "database");
        return this;
    }

    /**
     * The schema of the target that its own tables, {@code turnout_backfill} and {@code turnout_backfill_range}, are in, which must exist; default:
     * that of the session.
     */
    public BackfillBuilder<K, V> schema(String nameOfSchema) {
        schema = Home.checkedSchema(nameOfSchema);
        return this;
    }

    /** Whether its own tables are created where they are missing; default: {@code true}. With {@code false}, a run fails where they are. */
    public BackfillBuilder<K, V> createTables(boolean whereMissing) {
        createTables = whereMissing;
        return this;
    }

    /** The table that is filled, where it is not described. Required then. */
    public BackfillBuilder<K, V> into(DataSource database, RowTarget<K, V> rows) {
        target = requireNonNull(database, "database");
        targetRows = requireNonNull(rows, "rows");
        return this;
    }

    /**
     * The name under which the progress is kept. Required.
     *
     * @param backfill 1 to 200 characters; of its own for each source and target
     */
    public BackfillBuilder<K, V> named(String backfill) {
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
    public BackfillBuilder<K, V> reconciling(RowSource<K, V> rows, Reconciler<K> reconciler, Side sourceSide) {
        requireOneSide(sourceSide);
        extras = new RowCopy.Extras<>(
                requireNonNull(rows, "rows"),
                requireNonNull(reconciler, "reconciler"),
                requireNonNull(sourceSide, "sourceSide"));
        return this;
    }

    /**
     * Lets a second pass visit what the target has, then what the source has, and reconcile each key that the other one does not have, or has in
     * another version. With it the backfill is a sweep of all keys. The same {@link #workers} run it when all is copied, and where nodes
     * {@linkplain #shared() share} the backfill they share this too: the sweep is over on each of them when all ranges of both passes are done, by whichever.
     * Interrupted, it continues after the last chunk that was saved. A key that nothing may repair, see
     * {@link dev.turnout.flags.migration.UnrepairableException}, is left as it is: the others of its range are visited, but its range is not done, and each run that
     * has visited it ends with the number of such keys that it found.
     *
     * @param keyOf makes the migration's key of the texts that either database makes of the key's columns, in the order of the mapping:
     *     {@code key -> Long.valueOf(key.get(0))}; called by all workers at once, as the reconciler is
     * @param reconciler of the migration; receives a key once more than it needs to where the two databases write it
     *     differently, or where another process takes a range from one that continues all the same
     * @param sourceSide the side of the source; what has no versions is copied from there
     */
    public <M> BackfillBuilder<K, V> reconciling(
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
    public BackfillBuilder<K, V> chunkSize(int rows) {
        if (rows < 1) {
            throw new IllegalArgumentException("A chunk must have at least 1 row, but was to have " + rows + ".");
        }
        chunkSize = rows;
        return this;
    }

    /**
     * Declares that the mapping, or one of the two tables, was meant to change since the sweep was begun: the sweep then starts over, under the same
     * id, and writes also rows that the target has in the same version, where they differ from what the mapping makes of them. Otherwise a
     * changed mapping or table is refused.
     *
     * <p>Only while the source leads for all keys, and where no two writes of a row have the same version: else what the target alone knows is
     * overwritten. A sweep that has started over continues in this way, wherever and however it is run, until it has ended.
     */
    public BackfillBuilder<K, V> restartWithChangedMapping() {
        remapped = true;
        return this;
    }

    /**
     * Lets a sweep of a table {@linkplain TableMapping.Builder#withoutKey() without a key} delete all that the target has, in the transaction in which it
     * copies all that the source has; default: a target that is not empty is refused.
     */
    public BackfillBuilder<K, V> replacing() {
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
     * @param statements each {@code CREATE INDEX name ON table (...)}, not unique, in the SQL of the target; executed
     *     as they are, so never from an untrusted source
     * @throws IllegalArgumentException if one of them is another statement
     */
    public BackfillBuilder<K, V> createIndexesAfter(String... statements) {
        indexes = IndexAfter.all(statements);
        return this;
    }

    /**
     * Lets the source be a replica, which is refused otherwise. You make sure that it has replayed all that was written before every node wrote to
     * both databases; with guards other than {@link OverwriteGuard#VERSION}, that it is not behind at all.
     */
    public BackfillBuilder<K, V> fromReplica() {
        fromReplica = true;
        return this;
    }

    /**
     * How many chunks of a described table are copied, or visited by the second pass, at the same time.
     *
     * @param threads at least 1; default 2; one where rows are locked, or have no key
     */
    public BackfillBuilder<K, V> workers(int threads) {
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
    public BackfillBuilder<K, V> shared() {
        return shared(LEASE);
    }

    /**
     * Lets any number of processes run this backfill of a described table at once, under one name and sweep id. They
     * divide its ranges among them; each run ends when all are done, and its result is of what it did itself. A range
     * has one owner, and every transaction that writes for it checks that. When a process was out of contact for a
     * lease, another one takes its range and keeps it; the process writes nothing there when it wakes. {@link
     * #throttle}, {@link #control} and {@link #pacing} are each process's own; one that stands still because of the
     * first two leaves its ranges to the others. Progress is that of all. A process that fails ends alone; run it again
     * there, or leave it to the others.
     *
     * <p>Leases are measured by the clock of the target. Give its connections a socket timeout: a process then notices that it cannot reach it.
     *
     * @param lease at least a second, and longer than a chunk takes to be written
     */
    public BackfillBuilder<K, V> shared(Duration lease) {
        if (lease.compareTo(SHORTEST_LEASE) < 0) {
            throw new IllegalArgumentException("A lease is at least a second, but was to be " + lease + ".");
        }
        this.lease = lease;
        return this;
    }

    /** What protects the writes of others to a described table; default: {@link OverwriteGuard#VERSION}, without versions {@link OverwriteGuard#RECHECK}. */
    public BackfillBuilder<K, V> guardedBy(OverwriteGuard rule) {
        guard = requireNonNull(rule, "rule");
        return this;
    }

    /** How it makes room for others; default: {@link Throttle#none}. */
    public BackfillBuilder<K, V> throttle(Throttle limits) {
        throttle = requireNonNull(limits, "limits");
        return this;
    }

    /** What pauses and aborts it at run time; default: nothing. */
    public BackfillBuilder<K, V> control(BackfillControl hand) {
        control = requireNonNull(hand, "hand");
        return this;
    }

    /** Called after each chunk, on the thread that runs; default: none. */
    public BackfillBuilder<K, V> onProgress(Consumer<? super Progress> progressListener) {
        listener = requireNonNull(progressListener, "progressListener");
        return this;
    }

    /** Called before each chunk, without a connection, to wait while the databases are busy; default: no wait. What it throws ends the run. */
    public BackfillBuilder<K, V> pacing(Runnable beforeEachChunk) {
        pacing = requireNonNull(beforeEachChunk, "beforeEachChunk");
        return this;
    }

    /** The clock that the speed is measured by; default: the machine's. */
    public BackfillBuilder<K, V> time(TimeSource timeSource) {
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
            throw new IllegalStateException("A backfill needs " + (name == null ? "named(...)" : "into(...)") + ".");
        }
        Home home = Home.of(target, schema, createTables, Component.BACKFILL);
        CopyJob job = mapping == null ? rowCopy() : tableCopy(mapping);
        return new Backfill<>(
                new BackfillContext(name, source, target, home, throttle, control, pacing, time, listener),
                job,
                fromReplica);
    }

    private TableCopy tableCopy(TableMapping described) {
        if (extras != null) {
            throw otherReconciling();
        }
        if (targetRows != null) {
            throw new IllegalStateException("The target of a TableMapping is described: give into(database) no rows.");
        }
        return TableCopy.of(
                described,
                new TableCopy.Wishes(guard, workers, chunkSize, lease, remapped, replacing, reconcileKey, indexes));
    }

    private RowCopy<K, V> rowCopy() {
        if (guard != null || workers > 0 || lease != null || !indexes.isEmpty()) {
            throw new IllegalStateException(
                    "OverwriteGuard, workers, sharing and createIndexesAfter(...) are for a table that a TableMapping describes; a RowTarget has a guard of its own.");
        }
        if (reconcileKey != null) {
            throw otherReconciling();
        }
        if (remapped || replacing) {
            throw new IllegalStateException(
                    "restartWithChangedMapping() and replacing() are for what a TableMapping describes.");
        }
        return new RowCopy<>(
                requireNonNull(sourceRows), requireNonNull(targetRows), requireNonNull(keys), extras, chunkSize);
    }

    private static IllegalStateException otherReconciling() {
        return new IllegalStateException(
                "A table that a TableMapping describes is reconciled by reconciling(keyOf, ...), one that is read by a RowSource by"
                        + " reconciling(rows, ...).");
    }
}
