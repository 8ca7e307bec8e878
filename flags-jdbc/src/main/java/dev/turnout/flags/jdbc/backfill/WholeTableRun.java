package dev.turnout.flags.jdbc.backfill;

import dev.turnout.flags.jdbc.backfill.BackfillTable.Mark;
import dev.turnout.flags.jdbc.backfill.BackfillTable.Pass;
import dev.turnout.flags.jdbc.rows.Progress;
import dev.turnout.flags.jdbc.sql.Dialect;
import dev.turnout.flags.jdbc.sql.SqlFailure;
import dev.turnout.flags.jdbc.sql.Transactions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run of a backfill of a table without a key that distinguishes its rows: all of it in one transaction of the
 * target. So there is no place at which it could continue: equal rows are as many as there were, or none are there.
 * Used once, by one thread.
 */
final class WholeTableRun {
    private static final Logger log = LoggerFactory.getLogger(WholeTableRun.class);

    private final BackfillContext context;
    private final TableCopy copy;
    private final BackfillTable table;
    private final Pacer pacer;

    WholeTableRun(BackfillContext context, TableCopy copy) {
        this.context = context;
        this.copy = copy;
        table = new BackfillTable(context.home().patient(), context.name());
        pacer = context.pacer();
    }

    BackfillResult run(String sweepId) {
        try {
            TablePair pair = TablePair.of(copy.mapping(), copy.guard(), context.source(), context.target());
            if (table.begin(sweepId).pass() == Pass.DONE) {
                return BackfillResult.NOTHING;
            }
            log.info("Backfill '{}' of {}: as a whole, in one transaction.", context.name(), copy.mapping());
            BackfillResult result = pair.isStreamed()
                    ? copy(sweepId, pair, new PostgresReader(pair.sourceTable()), lines(pair))
                    : copy(sweepId, pair, new FetchedReader(pair.sourceTable()), pair.fetchedWriter(false));
            log.info("Backfill '{}' has finished sweep '{}': {}.", context.name(), sweepId, result);
            return result;
        } catch (SQLException e) {
            throw new BackfillException(
                    "Backfill '" + context.name() + "' cannot copy " + copy.mapping()
                            + ", whose rows have no key, as a whole. The target is as it was: "
                            + SqlFailure.describe(e),
                    e);
        }
    }

    private RowWriter<byte[]> lines(TablePair pair) {
        return new PostgresWriter(copy.mapping(), pair.target.names(), copy.guard(), false);
    }

    /** Goes through the transaction of the target, which would try again by itself what has to begin with the source. */
    private static final class Passing extends RuntimeException {
        private static final long serialVersionUID = 1;

        final transient SQLException failure;

        Passing(SQLException failure) {
            super(null, failure, false, false);
            this.failure = failure;
        }
    }

    private <R> BackfillResult copy(String sweepId, TablePair pair, RowReader<R> reader, RowWriter<R> writer)
            throws SQLException {
        long estimatedRows =
                Transactions.singlePatiently(context.source(), new RangePlanner(pair.sourceTable(), 1)::estimatedRows);
        return Transactions.runExact(context.source(), source -> {
            try {
                return Transactions.runExact(context.target(), target -> {
                    try {
                        Attempt<R> attempt = new Attempt<>(pair, reader, writer, source, target, estimatedRows);
                        return attempt.copy(sweepId);
                    } catch (SQLException e) {
                        throw new Passing(e);
                    }
                });
            } catch (Passing e) {
                throw e.failure;
            }
        });
    }

    /** Of one transaction of the target, which others commit. */
    private final class Attempt<R> {
        private final TablePair pair;
        private final RowReader<R> reader;
        private final RowWriter<R> writer;
        private final Connection source;
        private final Connection target;
        private final String identifier;
        private final long estimatedRows;
        private final long beganNanos = context.time().nanoTime();
        private long rows;
        private long nanosOfLastPortion;

        Attempt(
                TablePair pair,
                RowReader<R> reader,
                RowWriter<R> writer,
                Connection source,
                Connection target,
                long estimatedRows) {
            this.pair = pair;
            this.reader = reader;
            this.writer = writer;
            this.source = source;
            this.target = target;
            this.estimatedRows = estimatedRows;
            identifier = pair.target.names().table(copy.mapping().targetTable());
        }

        BackfillResult copy(String sweepId) throws SQLException {
            Mark mark = table.lock(target, sweepId);
            if (mark.pass() == Pass.DONE) {
                return BackfillResult.NOTHING; // by another run, or by an attempt whose commit was not confirmed
            }
            keepOthersOut();
            empty();
            reader.readAll(source, Memory.CHUNK, this::write);
            requireAllThere();
            requireUnchanged(pair.source, source);
            requireUnchanged(pair.target, target);
            table.save(target, mark.endOfSweep(rows));
            return new BackfillResult(rows, rows, 0);
        }

        /** Where a database can, in a transaction: two backfills of different names would both find nothing there. */
        private void keepOthersOut() throws SQLException {
            if (pair.target.names().dialect() == Dialect.POSTGRES) {
                try (Statement statement = target.createStatement()) {
                    statement.execute("LOCK TABLE " + identifier + " IN SHARE ROW EXCLUSIVE MODE");
                }
            }
        }

        private void empty() throws SQLException {
            if (pair.isTargetEmpty(target)) {
                return;
            }
            if (!copy.replacing()) {
                throw new BackfillException("Backfill '" + context.name() + "' was not begun. Table "
                        + copy.mapping().targetTable()
                        + " of the target has rows, and none has a key, so it is unknown which of them were copied before. Empty it, or call"
                        + " replacing(), which deletes them and copies all again, in one transaction.");
            }
            try (Statement statement = target.createStatement()) {
                statement.executeUpdate("DELETE FROM " + identifier);
            }
        }

        private void write(List<R> portion) throws SQLException {
            pacer.await(nanosOfLastPortion, context.name(), 0);
            long began = context.time().nanoTime();
            writer.insert(target, portion);
            rows += portion.size();
            nanosOfLastPortion = context.time().nanoTime() - began;
            Progress.of(rows, estimatedRows, rows, context.time().nanoTime() - beganNanos)
                    .tell(context.listener());
        }

        private void requireAllThere() throws SQLException {
            long there;
            try (Statement statement = target.createStatement();
                    ResultSet row = statement.executeQuery("SELECT COUNT(*) FROM " + identifier)) {
                row.next();
                there = row.getLong(1);
            }
            if (there != rows) {
                throw new BackfillException(
                        "Backfill '" + context.name() + "' cannot copy " + copy.mapping() + ": " + rows
                                + " rows were written to the target, which has " + there
                                + ", and no error. Look for a trigger, a rule or a policy of the target that drops rows, and for others that write to it. The"
                                + " target is as it was.");
            }
        }

        private void requireUnchanged(TablePair.End end, Connection connection) throws SQLException {
            if (end.isChanged(connection)) {
                throw new BackfillException(
                        "Table " + end.table() + " of the " + end.side()
                                + " was changed while backfill '" + context.name()
                                + "' copied it. The target is as it was. Check that the mapping is still right, then run it again.");
            }
        }
    }
}
