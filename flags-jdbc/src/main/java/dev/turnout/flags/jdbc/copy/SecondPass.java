package dev.turnout.flags.jdbc.copy;

import dev.turnout.flags.jdbc.copy.BackfillTable.Mark;
import dev.turnout.flags.jdbc.copy.BackfillTable.Pass;
import dev.turnout.flags.jdbc.copy.RangeTable.Range;
import dev.turnout.flags.jdbc.sql.Transactions;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Visits what the target of a described table has, chunk by chunk, and lets each key be reconciled that the source does not have, or not in the
 * same version. Keys are looked up in the source one by one rather than read beside those of the target, as the two databases may order them in
 * two ways. Used once, by one thread.
 */
final class SecondPass {
    // Of a statement's parameters there are 65,535, and as many as a key has columns are needed for each row.
    private static final int MOST_ROWS = 1_000;

    private final Backfill<?, ?> backfill;
    private final Consumer<List<String>> reconcile;
    private final BackfillTable progress;
    private final KeyRows source;
    private final KeyRows target;
    private final Pacer pacer;
    private final int limit;
    private long reconciled;

    SecondPass(Backfill<?, ?> backfill, Consumer<List<String>> reconcile, TablePair pair, BackfillTable progress) {
        this.backfill = backfill;
        this.reconcile = reconcile;
        this.progress = progress;
        source = KeyRows.ofSource(pair);
        target = KeyRows.ofTarget(pair);
        pacer = new Pacer(backfill.throttle, backfill.control, backfill.pacing, backfill.time);
        limit = Math.min(MOST_ROWS, backfill.chunkSize);
    }

    /**
     * Goes on from a mark to the greatest key that the target has now: what comes in behind it was written to both.
     *
     * @param copied rows of the pass before
     * @return how many keys were reconciled
     */
    long run(Mark begin, long copied) throws SQLException {
        RangePlanner planner = new RangePlanner(target.table, limit);
        long estimatedTotal;
        List<Range> whole;
        try (Connection connection = backfill.target.getConnection()) {
            estimatedTotal = copied + planner.estimatedRows(connection);
            whole = planner.plan(connection, 0); // all of it in one
        }
        long beganNanos = backfill.time.nanoTime();
        long nanosOfLastChunk = 0;
        Mark mark = begin;
        while (mark.pass() == Pass.EXTRAS) {
            pacer.await(nanosOfLastChunk, backfill.name, mark.rows());
            long beganChunk = backfill.time.nanoTime();
            mark = whole.isEmpty()
                    ? save(mark.endOfPass(0))
                    : chunk(mark, whole.get(0).upper());
            nanosOfLastChunk = backfill.time.nanoTime() - beganChunk;
            Progress.of(
                            mark.rows(),
                            mark.pass() == Pass.EXTRAS ? Math.max(mark.rows(), estimatedTotal) : mark.rows(),
                            mark.rows() - begin.rows(),
                            backfill.time.nanoTime() - beganNanos)
                    .tell(backfill.listener);
        }
        return reconciled;
    }

    private Mark chunk(Mark mark, TableKey upTo) throws SQLException {
        @Nullable TableKey after = TableKey.orNull(mark.lastKey());
        // The target first: writers write the source before it, so what it has the source has too, or has lost again.
        // And of a write between the two only a key comes that needs no repair, which reads both paths again.
        List<FetchedRow> rows =
                Transactions.runExact(backfill.target, connection -> target.read(connection, after, upTo, limit));
        List<TableKey> keys = rows.stream().map(FetchedRow::key).toList();
        Set<List<Object>> known = keys.isEmpty()
                ? Set.of()
                : Transactions.runExact(backfill.source, connection -> source.find(connection, keys));
        rows.stream()
                .filter(row -> !known.contains(KeyRows.comparable(row)))
                .map(FetchedRow::key)
                .forEach(this::reconcile);
        // After the repair, which is done again if this is not reached.
        return save(
                rows.size() < limit
                        ? mark.endOfPass(rows.size())
                        : mark.after(keys.get(keys.size() - 1).toText(), rows.size()));
    }

    private void reconcile(TableKey key) {
        try {
            reconcile.accept(key.parts());
        } catch (RuntimeException e) {
            throw new CopyException(
                    "Backfill '" + backfill.name + "' can't go on. Key '" + key
                            + "', which the target has alone or in another version, can't be reconciled: "
                            + e.getMessage()
                            + ". Run it again: it goes on after the last chunk that was committed.",
                    e);
        }
        reconciled++;
    }

    private Mark save(Mark next) throws SQLException {
        return Transactions.run(backfill.target, connection -> {
            progress.save(connection, next);
            return next;
        });
    }
}
