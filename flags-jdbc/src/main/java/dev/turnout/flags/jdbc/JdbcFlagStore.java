package dev.turnout.flags.jdbc;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.document.EntryKey;
import dev.turnout.flags.jdbc.sql.Component;
import dev.turnout.flags.jdbc.sql.Home;
import dev.turnout.flags.jdbc.sql.Transactions;
import dev.turnout.flags.jdbc.table.OwnTables;
import dev.turnout.flags.store.AuditEntry;
import dev.turnout.flags.store.Change;
import dev.turnout.flags.store.EditableFlagStore;
import dev.turnout.flags.store.FlagStoreException;
import dev.turnout.flags.store.Snapshot;
import dev.turnout.flags.store.SnapshotId;
import dev.turnout.flags.store.TimeSource;
import dev.turnout.flags.store.Watchers;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Flags in tables of a PostgreSQL, MariaDB, MySQL or H2 database, shared by all nodes that use it. Thread-safe.
 *
 * <pre>{@code
 * Flags flags = Flags.from(JdbcFlagStore.in(dataSource));
 * }</pre>
 *
 * <p>Changes are applied one after the other, each in one transaction together with its audit entry. Other nodes see
 * them at their next look, within a second. A change that follows another one within some seconds, as the steps of a
 * migration do, is seen within some 25 ms. While the database is down, nodes continue from the state that they have.
 * The tables ({@code turnout_head}, {@code turnout_entry}, {@code turnout_audit} and {@code turnout_audit_edit}) create
 * themselves, unless {@link OwnTables} is configured otherwise; MySQL must be 8.0.17 or later.
 *
 * <p>The data source stays the caller's. Statements have a limit of ten seconds. Give the driver a socket timeout too:
 * it detects a connection that was cut silently.
 */
public final class JdbcFlagStore implements EditableFlagStore {
    private static final Logger log = LoggerFactory.getLogger(JdbcFlagStore.class);
    // Where something has changed, more changes follow soon: a controller continues as soon as every node has received
    // the last step.
    private static final Duration BUSY_INTERVAL = Duration.ofMillis(25);
    private static final Duration BUSY = Duration.ofSeconds(5);

    private final Home home;
    private final FlagTables tables;
    private final TimeSource time;
    private final Duration pollInterval;
    private final Duration auditKept;
    private final Watchers watchers = new Watchers();
    // The one thread that notifies watchers. What comes after close() is discarded: no watcher is notified of it.
    private final ScheduledThreadPoolExecutor watching =
            new ScheduledThreadPoolExecutor(1, JdbcFlagStore::watchingThread, new ThreadPoolExecutor.DiscardPolicy());
    private @Nullable SnapshotId told; // by the watching thread alone, once it runs
    private volatile long toldAtNanos;
    private volatile boolean failing; // written by the watching thread alone
    private volatile boolean closed;
    private volatile long readAtNanos;

    private JdbcFlagStore(Builder builder) {
        OwnTables where = builder.tables;
        home = Home.of(where.database(), where.schema(), where.createTables(), Component.FLAGS);
        tables = new FlagTables(home);
        time = builder.time;
        pollInterval = builder.pollInterval;
        auditKept = builder.auditKept;
        readAtNanos = time.nanoTime();
        toldAtNanos = readAtNanos - BUSY.toNanos();
        watching.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        told = idNow();
    }

    /** The state that watchers know; null if the database is not there yet: then they are notified of all that it has. */
    private @Nullable SnapshotId idNow() {
        try {
            return run(tables::head, "The revision cannot be read");
        } catch (FlagStoreException e) {
            log.debug("The database with the flags is not there yet.", e);
            return null;
        }
    }

    private static Thread watchingThread(Runnable task) {
        Thread thread = new Thread(task, "turnout-jdbc-flags");
        thread.setDaemon(true);
        return thread;
    }

    /**
     * A store that looks for changes once a second. Blocks while it creates its tables. If it cannot, {@link #read}
     * throws the reason, and it tries again.
     */
    public static JdbcFlagStore in(DataSource database) {
        return builder(database).build();
    }

    /** The same, with tables in another schema, or such as are not to be created. */
    public static JdbcFlagStore in(OwnTables tables) {
        return builder(tables).build();
    }

    /** Begins a store that needs more than a database. */
    public static Builder builder(DataSource database) {
        return builder(OwnTables.in(database));
    }

    /** The same, with tables in another schema, or such as are not to be created. */
    public static Builder builder(OwnTables tables) {
        return new Builder(tables);
    }

    /** The newest state that was committed before the call. */
    @Override
    public Snapshot read() {
        Snapshot snapshot = run(tables::read, "The flags cannot be read from the database");
        readAtNanos = time.nanoTime();
        return snapshot;
    }

    @Override
    public Duration age() {
        return Duration.ofNanos(time.nanoTime() - readAtNanos);
    }

    @Override
    public Snapshot apply(Change change) {
        requireNonNull(change, "change");
        Snapshot next = run(
                connection -> {
                    tables.lock(connection);
                    // As precise as the tables, so a reader of the change sees the same.
                    Instant now = time.now().truncatedTo(ChronoUnit.MICROS);
                    Snapshot.Applied applied = tables.read(connection).apply(change, now);
                    tables.write(connection, applied.audit(), applied.snapshot().id());
                    tables.prune(connection, now.minus(auditKept));
                    return applied.snapshot();
                },
                "The change by " + change.by() + " (" + change.reason()
                        + ") cannot be stored in the database, or was stored without an answer. Read the flags to find out");
        watching.execute(() -> {
            if (told == null || next.id().follows(told)) { // if not, the next look notifies of what there is
                tell(next);
            }
        });
        return next;
    }

