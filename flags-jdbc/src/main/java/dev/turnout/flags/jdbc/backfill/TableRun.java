package dev.turnout.flags.jdbc.backfill;

import dev.turnout.flags.jdbc.backfill.BackfillTable.Mark;
import dev.turnout.flags.jdbc.backfill.BackfillTable.Pass;
import dev.turnout.flags.jdbc.backfill.RangeTable.Range;
import dev.turnout.flags.jdbc.sql.Home;
import dev.turnout.flags.jdbc.sql.SqlFailure;
import dev.turnout.flags.jdbc.sql.Transactions;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One run of a backfill of a described table: plans its ranges once, then lets workers copy them; then the second pass, if it has one. Used once. */
final class TableRun {
    private static final Logger log = LoggerFactory.getLogger(TableRun.class);
    static final String START_OVER =
            "let it start over with restartWithChangedMapping(), or begin another sweep into an empty table.";

    private final BackfillContext context;
    private final TableCopy copy;
    private final Home home;
    private final BackfillTable table;
    private final RangeTable rangeTable;
    private Mark mark = Mark.startOf("");

    TableRun(BackfillContext context, TableCopy copy) {
        this.context = context;
        this.copy = copy;
        home = context.home().patient();
        table = new BackfillTable(home, context.name());
        rangeTable = new RangeTable(home, context.name());
    }

    BackfillResult run(String sweepId) {
        try {
            TablePair pair = TablePair.of(copy.mapping(), copy.guard(), context.source(), context.target());
            log.info(
                    "Backfill '{}' of {}: guard {}, {}, {} workers.",
                    context.name(),
                    copy.mapping(),
                    copy.guard(),
                    pair.isStreamed() ? "streamed by COPY" : "row by row through Java",
                    copy.workers());
            return run(sweepId, pair);
        } catch (SQLException e) {
            throw new BackfillException("Backfill '" + context.name() + "' cannot begin: " + SqlFailure.describe(e), e);
        }
    }

    private BackfillResult run(String sweepId, TablePair pair) throws SQLException {
        mark = table.begin(sweepId);
        if (copy.remapped()) {
            mark = home.run(connection -> startOver(connection, sweepId, pair.hash()));
        }
        BackfillResult copied = mark.pass() == Pass.COPY ? copy(sweepId, pair) : BackfillResult.NOTHING;
        long reconciled = reconcile(sweepId, pair);
        BackfillResult result = new BackfillResult(copied.visited(), copied.written(), reconciled);
        log.info("Backfill '{}' has finished sweep '{}': {}.", context.name(), sweepId, result);
        return result;
    }

    /** Forgets what a sweep has copied by another mapping, or between other tables, unless another run did before. */
    private Mark startOver(Connection connection, String sweepId, String hash) throws SQLException {
        Mark begun = table.lock(connection, sweepId);
        List<String> planned = rangeTable.planHash(connection, sweepId);
        if (planned.isEmpty() || planned.equals(List.of(hash))) {
            return begun;
        }
        rangeTable.disown(connection, sweepId);
        Mark start = begun.startOver();
        table.save(connection, start);
        log.warn(
                "Sweep '{}' of backfill '{}' starts over, as its mapping or tables are others than when it was begun.",
                sweepId,
                context.name());
        return start;
    }

    private BackfillResult copy(String sweepId, TablePair pair) throws SQLException {
        RangePlanner planner = new RangePlanner(pair.sourceTable(), copy.rowsPerRange());
        long estimatedRows = Transactions.singlePatiently(context.source(), planner::estimatedRows);
        List<Range> ranges = ranges(sweepId, pair, planner, estimatedRows);
        // As it was planned, also for a run that continues it without the setting: the rest is to be replaced too.
        boolean remapped = copy.remapped() || home.run(connection -> rangeTable.isRemapped(connection, sweepId));
        RangeWorkers.Done done = workers(sweepId, pair, ranges, remapped).run(estimatedRows);
        mark = home.run(connection -> end(connection, sweepId));
        return new BackfillResult(done.rows(), done.changed(), 0);
    }

