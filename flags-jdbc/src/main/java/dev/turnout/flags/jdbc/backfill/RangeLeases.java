package dev.turnout.flags.jdbc.backfill;

import dev.turnout.flags.jdbc.backfill.RangeSupply.Totals;
import dev.turnout.flags.jdbc.backfill.RangeTable.Range;
import dev.turnout.flags.jdbc.sql.AdvisoryLocks;
import dev.turnout.flags.jdbc.sql.Dialect;
import dev.turnout.flags.jdbc.sql.Home;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Which run has which range of a sweep, and until when it has to be heard of: columns of {@code turnout_backfill_range}. Measured by the clock of
 * the database alone. A lease says when somebody else may try; what keeps two from writing is the epoch, which is counted up whenever a range is
 * taken, and looked at under the lock of its row in each transaction that writes. Thread-safe.
 */
final class RangeLeases {
    private static final String OF_RANGE = " WHERE name = ? AND sweep_id = ? AND range_no = ?";

    // Of what is done again soon anyway, and must not come late: signs of life, and what is left to others.
    private final Home home;
    private final Home patient;
    private final String name;
    private final String sweepId;
    private final String owner;
    private final long leaseMillis;
    // What take() has given, and in which epoch. The owner may have more: a connection can be lost while it is
    // committed that a range is taken, or given back.
    private final Map<Integer, Long> given = new ConcurrentHashMap<>();

    /** With an owner that no other run has. */
    RangeLeases(Home home, String name, String sweepId, String owner, long leaseMillis) {
        this.home = home;
        patient = home.patient();
        this.name = name;
        this.sweepId = sweepId;
        this.owner = owner;
        this.leaseMillis = leaseMillis;
    }

    /** Takes a range that nobody has, or whose owner was not heard of for a lease. Does not wait for one that is being written. */
    synchronized Optional<Range> take() throws SQLException {
        AtomicBoolean isAgain = new AtomicBoolean();
        Optional<Range> taken = patient.run(connection -> {
            mark(connection);
            if (isAgain.getAndSet(true)) {
                giveBackUnknown(connection);
            }
            String now = Dialect.of(connection).nowMillis();
            List<Range> free = home.query(
                    connection,
                    RangeTable::range,
                    RangeTable.SELECT + " AND is_done = 0 AND (owner IS NULL OR lease_until < " + now
                            + ") ORDER BY range_no LIMIT 1 FOR UPDATE SKIP LOCKED",
                    name,
                    sweepId);
            if (free.isEmpty()) {
                return Optional.empty();
            }
            Range range = free.get(0);
            home.update(
                    connection,
                    "UPDATE turnout_backfill_range SET owner = ?, epoch = epoch + 1, lease_until = " + now + " + ?"
                            + OF_RANGE,
                    owner,
                    leaseMillis,
                    name,
                    sweepId,
                    range.number());
            return Optional.of(range.taken());
        });
        taken.ifPresent(range -> given.put(range.number(), range.epoch()));
        return taken;
    }

    /** What the owner has, but does not know of, nobody would work at before its lease is over. */
    private void giveBackUnknown(Connection connection) throws SQLException {
        for (Owned range : lockOwn(connection)) {
            if (!isGiven(range)) {
                home.update(
                        connection,
                        "UPDATE turnout_backfill_range SET owner = NULL" + OF_RANGE,
                        name,
                        sweepId,
                        range.number());
            }
        }
    }

    private record Owned(int number, long epoch) {}

    private boolean isGiven(Owned range) {
        return Long.valueOf(range.epoch()).equals(given.get(range.number()));
    }

    /** Passes by those that are being written. */
    private List<Owned> lockOwn(Connection connection) throws SQLException {
        return home.query(
                connection,
                row -> new Owned(row.getInt(1), row.getLong(2)),
                "SELECT range_no, epoch FROM turnout_backfill_range WHERE name = ? AND sweep_id = ? AND is_done = 0 AND owner = ?"
                        + " ORDER BY range_no FOR UPDATE SKIP LOCKED",
                name,
                sweepId,
                owner);
    }

