package dev.turnout.flags.jdbc.diff;

import dev.turnout.flags.jdbc.copy.CopyException;
import dev.turnout.flags.jdbc.sql.Dialect;
import dev.turnout.flags.jdbc.sql.Statements;
import dev.turnout.flags.jdbc.sql.Transactions;
import dev.turnout.flags.repair.Difference;
import dev.turnout.flags.store.TimeSource;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ranges of a sweep that any number of runs share. Each plans the next range by itself, and takes one that somebody else has had for longer than
 * a lease, by the clock of the database. Two may so compare one range: as they only read, and what was seen vouches for the time at which it
 * began to be read, the first of them to be done counts, however late it is.
 */
final class StoredRanges implements SweepRanges {
    private static final Logger log = LoggerFactory.getLogger(StoredRanges.class);
    private static final String OF_SWEEP = " WHERE name = ? AND sweep = ?";
    private static final String OF_RANGE = OF_SWEEP + " AND ordinal = ? AND is_done = 0";

    /** Where a sweep is: how many ranges are planned, and where the last of them ends. */
    private record Head(long planned, @Nullable RowKey lastKey, long rangesDone, long rowsDone) {
        boolean isPlanned() {
            return planned > 0 && lastKey == null;
        }
    }

    private final VerifiedRanges verified;
    private final List<KeyColumn> keys;
    private final TimeSource time;
    private final long sweep;
    private final long rowsBefore;
    private final String owner = "process " + ProcessHandle.current().pid() + ", run " + UUID.randomUUID();
    private final Set<Long> taken = new HashSet<>();

    StoredRanges(VerifiedRanges verified, long sweep, List<KeyColumn> keys, TimeSource time) {
        this.verified = verified;
        this.sweep = sweep;
        this.keys = keys;
        this.time = time;
        rowsBefore = verified.trying(() -> Transactions.run(verified.database, this::head))
                .rowsDone();
    }

    @Override
    public Optional<Claim> next(Boundary boundary) {
        while (true) {
            Head head = verified.trying(() -> Transactions.run(verified.database, this::head));
            Optional<Claim> claim;
            if (head.isPlanned()) {
                claim = verified.trying(this::takeOver);
            } else {
                // Asked without a transaction: the table may be slow, and its database the one that keeps the ranges.
                Range range =
                        new Range(head.lastKey(), boundary.after(head.lastKey()).orElse(null));
                claim = verified.trying(() -> plan(head.planned() + 1, range));
            }
            if (claim.isPresent() || head.isPlanned()) {
                claim.ifPresent(one -> taken.add(one.ordinal()));
                return claim;
            }
            // somebody else has planned this range meanwhile
        }
    }

    private Optional<Claim> plan(long ordinal, Range range) throws SQLException {
        Claim claim = claim(ordinal, range);
        String after = text(range.after());
        String upTo = text(range.upTo());
        return Transactions.run(verified.database, connection -> {
            int planned = Statements.update(
                    connection,
                    "UPDATE turnout_verify SET planned = ?, last_key = ?" + OF_SWEEP + " AND planned = ?",
                    ordinal,
                    upTo,
                    verified.name,
                    sweep,
                    ordinal - 1);
            if (planned == 0) {
                return Optional.empty();
            }
            Statements.update(
                    connection,
                    "INSERT INTO turnout_verify_range (name, sweep, ordinal, after_key, up_to_key, owner, lease_until) VALUES"
                            + " (?, ?, ?, ?, ?, ?, " + Dialect.of(connection).nowMillis() + " + ?)",
                    verified.name,
                    sweep,
                    ordinal,
                    after,
                    upTo,
                    owner,
                    verified.leaseMillis);
            return Optional.of(claim);
        });
    }

    private Optional<Claim> takeOver() throws SQLException {
        Optional<Claim> found = Transactions.run(verified.database, connection -> {
            String now = Dialect.of(connection).nowMillis();
            List<Claim> free = Statements.query(
                    connection,
                    row -> claim(row.getLong(1), new Range(key(row.getString(2)), key(row.getString(3)))),
                    "SELECT ordinal, after_key, up_to_key FROM turnout_verify_range" + OF_SWEEP
                            + " AND is_done = 0 AND lease_until < " + now
                            + " ORDER BY ordinal LIMIT 1 FOR UPDATE SKIP LOCKED",
                    verified.name,
                    sweep);
            for (Claim claim : free) {
                Statements.update(
                        connection,
                        "UPDATE turnout_verify_range SET owner = ?, lease_until = " + now + " + ?" + OF_RANGE,
                        owner,
                        verified.leaseMillis,
                        verified.name,
                        sweep,
                        claim.ordinal());
            }
            return free.stream().findFirst();
        });
        found.ifPresent(claim -> log.info(
                "Verification '{}' takes range {}, which somebody had before.", verified.name, claim.ordinal()));
        return found;
    }

