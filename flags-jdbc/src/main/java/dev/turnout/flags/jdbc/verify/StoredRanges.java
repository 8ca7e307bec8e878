package dev.turnout.flags.jdbc.verify;

import dev.turnout.flags.jdbc.ranges.ReaderLeases;
import dev.turnout.flags.jdbc.sql.Home;
import dev.turnout.flags.jdbc.sql.Transactions;
import dev.turnout.flags.migration.Difference;
import dev.turnout.flags.store.TimeSource;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ranges of a sweep that any number of runs share. Each plans the next range by itself, and takes one that another run has had for longer than
 * a lease. Two may so compare one range: as they only read, and what was seen vouches for the time at which it
 * began to be read, the first of them to be done counts, however late it is. Each change is one statement, for the reasons that {@link ReaderLeases} gives.
 */
final class StoredRanges implements SweepRanges {
    private static final Logger log = LoggerFactory.getLogger(StoredRanges.class);
    private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long KEPT_MILLIS = TimeUnit.DAYS.toMillis(90);
    private static final String OF_SWEEP = " WHERE name = ? AND sweep = ?";
    private static final String OF_RANGE = OF_SWEEP + " AND ordinal = ? AND is_done = 0";

    /** How many ranges of a sweep are planned, and where the last of them ends. */
    private record Head(long planned, @Nullable RowKey lastKey) {
        boolean isPlanned() {
            return planned > 0 && lastKey == null;
        }
    }

    private final VerifiedRanges verified;
    private final List<KeyColumn> keys;
    private final TimeSource time;
    private final long sweep;
    private final long rowsBefore;
    private final ReaderLeases leases;
    private long rowsDone;
    private long lookedNanos;
    private long keptNanos;

    StoredRanges(VerifiedRanges verified, long sweep, List<KeyColumn> keys, TimeSource time) {
        this.verified = verified;
        this.sweep = sweep;
        this.keys = keys;
        this.time = time;
        leases = new ReaderLeases(verified.home, verified.patient, verified.name, sweep, verified.leaseMillis);
        rowsBefore = sum().rows();
        rowsDone = rowsBefore;
        lookedNanos = time.nanoTime();
        keptNanos = lookedNanos;
    }

    @Override
    public Optional<Claim> next(Runnable pause, Boundary boundary) {
        while (true) {
            Head head = head();
            if (head.isPlanned()) {
                return takeOver(pause);
            }
            pause.run();
            RowKey upTo = boundary.after(head.lastKey()).orElse(null);
            Claim claim = claim(head.planned() + 1, new KeyRange(head.lastKey(), upTo));
            boolean planned = plan(claim);
            advance(claim.ordinal());
            if (planned) {
                leases.added(claim.ordinal());
                return Optional.of(claim);
            }
        }
    }

    /** Whether no other run has done so before. */
    private boolean plan(Claim claim) {
        return verified.asking(home -> {
            try {
                home.update(
                        "INSERT INTO turnout_verify_range (name, sweep, ordinal, after_key, up_to_key, owner, lease_until) VALUES"
                                + " (?, ?, ?, ?, ?, ?, " + now() + " + ?)",
                        verified.name,
                        sweep,
                        claim.ordinal(),
                        text(claim.range().after()),
                        text(claim.range().upTo()),
                        leases.owner(),
                        verified.leaseMillis);
                return true;
            } catch (SQLException e) {
                if (Transactions.isDuplicateKey(e)) {
                    return leases.isOwn(claim.ordinal());
                }
                throw e;
            }
        });
    }

    /** Makes a planned range the last one, also for a run that could not do so any more. */
    private void advance(long ordinal) {
        verified.asking(home -> home.update(
                "UPDATE turnout_verify SET planned = ?, last_key = (SELECT up_to_key FROM turnout_verify_range"
                        + OF_SWEEP + " AND ordinal = ?)" + OF_SWEEP + " AND planned = ?",
                ordinal,
                verified.name,
                sweep,
                ordinal,
                verified.name,
                sweep,
                ordinal - 1));
    }

    private Optional<Claim> takeOver(Runnable pause) {
        Optional<Long> taken = verified.asking(home -> leases.takeOver(pause));
        taken.ifPresent(
                ordinal -> log.info("Verification '{}' takes over range {} of another run.", verified.name, ordinal));
        return taken.map(ordinal -> claim(ordinal, range(ordinal)));
    }

    private KeyRange range(long ordinal) {
        return verified
                .asking(home -> home.query(
                        row -> new KeyRange(key(row.getString(1)), key(row.getString(2))),
                        "SELECT after_key, up_to_key FROM turnout_verify_range" + OF_SWEEP + " AND ordinal = ?",
                        verified.name,
                        sweep,
                        ordinal))
                .stream()
                .findFirst()
                .orElseThrow(this::superseded);
    }

    private Claim claim(long ordinal, KeyRange range) {
        return new Claim(ordinal, range, verified.version(), time.now());
    }

    private String now() {
        return verified.dialect().nowMillis();
    }

    @Override
    public void keep() {
        long now = time.nanoTime();
        if (leases.isEmpty() || now - keptNanos < TimeUnit.MILLISECONDS.toNanos(verified.leaseMillis / 3)) {
            return;
        }
        keptNanos = now;
        verified.asking(home -> {
            leases.renew();
            return now;
        });
    }

