package dev.turnout.flags.jdbc.backfill;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.jdbc.rows.Progress;
import dev.turnout.flags.jdbc.rows.SchemaProgress;
import dev.turnout.flags.jdbc.sql.SqlFailure;
import dev.turnout.flags.jdbc.sql.Transactions;
import dev.turnout.flags.jdbc.table.SchemaMapping;
import dev.turnout.flags.jdbc.table.TableMapping;
import dev.turnout.flags.migration.FullSweep;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies all tables of a {@link SchemaMapping}, one after the other, parents before their children; each as a {@link Backfill} of its own, whose name is
 * that of this, a slash and the table. Killed anywhere and run again under the same sweep id, it continues there. Immutable.
 *
 * <pre>{@code
 * Backfill.from(oldDatabase, shop)
 *     .into(newDatabase)
 *     .named("shop")
 *     .each((table, backfill) -> backfill.throttle(Throttle.chunksOf(Duration.ofMillis(200))))
 *     .onProgress(progress -> log.info("{}", progress))
 *     .build()
 *     .run("2026-11");
 * }</pre>
 */
public final class SchemaBackfill {
    private static final Logger log = LoggerFactory.getLogger(SchemaBackfill.class);

    private final SchemaMapping schema;
    private final DataSource source;
    private final DataSource target;
    private final List<Table> tables;
    private final IndexesAfter indexes;
    private final Consumer<? super SchemaProgress> listener;

    private record Table(TableMapping mapping, Backfill<?, ?> backfill) {
        OverwriteGuard guard() {
            return ((TableCopy) backfill.job()).guard();
        }
    }

    /**
     * What a run did, without what earlier runs of the same sweep had done.
     *
     * @param tables by the mapping's {@code toString}, in the order in which they were copied
     */
    public record Result(Map<String, BackfillResult> tables) {
        /** Copies. */
        public Result {
            tables = Collections.unmodifiableMap(new LinkedHashMap<>(tables));
        }

        /** Of all tables together. */
        public BackfillResult inSum() {
            return tables.values().stream().reduce(BackfillResult.NOTHING, BackfillResult::plus);
        }
    }

    private SchemaBackfill(
            SchemaMapping schema,
            DataSource source,
            DataSource target,
            List<Table> tables,
            IndexesAfter indexes,
            Consumer<? super SchemaProgress> listener) {
        this.schema = schema;
        this.source = source;
        this.target = target;
        this.tables = List.copyOf(tables);
        this.indexes = indexes;
        this.listener = listener;
    }

    /**
     * Runs to the end, from where an interrupted run of the same sweep has come to. Blocks.
     *
     * @param sweepId 1 to 200 characters; another one than last time starts over
     * @throws BackfillException if it cannot continue, with the table that it stopped at; and before it has copied
     *     anything, with all problems that keep tables from being copied
     */
    public Result run(String sweepId) {
        return run((mapping, backfill) -> backfill.run(sweepId));
    }

    /**
     * Runs to the end as {@link #run(String)} does, each table as the sweep of its own migration, which is notified
     * when every key of both tables was visited.
     * Each table needs a {@link BackfillBuilder#reconciling(java.util.function.Function, dev.turnout.flags.migration.Reconciler,
     * dev.turnout.flags.stage.Side) reconciling} pass, set by {@link Builder#each}.
     *
     * @param sweepOf the sweep that the table's migration has begun
     * @param by who runs it, for the audit
     * @throws IllegalStateException if a table has no such pass; nothing is copied then
     * @throws BackfillException if it cannot continue, as in {@link #run(String)}
     */
    public Result run(Function<? super TableMapping, ? extends FullSweep> sweepOf, String by) {
        requireNonNull(sweepOf, "sweepOf");
        requireNonNull(by, "by");
        tables.forEach(table -> table.backfill().requireSweepOfAllKeys());
        return run((mapping, backfill) -> backfill.run(sweepOf.apply(mapping), by));
    }

    /** Runs the backfill of one table. */
    private interface Run {
        BackfillResult of(TableMapping mapping, Backfill<?, ?> backfill);
    }

    private Result run(Run run) {
        indexes.requireTables(schema.tables());
        List<Long> rows = requireFit();
        Map<String, BackfillResult> results = new LinkedHashMap<>();
        for (int i = 0; i < tables.size(); i++) {
            results.put(tables.get(i).mapping().toString(), run(run, i, rows));
        }
        indexes.create(schema.tables());
        Result result = new Result(results);
        log.info("{} tables are copied: {}.", results.size(), result.inSum());
        return result;
    }

    /** Replaces the estimate of how many rows the table has by what was counted. */
    private BackfillResult run(Run run, int index, List<Long> rows) {
        Table table = tables.get(index);
        long before = sum(rows.subList(0, index));
        long total = sum(rows);
        try {
            return run.of(table.mapping(), table.backfill().alsoReporting(progress -> {
                rows.set(index, progress.rowsDone());
                tell(new SchemaProgress(
                        table.mapping().toString(),
                        index + 1,
                        tables.size(),
                        progress,
                        new Progress(
                                before + progress.rowsDone(),
                                Math.max(total, before + progress.rowsDone()),
                                progress.rowsPerSecond())));
            }));
        } catch (RuntimeException e) {
            throw new BackfillException(
                    "The copying of all tables stopped at " + table.mapping() + ", number " + (index + 1) + " of "
                            + tables.size() + "; those before it are copied. " + e.getMessage(),
                    e);
        }
    }

