package dev.turnout.flags.jdbc;

import dev.turnout.flags.jdbc.sql.Component;
import dev.turnout.flags.jdbc.sql.Dialect;
import dev.turnout.flags.jdbc.sql.Home;
import dev.turnout.flags.jdbc.sql.Statements;
import dev.turnout.flags.jdbc.sql.Transactions;
import dev.turnout.flags.jdbc.table.OwnTables;
import dev.turnout.flags.repair.Journal;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.store.TimeSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The SQL of a journal. An entry is a row of {@code turnout_journal}; a key that is being repaired, or could not be, has one in
 * {@code turnout_repair}: claimed until a moment, due at a moment, or parked. A member that hands over entries which the table did not have has one in
 * {@code turnout_journal_owner}, with the moment of its eviction if there was one. Moments are the database's.
 */
final class JournalTables {
    /** A claim on a key, while its row says so. */
    record Held(String key, long claim) {}

    /** An entry that was handed over. */
    record Noted(long id, Side source) {}

    /**
     * A claim that was taken, and the entries that were there then.
     *
     * @param beganNanos a moment before the claim's time began
     */
    record Claimed(Held held, List<Noted> noted, long beganNanos) {}

    private static final int CANDIDATES = 200;
    private static final int ASKED_AT_ONCE = 500;
    // A process that is stopped for longer, and woken, may find itself unknown; it has to be started again. At one
    // eviction a minute these are 43,200 short rows.
    private static final long OWNERS_KEPT_MILLIS = Duration.ofDays(30).toMillis();

    private final Home home;
    private final String migration;
    private volatile boolean hasHead;

    JournalTables(OwnTables tables, String migration) {
        home = Home.of(tables.database(), tables.schema(), tables.createTables(), Component.JOURNAL);
        this.migration = migration;
    }

    private Dialect install() throws SQLException {
        Dialect dialect = home.dialect();
        if (!hasHead) {
            home.insertUnless(
                    "SELECT 1 FROM turnout_journal_head WHERE migration = ?",
                    List.of(migration),
                    "INSERT INTO turnout_journal_head (migration, id, generation) VALUES (?, ?, 0)",
                    migration,
                    UUID.randomUUID().toString());
            hasHead = true;
        }
        return dialect;
    }

    String id() throws SQLException {
        install();
        return head("id", row -> row.getString(1));
    }

    long generation() throws SQLException {
        install();
        return head("generation", row -> row.getLong(1));
    }

    private <T> T head(String column, Statements.Row<T> row) throws SQLException {
        List<T> found =
                home.query(row, "SELECT " + column + " FROM turnout_journal_head WHERE migration = ?", migration);
        if (found.isEmpty()) {
            throw new SQLException("The row of migration '" + migration + "' is gone from turnout_journal_head.");
        }
        return found.get(0);
    }

    void nextGeneration() throws SQLException {
        install();
        home.update("UPDATE turnout_journal_head SET generation = generation + 1 WHERE migration = ?", migration);
    }

    /** Of an entry. */
    static long newId() {
        return ThreadLocalRandom.current().nextLong();
    }

    void insertInFlight(long id, String key, Journal.Origin origin) throws SQLException {
        install();
        home.update(
                "INSERT INTO turnout_journal (id, migration, record_key, source, owner, waits_since) VALUES (?, ?, ?, ?, ?, NULL)",
                id,
                migration,
                key,
                origin.source().name(),
                origin.owner());
    }

    void deleteInFlight(long id) throws SQLException {
        install();
        home.update("DELETE FROM turnout_journal WHERE id = ? AND waits_since IS NULL", id);
    }

    /** No effect where the entry is gone. */
    void handOverInFlight(long id, String key) throws SQLException {
        String now = install().nowMillis();
        home.run(connection -> {
            if (waits(connection, id, now)) {
                unpark(connection, key);
            }
            return id;
        });
    }

    /** Also for an entry that is not there. Harmless when done again. */
    void handOver(long id, String key, Journal.Origin origin) throws SQLException {
        String now = install().nowMillis();
        home.run(connection -> waitsNow(connection, id, key, origin, now));
    }

