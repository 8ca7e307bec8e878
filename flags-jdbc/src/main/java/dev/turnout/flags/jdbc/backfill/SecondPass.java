package dev.turnout.flags.jdbc.backfill;

import dev.turnout.flags.jdbc.backfill.BackfillTable.Mark;
import dev.turnout.flags.jdbc.backfill.BackfillTable.Pass;
import dev.turnout.flags.jdbc.backfill.RangeTable.Range;
import dev.turnout.flags.jdbc.sql.Home;
import dev.turnout.flags.jdbc.sql.SqlFailure;
import dev.turnout.flags.jdbc.sql.Transactions;
import dev.turnout.flags.migration.UnrepairableException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Visits what the target of a described table has, and what the source has, chunk by chunk, and lets each key be reconciled that the other table does
 * not have, or not in the same version: what is there too much, and what the first pass did not bring. Keys are looked up one by one rather than read
 * beside those of the other table, as the two databases may order them in two ways.
 *
 * <p>Both tables are divided into ranges, each in the order of its own database, that the same workers and leases go through as those of the first pass.
 * A range that is taken from a run which continues all the same is visited by both: reconciling twice is safe, and only
 * one of them saves how far it has come. Used once.
 */
final class SecondPass {
    private static final int CHUNKS_PER_RANGE = 10;
    private static final int MOST_UNREPAIRABLE = 10_000;
    // Numbers of ranges, beside those of the first pass.
    private static final int FIRST_OF_TARGET = 1_000;
    private static final int FIRST_OF_SOURCE = 2_000;

    private final BackfillContext context;
    private final TableCopy copy;
    private final Consumer<List<String>> reconcile;
    private final Home home;
    private final BackfillTable marks;
    private final RangeTable table;
    private final String hash;
    private final Side source;
    private final Side target;
    private final int limit;
    private final Unrepairable unrepairable = new Unrepairable();

    private record Side(DataSource database, KeyRows rows, int firstNumber) {}

    SecondPass(BackfillContext context, TableCopy copy, Consumer<List<String>> reconcile, TablePair pair) {
        this.context = context;
        this.copy = copy;
        this.reconcile = reconcile;
        home = context.home().patient();
        marks = new BackfillTable(home, context.name());
        table = new RangeTable(home, context.name());
        hash = pair.hash();
        source = new Side(context.source(), KeyRows.ofSource(pair), FIRST_OF_SOURCE);
        target = new Side(context.target(), KeyRows.ofTarget(pair), FIRST_OF_TARGET);
        limit = copy.mostVisited();
    }

    /**
     * Goes to the greatest key that each table has when the ranges are planned, from where they were left: what comes in behind it was written to both.
     *
     * @param copied rows of the pass before
     * @return how many keys were reconciled by this run
     */
    long run(String sweepId, long copied) throws SQLException {
        String ofRanges = idOfRanges(sweepId);
        long inTarget = estimatedRows(target);
        long reconciled = 0;
        List<Range> ranges;
        do {
            ranges = ranges(sweepId, ofRanges);
            RangeSupply supply = RangeSupply.of(context, copy.lease(), ofRanges, ranges);
            RangeWorkers workers = new RangeWorkers(
                    context, copy.workers(), () -> new Visitor(ofRanges, supply), ranges, supply, copied);
            reconciled += workers.run(copied + inTarget).changed();
            unrepairable.requireNone();
        } while (!end(sweepId, ofRanges, ranges.size()));
        return reconciled;
    }

