package dev.turnout.flags.jdbc.diff;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.jdbc.copy.CopyException;
import dev.turnout.flags.jdbc.sql.Dialect;
import dev.turnout.flags.jdbc.sql.Statements;
import dev.turnout.flags.jdbc.sql.Tables;
import dev.turnout.flags.jdbc.sql.Transactions;
import dev.turnout.flags.migration.Verified;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import javax.sql.DataSource;

/**
 * Keeps of a verification when each range of keys was compared, and in which version of the migration, in two tables that create themselves.
 * An interrupted run goes on behind the ranges that it has finished, but for those in which it had found something.
 *
 * <pre>{@code
 * VerifiedRanges verified = VerifiedRanges.in(database, "orders-v2", () -> controller.status().state().version());
 * Verify.tables(mapping, oldDatabase, newDatabase).remember(verified).build().run();
 * Migration.named("orders-v2", oldOrders, newOrders).verified(verified::oldest, Duration.ofHours(6)) ...
 * }</pre>
 *
 * <p>Thread-safe. A verification should be run by one node at a time: of two, the later to end fails, and what they have kept is mixed until then.
 */
public final class VerifiedRanges {
    private static final String MARKER = "SELECT count(*) FROM turnout_verify_range";
    private static final List<String> CREATE = List.of("""
            CREATE TABLE IF NOT EXISTS turnout_verify (
              name VARCHAR(200) NOT NULL PRIMARY KEY,
              mapping TEXT NOT NULL,
              sweep BIGINT NOT NULL,
              finished_sweep BIGINT NOT NULL,
              differences BIGINT NOT NULL)""", """
            CREATE TABLE IF NOT EXISTS turnout_verify_range (
              name VARCHAR(200) NOT NULL,
              sweep BIGINT NOT NULL,
              ordinal BIGINT NOT NULL,
              after_key TEXT,
              up_to_key TEXT,
              row_count BIGINT NOT NULL,
              suspects BIGINT NOT NULL,
              migration_version BIGINT NOT NULL,
              verified_at BIGINT NOT NULL,
              PRIMARY KEY (name, sweep, ordinal))""");

    private final DataSource database;
    private final String name;
    private final LongSupplier version;

    private VerifiedRanges(DataSource database, String name, LongSupplier version) {
        this.database = requireNonNull(database, "database");
        this.name = requireNonNull(name, "name");
        this.version = requireNonNull(version, "version");
    }

    /**
     * Those of one verification.
     *
     * @param database where they are kept; any
     * @param name at most 200 characters
     * @param version of the migration that this node routes by, asked before each range is compared
     */
    public static VerifiedRanges in(DataSource database, String name, LongSupplier version) {
        if (name.isBlank() || name.length() > 200) {
            throw new IllegalArgumentException(
                    "A verification is named with 1 to 200 characters, but was '" + name + "'.");
        }
        return new VerifiedRanges(database, name, version);
    }

    /**
     * Of the last verification that has finished, the range that was compared the longest ago; empty if there was none, or it found differences or
     * keys of which nothing could be said. Blocks.
     */
    public Optional<Verified> oldest() {
        install();
        String sql =
                "SELECT min(r.verified_at), min(r.migration_version), count(*) FROM turnout_verify v JOIN turnout_verify_range r"
                        + " ON r.name = v.name AND r.sweep = v.finished_sweep WHERE v.name = ? AND v.differences = 0";
        try {
            return Statements.query(
                            database,
                            row -> row.getLong(3) == 0
                                    ? Optional.<Verified>empty()
                                    : Optional.of(new Verified(Instant.ofEpochMilli(row.getLong(1)), row.getLong(2))),
                            sql,
                            name)
                    .get(0);
        } catch (SQLException e) {
            throw failed(e);
        }
    }

    /** A range that was compared. */
    record Done(long ordinal, Range range, long rows, long suspects) {}

    long version() {
        return version.getAsLong();
    }

    private void install() {
        try {
            Tables.install(database, MARKER, CREATE);
        } catch (SQLException e) {
            throw failed(e);
        }
    }

