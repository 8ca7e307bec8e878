package dev.turnout.flags.jdbc.backfill;

import dev.turnout.flags.jdbc.backfill.RangeTable.Range;
import dev.turnout.flags.jdbc.sql.SqlFailure;
import dev.turnout.flags.jdbc.sql.Transactions;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Copies one chunk after the other, each with the progress of its range in one transaction of the target. Used by one thread. */
final class ChunkCopier<R> implements ChunkWork {
    private static final int DUPLICATE_ATTEMPTS = 5;
    private static final int MISSING_ATTEMPTS = 5;
    private static final String DUPLICATE_KEY = "23505";

    private final BackfillContext context;
    private final TableCopy copy;
    private final Work<R> work;
    private final RangeTable table;
    private final RangeSupply supply;
    private final ChunkSize size;
    private long nanosOfLastChunk;
    private long nanosOfLooks; // at the same chunk after it was written: they depend on its writers

    /** What all workers of a run have in common. */
    record Work<R>(
            String sweepId,
            TablePair pair,
            RowReader<R> reader,
            RowWriter<R> writer,
            RangeTable table,
            Memory memory) {}

    ChunkCopier(BackfillContext context, TableCopy copy, Work<R> work, RangeSupply supply) {
        this.context = context;
        this.copy = copy;
        this.work = work;
        table = work.table();
        this.supply = supply;
        size = new ChunkSize(copy.mostRows(), context.throttle().chunkTime.toNanos());
    }

    @Override
    public long nanosOfLastChunk() {
        return nanosOfLastChunk;
    }

    @Override
    public Chunk next(Range range) {
        long began = context.time().nanoTime();
        nanosOfLooks = 0;
        Chunk chunk = attempt(range, 1);
        nanosOfLastChunk = context.time().nanoTime() - began;
        size.took(nanosOfLastChunk - nanosOfLooks, chunk.rows());
        return chunk;
    }

    private Chunk attempt(Range range, int number) {
        try {
            return work.memory().use(() -> copy.guard() == OverwriteGuard.LOCK ? locked(range) : unlocked(range));
        } catch (RowWriter.MissingRows e) {
            if (number < MISSING_ATTEMPTS) {
                return attempt(range, number + 1); // they were deleted meanwhile: then the source has lost them too
            }
            throw new BackfillException(
                    "Backfill '" + context.name() + "' cannot continue " + range.place() + ": " + e.getMessage()
                            + ", and no error. Look for a trigger, a rule or a policy of the target that drops rows, and for keys that it takes for"
                            + " the same. Nothing of the chunk was written; running it again does not help before that is fixed.",
                    e);
        } catch (SQLException e) {
            throw failure(range, e);
        }
    }

    private Chunk locked(Range range) throws SQLException {
        return Transactions.runExact(context.source(), source -> {
            RowReader.Rows<R> read = read(source, range.position(), limit(), range.upper());
            Range next = next(range, read);
            return new Chunk(next, read.rows().size(), commit(range, read.rows(), next));
        });
    }

    private Chunk unlocked(Range range) throws SQLException {
        RowReader.Rows<R> read = Transactions.runExact(
                context.source(), source -> read(source, range.position(), limit(), range.upper()));
        List<R> rows = read.rows();
        Range next = next(range, read);
        long written =
                copy.guard() == OverwriteGuard.RECHECK ? rechecked(range, rows, next) : commit(range, rows, next);
        keepSmall(rows);
        return new Chunk(next, rows.size(), written);
    }

    private RowReader.Limit limit() {
        return new RowReader.Limit(size.rows(), Memory.CHUNK);
    }

    private Range next(Range range, RowReader.Rows<R> read) {
        List<R> rows = read.rows();
        return read.areAll()
                ? range.end(rows.size())
                : range.after(work.reader().key(rows.get(rows.size() - 1)), rows.size());
    }

    private void keepSmall(List<R> rows) {
        LongSummaryStatistics sizes =
                rows.stream().mapToLong(work.reader()::bytes).summaryStatistics();
        long bytes = sizes.getSum();
        work.memory().saw(sizes.getMax());
        if (bytes > Memory.CHUNK) {
            size.atMost((int) (rows.size() * Memory.CHUNK / bytes));
        }
    }