    /** Locks a range until the transaction ends, if nobody has taken it since this run did. */
    void hold(Connection connection, Range range) throws SQLException {
        mark(connection);
        Dialect dialect = Dialect.of(connection);
        int held = home.update(
                connection,
                "UPDATE turnout_backfill_range SET lease_until = " + dialect.nowMillis() + " + ?" + OF_RANGE
                        + " AND owner = ? AND epoch = ?",
                leaseMillis,
                name,
                sweepId,
                range.number(),
                owner,
                range.epoch());
        if (held == 0) {
            throw new RangeTakenException(range.number(), range.epoch());
        }
    }

    /** Before anything is locked: a client can be stopped between any two statements. */
    private void mark(Connection connection) throws SQLException {
        if (Dialect.of(connection) == Dialect.POSTGRES) {
            StuckSessions.mark(connection, sessionKey());
        }
    }

    /** Whether somebody has taken it since this run did, or may take it now. */
    boolean isTaken(Range range) throws SQLException {
        return home.run(connection -> home.query(
                        connection,
                        row -> row.getLong(1),
                        "SELECT count(*) FROM turnout_backfill_range" + OF_RANGE
                                + " AND owner = ? AND epoch = ? AND lease_until >= "
                                + Dialect.of(connection).nowMillis(),
                        name,
                        sweepId,
                        range.number(),
                        owner,
                        range.epoch())
                .equals(List.of(0L)));
    }

    /**
     * Says that this run is alive; passes by ranges that are being written, as nobody can take them, and by those that it does not know of: kept alive,
     * these would be waited for by all, and worked at by none.
     */
    void renew() throws SQLException {
        home.run(connection -> {
            mark(connection);
            String set = "UPDATE turnout_backfill_range SET lease_until = "
                    + Dialect.of(connection).nowMillis() + " + ?" + OF_RANGE;
            List<Owned> own = lockOwn(connection);
            for (Owned range : own) {
                if (isGiven(range)) {
                    home.update(connection, set, leaseMillis, name, sweepId, range.number());
                }
            }
            return own;
        });
    }

    /** Lets others have a range. */
    void giveBack(Range range) throws SQLException {
        given.remove(range.number(), range.epoch()); // first: if it cannot be said, its lease ends
        home.update(
                "UPDATE turnout_backfill_range SET owner = NULL" + OF_RANGE
                        + " AND owner = ? AND epoch = ? AND is_done = 0",
                name,
                sweepId,
                range.number(),
                owner,
                range.epoch());
    }

    /** Lets others have all. */
    void giveBackAll() throws SQLException {
        home.update(
                "UPDATE turnout_backfill_range SET owner = NULL WHERE name = ? AND sweep_id = ? AND owner = ? AND is_done = 0",
                name,
                sweepId,
                owner);
    }

    /** How far all have come. */
    Totals totals() throws SQLException {
        return totals(home);
    }

    /** The same for one who has nothing else to do than to wait for it. */
    Totals awaitTotals() throws SQLException {
        return totals(patient);
    }

    private Totals totals(Home from) throws SQLException {
        return from.query(
                        row -> new Totals(row.getInt(1), row.getInt(2), row.getLong(3), row.getLong(4)),
                        "SELECT count(*), COALESCE(sum(is_done), 0), COALESCE(sum(rows_done), 0), COALESCE(sum(is_done * rows_done), 0)"
                                + " FROM turnout_backfill_range WHERE name = ? AND sweep_id = ?",
                        name,
                        sweepId)
                .get(0);
    }

    /**
     * If a range is overdue, ends the sessions of this sweep that have been in a transaction for longer than a lease, and that wait for a client which says nothing more, as one that is
     * stopped or out of reach does: its transaction would keep the range, and the rows of its chunk, for as long as the connection lives.
     * PostgreSQL only.
     */
    void endStuckSessions() throws SQLException {
        patient.run(connection -> {
            Dialect dialect = Dialect.of(connection);
            if (dialect != Dialect.POSTGRES) {
                return 0;
            }
            List<Integer> overdue = home.query(
                    connection,
                    row -> row.getInt(1),
                    "SELECT range_no FROM turnout_backfill_range WHERE name = ? AND sweep_id = ? AND is_done = 0"
                            + " AND (owner IS NULL OR lease_until < " + dialect.nowMillis() + ")",
                    name,
                    sweepId);
            if (!overdue.isEmpty()) {
                StuckSessions.end(connection, sessionKey(), leaseMillis);
            }
            return overdue.size();
        });
    }

    private long sessionKey() {
        return AdvisoryLocks.key(name + '\n' + sweepId);
    }
}
