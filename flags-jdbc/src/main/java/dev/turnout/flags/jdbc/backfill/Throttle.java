package dev.turnout.flags.jdbc.backfill;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.jdbc.sql.Replication;
import dev.turnout.flags.jdbc.sql.SqlFailure;
import dev.turnout.flags.jdbc.sql.Statements;
import java.sql.SQLException;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleSupplier;
import javax.sql.DataSource;

/**
 * How a backfill makes room for others. Immutable.
 *
 * <pre>{@code
 * Throttle.chunksOf(Duration.ofMillis(200))
 *     .whileReplicaBelow(replica, Duration.ofSeconds(10))
 *     .whileBelow("p99 in ms", latency::p99Millis, 50)
 *     .whileBelow("journal depth", () -> journal.depth(20_000), 10_000)
 *     .between(LocalTime.of(22, 0), LocalTime.of(6, 0), ZoneId.of("Europe/Berlin"));
 * }</pre>
 */
public final class Throttle {
    private static final Throttle NONE =
            new Throttle(Duration.ofMillis(500), List.of(), List.of(), Duration.ofMillis(500));

    final Duration chunkTime;
    final List<Signal> signals;
    final List<Window> windows;
    final Duration checkEvery;

    /** A figure that others suffer from when it is too high. */
    record Signal(String name, DoubleSupplier value, double limit) {}

    /** A time of the day; may go past midnight. */
    record Window(LocalTime from, LocalTime until, ZoneId zone) {
        boolean contains(LocalTime time) {
            return from.isBefore(until)
                    ? !time.isBefore(from) && time.isBefore(until)
                    : !time.isBefore(from) || time.isBefore(until);
        }
    }

    private Throttle(Duration chunkTime, List<Signal> signals, List<Window> windows, Duration checkEvery) {
        this.chunkTime = chunkTime;
        this.signals = List.copyOf(signals);
        this.windows = List.copyOf(windows);
        this.checkEvery = checkEvery;
    }

    /** None but for the time of a chunk, which is half a second. */
    public static Throttle none() {
        return NONE;
    }

    /**
     * Keeps chunks at such a size that each takes about this time, reading and writing together.
     *
     * @param chunkTime more than zero
     */
    public static Throttle chunksOf(Duration chunkTime) {
        return new Throttle(positive(chunkTime), List.of(), List.of(), NONE.checkEvery);
    }

    private static Duration positive(Duration duration) {
        if (duration.isZero() || duration.isNegative()) {
            throw new IllegalArgumentException("It must take more than no time, but was to take " + duration + ".");
        }
        return duration;
    }

    /**
     * Begins no chunk while a figure is above a limit.
     *
     * @param name for logs and messages
     * @param value asked before each chunk, on any of the threads; what it throws is logged, and counts as too high
     */
    public Throttle whileBelow(String name, DoubleSupplier value, double limit) {
        List<Signal> more = new ArrayList<>(signals);
        more.add(new Signal(requireNonNull(name, "name"), requireNonNull(value, "value"), limit));
        return new Throttle(chunkTime, more, windows, checkEvery);
    }

    /**
     * Begins no chunk while what a query gives is above a limit.
     *
     * @param query gives one number; {@code NULL} or no row counts as 0
     */
    public Throttle whileBelow(String name, DataSource database, String query, double limit) {
        requireNonNull(database, "database");
        requireNonNull(query, "query");
        return whileBelow(
                name,
                () -> {
                    try {
                        List<Double> rows = Statements.query(database, row -> row.getDouble(1), query);
                        return rows.isEmpty() ? 0 : rows.get(0);
                    } catch (SQLException e) {
                        throw new BackfillException("'" + name + "' cannot be read: " + SqlFailure.describe(e), e);
                    }
                },
                limit);
    }

    /**
     * Begins no chunk while a replica is further behind than that. An idle one that has replayed all is not behind. One
     * that has lost its primary, was promoted, or cannot be asked, counts as behind. It reports what it knows: {@code
     * latest_end_lsn} of {@code pg_stat_wal_receiver} in PostgreSQL if the user may see that.
     *
     * @param replica in PostgreSQL, MariaDB or MySQL; the user needs the right to {@code SHOW REPLICA STATUS} in the latter two
     * @param lag zero or more
     */
    public Throttle whileReplicaBelow(DataSource replica, Duration lag) {
        requireNonNull(replica, "replica");
        return whileBelow("replica lag in s", () -> lagSeconds(replica), lag.toMillis() / 1e3);
    }

    private static double lagSeconds(DataSource replica) {
        try {
            return Replication.lagSeconds(replica)
                    .orElseThrow(
                            () -> new BackfillException(
                                    "The database is no replica, or this user may not ask. Give the throttle the replica, or leave it out."));
        } catch (SQLException e) {
            throw new BackfillException("The lag of the replica cannot be read: " + SqlFailure.describe(e), e);
        }
    }

    /** Begins chunks at this time of the day only, or at that of another such call. The end may be past midnight. */
    public Throttle between(LocalTime from, LocalTime until, ZoneId zone) {
        if (from.equals(until)) {
            throw new IllegalArgumentException(
                    "A window from " + from + " until " + until + " is always shut. Leave it out.");
        }
        List<Window> more = new ArrayList<>(windows);
        more.add(new Window(from, until, zone));
        return new Throttle(chunkTime, signals, more, checkEvery);
    }

    /**
     * How soon it looks again after it had to wait.
     *
     * @param interval more than zero; default half a second
     */
    public Throttle checkEvery(Duration interval) {
        return new Throttle(chunkTime, signals, windows, positive(interval));
    }
}
