package dev.turnout.flags.jdbc;

import dev.turnout.flags.jdbc.sql.Component;
import dev.turnout.flags.jdbc.sql.Dialect;
import dev.turnout.flags.jdbc.sql.Home;
import dev.turnout.flags.jdbc.sql.Statements;
import dev.turnout.flags.jdbc.table.OwnTables;
import dev.turnout.flags.spi.Journal;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The SQL of a journal. An entry is a row of {@code turnout_journal}; for keys that are being repaired see {@link JournalClaims}. A member that hands over entries which the table did not have has one in
 * {@code turnout_journal_owner}, with the moment of its eviction if there was one. Moments are the database's.
 */
final class JournalTables {
    static final int ASKED_AT_ONCE = 500;
    // A process that is stopped for longer, and woken, may find itself unknown; it has to be started again. At one
    // eviction a minute these are 43,200 short rows.
    private static final long OWNERS_KEPT_MILLIS = Duration.ofDays(30).toMillis();

    private final Home home;
    private final String migration;
    private final JournalClaims claims;
    private volatile boolean hasHead;

    JournalTables(OwnTables tables, String migration) {
        home = Home.of(tables.database(), tables.schema(), tables.createTables(), Component.JOURNAL);
        this.migration = migration;
        claims = new JournalClaims(home, migration);
    }

    JournalClaims claims() {
        return claims;
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
                claims.retryQuarantined(connection, key);
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
     * The same, and no effect if the owner was evicted. It cannot become so between the look at that and the commit.
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
        claims.retryQuarantined(connection, key);
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

    List<String> keys() throws SQLException {
        install();
        return home.query(
                row -> row.getString(1),
                "SELECT DISTINCT record_key FROM turnout_journal WHERE migration = ?",
                migration);
    }

    /** Of these keys, those with entries, unless they are quarantined and no operation writes them. */
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
