package dev.turnout.flags.jdbc.backfill;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.jdbc.rows.KeyCodec;
import dev.turnout.flags.jdbc.rows.Progress;
import dev.turnout.flags.jdbc.rows.RowSource;
import dev.turnout.flags.jdbc.rows.RowTarget;
import dev.turnout.flags.jdbc.table.SchemaMapping;
import dev.turnout.flags.jdbc.table.TableMapping;
import dev.turnout.flags.migration.FullSweep;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import javax.sql.DataSource;

/**
 * Copies a table into another database while both are written to, a chunk at a time in the order of the keys. Never overwrites a newer
 * record, nor brings back a deleted one. Killed anywhere and run again, it continues after the last chunk that was
 * committed. Immutable; of several runs at once, one proceeds, unless they share it: see
 * {@link BackfillBuilder#shared(Duration)}.
 *
 * <p>What a {@link TableMapping} can describe is copied by several workers, each with a range of keys of its own; from one PostgreSQL to another
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
 * <p>A table without a column that distinguishes rows, see {@link TableMapping.Builder#withoutKey}, is copied as a
 * whole: one statement reads it, and one transaction of the target has all of it or nothing. So equal rows stay as many
 * as they were; what is written to it meanwhile is not copied; and an interrupted run leaves the target as it was. It
 * holds a connection of each database for all of that time, also where it waits for a {@link Throttle}.
 *
 * <p>Its progress is the row of its name in the table {@code turnout_backfill} of the target, which creates itself. It ends at the end of
 * the table when it gets there: rows that are inserted behind it come by way of the writes to both databases. It never holds a connection
 * of one database while it waits for one of the other.
 */
public final class Backfill<K, V> {
    private final BackfillContext context;
    private final CopyJob job;
    private final boolean fromReplica;

    Backfill(BackfillContext context, CopyJob job, boolean fromReplica) {
        this.context = context;
        this.job = job;
        this.fromReplica = fromReplica;
    }

    BackfillContext context() {
        return context;
    }

    CopyJob job() {
        return job;
    }

    /** The same with one more listener. */
    Backfill<K, V> alsoReporting(Consumer<? super Progress> more) {
        return new Backfill<>(context.alsoReporting(more), job, fromReplica);
    }

    /** Begins a backfill of all tables of a schema. */
    public static SchemaBackfill.Builder from(DataSource source, SchemaMapping schema) {
        return new SchemaBackfill.Builder(source, schema);
    }

    /** Begins a backfill of a table that is described. Its key is given as texts, one for each column. */
    public static BackfillBuilder<List<String>, Void> from(DataSource source, TableMapping mapping) {
        return new BackfillBuilder<>(source, requireNonNull(mapping, "mapping"), null, null);
    }

    /** Begins a backfill from this table. */
    public static <K, V> BackfillBuilder<K, V> from(DataSource source, RowSource<K, V> rows, KeyCodec<K> keys) {
        return new BackfillBuilder<>(source, null, requireNonNull(rows, "rows"), requireNonNull(keys, "keys"));
    }

    /**
     * Runs to the end, from where an interrupted run of the same sweep has come to. Blocks.
     *
     * @param sweepId 1 to 200 characters; another one than last time starts over
     * @throws BackfillException if it cannot continue, with the chunk that it stopped at; run it again
     */
    public BackfillResult run(String sweepId) {
        if (sweepId.isBlank() || sweepId.length() > 200) {
            throw new IllegalArgumentException("A sweep id has 1 to 200 characters, but was '" + sweepId + "'.");
        }
        if (!fromReplica) {
            context.refuseReplica();
        }
        return job.run(context, sweepId);
    }

    /**
     * Runs to the end as {@link #run(String)} does, under the id of the sweep, and then reports that every key of both tables was visited. What an
     * interrupted run has copied before nodes left the stages that write to both databases does not count, and is copied again.
     *
     * @param sweep begun by the migration
     * @param by who runs it, for the audit
     * @throws IllegalStateException if this backfill has no {@link BackfillBuilder#reconciling} pass, without which it is not a sweep of all keys
     * @throws BackfillException if it cannot continue, with the chunk that it stopped at; run it again
     */
    public BackfillResult run(FullSweep sweep, String by) {
        requireNonNull(by, "by");
        requireSweepOfAllKeys();
        BackfillResult result = run(sweep.id());
        sweep.finished(by);
        return result;
    }

    void requireSweepOfAllKeys() {
        if (!job.visitsAllKeys()) {
            throw new IllegalStateException(
                    "Backfill '" + context.name()
                            + "' visits only what its source has, so it cannot finish a sweep of all keys. Build it with reconciling(...).");
        }
    }
}
