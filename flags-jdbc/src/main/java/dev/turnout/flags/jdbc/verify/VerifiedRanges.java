package dev.turnout.flags.jdbc.verify;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.jdbc.sql.Component;
import dev.turnout.flags.jdbc.sql.Dialect;
import dev.turnout.flags.jdbc.sql.Home;
import dev.turnout.flags.jdbc.sql.SqlFailure;
import dev.turnout.flags.jdbc.sql.Transactions;
import dev.turnout.flags.jdbc.table.OwnTables;
import dev.turnout.flags.migration.Difference;
import dev.turnout.flags.migration.Verified;
import dev.turnout.flags.store.TimeSource;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.LongSupplier;
import javax.sql.DataSource;

/**
 * Keeps of a verification when each range of keys was compared, in which version of the migration, and what was found, in two tables that create
 * themselves. An interrupted run continues behind the ranges that it has finished.
 *
 * <pre>{@code
 * VerifiedRanges verified = VerifiedRanges.in(database, "orders-v2", () -> controller.status().state().version());
 * Verify.tables(mapping, oldDatabase, newDatabase).remember(verified).build().run();
 * Migration.named("orders-v2", oldOrders, newOrders).verified(verified::oldest, Duration.ofHours(6)) ...
 * }</pre>
 *
 * <p>Thread-safe. Any number of processes may run one verification at the same time, and divide its ranges among them:
 * a run that begins during a sweep takes part in it. Each run ends when all ranges are done, and its result is that of
 * all; but it has only the differences that it found itself, and reports only these to its listener. What a process
 * that has died had begun is compared by another one after 30 seconds.
 */
public final class VerifiedRanges {
    private static final Duration LEASE = Duration.ofSeconds(30);
    final Home home; // of queries that a caller waits for
    final Home patient; // of runs
    final String name;
    final long leaseMillis;
    private final LongSupplier version;

    private VerifiedRanges(Home home, String name, LongSupplier version, Duration lease) {
        this.home = home;
        this.patient = home.patient();
        this.name = requireNonNull(name, "name");
        this.version = requireNonNull(version, "version");
        this.leaseMillis = lease.toMillis();
    }

    /**
     * Those of one verification.
     *
     * @param database where they are kept; any
     * @param name at most 200 characters
     * @param version of the migration that this node routes by, asked before each range is compared
     */
    public static VerifiedRanges in(DataSource database, String name, LongSupplier version) {
        return in(OwnTables.in(database), name, version);
    }

    /** The same, with tables in another schema, or such as are not to be created. */
    public static VerifiedRanges in(OwnTables tables, String name, LongSupplier version) {
        if (name.isBlank() || name.length() > 200) {
            throw new IllegalArgumentException(
                    "A verification is named with 1 to 200 characters, but was '" + name + "'.");
        }
        return new VerifiedRanges(
                Home.of(tables.database(), tables.schema(), tables.createTables(), Component.VERIFY),
                name,
                version,
                LEASE);
    }

    /** The same, of which another process takes a range after that time. */
    VerifiedRanges lease(Duration lease) {
        return new VerifiedRanges(home, name, version, lease);
    }

    /**
     * Of the last verification that has finished, the range that was compared the longest ago; empty if there was none, if it found differences or
     * keys without a result, or if one of another mapping was begun since. Blocks.
     */
    public Optional<Verified> oldest() {
        String sql =
                "SELECT min(r.verified_at), min(r.migration_version), count(*) FROM turnout_verify v JOIN turnout_verify_range r"
                        + " ON r.name = v.name AND r.sweep = v.finished_sweep WHERE v.name = ? AND v.differences = 0";
        return asking(
                        home,
                        from -> from.query(
                                row -> row.getLong(3) == 0
                                        ? Optional.<Verified>empty()
                                        : Optional.of(
                                                new Verified(Instant.ofEpochMilli(row.getLong(1)), row.getLong(2))),
                                sql,
                                name))
                .get(0);
    }

    /** Asks a database, or changes something in it. */
    interface Question<T> {
        T ask(Home home) throws SQLException;
    }

    /** Tries again what may pass by itself. */
    <T> T asking(Question<T> question) {
        return asking(patient, question);
    }

    private <T> T asking(Home from, Question<T> question) {
        try {
            return question.ask(from);
        } catch (SQLException e) {
            throw new VerifyException(
                    "What was verified of '" + name + "' cannot be kept or read: " + SqlFailure.describe(e), e);
        }
    }

    long version() {
        return version.getAsLong();
    }

    Dialect dialect() {
        return asking(Home::dialect);
    }

    /** Where differences of a kind are counted. */
    static String column(Difference.Kind kind) {
        return kind.name().toLowerCase(Locale.ROOT);
    }

    /** The sweep to take part in: the one that is under way or was interrupted, unless it is of another mapping, or else the next one. */
    SweepRanges begin(String mapping, List<KeyColumn> keys, TimeSource time) {
        Optional<Long> sweep = Optional.empty();
        while (sweep.isEmpty()) {
            sweep = asking(from -> begin(from, mapping));
        }
        return new StoredRanges(this, sweep.get(), keys, time);
    }

    private record Last(long sweep, long finished, boolean isSame) {}

    /** Empty if another run has begun another one at the same time. */
    private Optional<Long> begin(Home from, String mapping) throws SQLException {
        List<Last> found = from.query(
                row -> new Last(row.getLong(1), row.getLong(2), row.getString(3).equals(mapping)),
                "SELECT sweep, finished_sweep, mapping FROM turnout_verify WHERE name = ?",
                name);
        if (found.isEmpty()) {
            return insert(from, mapping) ? Optional.of(1L) : Optional.empty();
        }
        Last last = found.get(0);
        if (last.sweep() != last.finished() && last.isSame()) {
            return Optional.of(last.sweep());
        }
        // What another mapping has found equal proves nothing for this one, so from now on nothing is known.
        int begun = from.update(
                "UPDATE turnout_verify SET sweep = sweep + 1, mapping = ?, planned = 0, last_key = NULL"
                        + (last.isSame() ? "" : ", differences = -1") + " WHERE name = ? AND sweep = ?",
                mapping,
                name,
                last.sweep());
        return begun > 0 ? Optional.of(last.sweep() + 1) : Optional.empty();
    }

    private boolean insert(Home into, String mapping) throws SQLException {
        try {
            into.update(
                    "INSERT INTO turnout_verify (name, mapping, sweep, planned, finished_sweep, differences) VALUES (?, ?, 1, 0, 0, 0)",
                    name,
                    mapping);
            return true;
        } catch (SQLException e) {
            if (Transactions.isDuplicateKey(e)) {
                return false;
            }
            throw e;
        }
    }
}