    private long rechecked(Range range, List<R> rows, Range next) throws SQLException {
        if (rows.isEmpty()) {
            return commit(range, rows, next);
        }
        TableKey upTo = work.reader().key(rows.get(rows.size() - 1));
        long written = commit(range, rows, null);
        long began = context.time().nanoTime();
        Recheck<R> recheck = new Recheck<>(work.reader(), range.position(), rows);
        while (!recheck.isSettled()) {
            Recheck.Look<R> look =
                    recheck.look(Transactions.runExact(context.source(), source -> readAgain(source, recheck, upTo)));
            written += follow(range, recheck, look, upTo);
        }
        nanosOfLooks = context.time().nanoTime() - began;
        commit(range, List.of(), next);
        return written;
    }

    private List<R> readAgain(Connection source, Recheck<R> recheck, TableKey upTo) throws SQLException {
        return read(source, recheck.after(), RowReader.Limit.NONE, upTo).rows();
    }

    private long follow(Range range, Recheck<R> recheck, Recheck.Look<R> look, TableKey upTo) throws SQLException {
        if (look.changed().isEmpty() && look.gone().isEmpty()) {
            return 0;
        }
        AtomicBoolean isDeleted = new AtomicBoolean();
        long written = transaction(range, target -> {
            table.lock(target, work.sweepId(), range); // fails if another run has continued this range
            isDeleted.set(isDeleted(target, recheck, look.gone(), upTo));
            return look.changed().isEmpty() ? 0 : work.writer().write(target, look.changed());
        });
        if (isDeleted.get()) {
            recheck.deleted(look.gone());
        }
        return written;
    }

    /**
     * Deletes rows, unless one of them has come back to the source: its writer may have written the target too, with columns that the mapping does not
     * have and that would be lost with it. The source is asked after the delete. Who brings a row back later, in the source first, waits in the target
     * for the lock of this transaction.
     */
    private boolean isDeleted(Connection target, Recheck<R> recheck, List<R> gone, TableKey upTo) throws SQLException {
        if (gone.isEmpty()) {
            return false;
        }
        Savepoint before = target.setSavepoint();
        work.writer().delete(target, gone);
        Set<TableKey> keys = gone.stream().map(work.reader()::key).collect(Collectors.toSet());
        // A pool of both tables may have a single connection.
        List<R> now = context.source() == context.target()
                ? readAgain(target, recheck, upTo)
                : Transactions.runExact(context.source(), source -> readAgain(source, recheck, upTo));
        boolean isBack = now.stream().map(work.reader()::key).anyMatch(keys::contains);
        if (isBack) {
            target.rollback(before);
        }
        return !isBack;
    }

    private RowReader.Rows<R> read(Connection source, @Nullable TableKey after, RowReader.Limit most, TableKey upTo)
            throws SQLException {
        RowReader.Rows<R> rows = work.reader().read(source, after, upTo, most, copy.guard() == OverwriteGuard.LOCK);
        work.pair().source.checkUnchanged(source);
        return rows;
    }

    /** @param next how far the range has come with that; {@code null} if it has not yet, as the rows are looked at again */
    private long commit(Range range, List<R> rows, @Nullable Range next) throws SQLException {
        AtomicBoolean isAgain = new AtomicBoolean();
        return transaction(range, target -> {
            boolean mayBeDone = isAgain.getAndSet(true);
            if (next == null) {
                table.lock(target, work.sweepId(), range);
            }
            long written = rows.isEmpty() ? 0 : work.writer().write(target, rows);
            work.pair().target.checkUnchanged(target);
            if (next != null) {
                table.save(target, work.sweepId(), next, mayBeDone);
            }
            return written;
        });
    }

    /** In H2, an insert of a key that another transaction inserts at the same time may fail; the next attempt finds it. */
    private long transaction(Range range, Transactions.Work<Long> inTarget) throws SQLException {
        for (int attempt = 1; ; attempt++) {
            try {
                return Transactions.runExact(context.target(), target -> {
                    supply.hold(target, range);
                    return inTarget.in(target);
                });
            } catch (SQLException e) {
                if (attempt == DUPLICATE_ATTEMPTS
                        || !DUPLICATE_KEY.equals(e.getSQLState())
                        || work.pair().target.canCopy()) {
                    throw e;
                }
            }
        }
    }

    private BackfillException failure(Range range, SQLException cause) {
        return new BackfillException(
                "Backfill '" + context.name() + "' cannot continue " + range.place() + ": "
                        + SqlFailure.describe(cause),
                cause);
    }
}
