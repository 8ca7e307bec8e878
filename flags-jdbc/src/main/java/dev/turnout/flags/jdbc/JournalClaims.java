package dev.turnout.flags.jdbc;

import static dev.turnout.flags.jdbc.JournalTables.ASKED_AT_ONCE;

import dev.turnout.flags.jdbc.sql.Home;
import dev.turnout.flags.jdbc.sql.Statements;
import dev.turnout.flags.jdbc.sql.Statements.UnknownValueException;
import dev.turnout.flags.jdbc.sql.Transactions;
import dev.turnout.flags.spi.Journal;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.store.TimeSource;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The SQL of repair. A key that is being repaired, or could not be, has a row in {@code turnout_repair}: claimed until
 * a moment, due at a moment, or quarantined. Entries of quarantined keys are marked, so a search for something due does
 * not walk through them. The mark is only a hint, which is taken off when the key is claimed; the key's row decides.
 * Keys that one statement claims have the same number. Moments are the database's.
 */
final class JournalClaims {
    /** A claim on a key, as long as its row has it. */
    record Held(String key, long claim) {}

    /** An entry that was handed over. */
    record Noted(long id, Side source) {}

    /**
     * A claim that was taken, and the entries that were there then.
     *
     * @param beganNanos a moment before the claim's time began
     */
    record Claimed(Held held, List<Noted> noted, long beganNanos) {}

    /** @param unknown why its entry cannot be used by this build */
    private record Row(String key, Optional<Noted> entry, boolean isMarked, Optional<UnknownValueException> unknown) {}

    private static final Logger log = LoggerFactory.getLogger(JdbcJournal.class);

    private static final int CANDIDATES = 200;
    private static final int RETRIED_AT_ONCE = 1_000;
    // When a quarantined key is due. Older builds write 0, and go by the problem, which also counts here.
    private static final long NEVER = Long.MAX_VALUE;

    private final Home home;
    private final String migration;

    JournalClaims(Home home, String migration) {
        this.home = home;
        this.migration = migration;
    }