    /**
     * The same, and no effect if the owner was evicted, which nobody can tell between the look at that and the commit.
     *
     * @return whether it was not
     */
    boolean handOverUnlessEvicted(long id, String key, Journal.Origin origin) throws SQLException {
        Dialect known = install();
        register(origin.owner());
        return home.run(connection -> {
            List<Boolean> evicted = home.query(
                    connection,
                    row -> row.getObject(1) != null,
                    "SELECT evicted_at FROM turnout_journal_owner WHERE migration = ? AND owner = ?"
                            + known.sharedLock(),
                    migration,
                    origin.owner());
            if (evicted.isEmpty()) {
                throw new SQLException(
                        "The row of member '" + origin.owner() + "' is gone from turnout_journal_owner.");
            }
            return !evicted.get(0) && waitsNow(connection, id, key, origin, known.nowMillis());
        });
    }

    private boolean waitsNow(Connection connection, long id, String key, Journal.Origin origin, String now)
            throws SQLException {
        // A repair that has noted a row which waits already may have looked at the paths before: with versions, another
        // row makes it look again.
        boolean there = origin.versioned() ? waitsNoLongerInFlight(connection, id, now) : waits(connection, id, now);
        if (!there) {
            home.update(
                    connection,
                    "INSERT INTO turnout_journal (id, migration, record_key, source, owner, waits_since) VALUES (?, ?, ?, ?, ?, "
                            + now + ")",
                    origin.versioned() ? newId() : id,
                    migration,
                    key,
                    origin.source().name(),
                    origin.owner());
        }
        unpark(connection, key);
        return true;
    }

    private boolean waitsNoLongerInFlight(Connection connection, long id, String now) throws SQLException {
        return home.update(
                        connection,
                        "UPDATE turnout_journal SET waits_since = " + now + " WHERE id = ? AND waits_since IS NULL",
                        id)
                == 1;
    }

    private boolean waits(Connection connection, long id, String now) throws SQLException {
        return home.update(
                        connection,
                        "UPDATE turnout_journal SET waits_since = COALESCE(waits_since, " + now + ") WHERE id = ?",
                        id)
                == 1;
    }

    /** Whatever was wrong with the record, it was written again. */
    private void unpark(Connection connection, String key) throws SQLException {
        home.update(
                connection,
                "UPDATE turnout_repair SET problem = NULL, until = 0 WHERE migration = ? AND record_key = ? AND problem IS NOT NULL",
                migration,
                key);
    }

    Set<String> ownersInFlight() throws SQLException {
        return owners("SELECT DISTINCT owner FROM turnout_journal WHERE migration = ? AND waits_since IS NULL");
    }

    /** Those who have handed over entries that were not in the table, or may have been evicted since they were registered. */
    Set<String> ownersThatMayHandOver() throws SQLException {
        return owners("SELECT owner FROM turnout_journal_owner WHERE migration = ? AND evicted_at IS NULL");
    }

    private Set<String> owners(String query) throws SQLException {
        install();
        return new HashSet<>(home.query(row -> row.getString(1), query, migration));
    }

    void handOverAll(String owner) throws SQLException {
        String now = install().nowMillis();
        home.update(
                "UPDATE turnout_journal SET waits_since = " + now
                        + " WHERE migration = ? AND waits_since IS NULL AND owner = ?",
                migration,
                owner);
    }

    /** Makes sure that there is a row of this owner. */
    void register(String owner) throws SQLException {
        install();
        home.insertUnless(
                "SELECT 1 FROM turnout_journal_owner WHERE migration = ? AND owner = ?",
                List.of(migration, owner),
                "INSERT INTO turnout_journal_owner (migration, owner, evicted_at) VALUES (?, ?, NULL)",
                migration,
                owner);
    }

