package dev.turnout.flags.jdbc.backfill;

import dev.turnout.flags.jdbc.backfill.RangeTable.Range;
import dev.turnout.flags.jdbc.ranges.WriterLeases;
import dev.turnout.flags.jdbc.sql.Home;
import dev.turnout.flags.store.LogThrottle;
import dev.turnout.flags.store.TimeSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The ranges of a sweep that several processes work at. A thread of its own reports that this one is alive. */
final class SharedRanges implements RangeSupply {
    private static final Logger log = LoggerFactory.getLogger(SharedRanges.class);
    private static final int RENEWALS_PER_LEASE = 6;
    private static final long LONGEST_POLL_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final LogThrottle failures = new LogThrottle(SharedRanges.class, TimeSource.SYSTEM);
    private final String name;
    private final String sweepId;
    private final WriterLeases leases;
    private final RangeTable table; // of signs of life, which are given again soon
    private final RangeTable patient; // of one who has nothing else to do than to wait for it
    private final BackfillControl control;
    private final int planned;
    private final long renewNanos;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Set<Integer> left = ConcurrentHashMap.newKeySet();
    private volatile boolean stopped;

    /** Of so many ranges. */
    SharedRanges(Home home, String name, String sweepId, BackfillControl control, int planned, Duration lease) {
        this.name = name;
        this.sweepId = sweepId;
        leases = new WriterLeases(home, name, sweepId, lease.toMillis());
        table = new RangeTable(home, name);
        patient = new RangeTable(home.patient(), name);
        this.control = control;
        this.planned = planned;
        renewNanos = lease.toNanos() / RENEWALS_PER_LEASE;
    }

    @Override
    public @Nullable Range next() throws SQLException, InterruptedException {
        while (!stopped) {
            Optional<Range> free = RangeTable.take(leases);
            if (free.isPresent()) {
                Range range = free.get();
                if (left.contains(range.number())) {
                    continue; // its lease was over, and is not any more
                }
                if (range.epoch() > 1) {
                    log.info(
                            "Backfill '{}' takes over range {} of another run, in epoch {} after {} rows.",
                            name,
                            range.number(),
                            range.epoch(),
                            range.rows());
                }
                return range;
            }
            Totals totals = patient.totals(sweepId);
            if (totals.ranges() != planned) {
                throw new BackfillException(
                        "Another sweep of backfill '" + name
                                + "' was begun while this one was run, and takes its place. What this one has copied stays, and that one copies it again.");
            }
            if (totals.rangesDone() == planned || !left.isEmpty()) { // who leaves some is not done, whatever others do
                return null;
            }
            leases.endStuckSessions();
            control.await(Math.min(LONGEST_POLL_NANOS, renewNanos));
        }
        return null;
    }

    @Override
    public void hold(Connection target, Range range) throws SQLException {
        leases.hold(target, range);
    }

    @Override
    public boolean isTaken(Range range) {
        try {
            return leases.isTaken(range);
        } catch (SQLException | RuntimeException e) {
            return false; // nothing is known of it, and the failure that led here is reported
        }
    }

    @Override
    public void giveBack(Range range) {
        letGo(() -> leases.giveBack(range));
    }

    @Override
    public void leave(Range range) {
        left.add(range.number());
    }

    @Override
    public void stop() {
        stopped = true;
    }

    @Override
    public void start(Consumer<Totals> listener) {
        Thread thread = new Thread(() -> renew(listener), "turnout-backfill-" + name + "-lease");
        thread.setDaemon(true);
        thread.start();
    }

    private void renew(Consumer<Totals> listener) {
        try {
            while (!closed.await(renewNanos, TimeUnit.NANOSECONDS)) {
                try {
                    leases.renew();
                    listener.accept(table.totals(sweepId));
                    failures.worksAgain("Backfill '{}' renews its lease again.", name);
                } catch (Throwable e) { // also an Error: without this thread the lease would end
                    failures.warn(e, "Backfill '{}' cannot renew its lease; others may take its ranges.", name);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // nothing does that
        }
    }

    @Override
    public void close() {
        closed.countDown();
        letGo(leases::giveBackAll);
    }

    private interface Release {
        void run() throws SQLException;
    }

    private void letGo(Release release) {
        try {
            release.run();
        } catch (Throwable e) { // must not hide how the run ended
            log.warn(
                    "Backfill '{}' cannot release its ranges; other processes take them when its lease ends.", name, e);
        }
    }
}