    private static long newClaim() {
        return ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE);
    }

    private static String in(Collection<?> values) {
        return " IN (" + String.join(", ", Collections.nCopies(values.size(), "?")) + ")";
    }

    private static Object[] parameters(Object... parameters) {
        List<Object> all = new ArrayList<>();
        for (Object one : parameters) {
            if (one instanceof Collection<?> several) {
                all.addAll(several);
            } else {
                all.add(one);
            }
        }
        return all.toArray();
    }

    /** Some keys that are due, and that no node has claimed. */
    Set<String> due() throws SQLException {
        String sql = dueSql(home.dialect().nowMillis());
        return new HashSet<>(home.query(row -> row.getString(1), sql, migration, migration));
    }

    /**
     * First keys that have a row, to keep these few while nothing can be repaired: the others are found by entries, and
     * those that all have one must be passed over. Both parts follow an index without quarantined keys, and end soon.
     * The search for the row of an entry is such that no database reads all rows for it. The time is asked once, as
     * PostgreSQL finds nothing in an index by a value that changes meanwhile.
     */
    static String dueSql(String now) {
        return "SELECT record_key FROM (SELECT record_key FROM (SELECT record_key FROM turnout_repair"
                + " WHERE migration = ? AND until BETWEEN 0 AND (SELECT " + now
                + ") AND problem IS NULL ORDER BY until LIMIT " + CANDIDATES
                + ") AS known UNION ALL SELECT record_key FROM (SELECT j.record_key FROM turnout_journal j"
                + " WHERE j.migration = ? AND j.is_parked = 0 AND j.waits_since IS NOT NULL AND (SELECT count(*) FROM turnout_repair r"
                + " WHERE r.migration = j.migration AND r.record_key = j.record_key) = 0 ORDER BY j.waits_since LIMIT "
                + CANDIDATES + ") AS others) AS some_keys LIMIT " + CANDIDATES;
    }

    /**
     * Takes those of these keys that are due, have entries, and are not taken by others meanwhile, in one transaction with few statements, however many
     * they are.
     */
    List<Claimed> claimDue(Collection<String> keys, long millis, TimeSource time) throws SQLException {
        List<String> sorted = keys.stream().sorted().toList(); // others take theirs in the same order
        try {
            return claimAll(sorted, millis, time);
        } catch (SQLException e) {
            if (!Transactions.isDuplicateKey(e)) {
                throw e;
            }
            // Another worker was faster with one of them, and this database cannot pass over that.
            List<Claimed> taken = new ArrayList<>();
            for (String key : sorted.size() == 1 ? List.<String>of() : sorted) {
                taken.addAll(claimDue(List.of(key), millis, time));
            }
            return taken;
        }
    }

    private List<Claimed> claimAll(List<String> keys, long millis, TimeSource time) throws SQLException {
        String now = home.dialect().nowMillis();
        String insert = home.dialect()
                .insertMissing("INTO turnout_repair (migration, record_key, claim, until, failures)"
                        + " SELECT DISTINCT j.migration, j.record_key, " + "CAST(? AS "
                        + home.dialect().bigint()
                        + "), " + now + " + CAST(? AS " + home.dialect().bigint()
                        + "), 0 FROM turnout_journal j WHERE j.migration = ?"
                        + " AND j.waits_since IS NOT NULL AND j.record_key" + in(keys)
                        + " AND NOT EXISTS (SELECT 1 FROM turnout_repair r WHERE r.migration = j.migration AND r.record_key = j.record_key)"
                        + " ORDER BY j.record_key");
        long claim = newClaim();
        return home.run(connection -> {
            long beganNanos = time.nanoTime();
            int taken = home.update(
                    connection,
                    "UPDATE turnout_repair SET claim = ?, until = " + now
                            + " + ? WHERE migration = ? AND problem IS NULL AND until <= " + now + " AND record_key"
                            + in(keys),
                    parameters(claim, millis, migration, keys));
            if (taken < keys.size()) {
                taken += home.update(connection, insert, parameters(claim, millis, migration, keys));
            }
            return taken == 0 ? List.of() : noted(connection, claim, keys, beganNanos);
        });
    }

    /** After the claim, else entries may be of before another's repair. Keys that were repaired meanwhile are given back. */
    private List<Claimed> noted(Connection connection, long claim, List<String> keys, long beganNanos)
            throws SQLException {
        Map<String, List<Row>> byKey = rows(connection, claim, keys).stream().collect(Collectors.groupingBy(Row::key));
        byKey.values().removeIf(JournalClaims::isOfNewerBuild);
        List<Claimed> claimed = new ArrayList<>();
        List<String> repaired = new ArrayList<>();
        byKey.forEach((key, rows) -> {
            List<Noted> noted =
                    rows.stream().flatMap(row -> row.entry().stream()).toList();
            if (noted.isEmpty()) {
                repaired.add(key);
            } else {
                claimed.add(new Claimed(new Held(key, claim), noted, beganNanos));
            }
        });
        if (!repaired.isEmpty()) {
            end(connection, claim, repaired);
        }
        return claimed;
    }

    private static Row row(ResultSet row) throws SQLException {
        String key = row.getString(1);
        boolean isMarked = row.getInt(4) == 1;
        if (row.getString(3) == null) {
            return new Row(key, Optional.empty(), isMarked, Optional.empty());
        }
        try {
            Noted noted = new Noted(row.getLong(2), Statements.constant(Side.class, row, 3));
            return new Row(key, Optional.of(noted), isMarked, Optional.empty());
        } catch (UnknownValueException e) {
            return new Row(key, Optional.empty(), isMarked, Optional.of(e));
        }
    }

    /** Such a key stays claimed for its time, so it does not block other keys, and a node of the newer build can take it. */
    private static boolean isOfNewerBuild(List<Row> rows) {
        Optional<UnknownValueException> unknown =
                rows.stream().flatMap(row -> row.unknown().stream()).findFirst();
        unknown.ifPresent(problem -> log.warn(
                "Key '{}' is not repaired by this node: {}", rows.get(0).key(), problem.getMessage()));
        return unknown.isPresent();
    }

    private List<Row> rows(Connection connection, long claim, List<String> keys) throws SQLException {
        List<Row> rows = home.query(
                connection,
                JournalClaims::row,
                "SELECT r.record_key, j.id, j.source, j.is_parked FROM turnout_repair r LEFT JOIN turnout_journal j"
                        + " ON j.migration = r.migration AND j.record_key = r.record_key AND j.waits_since IS NOT NULL"
                        + " WHERE r.migration = ? AND r.claim = ? AND r.record_key" + in(keys),
                parameters(migration, claim, keys));
        Set<String> marked = rows.stream().filter(Row::isMarked).map(Row::key).collect(Collectors.toSet());
        if (!marked.isEmpty()) { // before the key may lose its row: no search would find the entries that stay
            home.update(
                    connection,
                    "UPDATE turnout_journal SET is_parked = 0 WHERE migration = ? AND is_parked = 1 AND record_key"
                            + in(marked),
                    parameters(migration, marked));
        }
        return rows;
    }

    /** Takes a key, also where it is quarantined, or waits after a failure, or has no entries; empty if another worker has it. */
    Optional<Claimed> claim(String key, long millis, TimeSource time) throws SQLException {
        String now = home.dialect().nowMillis();
        Held held = new Held(key, newClaim());
        try {
            return home.run(connection -> {
                long beganNanos = time.nanoTime();
                if (!take(connection, held, now, millis)) {
                    return Optional.empty();
                }
                List<Row> rows = rows(connection, held.claim(), List.of(key));
                for (Row row : rows) {
                    if (row.unknown().isPresent()) {
                        throw row.unknown().get();
                    }
                }
                List<Noted> noted =
                        rows.stream().flatMap(row -> row.entry().stream()).toList();
                return Optional.of(new Claimed(held, noted, beganNanos));
            });
        } catch (SQLException e) {
            if (!Transactions.isDuplicateKey(e)) {
                throw e;
            }
            return Optional.empty(); // another worker was faster
        }
    }

    private boolean take(Connection connection, Held held, String now, long millis) throws SQLException {
        int taken = home.update(
                connection,
                "UPDATE turnout_repair SET claim = ?, until = " + now
                        + " + ? WHERE migration = ? AND record_key = ? AND (claim = 0 OR until <= " + now + ")",
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

    private int end(Connection connection, long claim, Collection<String> keys) throws SQLException {
        return home.update(
                connection,
                "DELETE FROM turnout_repair WHERE migration = ? AND claim = ? AND record_key" + in(keys),
                parameters(migration, claim, keys));
    }

    /**
     * Ends claims, and deletes the entries that they noted. Has no effect on those that were over: the node that took
     * them then may have read the paths before this repair wrote. In one transaction for all that were taken together.
     *
     * @return how many were over
     */
    int repaired(Collection<Claimed> all) throws SQLException {
        int over = 0;
        for (Map.Entry<Long, List<Claimed>> together : byClaim(all).entrySet()) {
            over += home.run(connection -> repaired(connection, together.getKey(), together.getValue()));
        }
        return over;
    }

    private static Map<Long, List<Claimed>> byClaim(Collection<Claimed> all) {
        return all.stream()
                .collect(Collectors.groupingBy(claimed -> claimed.held().claim()));
    }

    private int repaired(Connection connection, long claim, List<Claimed> all) throws SQLException {
        List<String> keys = all.stream().map(claimed -> claimed.held().key()).toList();
        Set<String> held = new HashSet<>(home.query(
                connection,
                row -> row.getString(1),
                "SELECT record_key FROM turnout_repair WHERE migration = ? AND claim = ? AND record_key" + in(keys)
                        + " ORDER BY record_key FOR UPDATE",
                parameters(migration, claim, keys)));
        if (!held.isEmpty()) {
            end(connection, claim, held);
            delete(
                    connection,
                    all.stream()
                            .filter(claimed -> held.contains(claimed.held().key()))
                            .flatMap(claimed -> claimed.noted().stream())
                            .map(Noted::id)
                            .toList());
        }
        return all.size() - held.size();
    }

    private void delete(Connection connection, List<Long> entries) throws SQLException {
        for (int from = 0; from < entries.size(); from += ASKED_AT_ONCE) {
            List<Long> some = entries.subList(from, Math.min(from + ASKED_AT_ONCE, entries.size()));
            home.update(connection, "DELETE FROM turnout_journal WHERE id" + in(some), some.toArray());
        }
    }

    /** Due again after a delay that grows with each failure, up to five seconds. */
    void failed(Held held) throws SQLException {
        String now = home.dialect().nowMillis();
        home.update(
                "UPDATE turnout_repair SET claim = 0, until = " + now
                        + " + CASE WHEN failures < 10 THEN 50 * (failures + 1) * (failures + 1) ELSE 5000 END, failures = failures + 1"
                        + " WHERE migration = ? AND record_key = ? AND claim = ?",
                migration,
                held.key(),
                held.claim());
    }

    /** Due again at once. */
    void release(Collection<Claimed> all) throws SQLException {
        for (Map.Entry<Long, List<Claimed>> together : byClaim(all).entrySet()) {
            List<String> keys = together.getValue().stream()
                    .map(claimed -> claimed.held().key())
                    .sorted()
                    .toList();
            home.update(
                    "UPDATE turnout_repair SET claim = 0, until = 0 WHERE migration = ? AND claim = ? AND record_key"
                            + in(keys),
                    parameters(migration, together.getKey(), keys));
        }
    }

    void quarantine(Held held, String problem) throws SQLException {
        home.run(connection -> {
            int quarantined = home.update(
                    connection,
                    "UPDATE turnout_repair SET claim = 0, until = ?, problem = ? WHERE migration = ? AND record_key = ? AND claim = ?",
                    NEVER,
                    problem,
                    migration,
                    held.key(),
                    held.claim());
            return quarantined == 1
                    && home.update(
                                    connection,
                                    "UPDATE turnout_journal SET is_parked = 1 WHERE migration = ? AND record_key = ? AND waits_since IS NOT NULL",
                                    migration,
                                    held.key())
                            > 0;
        });
    }

    List<Journal.Quarantined<String>> quarantined(int most) throws SQLException {
        return home.query(
                row -> new Journal.Quarantined<>(row.getString(1), row.getString(2)),
                "SELECT record_key, problem FROM turnout_repair WHERE migration = ? AND problem IS NOT NULL ORDER BY record_key LIMIT "
                        + most,
                migration);
    }

    /** Some at a time: there may be a million. */
    void retryQuarantined() throws SQLException {
        for (List<Journal.Quarantined<String>> some = quarantined(RETRIED_AT_ONCE);
                !some.isEmpty();
                some = quarantined(RETRIED_AT_ONCE)) {
            List<String> keys = some.stream().map(Journal.Quarantined::key).toList();
            home.update(
                    "UPDATE turnout_repair SET problem = NULL, until = 0, failures = 0 WHERE migration = ? AND problem IS NOT NULL AND record_key"
                            + in(keys),
                    parameters(migration, keys));
        }
    }

    /** Whatever was wrong with the record, it was written again. */
    void retryQuarantined(Connection connection, String key) throws SQLException {
        home.update(
                connection,
                "UPDATE turnout_repair SET problem = NULL, until = 0 WHERE migration = ? AND record_key = ? AND problem IS NOT NULL",
                migration,
                key);
    }
}
