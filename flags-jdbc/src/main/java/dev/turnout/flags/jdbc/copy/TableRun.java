package dev.turnout.flags.jdbc.copy;

import dev.turnout.flags.jdbc.copy.BackfillTable.Mark;
import dev.turnout.flags.jdbc.copy.BackfillTable.Pass;
import dev.turnout.flags.jdbc.copy.RangeTable.Range;
import dev.turnout.flags.jdbc.sql.Transactions;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One run of a backfill of a described table: plans its ranges once, then lets workers copy them. Used once. */
final class TableRun {
    private static final Logger log = LoggerFactory.getLogger(TableRun.class);
    private static final char HASH_MARK = '#';
    private static final int HASH_LENGTH = 16;

    private final Backfill<?, ?> backfill;
    private final TableCopy copy;
    private final BackfillTable table;
    private final RangeTable rangeTable;
    private Mark mark = Mark.startOf("");

    TableRun(Backfill<?, ?> backfill, TableCopy copy) {
        this.backfill = backfill;
        this.copy = copy;
        table = new BackfillTable(backfill.target, backfill.name);
        rangeTable = new RangeTable(backfill.target, backfill.name);
    }

    /**
     * What a sweep is kept under: with another mapping, or other tables, it is another one, which starts over. What was copied until then may be
     * wrong.
     */
    static String keptAs(String sweepId, TablePair pair) {
        return sweepId + HASH_MARK + pair.hash().substring(0, HASH_LENGTH);
    }

    /** As the caller of {@link #keptAs} knows it. */
    static String sweepId(String keptAs) {
        return keptAs.substring(0, keptAs.lastIndexOf(HASH_MARK));
    }

    Backfill.Result run(String sweepId) {
        try {
            TablePair pair = TablePair.of(copy.mapping(), copy.guard(), backfill.source, backfill.target);
            log.info(
                    "Backfill '{}' of {}: guard {}, {}, {} workers.",
                    backfill.name,
                    copy.mapping(),
                    copy.guard(),
                    pair.isStreamed() ? "streamed by COPY" : "row by row through Java",
                    copy.workers());
            return run(keptAs(sweepId, pair), pair);
        } catch (SQLException e) {
            throw new CopyException(
                    "Backfill '" + backfill.name + "' can't begin: " + e.getMessage()
                            + ". Run it again when that is mended.",
                    e);
        }
    }

    private Backfill.Result run(String sweepId, TablePair pair) throws SQLException {
        mark = table.begin(sweepId);
        rangeTable.install();
        Backfill.Result copied = mark.pass() == Pass.COPY ? copy(sweepId, pair) : new Backfill.Result(0, 0, 0);
        long reconciled = reconcile(sweepId, pair);
        Backfill.Result result = new Backfill.Result(copied.visited(), copied.written(), reconciled);
        log.info("Backfill '{}' has finished sweep '{}': {}.", backfill.name, sweepId(sweepId), result);
        return result;
    }

    private Backfill.Result copy(String sweepId, TablePair pair) throws SQLException {
        RangePlanner planner = new RangePlanner(pair.sourceTable(), copy.rowsPerRange());
        long estimatedRows;
        try (Connection connection = backfill.source.getConnection()) {
            estimatedRows = planner.estimatedRows(connection);
        }
        List<Range> ranges = ranges(sweepId, planner, estimatedRows);
        Backfill.Result result = workers(sweepId, pair, ranges).run(estimatedRows);
        mark = Transactions.run(backfill.target, connection -> end(connection, sweepId));
        return result;
    }

    /** Returns how many keys were reconciled. */
    private long reconcile(String sweepId, TablePair pair) throws SQLException {
        Consumer<List<String>> reconcile = backfill.reconcileKey;
        if (reconcile == null || mark.pass() != Pass.EXTRAS) {
            return 0;
        }
        List<Range> ranges = Transactions.run(backfill.target, connection -> rangeTable.read(connection, sweepId));
        long copied = ranges.stream().mapToLong(Range::rows).sum();
        return new SecondPass(backfill, reconcile, pair, table).run(mark, copied);
    }

    private List<Range> ranges(String sweepId, RangePlanner planner, long estimatedRows) throws SQLException {
        List<Range> planned = Transactions.run(backfill.target, connection -> rangeTable.read(connection, sweepId));
        if (!planned.isEmpty()) {
            return planned;
        }
        List<Range> ranges = Transactions.run(backfill.source, connection -> planner.plan(connection, estimatedRows));
        return Transactions.run(backfill.target, connection -> planned(connection, sweepId, ranges));
    }

    /** Stores a plan, unless somebody else has stored one meanwhile, which is the one that counts. */
    private List<Range> planned(Connection connection, String sweepId, List<Range> ranges) throws SQLException {
        table.lock(connection, sweepId);
        if (rangeTable.read(connection, sweepId).isEmpty()) {
            rangeTable.plan(connection, sweepId, ranges);
        }
        return rangeTable.read(connection, sweepId);
    }

    /** Notes that all ranges are done, unless somebody else has. */
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

    private RangeSupply supply(String sweepId, List<Range> ranges) {
        Duration lease = copy.lease();
        if (lease == null) {
            return RangeSupply.of(
                    ranges.stream().filter(range -> !range.isDone()).toList());
        }
        String owner = "process " + ProcessHandle.current().pid() + ", run " + UUID.randomUUID();
        RangeLeases leases = new RangeLeases(backfill.target, backfill.name, sweepId, owner, lease.toMillis());
        return new SharedRanges(backfill.name, leases, backfill.control, ranges.size(), lease);
    }

    private RangeWorkers<?> workers(String sweepId, TablePair pair, List<Range> ranges) {
        SourceTable source = pair.sourceTable();
        RangeSupply supply = supply(sweepId, ranges);
        return pair.isStreamed()
                ? new RangeWorkers<>(
                        backfill,
                        copy,
                        new RangeWorkers.Work<>(
                                sweepId,
                                pair,
                                new PostgresRows(source),
                                new PostgresTarget(copy.mapping(), pair.target.names(), copy.guard()),
                                rangeTable),
                        ranges,
                        supply)
                : new RangeWorkers<>(
                        backfill,
                        copy,
                        new RangeWorkers.Work<>(
                                sweepId, pair, new FetchedRows(source), pair.fetchedWriter(), rangeTable),
                        ranges,
                        supply);
    }
}