    @Override
    public long done(Claim claim, DifferenceCounts found) {
        int saved = verified.asking(home -> save(home, claim, found));
        leases.done(claim.ordinal());
        long now = time.nanoTime();
        if (now - lookedNanos > LOOK_NANOS) {
            rowsDone = sum().rows();
            lookedNanos = now;
        } else if (saved > 0) {
            rowsDone += found.rows();
        }
        return rowsDone;
    }

    private int save(Home home, Claim claim, DifferenceCounts found) throws SQLException {
        List<Object> values = new ArrayList<>(
                List.of(found.rows(), claim.version(), claim.at().toEpochMilli(), found.unsettled()));
        StringBuilder set = new StringBuilder("row_count = ?, migration_version = ?, verified_at = ?, unsettled = ?");
        for (Difference.Kind kind : Difference.Kind.values()) {
            set.append(", ").append(VerifiedRanges.column(kind)).append(" = ?");
            values.add(found.count(kind));
        }
        values.addAll(List.of(verified.name, sweep, claim.ordinal()));
        return home.update("UPDATE turnout_verify_range SET is_done = 1, " + set + OF_RANGE, values.toArray());
    }

    @Override
    public long rowsBefore() {
        return rowsBefore;
    }

    @Override
    public boolean isDone() {
        return head().isPlanned()
                && verified.asking(home -> home.query(
                                row -> row.getLong(1),
                                "SELECT count(*) FROM turnout_verify_range" + OF_SWEEP + " AND is_done = 0",
                                verified.name,
                                sweep))
                        .equals(List.of(0L));
    }

    @Override
    public DifferenceCounts finish() {
        DifferenceCounts found = sum();
        Head head = head(); // later, as the ranges of a sweep go when a later one has finished
        long ranges = verified.asking(home -> home.query(
                        row -> row.getLong(1),
                        "SELECT count(*) FROM turnout_verify_range" + OF_SWEEP,
                        verified.name,
                        sweep))
                .get(0);
        if (ranges != head.planned()) {
            throw superseded();
        }
        verified.asking(home -> home.update(
                "UPDATE turnout_verify SET finished_sweep = ?, differences = ?" + OF_SWEEP + " AND finished_sweep < ?",
                sweep,
                found.counts().values().stream().mapToLong(Long::longValue).sum() + found.unsettled(),
                verified.name,
                sweep,
                sweep));
        verified.asking(home ->
                home.update("DELETE FROM turnout_verify_range WHERE name = ? AND sweep < ?", verified.name, sweep));
        forgetOthers();
        return found;
    }

    /** Verifications of other names that were not run for so long; the oldest range of one is then reported as empty. */
    private void forgetOthers() {
        List<String> forgotten = verified.asking(home -> home.query(
                row -> row.getString(1),
                "SELECT name FROM turnout_verify_range WHERE name <> ? GROUP BY name HAVING max(lease_until) < " + now()
                        + " - ? AND max(verified_at) < " + now() + " - ?",
                verified.name,
                KEPT_MILLIS,
                KEPT_MILLIS));
        for (String name : forgotten) {
            verified.asking(home -> home.update("DELETE FROM turnout_verify WHERE name = ?", name));
            verified.asking(home -> home.update("DELETE FROM turnout_verify_range WHERE name = ?", name));
        }
    }

    private DifferenceCounts sum() {
        StringBuilder sums = new StringBuilder("sum(row_count), sum(unsettled)");
        for (Difference.Kind kind : Difference.Kind.values()) {
            sums.append(", sum(").append(VerifiedRanges.column(kind)).append(')');
        }
        return verified.asking(home -> home.query(
                        StoredRanges::tally,
                        "SELECT " + sums + " FROM turnout_verify_range" + OF_SWEEP,
                        verified.name,
                        sweep))
                .get(0);
    }

    private static DifferenceCounts tally(ResultSet row) throws SQLException {
        Map<Difference.Kind, Long> counts = new EnumMap<>(Difference.Kind.class);
        int column = 3;
        for (Difference.Kind kind : Difference.Kind.values()) {
            long count = row.getLong(column++);
            if (count > 0) {
                counts.put(kind, count);
            }
        }
        return new DifferenceCounts(row.getLong(1), counts, row.getLong(2));
    }

    private Head head() {
        return verified
                .asking(home -> home.query(
                        row -> new Head(row.getLong(1), key(row.getString(2))),
                        "SELECT planned, last_key FROM turnout_verify" + OF_SWEEP,
                        verified.name,
                        sweep))
                .stream()
                .findFirst()
                .orElseThrow(this::superseded);
    }

    private VerifyException superseded() {
        return new VerifyException("Another sweep of verification '" + verified.name
                + "' was begun while this one was run, and takes its place. Run it again to take part in that one.");
    }

    private @Nullable String text(@Nullable RowKey key) {
        return key == null ? null : KeyColumn.text(keys, key);
    }

    private @Nullable RowKey key(@Nullable String text) {
        return text == null ? null : KeyColumn.parse(keys, text);
    }

    @Override
    public void close() {
        for (long ordinal : leases.taken()) {
            try {
                leases.giveBack(ordinal);
            } catch (Throwable e) { // the other ranges are left all the same
                log.warn(
                        "Verification '{}' cannot release range {}; other processes take it when its lease ends.",
                        verified.name,
                        ordinal,
                        e);
            }
        }
    }
}
