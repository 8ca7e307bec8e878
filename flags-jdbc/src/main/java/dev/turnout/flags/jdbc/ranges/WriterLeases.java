package dev.turnout.flags.jdbc.ranges;

import dev.turnout.flags.jdbc.sql.AdvisoryLocks;
import dev.turnout.flags.jdbc.sql.Dialect;
import dev.turnout.flags.jdbc.sql.Home;
import dev.turnout.flags.jdbc.sql.Statements;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The leases of a run on ranges that it writes to. A lease sets when another run may try. The epoch keeps two from
 * writing: it is counted up whenever a range is taken, and checked under the lock of its row in each transaction that
 * writes. Thread-safe.
 */
public final class WriterLeases {
    private static final String SKIP_LOCKED = " FOR UPDATE SKIP LOCKED";

    // For what is done again soon anyway, and must not come late: heartbeats, and ranges released to others.
    private final Home home;
    private final Home patient;
    private final LeaseSql sql;
    private final long sessionKey;
    // What take() has given, and in which epoch. The owner may have more: a connection can be lost while it is
    // committed that a range is taken, or given back.
    private final Map<Integer, Long> given = new ConcurrentHashMap<>();

    /**
     * With an owner that no other run has.
     *
     * @param home of {@code turnout_backfill_range}
     */
    public WriterLeases(Home home, String name, String sweepId, long leaseMillis) {
        this(home, name, sweepId, LeaseSql.newOwner(), leaseMillis);
    }

    /** With another owner. */
    public WriterLeases(Home home, String name, String sweepId, String owner, long leaseMillis) {
        this.home = home;
        patient = home.patient();
        sql = new LeaseSql(LeasedTable.BACKFILL, name, sweepId, owner, leaseMillis);
        sessionKey = AdvisoryLocks.key(name + '\n' + sweepId);
    }

    /**
     * Takes a range without an owner, or whose owner was out of contact for a lease. Does not wait for one that is being written.
     *
     * @param columns of its row, to be read
     * @param row makes the range of them, in the epoch before
     */
    public synchronized <R extends LeasedRange> Optional<R> take(String columns, Statements.Row<R> row)
            throws SQLException {
        AtomicBoolean isAgain = new AtomicBoolean();
        Optional<R> taken = patient.run(connection -> {
            mark(connection);
            if (isAgain.getAndSet(true)) {
                giveBackUnknown(connection);
            }
            String now = Dialect.of(connection).nowMillis();
            List<R> free =
                    sql.selectFree(columns, now).and(" LIMIT 1" + SKIP_LOCKED).query(home, connection, row);
            if (free.isEmpty()) {
                return Optional.empty();
            }
            sql.take(free.get(0).number(), now).update(home, connection);
            return Optional.of(free.get(0));
        });
        taken.ifPresent(range -> given.put(range.number(), range.epoch() + 1));
        return taken;
    }

    /** Ranges that the owner has, but does not know of: no run would work at them before its lease ends. */
    private void giveBackUnknown(Connection connection) throws SQLException {
        for (Owned range : lockOwn(connection)) {
            if (!isGiven(range)) {
                sql.giveBack(range.number()).update(home, connection);
            }
        }
    }

    private record Owned(int number, long epoch) implements LeasedRange {}

    private boolean isGiven(Owned range) {
        return Long.valueOf(range.epoch()).equals(given.get(range.number()));
    }

    /** Passes by those that are being written. */
    private List<Owned> lockOwn(Connection connection) throws SQLException {
        return sql.selectOwn(LeasedTable.BACKFILL.number + ", epoch")
                .and(SKIP_LOCKED)
                .query(home, connection, row -> new Owned(row.getInt(1), row.getLong(2)));
    }

    /**
     * Locks a range until the transaction ends.
     *
     * @throws RangeTakenException if another run has taken it since this run did
     */
    public void hold(Connection connection, LeasedRange range) throws SQLException {
        mark(connection);
        String now = Dialect.of(connection).nowMillis();
        if (sql.hold(range.number(), range.epoch(), now).update(home, connection) == 0) {
            throw new RangeTakenException(range.number(), range.epoch());
        }
    }

    /** Before anything is locked: a client can be stopped between any two statements. */
    private void mark(Connection connection) throws SQLException {
        if (Dialect.of(connection) == Dialect.POSTGRES) {
            StuckSessions.mark(connection, sessionKey);
        }
    }

    /** Whether another run has taken it since this run did, or may take it now. */
    public boolean isTaken(LeasedRange range) throws SQLException {
        return home.run(connection -> sql.isHeld(
                        range.number(), range.epoch(), Dialect.of(connection).nowMillis())
                .query(home, connection, row -> 1)
                .isEmpty());
    }

    /**
     * Reports that this run is alive. Skips ranges that are being written, as no run can take them, and those that it
     * does not know of: if it kept these alive, all runs would wait for them, and none would work at them.
     */
    public void renew() throws SQLException {
        home.run(connection -> {
            mark(connection);
            String now = Dialect.of(connection).nowMillis();
            List<Owned> own = lockOwn(connection);
            for (Owned range : own) {
                if (isGiven(range)) {
                    sql.extend(range.number(), now).update(home, connection);
                }
            }
            return own;
        });
    }

    /** Lets others have a range. */
    public void giveBack(LeasedRange range) throws SQLException {
        given.remove(range.number(), range.epoch()); // first: if the call fails, its lease ends
        sql.giveBack(range.number()).and(" AND epoch = ?", range.epoch()).update(home);
    }

    /** Lets others have all. */
    public void giveBackAll() throws SQLException {
        sql.giveBackAll().update(home);
    }

    /**
     * If a range is overdue, ends the sessions of this sweep that have been in a transaction for longer than a lease,
     * and that wait for a silent client, one that is stopped or out of reach: its transaction would keep the range, and
     * the rows of its chunk, for as long as the connection lives. PostgreSQL only.
     */
    public void endStuckSessions() throws SQLException {
        patient.run(connection -> {
            Dialect dialect = Dialect.of(connection);
            if (dialect != Dialect.POSTGRES) {
                return 0;
            }
            List<Integer> overdue = sql.selectFree(LeasedTable.BACKFILL.number, dialect.nowMillis())
                    .query(home, connection, row -> row.getInt(1));
            if (!overdue.isEmpty()) {
                StuckSessions.end(connection, sessionKey, sql.leaseMillis());
            }
            return overdue.size();
        });
    }
}
