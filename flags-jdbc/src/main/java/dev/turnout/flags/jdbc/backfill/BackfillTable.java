package dev.turnout.flags.jdbc.backfill;

import dev.turnout.flags.jdbc.sql.Dialect;
import dev.turnout.flags.jdbc.sql.Home;
import dev.turnout.flags.jdbc.sql.Statements;
import dev.turnout.flags.jdbc.sql.Transactions;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How far backfills have come: a row each in the target database, written in the same transaction as the rows that it
 * describes. A step counter lets only one run continue: a run that finds another step than its own has been overtaken.
 */
final class BackfillTable {
    /** What remains to be done, in this order. */
    enum Pass {
        /** Copying what the source has. */
        COPY,
        /** The second pass: reconciling what one of the two has alone, or in another version. */
        EXTRAS,
        /** The second half of that in builds before its ranges were shared; done from its beginning here. */
        MISSING,
        /** Nothing. */
        DONE
    }

    /**
     * A place in a sweep.
     *
     * @param lastKey the last one of the pass that is done, as text; {@code null} before the first
     * @param rows visited until now, in all passes
     * @param step how often it was written
     */
    record Mark(String sweepId, Pass pass, @Nullable String lastKey, long rows, long step) {
        static Mark startOf(String sweepId) {
            return new Mark(sweepId, Pass.COPY, null, 0, 0);
        }

        Mark after(String key, long more) {
            return new Mark(sweepId, pass, key, rows + more, step + 1);
        }

        Mark startOver() {
            return new Mark(sweepId, Pass.COPY, null, 0, step + 1);
        }

        Mark endOfPass(long more) {
            return end(pass == Pass.COPY ? Pass.EXTRAS : Pass.DONE, more);
        }

        /** After the second pass. */
        Mark endOfSweep(long more) {
            return end(Pass.DONE, more);
        }

        private Mark end(Pass next, long more) {
            return new Mark(sweepId, next, null, rows + more, step + 1);
        }
    }

    private static final List<String> COLUMNS = List.of("sweep_id", "pass", "last_key", "rows_done", "step", "name");
    private static final List<String> KEY = List.of("name");
    private static final int ATTEMPTS = 5;
    private static final String UPDATE =
            "UPDATE turnout_backfill SET sweep_id = ?, pass = ?, last_key = ?, rows_done = ?, step = ? WHERE name = ?";

    private final Home home;
    private final String name;

    BackfillTable(Home home, String name) {
        this.home = home;
        this.name = name;
    }

    /** Where that sweep has come to; an unfinished sweep of another id is forgotten, as what it copied may be outdated. */
    Mark begin(String sweepId) throws SQLException {
        for (int attempt = 1; ; attempt++) {
            try {
                return home.run(connection -> begin(connection, sweepId));
            } catch (SQLException e) {
                // In H2, one of two that begin at once may fail, and finds the row of the other the next time.
                if (attempt == ATTEMPTS || !Transactions.isDuplicateKey(e)) {
                    throw e;
                }
            }
        }
    }

    private Mark begin(Connection connection, String sweepId) throws SQLException {
        Mark mark = read(connection, " FOR UPDATE");
        if (mark != null && mark.sweepId().equals(sweepId)) {
            return mark;
        }
        Mark start = Mark.startOf(sweepId);
        if (mark != null) { // should its id come back, it starts over too
            home.update(connection, "UPDATE turnout_backfill_range SET sweep_id = '' WHERE name = ?", name);
        }
        write(connection, Dialect.of(connection).upsert("turnout_backfill", COLUMNS, KEY), start);
        return start;
    }

    /** Where the sweep that was begun last has come to; empty if none was. */
    Optional<Mark> last() throws SQLException {
        return home.run(connection -> Optional.ofNullable(read(connection, "")));
    }

    /** The mark of a sweep, which no other run can change before the transaction ends. */
    Mark lock(Connection connection, String sweepId) throws SQLException {
        Mark mark = read(connection, " FOR UPDATE");
        if (mark == null || !mark.sweepId().equals(sweepId)) {
            throw new BackfillException("Another sweep of backfill '" + name + "' was begun while sweep '" + sweepId
                    + "' was run, and takes its place. What this one has copied stays, and that one copies it again.");
        }
        return mark;
    }

    private @Nullable Mark read(Connection connection, String lock) throws SQLException {
        String sql = "SELECT sweep_id, pass, last_key, rows_done, step FROM turnout_backfill WHERE name = ?" + lock;
        try (PreparedStatement statement = home.prepare(connection, sql)) {
            statement.setString(1, name);
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next()) {
                    return null;
                }
                Pass pass = Statements.constant(Pass.class, row, 2);
                return new Mark(row.getString(1), pass, row.getString(3), row.getLong(4), row.getLong(5));
            }
        }
    }

    /** Writes the mark if no run has written another one since the step before it. */
    void save(Connection connection, Mark mark) throws SQLException {
        String sql = UPDATE + " AND sweep_id = ? AND step = ?";
        if (write(connection, sql, mark, mark.sweepId(), mark.step() - 1) == 0) {
            throw new BackfillException("Backfill '" + name
                    + "' is run by another process or thread too, which has continued sweep '" + mark.sweepId()
                    + "', or begun another one. Nothing of this chunk was written; let one of them run.");
        }
    }

    private int write(Connection connection, String sql, Mark mark, Object... condition) throws SQLException {
        try (PreparedStatement statement = home.prepare(connection, sql)) {
            statement.setString(1, mark.sweepId());
            statement.setString(2, mark.pass().name().toLowerCase(Locale.ROOT));
            statement.setString(3, mark.lastKey());
            statement.setLong(4, mark.rows());
            statement.setLong(5, mark.step());
            statement.setString(6, name);
            for (int i = 0; i < condition.length; i++) {
                statement.setObject(7 + i, condition[i]);
            }
            return statement.executeUpdate();
        }
    }
}
