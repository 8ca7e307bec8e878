package dev.turnout.flags.jdbc.copy;

import dev.turnout.flags.jdbc.copy.BackfillTable.Mark;
import dev.turnout.flags.jdbc.copy.BackfillTable.Pass;
import dev.turnout.flags.jdbc.copy.RangeTable.Range;
import dev.turnout.flags.jdbc.sql.Transactions;
import dev.turnout.flags.repair.UnrepairableException;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Visits what the target of a described table has, then what the source has, chunk by chunk, and lets each key be reconciled that the other table does
 * not have, or not in the same version: what is there too much, and what the first pass did not bring. Keys are looked up one by one rather than read
 * beside those of the other table, as the two databases may order them in two ways. Used once, by one thread.
 */
final class SecondPass {
    // Of a statement's parameters there are 65,535, and as many as a key has columns are needed for each row.
    private static final int MOST_ROWS = 1_000;
    private static final int MOST_UNREPAIRABLE = 10_000;

    private final Backfill<?, ?> backfill;
    private final Consumer<List<String>> reconcile;
    private final BackfillTable progress;
    private final Side source;
    private final Side target;
    private final Pacer pacer;
    private final int limit;
    private final long beganNanos;
    private long rowsAtBegin;
    private long estimatedTotal;
    private long nanosOfLastChunk;
    private long reconciled;
    private final Set<List<String>> unrepairable = new HashSet<>();
    private @Nullable String firstUnrepairable;

    private record Side(DataSource database, KeyRows rows) {}

    SecondPass(Backfill<?, ?> backfill, Consumer<List<String>> reconcile, TablePair pair, BackfillTable progress) {
        this.backfill = backfill;
        this.reconcile = reconcile;
        this.progress = progress;
        source = new Side(backfill.source, KeyRows.ofSource(pair));
        target = new Side(backfill.target, KeyRows.ofTarget(pair));
        pacer = new Pacer(backfill.throttle, backfill.control, backfill.pacing, backfill.time);
        limit = Math.min(MOST_ROWS, backfill.chunkSize);
        beganNanos = backfill.time.nanoTime();
    }

    /**
     * Goes on from a mark to the greatest key that each table has when its turn comes: what comes in behind it was written to both.
     *
     * @param copied rows of the pass before
     * @return how many keys were reconciled
     */
    long run(Mark begin, long copied) throws SQLException {
        rowsAtBegin = begin.rows();
        RangePlanner planner = new RangePlanner(target.rows().table, limit);
        estimatedTotal = 2 * copied + Transactions.single(target.database(), planner::estimatedRows);
        // Of a write between a look at one table and that at the other, only a key comes that needs no repair, which
        // reads both paths again.
        Mark mark = begin;
        if (mark.pass() == Pass.EXTRAS) {
            mark = walk(mark, target, source);
        }
        if (mark.pass() == Pass.MISSING) {
            walk(mark, source, target);
        }
        if (!unrepairable.isEmpty()) {
            throw unrepairable();
        }
        return reconciled;
    }

    private Mark walk(Mark begin, Side side, Side other) throws SQLException {
        List<Range> whole = Transactions.runExact(
                side.database(), connection -> new RangePlanner(side.rows().table, limit).plan(connection, 0));
        Mark mark = begin;
        while (mark.pass() == begin.pass()) {
            pacer.await(nanosOfLastChunk, backfill.name, mark.rows());
            long beganChunk = backfill.time.nanoTime();
            mark = whole.isEmpty()
                    ? save(mark.endOfPass(0))
                    : chunk(mark, side, other, whole.get(0).upper());
            nanosOfLastChunk = backfill.time.nanoTime() - beganChunk;
            Progress.of(
                            mark.rows(),
                            mark.pass() == Pass.DONE ? mark.rows() : Math.max(mark.rows(), estimatedTotal),
                            mark.rows() - rowsAtBegin,
                            backfill.time.nanoTime() - beganNanos)
                    .tell(backfill.listener);
        }
        return mark;
    }

    private Mark chunk(Mark mark, Side side, Side other, TableKey upTo) throws SQLException {
        @Nullable TableKey after = TableKey.orNull(mark.lastKey());
        List<FetchedRow> rows =
                Transactions.runExact(side.database(), connection -> side.rows().read(connection, after, upTo, limit));
        List<TableKey> keys = rows.stream().map(FetchedRow::key).toList();
        Set<List<Object>> known = keys.isEmpty()
                ? Set.of()
                : Transactions.runExact(
                        other.database(), connection -> other.rows().find(connection, keys));
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
        } catch (UnrepairableException e) { // others can be, and who decides should know of all of them
            unrepairable.add(key.parts());
            firstUnrepairable = firstUnrepairable == null ? "Key '" + key + "': " + e.getMessage() : firstUnrepairable;
            if (unrepairable.size() == MOST_UNREPAIRABLE) {
                throw unrepairable();
            }
            return;
        } catch (RuntimeException e) {
            throw new CopyException(
                    "Backfill '" + backfill.name + "' can't go on. Key '" + key
                            + "', which one of the tables has alone or in another version, can't be reconciled: "
                            + e.getMessage()
                            + ". Run it again: it goes on after the last chunk that was committed.",
                    e);
        }
        reconciled++;
    }

    private CopyException unrepairable() {
        return new CopyException("Backfill '" + backfill.name + "' is not done: " + unrepairable.size()
                + (unrepairable.size() == MOST_UNREPAIRABLE ? " or more" : "")
                + " keys, which one of the tables has alone or in another version, can't be reconciled. "
                + firstUnrepairable
                + " Decide for each of them, then run it again.");
    }

    /** Not behind a key that was left as it is: the next run looks at it again. */
    private Mark save(Mark next) throws SQLException {
        if (!unrepairable.isEmpty()) {
            return next;
        }
        return backfill.home.run(connection -> {
            progress.save(connection, next);
            return next;
        });
    }
}