    private Claim claim(long ordinal, Range range) {
        return new Claim(ordinal, range, verified.version(), time.now());
    }

    @Override
    public long done(Claim claim, Tally found) {
        Head head = verified.trying(() -> Transactions.run(verified.database, connection -> {
            head(connection); // locked first, as everywhere
            if (save(connection, claim, found) > 0) {
                Statements.update(
                        connection,
                        "UPDATE turnout_verify SET ranges_done = ranges_done + 1, rows_done = rows_done + ?" + OF_SWEEP,
                        found.rows(),
                        verified.name,
                        sweep);
            }
            return head(connection);
        }));
        taken.remove(claim.ordinal());
        return head.rowsDone();
    }

    private int save(Connection connection, Claim claim, Tally found) throws SQLException {
        List<Object> values = new ArrayList<>(
                List.of(found.rows(), claim.version(), claim.at().toEpochMilli(), found.unsettled()));
        StringBuilder set = new StringBuilder("row_count = ?, migration_version = ?, verified_at = ?, unsettled = ?");
        for (Difference.Kind kind : Difference.Kind.values()) {
            set.append(", ").append(VerifiedRanges.column(kind)).append(" = ?");
            values.add(found.count(kind));
        }
        values.addAll(List.of(verified.name, sweep, claim.ordinal()));
        return Statements.update(
                connection, "UPDATE turnout_verify_range SET is_done = 1, " + set + OF_RANGE, values.toArray());
    }

    @Override
    public long rowsBefore() {
        return rowsBefore;
    }

    @Override
    public boolean isDone() {
        Head head = verified.trying(() -> Transactions.run(verified.database, this::head));
        return head.isPlanned() && head.rangesDone() == head.planned();
    }

    @Override
    public Tally finish() {
        return verified.trying(() -> Transactions.run(verified.database, connection -> {
            head(connection);
            Tally found = sum(connection);
            int finished = Statements.update(
                    connection,
                    "UPDATE turnout_verify SET finished_sweep = ?, differences = ?" + OF_SWEEP
                            + " AND finished_sweep < ?",
                    sweep,
                    found.counts().values().stream().mapToLong(Long::longValue).sum() + found.unsettled(),
                    verified.name,
                    sweep,
                    sweep);
            if (finished > 0) {
                Statements.update(
                        connection,
                        "DELETE FROM turnout_verify_range WHERE name = ? AND sweep < ?",
                        verified.name,
                        sweep);
            }
            return found;
        }));
    }

    private Tally sum(Connection connection) throws SQLException {
        StringBuilder sums = new StringBuilder("sum(row_count), sum(unsettled)");
        for (Difference.Kind kind : Difference.Kind.values()) {
            sums.append(", sum(").append(VerifiedRanges.column(kind)).append(')');
        }
        return Statements.query(
                        connection,
                        StoredRanges::tally,
                        "SELECT " + sums + " FROM turnout_verify_range" + OF_SWEEP,
                        verified.name,
                        sweep)
                .get(0);
    }

    private static Tally tally(ResultSet row) throws SQLException {
        Map<Difference.Kind, Long> counts = new EnumMap<>(Difference.Kind.class);
        int column = 3;
        for (Difference.Kind kind : Difference.Kind.values()) {
            long count = row.getLong(column++);
            if (count > 0) {
                counts.put(kind, count);
            }
        }
        return new Tally(row.getLong(1), counts, row.getLong(2));
    }

    /** Where this sweep is, which nobody changes before the transaction ends. */
    private Head head(Connection connection) throws SQLException {
        List<Head> found = Statements.query(
                connection,
                row -> new Head(row.getLong(1), key(row.getString(2)), row.getLong(3), row.getLong(4)),
                "SELECT planned, last_key, ranges_done, rows_done FROM turnout_verify" + OF_SWEEP + " FOR UPDATE",
                verified.name,
                sweep);
        if (found.isEmpty()) {
            throw new CopyException(
                    "Another sweep of verification '" + verified.name
                            + "' was begun while this one was run, and takes its place. Run it again to take part in that one.");
        }
        return found.get(0);
    }

    private @Nullable String text(@Nullable RowKey key) {
        return key == null ? null : KeyColumn.text(keys, key);
    }

    private @Nullable RowKey key(@Nullable String text) {
        return text == null ? null : KeyColumn.parse(keys, text);
    }

    @Override
    public void close() {
        for (long ordinal : taken) {
            try {
                Statements.update(
                        verified.database,
                        "UPDATE turnout_verify_range SET lease_until = 0" + OF_RANGE + " AND owner = ?",
                        verified.name,
                        sweep,
                        ordinal,
                        owner);
            } catch (SQLException e) {
                log.warn(
                        "Verification '{}' can't leave range {} to others; they take it when its lease is over.",
                        verified.name,
                        ordinal,
                        e);
            }
        }
    }
}