    /**
     * What stands in the place of the sweep's id at ranges of this pass: a build that knows only those of the first
     * does not take one of them to be copied. Such a build deletes them when it copies again.
     */
    private static String idOfRanges(String sweepId) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(sweepId.getBytes(StandardCharsets.UTF_8));
            return "second pass " + HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256.", e);
        }
    }

    private long estimatedRows(Side side) throws SQLException {
        RangePlanner planner = planner(side);
        return Transactions.singlePatiently(side.database(), planner::estimatedRows);
    }

    private RangePlanner planner(Side side) {
        return new RangePlanner(side.rows().table, CHUNKS_PER_RANGE * limit, side.firstNumber());
    }

    private List<Range> ranges(String sweepId, String ofRanges) throws SQLException {
        if (home.run(connection -> isPlanned(connection, ofRanges))) {
            return home.run(connection -> table.read(connection, ofRanges));
        }
        List<Range> planned = new ArrayList<>(plan(target));
        planned.addAll(plan(source));
        return home.run(connection -> planned(connection, sweepId, ofRanges, planned));
    }

    private List<Range> plan(Side side) throws SQLException {
        long rows = estimatedRows(side);
        return Transactions.runExact(
                side.database(), connection -> planner(side).plan(connection, rows));
    }

    private boolean isPlanned(Connection connection, String ofRanges) throws SQLException {
        return table.planHash(connection, ofRanges).equals(List.of(hash));
    }

    /** Stores a plan, unless another run has stored one meanwhile, which is the one that counts. */
    private List<Range> planned(Connection connection, String sweepId, String ofRanges, List<Range> ranges)
            throws SQLException {
        if (lock(connection, sweepId).pass() != Pass.DONE && !isPlanned(connection, ofRanges)) {
            table.replan(connection, ofRanges, hash, ranges);
        }
        return table.read(connection, ofRanges);
    }

    private Mark lock(Connection connection, String sweepId) throws SQLException {
        Mark mark = marks.lock(connection, sweepId);
        if (mark.pass() == Pass.COPY) {
            throw new BackfillException(
                    "Sweep '" + sweepId + "' of backfill '" + context.name()
                            + "' was started over by another run while this one was in the second pass. Run it again to take part.");
        }
        return mark;
    }

    /** Notes that the sweep is over, unless another run has; not if ranges are not done, of any run, or are not as planned. */
    private boolean end(String sweepId, String ofRanges, int planned) throws SQLException {
        return home.run(connection -> {
            Mark mark = lock(connection, sweepId);
            if (mark.pass() == Pass.DONE) {
                return true;
            }
            List<Range> ranges = table.read(connection, ofRanges);
            if (ranges.size() != planned || !ranges.stream().allMatch(Range::isDone)) {
                return false;
            }
            marks.save(
                    connection,
                    mark.endOfSweep(ranges.stream().mapToLong(Range::rows).sum()));
            return true;
        });
    }

    /** What one thread does with a range. */
    private final class Visitor implements ChunkWork {
        private final String ofRanges;
        private final RangeSupply supply;
        private long nanosOfLastChunk;

        Visitor(String ofRanges, RangeSupply supply) {
            this.ofRanges = ofRanges;
            this.supply = supply;
        }

        @Override
        public long nanosOfLastChunk() {
            return nanosOfLastChunk;
        }

        @Override
        public Chunk next(Range range) {
            long began = context.time().nanoTime();
            try {
                Chunk chunk =
                        range.number() < FIRST_OF_SOURCE ? visit(range, target, source) : visit(range, source, target);
                nanosOfLastChunk = context.time().nanoTime() - began;
                return chunk;
            } catch (SQLException e) {
                throw new BackfillException(
                        "Backfill '" + context.name() + "' cannot continue its second pass " + range.place() + ": "
                                + SqlFailure.describe(e),
                        e);
            }
        }

        private Chunk visit(Range range, Side side, Side other) throws SQLException {
            List<FetchedRow> rows = Transactions.runExact(
                    side.database(),
                    connection -> side.rows().read(connection, range.position(), range.upper(), limit));
            List<TableKey> keys = rows.stream().map(FetchedRow::key).toList();
            // A write between the two looks makes a key seem different that needs no repair, which reads both again.
            Set<List<Object>> known = keys.isEmpty()
                    ? Set.of()
                    : Transactions.runExact(
                            other.database(), connection -> other.rows().find(connection, keys));
            long reconciled = rows.stream()
                    .filter(row -> !known.contains(KeyRows.comparable(row)))
                    .filter(row -> isReconciled(range, row.key()))
                    .count();
            Range next =
                    rows.size() < limit ? range.end(rows.size()) : range.after(keys.get(keys.size() - 1), rows.size());
            if (!unrepairable.isIn(range)) {
                save(range, next); // after the repair, which is done again if this is not reached
            } else if (next.isDone()) {
                supply.leave(range);
            }
            return new Chunk(next, rows.size(), reconciled);
        }

        private void save(Range range, Range next) throws SQLException {
            AtomicBoolean isAgain = new AtomicBoolean();
            home.run(connection -> {
                supply.hold(connection, range);
                table.save(connection, ofRanges, next, isAgain.getAndSet(true));
                return next;
            });
        }

        private boolean isReconciled(Range range, TableKey key) {
            try {
                reconcile.accept(key.parts());
                return true;
            } catch (UnrepairableException e) { // others can be, and who decides should know of all of them
                unrepairable.add(range, key, e);
                return false;
            } catch (RuntimeException e) {
                throw new BackfillException(
                        "Backfill '" + context.name() + "' cannot continue. Key '" + key
                                + "', which one of the tables has alone or in another version, cannot be reconciled: "
                                + e.getMessage()
                                + ". Run it again: it continues after the last chunk that was committed.",
                        e);
            }
        }
    }

    /** Keys that were left as they are; the range of one is not saved behind it, so the next run looks at it again. Thread-safe. */
    private final class Unrepairable {
        // All guarded by this.
        private final Set<List<String>> keys = new HashSet<>();
        private final Set<Integer> ranges = new HashSet<>();
        private @Nullable String first;

        synchronized void add(Range range, TableKey key, UnrepairableException problem) {
            ranges.add(range.number());
            keys.add(key.parts());
            first = first == null ? "Key '" + key + "': " + problem.getMessage() : first;
            if (keys.size() >= MOST_UNREPAIRABLE) {
                throw failure();
            }
        }

        synchronized boolean isIn(Range range) {
            return ranges.contains(range.number());
        }

        synchronized void requireNone() {
            if (!keys.isEmpty()) {
                throw failure();
            }
        }

        private BackfillException failure() {
            return new BackfillException("Backfill '" + context.name() + "' is not done: " + keys.size()
                    + (keys.size() >= MOST_UNREPAIRABLE ? " or more" : "")
                    + " keys, which one of the tables has alone or in another version, cannot be reconciled. "
                    + first
                    + (copy.lease() == null ? "" : " Other processes may have found more.")
                    + " Decide for each of them, then run it again.");
        }
    }
}