    /** Returns how many keys were reconciled. */
    private long reconcile(String sweepId, TablePair pair) throws SQLException {
        Consumer<List<String>> reconcile = copy.reconcile();
        if (reconcile == null || mark.pass() == Pass.DONE) {
            return 0;
        }
        List<Range> ranges = home.run(connection -> {
            List<String> planned = rangeTable.planHash(connection, sweepId);
            if (!planned.isEmpty()) { // as it is where the source was empty
                requireSamePlan(sweepId, planned, pair.hash());
            }
            return rangeTable.read(connection, sweepId);
        });
        long copied = ranges.stream().mapToLong(Range::rows).sum();
        return new SecondPass(context, copy, reconcile, pair).run(sweepId, copied);
    }

    private List<Range> ranges(String sweepId, TablePair pair, RangePlanner planner, long estimatedRows)
            throws SQLException {
        String hash = pair.hash();
        List<String> planned = home.run(connection -> rangeTable.planHash(connection, sweepId));
        if (planned.isEmpty()) {
            List<Range> ranges =
                    Transactions.runExact(context.source(), connection -> planner.plan(connection, estimatedRows));
            planned = home.run(connection -> planned(connection, sweepId, pair, hash, ranges));
        }
        if (planned.isEmpty()) {
            return List.of(); // an empty table
        }
        requireSamePlan(sweepId, planned, hash);
        return home.run(connection -> rangeTable.read(connection, sweepId));
    }

    private void requireSamePlan(String sweepId, List<String> planned, String hash) {
        if (!planned.equals(List.of(hash))) {
            throw changed(sweepId);
        }
    }

    private BackfillException changed(String sweepId) {
        return new BackfillException("Sweep '" + sweepId + "' of backfill '" + context.name()
                + "', or the one before it, was begun with another mapping, or one of its tables was changed since. What is copied may be"
                + " wrong by now: " + START_OVER);
    }

    /** Stores a plan, unless another run has stored one meanwhile, which is the one that counts. */
    private List<String> planned(Connection connection, String sweepId, TablePair pair, String hash, List<Range> ranges)
            throws SQLException {
        table.lock(connection, sweepId);
        if (rangeTable.planHash(connection, sweepId).isEmpty()) {
            if (!mayStayAsItIs(connection, pair, hash)) {
                throw changed(sweepId);
            }
            rangeTable.plan(connection, sweepId, hash, copy.remapped(), ranges);
        }
        return rangeTable.planHash(connection, sweepId);
    }

    /** Whether what an earlier sweep has copied is what this one would make of it, or is overwritten. */
    private boolean mayStayAsItIs(Connection connection, TablePair pair, String hash) throws SQLException {
        boolean overwrites =
                copy.remapped() || copy.guard() == OverwriteGuard.RECHECK || copy.guard() == OverwriteGuard.LOCK;
        return overwrites
                || rangeTable.planHashes(connection).stream().allMatch(hash::equals)
                || pair.isTargetEmpty(connection);
    }

    /** Notes that all ranges are done, unless another run has. */
    private Mark end(Connection connection, String sweepId) throws SQLException {
        Mark mark = table.lock(connection, sweepId);
        if (mark.pass() != Pass.COPY) {
            return mark;
        }
        long rows = rangeTable.read(connection, sweepId).stream()
                .mapToLong(Range::rows)
                .sum();
        Mark end = mark.endOfPass(rows);
        table.save(connection, end);
        return end;
    }

    private RangeWorkers workers(String sweepId, TablePair pair, List<Range> ranges, boolean remapped) {
        SourceTable source = pair.sourceTable();
        return pair.isStreamed()
                ? workers(
                        sweepId,
                        pair,
                        ranges,
                        new PostgresReader(source),
                        new PostgresWriter(copy.mapping(), pair.target.names(), copy.guard(), remapped))
                : workers(sweepId, pair, ranges, new FetchedReader(source), pair.fetchedWriter(remapped));
    }

    private <R> RangeWorkers workers(
            String sweepId, TablePair pair, List<Range> ranges, RowReader<R> reader, RowWriter<R> writer) {
        RangeSupply supply = RangeSupply.of(context, copy.lease(), sweepId, ranges);
        ChunkCopier.Work<R> work = new ChunkCopier.Work<>(sweepId, pair, reader, writer, rangeTable, new Memory());
        return new RangeWorkers(
                context, copy.workers(), () -> new ChunkCopier<>(context, copy, work, supply), ranges, supply, 0);
    }
}