    /** Lets the owner hand over nothing any more that is not in the table. Waits for what it hands over now. */
    void refuse(String owner) throws SQLException {
        String now = install().nowMillis();
        register(owner);
        home.update(
                "UPDATE turnout_journal_owner SET evicted_at = COALESCE(evicted_at, " + now
                        + ") WHERE migration = ? AND owner = ?",
                migration,
                owner);
        home.update(
                "DELETE FROM turnout_journal_owner WHERE migration = ? AND evicted_at < " + now + " - ?",
                migration,
                OWNERS_KEPT_MILLIS);
    }

    /** Some keys that nobody has claimed, and that are due. */
    List<String> due() throws SQLException {
        String now = install().nowMillis();
        return home.query(
                row -> row.getString(1),
                // Of some entries only, as after an outage there may be millions.
                "SELECT DISTINCT record_key FROM (SELECT j.record_key FROM turnout_journal j LEFT JOIN turnout_repair r"
                        + " ON r.migration = j.migration AND r.record_key = j.record_key"
                        + " WHERE j.migration = ? AND j.waits_since IS NOT NULL"
                        + " AND (r.record_key IS NULL OR (r.problem IS NULL AND r.until <= " + now + ")) LIMIT "
                        + CANDIDATES + ") AS some_entries",
                migration);
    }

