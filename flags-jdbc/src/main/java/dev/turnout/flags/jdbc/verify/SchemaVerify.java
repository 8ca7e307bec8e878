package dev.turnout.flags.jdbc.verify;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.jdbc.rows.Progress;
import dev.turnout.flags.jdbc.rows.SchemaProgress;
import dev.turnout.flags.jdbc.table.SchemaMapping;
import dev.turnout.flags.jdbc.table.TableMapping;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares all tables of a {@link SchemaMapping}, one after the other; each by a {@link Verify} of its own. A table that cannot be compared does not keep the others
 * from it. Immutable; may be run any number of times.
 *
 * <pre>{@code
 * SchemaVerifyResult result = Verify.schema(shop, oldDatabase, newDatabase)
 *     .each((table, verify) -> verify.onDifference(difference -> log.warn("{}: {}", table, difference)))
 *     .build()
 *     .run();
 * }</pre>
 */
public final class SchemaVerify {
    private static final Logger log = LoggerFactory.getLogger(SchemaVerify.class);

    private final SchemaMapping schema;
    private final DataSource source;
    private final DataSource target;
    private final BiConsumer<? super TableMapping, ? super Verify.Builder<RowKey, ?>> settings;
    private final Consumer<? super SchemaProgress> listener;

    private SchemaVerify(Builder builder) {
        schema = builder.schema;
        source = builder.source;
        target = builder.target;
        settings = builder.settings;
        listener = builder.listener;
    }

    /**
     * Compares all tables. Blocks.
     *
     * @throws VerifyException if it is interrupted
     */
    public SchemaVerifyResult run() {
        Map<String, VerifyResult<RowKey>> results = new LinkedHashMap<>();
        Map<String, String> failures = new LinkedHashMap<>();
        long rows = 0;
        for (TableMapping table : schema.tables()) {
            try {
                VerifyResult<RowKey> result = run(table, results.size() + failures.size() + 1, rows);
                rows += result.keysCompared();
                results.put(table.toString(), result);
            } catch (RuntimeException e) {
                if (Thread.currentThread().isInterrupted()) {
                    throw new VerifyException(
                            "The verification of all tables was interrupted at " + table + ". " + e.getMessage(), e);
                }
                log.warn("{} cannot be compared; the other tables are.", table, e);
                failures.put(table.toString(), String.valueOf(e.getMessage()));
            }
        }
        return new SchemaVerifyResult(results, failures);
    }

    private VerifyResult<RowKey> run(TableMapping table, int number, long rowsBefore) {
        Verify.Builder<RowKey, ?> verify = Verify.tables(table, source, target);
        settings.accept(table, verify);
        return verify.alsoTelling(progress -> tell(new SchemaProgress(
                        table.toString(),
                        number,
                        schema.tables().size(),
                        progress,
                        new Progress(rowsBefore + progress.rowsDone(), 0, progress.rowsPerSecond()))))
                .build()
                .run();
    }

    private void tell(SchemaProgress progress) {
        progress.tell(listener);
    }

    /** Builds a {@link SchemaVerify}. Not thread-safe. */
    public static final class Builder {
        private final SchemaMapping schema;
        private final DataSource source;
        private final DataSource target;
        private BiConsumer<? super TableMapping, ? super Verify.Builder<RowKey, ?>> settings = (table, verify) -> {};
        private Consumer<? super SchemaProgress> listener = progress -> {};

        Builder(SchemaMapping schema, DataSource source, DataSource target) {
            this.schema = requireNonNull(schema, "schema");
            this.source = requireNonNull(source, "source");
            this.target = requireNonNull(target, "target");
        }

        /**
         * How each table is compared: which columns may be seen, what is reported of differences, and all that a {@link
         * Verify.Builder} has. Called by each run, once for each table; default: nothing is set.
         */
        public Builder each(BiConsumer<? super TableMapping, ? super Verify.Builder<RowKey, ?>> settingsOfTable) {
            settings = requireNonNull(settingsOfTable, "settingsOfTable");
            return this;
        }

        /** Called after each chunk, on the thread that runs; default: none. How many rows all tables have is not known. */
        public Builder onProgress(Consumer<? super SchemaProgress> progressListener) {
            listener = requireNonNull(progressListener, "progressListener");
            return this;
        }

        /** Builds it; nothing is read yet. */
        public SchemaVerify build() {
            return new SchemaVerify(this);
        }
    }
}