    /** The number of the sweep to run: the one that was interrupted, unless it was one of another mapping, or else the next one. */
    long begin(String mapping) {
        install();
        try {
            return Transactions.run(database, connection -> {
                List<long[]> found = Statements.query(
                        connection,
                        row -> new long[] {
                            row.getLong(1), row.getLong(2), row.getString(3).equals(mapping) ? 1 : 0
                        },
                        "SELECT sweep, finished_sweep, mapping FROM turnout_verify WHERE name = ? FOR UPDATE",
                        name);
                if (found.isEmpty()) {
                    Statements.update(
                            connection,
                            "INSERT INTO turnout_verify (name, mapping, sweep, finished_sweep, differences) VALUES (?, ?, 1, 0, 0)",
                            name,
                            mapping);
                    return 1L;
                }
                long[] last = found.get(0);
                boolean goesOn = last[0] != last[1] && last[2] == 1;
                if (!goesOn) {
                    Statements.update(
                            connection,
                            "UPDATE turnout_verify SET sweep = sweep + 1, mapping = ? WHERE name = ?",
                            mapping,
                            name);
                }
                return goesOn ? last[0] : last[0] + 1;
            });
        } catch (SQLException e) {
            throw failed(e);
        }
    }

    /** What a sweep has compared before it was interrupted, in order. */
    List<Done> done(long sweep, List<KeyColumn> keys) {
        try {
            return Statements.query(
                    database,
                    row -> {
                        String after = row.getString(2);
                        String upTo = row.getString(3);
                        Range range = new Range(
                                after == null ? null : KeyColumn.parse(keys, after),
                                upTo == null ? null : KeyColumn.parse(keys, upTo));
                        return new Done(row.getLong(1), range, row.getLong(4), row.getLong(5));
                    },
                    "SELECT ordinal, after_key, up_to_key, row_count, suspects FROM turnout_verify_range WHERE name = ? AND sweep = ?"
                            + " ORDER BY ordinal",
                    name,
                    sweep);
        } catch (SQLException e) {
            throw failed(e);
        }
    }

    /** Keeps a range; in a transaction, so that one that was kept before is replaced. */
    void save(long sweep, Done done, List<KeyColumn> keys, long ofVersion, Instant at) {
        RowKey after = done.range().after();
        RowKey upTo = done.range().upTo();
        List<String> columns = List.of(
                "after_key",
                "up_to_key",
                "row_count",
                "suspects",
                "migration_version",
                "verified_at",
                "name",
                "sweep",
                "ordinal");
        try {
            Transactions.run(
                    database,
                    connection -> Statements.update(
                            connection,
                            Dialect.of(connection)
                                    .upsert("turnout_verify_range", columns, List.of("name", "sweep", "ordinal")),
                            after == null ? null : KeyColumn.text(keys, after),
                            upTo == null ? null : KeyColumn.text(keys, upTo),
                            done.rows(),
                            done.suspects(),
                            ofVersion,
                            at.toEpochMilli(),
                            name,
                            sweep,
                            done.ordinal()));
        } catch (SQLException e) {
            throw failed(e);
        }
    }

    /** Notes that a sweep has compared everything, and forgets the older ones. */
    void finish(long sweep, long differences) {
        try {
            int updated = Transactions.run(database, connection -> {
                int rows = Statements.update(
                        connection,
                        "UPDATE turnout_verify SET finished_sweep = ?, differences = ? WHERE name = ? AND sweep = ? AND finished_sweep < ?",
                        sweep,
                        differences,
                        name,
                        sweep,
                        sweep);
                if (rows > 0) {
                    Statements.update(
                            connection, "DELETE FROM turnout_verify_range WHERE name = ? AND sweep < ?", name, sweep);
                }
                return rows;
            });
            if (updated == 0) {
                throw new CopyException("Verification '" + name
                        + "' is run by somebody else too, who has finished it meanwhile. Let one of them run.");
            }
        } catch (SQLException e) {
            throw failed(e);
        }
    }

    private CopyException failed(SQLException e) {
        return new CopyException("What was verified of '" + name + "' can't be kept or read: " + e.getMessage(), e);
    }
}