    /**
     * Takes a key, and notes its entries while nobody else can repair it: in one transaction, so that no wait for a connection is part of the claim.
     *
     * @param whenDueOnly and not where it is parked, or waits after a failure, or has no entries any more
     */
    Optional<Claimed> claim(String key, boolean whenDueOnly, long millis, TimeSource time) throws SQLException {
        String now = install().nowMillis();
        Held held = new Held(key, ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE));
        try {
            return home.run(connection -> {
                long beganNanos = time.nanoTime();
                if (!take(connection, held, whenDueOnly, now, millis)) {
                    return Optional.empty();
                }
                List<Noted> noted =
                        noted(connection, key); // after the claim, else it may be of before another's repair
                if (noted.isEmpty() && whenDueOnly) {
                    end(connection, held); // it was repaired meanwhile
                    return Optional.empty();
                }
                return Optional.of(new Claimed(held, noted, beganNanos));
            });
        } catch (SQLException e) {
            if (!Transactions.isDuplicateKey(e)) {
                throw e;
            }
            return Optional.empty(); // another worker was faster
        }
    }

    private boolean take(Connection connection, Held held, boolean whenDueOnly, String now, long millis)
            throws SQLException {
        String free = whenDueOnly ? "problem IS NULL AND until <= " + now : "(claim = 0 OR until <= " + now + ")";
        int taken = home.update(
                connection,
                "UPDATE turnout_repair SET claim = ?, until = " + now
                        + " + ? WHERE migration = ? AND record_key = ? AND " + free,
                held.claim(),
                millis,
                migration,
                held.key());
        if (taken == 1) {
            return true;
        }
        String there = "SELECT 1 FROM turnout_repair WHERE migration = ? AND record_key = ?";
        return home.query(connection, row -> 1, there, migration, held.key()).isEmpty()
                && home.update(
                                connection,
                                "INSERT INTO turnout_repair (migration, record_key, claim, until, failures) VALUES (?, ?, ?, "
                                        + now + " + ?, 0)",
                                migration,
                                held.key(),
                                held.claim(),
                                millis)
                        == 1;
    }

    private List<Noted> noted(Connection connection, String key) throws SQLException {
        return home.query(
                connection,
                row -> new Noted(row.getLong(1), Statements.constant(Side.class, row, 2)),
                "SELECT id, source FROM turnout_journal WHERE migration = ? AND record_key = ? AND waits_since IS NOT NULL",
                migration,
                key);
    }

    private boolean end(Connection connection, Held held) throws SQLException {
        return home.update(
                        connection,
                        "DELETE FROM turnout_repair WHERE migration = ? AND record_key = ? AND claim = ?",
                        migration,
                        held.key(),
                        held.claim())
                == 1;
    }

    /** Has no effect if the claim was over: whoever took it then may have read the paths before this repair wrote. */
    boolean repaired(Held held, List<Noted> noted) throws SQLException {
        return home.run(connection -> {
            if (!end(connection, held)) {
                return false;
            }
            for (int from = 0; from < noted.size(); from += ASKED_AT_ONCE) {
                List<Noted> some = noted.subList(from, Math.min(from + ASKED_AT_ONCE, noted.size()));
                home.update(
                        connection,
                        "DELETE FROM turnout_journal WHERE id IN ("
                                + String.join(", ", Collections.nCopies(some.size(), "?")) + ")",
                        some.stream().map(Noted::id).toArray());
            }
            return true;
        });
    }

    /** Due again after a delay that grows with each failure, up to five seconds. */
    void failed(Held held) throws SQLException {
        String now = install().nowMillis();
        home.update(
                "UPDATE turnout_repair SET claim = 0, until = " + now
                        + " + CASE WHEN failures < 10 THEN 50 * (failures + 1) * (failures + 1) ELSE 5000 END, failures = failures + 1"
                        + " WHERE migration = ? AND record_key = ? AND claim = ?",
                migration,
                held.key(),
                held.claim());
    }

    void park(Held held, String problem) throws SQLException {
        home.update(
                "UPDATE turnout_repair SET claim = 0, until = 0, problem = ? WHERE migration = ? AND record_key = ? AND claim = ?",
                problem,
                migration,
                held.key(),
                held.claim());
    }

    List<Journal.Parked<String>> parked(int most) throws SQLException {
        install();
        return home.query(
                row -> new Journal.Parked<>(row.getString(1), row.getString(2)),
                "SELECT record_key, problem FROM turnout_repair WHERE migration = ? AND problem IS NOT NULL ORDER BY record_key LIMIT "
                        + most,
                migration);
    }

    void unpark() throws SQLException {
        install();
        home.update(
                "UPDATE turnout_repair SET problem = NULL, until = 0, failures = 0 WHERE migration = ? AND problem IS NOT NULL",
                migration);
    }

    List<String> keys() throws SQLException {
        install();
        return home.query(
                row -> row.getString(1),
                "SELECT DISTINCT record_key FROM turnout_journal WHERE migration = ?",
                migration);
    }

    /** Of these keys, those with entries, unless they are parked and nobody writes them. */
    Set<String> pending(List<String> keys) throws SQLException {
        install();
        Set<String> pending = new HashSet<>();
        for (int from = 0; from < keys.size(); from += ASKED_AT_ONCE) {
            List<String> some = keys.subList(from, Math.min(from + ASKED_AT_ONCE, keys.size()));
            List<String> parameters = new ArrayList<>(some);
            parameters.add(0, migration);
            pending.addAll(home.query(
                    row -> row.getString(1),
                    "SELECT DISTINCT j.record_key FROM turnout_journal j LEFT JOIN turnout_repair r"
                            + " ON r.migration = j.migration AND r.record_key = j.record_key"
                            + " WHERE j.migration = ? AND (j.waits_since IS NULL OR r.problem IS NULL) AND j.record_key IN ("
                            + String.join(", ", Collections.nCopies(some.size(), "?")) + ")",
                    parameters.toArray()));
        }
        return pending;
    }

    long depth() throws SQLException {
        install();
        return home.query(
                        row -> row.getLong(1),
                        "SELECT count(DISTINCT record_key) FROM turnout_journal WHERE migration = ? AND waits_since IS NOT NULL",
                        migration)
                .get(0);
    }

    /** The same, of so many entries. */
    long depth(int mostEntries) throws SQLException {
        install();
        return home.query(
                        row -> row.getLong(1),
                        "SELECT count(DISTINCT record_key) FROM (SELECT record_key FROM turnout_journal"
                                + " WHERE migration = ? AND waits_since IS NOT NULL LIMIT " + mostEntries
                                + ") AS some_entries",
                        migration)
                .get(0);
    }

    long ageMillis() throws SQLException {
        String now = install().nowMillis();
        return home.query(
                        row -> row.getLong(1),
                        "SELECT COALESCE(" + now + " - MIN(waits_since), 0) FROM turnout_journal WHERE migration = ?",
                        migration)
                .get(0);
    }
}
