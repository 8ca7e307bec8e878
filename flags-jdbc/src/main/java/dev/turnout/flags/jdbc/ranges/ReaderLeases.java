package dev.turnout.flags.jdbc.ranges;

import dev.turnout.flags.jdbc.sql.Home;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The leases of a run on ranges that it only reads: two runs may have one range at the same time, and the first result counts.
 *
 * <p>Each change is one statement, which commits by itself: a process that is stopped between two of them keeps no lock that others wait for. One that
 * is tried again, as its connection was lost, may have been carried out: a call that changes nothing checks whether the range is its own already. Not
 * thread-safe.
 */
public final class ReaderLeases {
    private static final int MOST_TRIED = 10;

    private final Home home;
    private final Home patient;
    private final LeaseSql sql;
    // What this run knows that it has. Of its own, it takes over none: that one was only too slow to keep.
    private final Set<Long> taken = new HashSet<>();

    /**
     * With an owner that no other run has.
     *
     * @param home of {@code turnout_verify_range}, for what a caller waits for
     * @param patient the same, for the run
     */
    public ReaderLeases(Home home, Home patient, String name, long sweep, long leaseMillis) {
        this.home = home;
        this.patient = patient;
        sql = new LeaseSql(LeasedTable.VERIFY, name, sweep, LeaseSql.newOwner(), leaseMillis);
    }

    /** Who has what this run takes. */
    public String owner() {
        return sql.owner();
    }

    private String now() throws SQLException {
        return patient.dialect().nowMillis();
    }

    /** Whether this run has a range. */
    public boolean isOwn(long number) throws SQLException {
        return !sql.isOwn(number).query(patient, row -> 1).isEmpty();
    }

    /** Notes that this run has a range: one that it has inserted as its own. */
    public void added(long number) {
        taken.add(number);
    }

    /**
     * Takes the first range that another run has had for longer than a lease; empty if there is none.
     *
     * @param pause called before one is taken
     */
    public Optional<Long> takeOver(Runnable pause) throws SQLException {
        List<Long> lapsed = sql.selectFree(LeasedTable.VERIFY.number, now())
                .and(" LIMIT " + (MOST_TRIED + taken.size()))
                .query(patient, row -> row.getLong(1));
        lapsed.removeIf(taken::contains);
        if (!lapsed.isEmpty()) {
            pause.run();
        }
        for (long number : lapsed) {
            if (sql.take(number, now()).update(patient) > 0 || isOwn(number)) {
                taken.add(number);
                return Optional.of(number);
            }
        }
        return Optional.empty();
    }

    /** Extends the leases of all that this run has. */
    public void renew() throws SQLException {
        sql.extendAll(now()).update(patient);
    }

    /** Whether this run has any. */
    public boolean isEmpty() {
        return taken.isEmpty();
    }

    /** Forgets a range that is done. */
    public void done(long number) {
        taken.remove(number);
    }

    /** What this run has and has not done. */
    public Set<Long> taken() {
        return Set.copyOf(taken);
    }

    /** Lets others have a range. */
    public void giveBack(long number) throws SQLException {
        sql.giveBack(number).update(home);
    }
}
