package dev.turnout.flags.jdbc.backfill;

import dev.turnout.flags.jdbc.backfill.RangeSupply.Totals;
import dev.turnout.flags.jdbc.ranges.LeasedRange;
import dev.turnout.flags.jdbc.ranges.WriterLeases;
import dev.turnout.flags.jdbc.sql.Home;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The ranges of keys that a backfill is divided into, and how far each has come: a row each in the target database,
 * written in the same transaction as the rows that it describes. Its step counter lets only one worker continue a
 * range, and its epoch only the one that took it last.
 */
final class RangeTable {
    /**
     * A range of keys, and how far it has come.
     *
     * @param lower the last key before it; {@code null} for the first range
     * @param upper the last key in it
     * @param last the last key that is done; {@code null} if none is
     * @param rows done until now
     * @param step how often it was written
     * @param epoch how often it was taken by a run that shares it with others; 0 if never
     */
    record Range(
            int number,
            @Nullable TableKey lower,
            TableKey upper,
            @Nullable TableKey last,
            long rows,
            long step,
            long epoch,
            boolean isDone)
            implements LeasedRange {
        static Range of(int number, @Nullable TableKey lower, TableKey upper) {
            return new Range(number, lower, upper, null, 0, 0, 0, false);
        }

        /** As its row is after a run has taken it. */
        Range taken() {
            return new Range(number, lower, upper, last, rows, step, epoch + 1, isDone);
        }

        /** The last key that is not to be read again. */
        @Nullable
        TableKey position() {
            return last == null ? lower : last;
        }

        /** Where it continues, for messages. */
        String place() {
            TableKey position = position();
            return (position == null ? "at the beginning" : "after key '" + position + "'") + ", up to key '" + upper
                    + "'";
        }

        Range after(TableKey key, long more) {
            return new Range(number, lower, upper, key, rows + more, step + 1, epoch, false);
        }

        Range end(long more) {
            return new Range(number, lower, upper, last, rows + more, step + 1, epoch, true);
        }
    }

    private static final String COLUMNS = "range_no, lower_key, upper_key, last_key, rows_done, step, epoch, is_done";

    private final Home home;
    private final String name;

    RangeTable(Home home, String name) {
        this.home = home;
        this.name = name;
    }

    /** Those of a sweep, in order; empty if it was not planned yet. */
    List<Range> read(Connection connection, String sweepId) throws SQLException {
        return home.query(
                connection,
                RangeTable::range,
                "SELECT " + COLUMNS + " FROM turnout_backfill_range WHERE name = ? AND sweep_id = ? ORDER BY range_no",
                name,
                sweepId);
    }

    /** Takes a range that is free, as far as it has come; empty if there is none. */
    static Optional<Range> take(WriterLeases leases) throws SQLException {
        return leases.take(COLUMNS, RangeTable::range).map(Range::taken);
    }

    /** How far all of a sweep have come. */
    Totals totals(String sweepId) throws SQLException {
        return home.query(
                        row -> new Totals(row.getInt(1), row.getInt(2), row.getLong(3), row.getLong(4)),
                        "SELECT count(*), COALESCE(sum(is_done), 0), COALESCE(sum(rows_done), 0), COALESCE(sum(is_done * rows_done), 0)"
                                + " FROM turnout_backfill_range WHERE name = ? AND sweep_id = ?",
                        name,
                        sweepId)
                .get(0);
    }

    private static Range range(ResultSet row) throws SQLException {
        return new Range(
                row.getInt(1),
                TableKey.orNull(row.getString(2)),
                TableKey.fromText(row.getString(3)),
                TableKey.orNull(row.getString(4)),
                row.getLong(5),
                row.getLong(6),
                row.getLong(7),
                row.getInt(8) == 1);
    }

    /** What the plan of a sweep was made of, if it was planned. */
    List<String> planHash(Connection connection, String sweepId) throws SQLException {
        return home.query(
                connection,
                row -> row.getString(1),
                "SELECT DISTINCT plan_hash FROM turnout_backfill_range WHERE name = ? AND sweep_id = ?",
                name,
                sweepId);
    }

    /** Those of all sweeps of which there are ranges still. */
    List<String> planHashes(Connection connection) throws SQLException {
        return home.query(
                connection,
                row -> row.getString(1),
                "SELECT DISTINCT plan_hash FROM turnout_backfill_range WHERE name = ?",
                name);
    }