    @Override
    public List<AuditEntry> history(int limit) {
        return history(limit, connection -> tables.history(connection, limit));
    }

    @Override
    public List<AuditEntry> history(EntryKey key, int limit) {
        return history(limit, connection -> tables.history(connection, key, limit));
    }

    private List<AuditEntry> history(int limit, Transactions.Work<List<AuditEntry>> read) {
        if (limit < 0) {
            throw new IllegalArgumentException("The limit must not be negative, but was " + limit + ".");
        }
        return run(read, "The audit of flags cannot be read from the database");
    }

    private <T> T run(Transactions.Work<T> work, String problem) {
        if (closed) {
            throw new FlagStoreException("This store is closed.");
        }
        try {
            home.install();
        } catch (SQLException e) {
            throw new FlagStoreException(
                    "The tables for flags cannot be created in the database, or used: " + e.getMessage(), e);
        }
        try {
            return home.run(work);
        } catch (SQLException e) {
            throw new FlagStoreException(problem + ": " + e.getMessage(), e);
        }
    }

    /** As in the interface; a change of another node that this store has not noticed before the call counts as newer. */
    @Override
    public Subscription watch(Consumer<Snapshot> watcher) {
        return watchers.add(requireNonNull(watcher, "watcher"));
    }

    private void pollAndGoOn() {
        try {
            poll();
        } finally {
            pollAfter(pause());
        }
    }

    private void pollAfter(Duration pause) {
        var unused = watching.schedule(this::pollAndGoOn, pause.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Until it looks again. */
    Duration pause() {
        boolean busy = time.nanoTime() - toldAtNanos < BUSY.toNanos() && !failing;
        return busy && BUSY_INTERVAL.compareTo(pollInterval) < 0 ? BUSY_INTERVAL : pollInterval;
    }

    private void poll() {
        try {
            if (!run(tables::head, "The revision cannot be read").equals(told)) {
                tell(read());
            }
            readAtNanos = time.nanoTime();
            if (failing) {
                failing = false;
                log.info("The database with the flags can be read again, at revision {}.", toldRevision());
            }
        } catch (Throwable e) { // also an Error: watching continues
            if (!failing && !closed) {
                failing = true; // one line per outage, not per attempt
                log.warn(
                        "The database with the flags cannot be read. Revision {} stays in use; a new attempt follows every {} ms.",
                        toldRevision(),
                        pollInterval.toMillis(),
                        e);
            }
        }
    }

    private long toldRevision() {
        return told == null ? 0 : told.revision();
    }

    private void tell(Snapshot snapshot) {
        if (!snapshot.id().equals(told) && !closed) {
            told = snapshot.id();
            toldAtNanos = time.nanoTime();
            watchers.tell(() -> snapshot);
        }
    }

    /** Does not wait for what is under way, nor interrupt it: an embedded database would take that for its own end. */
    @Override
    public void close() {
        closed = true;
        watching.shutdown();
    }

    /** Builds a {@link JdbcFlagStore}. Not thread-safe. */
    public static final class Builder {
        private final OwnTables tables;
        private Duration pollInterval = Duration.ofSeconds(1);
        private Duration auditKept = Duration.ofDays(365);
        private TimeSource time = TimeSource.SYSTEM;

        private Builder(OwnTables tables) {
            this.tables = requireNonNull(tables, "tables");
        }

        /**
         * How long a change by another node may stay unseen. Each look reads one row. For five seconds after each change the store looks
         * every 25 ms, if that is more often.
         *
         * @param interval at least a millisecond; default 1 s
         */
        public Builder pollInterval(Duration interval) {
            if (interval.toMillis() < 1) {
                throw new IllegalArgumentException(
                        "The poll interval must be at least 1 ms, but was " + interval + ".");
            }
            pollInterval = interval;
            return this;
        }

        /**
         * How long the audit of a change is kept, by the date that it has; default: 365 days. The last 1,000 changes are kept whatever their age. Older
         * ones go a few at a time, each time something is changed.
         *
         * @param atLeast more than zero
         */
        public Builder keepAudit(Duration atLeast) {
            if (atLeast.isNegative() || atLeast.isZero()) {
                throw new IllegalArgumentException(
                        "The audit must be kept for more than no time, but was to be for " + atLeast + ".");
            }
            auditKept = atLeast;
            return this;
        }

        /** The clock that changes are dated by; default: the machine's. */
        public Builder time(TimeSource timeSource) {
            time = requireNonNull(timeSource, "timeSource");
            return this;
        }

        /**
         * Creates the tables where they are missing, and begins to look for changes. Blocks. If the tables cannot be
         * created, {@link JdbcFlagStore#read} throws the reason, and it tries again.
         */
        public JdbcFlagStore build() {
            JdbcFlagStore store = new JdbcFlagStore(this);
            store.pollAfter(pollInterval);
            return store;
        }
    }
}
