package dev.turnout.flags.jdbc.backfill;

import dev.turnout.flags.jdbc.backfill.BackfillTable.Mark;
import dev.turnout.flags.jdbc.backfill.BackfillTable.Pass;
import dev.turnout.flags.jdbc.rows.Progress;
import dev.turnout.flags.jdbc.rows.Row;
import dev.turnout.flags.jdbc.rows.RowSource;
import dev.turnout.flags.jdbc.scan.RowScan;
import dev.turnout.flags.jdbc.sql.SqlFailure;
import dev.turnout.flags.jdbc.sql.Transactions;
import dev.turnout.flags.migration.Versioned;
import java.sql.SQLException;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One run of a backfill. Used once, by one thread. */
final class BackfillRun<K, V> {
    private static final Logger log = LoggerFactory.getLogger(BackfillRun.class);

    private final BackfillContext context;
    private final RowCopy<K, V> rows;
    private final BackfillTable table;
    private final long beganNanos;
    private final long estimatedTotal;
    private long rowsAtBegin;
    private Mark mark = Mark.startOf("");
    private long visited;
    private long written;
    private long reconciled;
    private final Pacer pacer;
    private long nanosOfLastChunk;

    BackfillRun(BackfillContext context, RowCopy<K, V> rows) {
        this.context = context;
        this.rows = rows;
        table = new BackfillTable(context.home().patient(), context.name());
        pacer = context.pacer();
        beganNanos = context.time().nanoTime();
        estimatedTotal = estimatedTotal();
    }

    private long estimatedTotal() {
        try {
            int passes = rows.extras() == null ? 1 : 2; // in the second one the target has about as many rows
            return passes * Transactions.single(context.source(), rows.source()::estimatedRows);
        } catch (SQLException e) {
            throw failure("The rows of the source cannot be estimated", e);
        }
    }

    BackfillResult run(String sweepId) {
        begin(sweepId);
        if (mark.pass() == Pass.COPY) {
            copy();
        }
        if (mark.pass() == Pass.EXTRAS && rows.extras() != null) {
            reconcile(rows.extras());
        }
        log.info(
                "Backfill '{}' has finished sweep '{}': {} rows written, {} keys reconciled in this run.",
                context.name(),
                sweepId,
                written,
                reconciled);
        return new BackfillResult(visited, written, reconciled);
    }

    private void begin(String sweepId) {
        try {
            mark = table.begin(sweepId);
        } catch (SQLException e) {
            throw failure("The progress cannot be read from table turnout_backfill of the target", e);
        }
        rowsAtBegin = mark.rows();
        log.info("Backfill '{}' begins sweep '{}' after {} rows.", context.name(), sweepId, rowsAtBegin);
    }

    private void copy() {
        RowScan<K, V> scan = scan("source", context.source(), rows.source());
        while (mark.pass() == Pass.COPY) {
            pacer.await(nanosOfLastChunk, context.name(), mark.rows());
            long beganChunk = context.time().nanoTime();
            List<Row<K, V>> chunk = scan.chunk();
            Mark next = scan.hasEnded()
                    ? mark.endOfPass(chunk.size())
                    : mark.after(keyText(chunk.get(chunk.size() - 1).key()), chunk.size());
            written += commit(
                    next, connection -> chunk.isEmpty() ? 0 : rows.target().writeIfNewer(connection, chunk));
            visited += chunk.size();
            nanosOfLastChunk = context.time().nanoTime() - beganChunk;
        }
    }

    private void reconcile(RowCopy.Extras<K, V> extras) {
        pacer.await(nanosOfLastChunk, context.name(), mark.rows());
        RowScan<K, V> source = scan("source", context.source(), rows.source());
        RowScan<K, V> target = scan("target", context.target(), extras.targetRows());
        long[] sinceMark = {0};
        RowScan.merge(source, target, (key, inSource, inTarget) -> {
            if (!inTarget.version().equals(inSource.version())) {
                reconcile(extras, key, inSource, inTarget); // or it is being written to both now, which is safe
            }
            if (++sinceMark[0] == rows.chunkSize()) {
                commit(mark.after(keyText(key), sinceMark[0]), connection -> 0);
                sinceMark[0] = 0;
                pacer.await(nanosOfLastChunk, context.name(), mark.rows());
            }
        });
        commit(mark.endOfSweep(sinceMark[0]), connection -> 0);
    }

    private void reconcile(RowCopy.Extras<K, V> extras, K key, Versioned<V> inSource, Versioned<V> inTarget) {
        try {
            extras.reconciler().reconcile(key, extras.source());
        } catch (RuntimeException e) {
            throw failure(
                    "Key '" + keyText(key) + "', with " + inTarget + " in the target and " + inSource
                            + " in the source, cannot be reconciled",
                    e);
        }
        reconciled++;
    }

    private RowScan<K, V> scan(String table, DataSource database, RowSource<K, V> source) {
        String lastKey = mark.lastKey();
        @Nullable K after = lastKey == null ? null : rows.keys().fromText(lastKey);
        return new RowScan<>(
                "the " + table + " of backfill '" + context.name() + "'",
                database,
                source,
                rows.keys(),
                rows.chunkSize(),
                after,
                BackfillException::new);
    }

    private int commit(Mark next, Transactions.Work<Integer> work) {
        int result;
        try {
            result = Transactions.run(context.target(), connection -> {
                int rows = work.in(connection);
                table.save(connection, next);
                return rows;
            });
        } catch (SQLException e) {
            throw failure(
                    "The chunk after " + (mark.lastKey() == null ? "the beginning" : "key '" + mark.lastKey() + "'")
                            + " up to " + (next.lastKey() == null ? "the end" : "key '" + next.lastKey() + "'")
                            + " cannot be written to the target",
                    e);
        }
        mark = next;
        Progress.of(
                        mark.rows(),
                        estimatedTotal,
                        mark.rows() - rowsAtBegin,
                        context.time().nanoTime() - beganNanos)
                .tell(context.listener());
        return result;
    }

    private String keyText(K key) {
        return rows.keys().toText(key);
    }

    private BackfillException failure(String problem, Exception cause) {
        String what = cause instanceof SQLException database
                ? SqlFailure.describe(database)
                : cause.getMessage() + ". Run it again: it continues after the last chunk that was committed.";
        return new BackfillException(
                "Backfill '" + context.name() + "' cannot continue. " + problem + ": " + what, cause);
    }
}