    /** That of a sweep, in a transaction of its own, where perhaps nothing was ever planned. */
    List<String> planHash(String sweepId) throws SQLException {
        return home.run(connection -> planHash(connection, sweepId));
    }

    /** Puts the ranges of a sweep in the place of all others. */
    void plan(Connection connection, String sweepId, String planHash, boolean remapped, List<Range> ranges)
            throws SQLException {
        home.update(connection, "DELETE FROM turnout_backfill_range WHERE name = ?", name);
        add(connection, sweepId, planHash, remapped, ranges);
    }

    /** Puts ranges in the place of those of one sweep. */
    void replan(Connection connection, String sweepId, String planHash, List<Range> ranges) throws SQLException {
        home.update(connection, "DELETE FROM turnout_backfill_range WHERE name = ? AND sweep_id = ?", name, sweepId);
        add(connection, sweepId, planHash, false, ranges);
    }

    private void add(Connection connection, String sweepId, String planHash, boolean remapped, List<Range> ranges)
            throws SQLException {
        String sql =
                "INSERT INTO turnout_backfill_range (name, range_no, sweep_id, plan_hash, is_remapped, lower_key, upper_key, rows_done, step, is_done,"
                        + " epoch, lease_until) VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, 0)";
        try (var statement = home.prepare(connection, sql)) {
            for (Range range : ranges) {
                TableKey lower = range.lower();
                statement.setString(1, name);
                statement.setInt(2, range.number());
                statement.setString(3, sweepId);
                statement.setString(4, planHash);
                statement.setInt(5, remapped ? 1 : 0);
                statement.setString(6, lower == null ? null : lower.toText());
                statement.setString(7, range.upper().toText());
                statement.addBatch();
            }
            statement.executeBatch();
        }
    }

    /** Makes the ranges of a sweep those of none: it is not planned, but what it was begun with is known until it is. */
    void disown(Connection connection, String sweepId) throws SQLException {
        home.update(
                connection,
                "UPDATE turnout_backfill_range SET sweep_id = '' WHERE name = ? AND sweep_id = ?",
                name,
                sweepId);
    }

    /** Whether a sweep was planned to write also over rows of the same version. */
    boolean isRemapped(Connection connection, String sweepId) throws SQLException {
        return !home.query(
                        connection,
                        row -> 1,
                        "SELECT 1 FROM turnout_backfill_range WHERE name = ? AND sweep_id = ? AND is_remapped = 1 LIMIT 1",
                        name,
                        sweepId)
                .isEmpty();
    }

    /**
     * Writes how far a range has come, if no other worker has since the step before, nor taken it.
     *
     * @param isAgain whether this may have been written before, by a transaction whose commit is uncertain
     */
    void save(Connection connection, String sweepId, Range range, boolean isAgain) throws SQLException {
        TableKey last = range.last();
        try (var statement = home.prepare(
                connection,
                "UPDATE turnout_backfill_range SET last_key = ?, rows_done = ?, step = ?, is_done = ?"
                        + " WHERE name = ? AND range_no = ? AND sweep_id = ? AND step = ? AND epoch = ?")) {
            statement.setString(1, last == null ? null : last.toText());
            statement.setLong(2, range.rows());
            statement.setLong(3, range.step());
            statement.setInt(4, range.isDone() ? 1 : 0);
            statement.setString(5, name);
            statement.setInt(6, range.number());
            statement.setString(7, sweepId);
            statement.setLong(8, range.step() - 1);
            statement.setLong(9, range.epoch());
            if (statement.executeUpdate() == 0
                    && !(isAgain && read(connection, sweepId).contains(range))) {
                throw overtaken(sweepId, range);
            }
        }
    }

    /** Keeps others from continuing a range before the transaction ends, if none has until now. */
    void lock(Connection connection, String sweepId, Range range) throws SQLException {
        List<Integer> found = home.query(
                connection,
                row -> row.getInt(1),
                "SELECT range_no FROM turnout_backfill_range WHERE name = ? AND range_no = ? AND sweep_id = ? AND step = ? AND epoch = ?"
                        + " FOR UPDATE",
                name,
                range.number(),
                sweepId,
                range.step(),
                range.epoch());
        if (found.isEmpty()) {
            throw overtaken(sweepId, range);
        }
    }

    private BackfillException overtaken(String sweepId, Range range) {
        return new BackfillException("Backfill '" + name
                + "' is run by another process or thread too, which has continued range " + range.number()
                + " of sweep '" + sweepId
                + "', or begun another one. Nothing more of this chunk was written; let one of them run.");
    }
}