    private static long sum(List<Long> numbers) {
        return numbers.stream().mapToLong(each -> each).sum();
    }

    private void tell(SchemaProgress progress) {
        progress.tell(listener);
    }

    /** Returns about how many rows each table has. */
    private List<Long> requireFit() {
        List<String> problems = new ArrayList<>();
        List<Long> estimates = new ArrayList<>();
        schema.cycles()
                .forEach(
                        ring -> problems.add(
                                "Tables of the target refer to each other in a ring, "
                                        + String.join(" -> ", ring)
                                        + ": drop one of these foreign keys, build the mapping again, and create it after the backfill."));
        for (Table table : tables) {
            try {
                TablePair pair = TablePair.of(table.mapping(), table.guard(), source, target);
                estimates.add(
                        Transactions.singlePatiently(source, new RangePlanner(pair.sourceTable(), 1)::estimatedRows));
            } catch (BackfillException e) {
                problems.add(table.mapping() + ": " + e.getMessage());
            } catch (SQLException e) {
                problems.add(table.mapping() + ": it cannot be looked at: " + SqlFailure.describe(e));
            }
        }
        if (!problems.isEmpty()) {
            throw new BackfillException("Nothing was copied:\n- " + String.join("\n- ", problems));
        }
        return estimates;
    }

    /** Builds a {@link SchemaBackfill}. Not thread-safe. */
    public static final class Builder {
        private final DataSource source;
        private final SchemaMapping schema;
        private @Nullable DataSource target;
        private @Nullable String name;
        private boolean replacing;
        private List<IndexAfter> indexes = List.of();
        private BiConsumer<? super TableMapping, ? super BackfillBuilder<List<String>, Void>> settings =
                (table, backfill) -> {};
        private Consumer<? super SchemaProgress> listener = progress -> {};

        Builder(DataSource source, SchemaMapping schema) {
            this.source = requireNonNull(source, "source");
            this.schema = requireNonNull(schema, "schema");
        }

        /** The database of the tables that are filled. Required. */
        public Builder into(DataSource database) {
            target = requireNonNull(database, "database");
            return this;
        }

        /**
         * What the names of the tables' backfills begin with. Required.
         *
         * @param backfills with a slash and the longest name of a table, 1 to 200 characters; of its own for each source and target
         */
        public Builder named(String backfills) {
            if (backfills.isBlank()) {
                throw new IllegalArgumentException("The name of a backfill must not be empty.");
            }
            name = backfills;
            return this;
        }

        /**
         * How each table is copied: its workers, guard, throttle and all that a {@link BackfillBuilder} has, also a second pass, which is run
         * before the next table is begun. Called by {@link #build}, once for
         * each table; default: nothing is set.
         */
        public Builder each(
                BiConsumer<? super TableMapping, ? super BackfillBuilder<List<String>, Void>> settingsOfTable) {
            settings = requireNonNull(settingsOfTable, "settingsOfTable");
            return this;
        }

        /** Lets tables without a key be emptied before they are filled, see {@link BackfillBuilder#replacing}; default: none is. */
        public Builder replacing() {
            replacing = true;
            return this;
        }

        /**
         * Creates indexes of the targets when all tables are copied, as {@link BackfillBuilder#createIndexesAfter}; default: none.
         *
         * @throws IllegalArgumentException if one of them is another statement
         */
        public Builder createIndexesAfter(String... statements) {
            indexes = IndexAfter.all(statements);
            return this;
        }

        /** Called after each chunk, on the thread that runs; default: none. */
        public Builder onProgress(Consumer<? super SchemaProgress> progressListener) {
            listener = requireNonNull(progressListener, "progressListener");
            return this;
        }

        /** As short as it can be, but another one for each mapping. */
        private static String table(TableMapping mapping) {
            return mapping.sourceTable().equals(mapping.targetTable()) ? mapping.targetTable() : mapping.toString();
        }

        /**
         * Builds it; nothing is read or written yet.
         *
         * @throws IllegalStateException if {@link #into} or {@link #named} is missing, or what was set does not fit to a table
         */
        public SchemaBackfill build() {
            if (target == null || name == null) {
                throw new IllegalStateException(
                        "A backfill needs " + (name == null ? "named(...)" : "into(...)") + ".");
            }
            List<Table> tables = new ArrayList<>();
            for (TableMapping mapping : schema.tables()) {
                BackfillBuilder<List<String>, Void> backfill =
                        Backfill.from(source, mapping).into(target).named(name + "/" + table(mapping));
                if (replacing && !mapping.hasKey()) {
                    backfill.replacing();
                }
                settings.accept(mapping, backfill);
                tables.add(new Table(mapping, backfill.build()));
            }
            return new SchemaBackfill(
                    schema, source, target, tables, new IndexesAfter(name, target, indexes), listener);
        }
    }
}
