package dev.turnout.flags.jdbc;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.jdbc.rows.KeyCodec;
import dev.turnout.flags.jdbc.table.OwnTables;
import dev.turnout.flags.spi.Journal;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.store.PeriodicTask;
import dev.turnout.flags.store.TimeSource;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A journal in tables of a PostgreSQL, MariaDB, MySQL or H2 database ({@code turnout_journal}, {@code turnout_repair}, {@code turnout_journal_owner} and
 * {@code turnout_journal_head}, which create themselves), shared by all nodes that use it. It survives its nodes. Thread-safe; all calls block as long as
 * the database does.
 *
 * <pre>{@code
 * Journal<Long> journal = JdbcJournal.in(dataSource, "places-v2", KeyCodec.longs());
 * }</pre>
 *
 * <p>Keys have at most 500 characters as text. The data source stays the caller's; it should fail fast when the database is down, as writes wait for
 * it.
 *
 * <p>What becomes of an operation while the database cannot be reached is kept in memory, and stored when it can be again; a process that dies before
 * loses it. Until then the node acknowledges no newer version. At 100,000 entries, a journal in mode {@link Mode#ALWAYS} refuses new ones; one in mode
 * {@link Mode#ON_FAILURE} forgets what does not fit, after which no keys switch sides before another sweep of all keys.
 */
public final class JdbcJournal<K> implements Journal<K>, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(JdbcJournal.class);
    private static final Duration RETRY = Duration.ofMillis(100);
    private static final int MOST_UNSENT = 100_000;
    private static final String CANNOT_CLAIM = "Keys of the journal cannot be claimed";
    private static final int SLOWEST_CLAIM = 10; // the part of its time that may be over when it is taken

    /** When a key is written down. */
    public enum Mode {
        /**
         * Before each write to two paths, and struck out after it: two short transactions more for each write. Whatever happens to a node, the
         * others know its keys.
         */
        ALWAYS,
        /**
         * When a write did not reach both paths: is free until then. If a node is evicted, no node knows what it was about, and no keys switch
         * sides before another sweep of all keys, such as a backfill.
         */
        ON_FAILURE
    }

    private final String migration;
    private final JournalTables tables;
    private final JournalClaims claims;
    private final JournalKeys<K> keys;
    private final Mode mode;
    private final Recording<K> recording;
    private final Duration claimTimeout;
    private final TimeSource time;
    private final PeriodicTask retrying;
    private final Queue<String> candidates = new ConcurrentLinkedQueue<>(); // keys that were due a moment ago
    private volatile String id = "";

    private JdbcJournal(Builder<K> builder) {
        migration = builder.migration;
        tables = new JournalTables(builder.tables, migration);
        claims = tables.claims();
        keys = new JournalKeys<>(builder.keys);
        mode = builder.mode;
        recording = mode == Mode.ALWAYS
                ? new AlwaysRecording<>(migration, tables, keys, builder.mostUnsent)
                : new OnFailureRecording<>(migration, tables, keys, builder.mostUnsent);
        claimTimeout = builder.claimTimeout;
        time = builder.time;
        retrying = PeriodicTask.start("turnout-journal-" + migration, builder.retryPause, recording::retry);
    }

    /** In mode {@link Mode#ALWAYS}. Nothing is read or written yet. */
    public static <K> JdbcJournal<K> in(DataSource database, String migration, KeyCodec<K> keys) {
        return builder(database, migration, keys).build();
    }

    /** Begins one that is to be different. */
    public static <K> Builder<K> builder(DataSource database, String migration, KeyCodec<K> keys) {
        return builder(OwnTables.in(database), migration, keys);
    }

    /** The same, with tables in another schema, or such as are not to be created. */
    public static <K> Builder<K> builder(OwnTables tables, String migration, KeyCodec<K> keys) {
        return new Builder<>(tables, migration, keys);
    }

    private interface Call<T> {
        T make() throws SQLException;
    }

    private interface Action {
        void make() throws SQLException;
    }

    private static <T> T ask(String problem, Call<T> call) {
        try {
            return call.make();
        } catch (SQLException e) {
            throw new JournalException(problem + ": " + e.getMessage(), e);
        }
    }

    private static void tell(String problem, Action action) {
        ask(problem, () -> {
            action.make();
            return true;
        });
    }

    /** The database of a journal cannot be reached, or used. */
    public static final class JournalException extends RuntimeException {
        private static final long serialVersionUID = 1;

        JournalException(String message) {
            super(message);
        }

        JournalException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    @Override
    public String id() {
        if (id.isEmpty()) {
            id = "jdbc-" + ask("The journal cannot be read", tables::id) + (mode == Mode.ALWAYS ? "" : "-on-failure");
        }
        return id;
    }

    @Override
    public long generation() {
        return ask("The journal cannot be read", tables::generation);
    }

    @Override
    public boolean knowsOperationsInFlight() {
        return mode == Mode.ALWAYS;
    }

    @Override
    public Optional<Duration> claimTimeout() {
        return Optional.of(claimTimeout);
    }

    @Override
    public Entry<K> record(K key, Origin origin) {
        return recording.record(key, origin);
    }

    @Override
    public void clear(Entry<K> entry) {
        recording.clear(entry);
    }

    @Override
    public void handOver(Entry<K> entry) {
        recording.handOver(entry);
    }

    /** In one statement, and not tried again: a late one would name a source that the key may have left. */
    @Override
    public void record(K key, Side source) {
        String text = keys.text(key);
        tell(
                "A key cannot be written into the journal",
                () -> tables.handOver(JournalTables.newId(), text, new Origin("", source, false)));
    }

    @Override
    public boolean isUpToDate() {
        return recording.isUpToDate();
    }

    @Override
    public Set<String> owners() {
        return ask("The journal cannot be read", recording::owners);
    }

    @Override
    public void evicting(String owner) {
        tell("The loss of a node's keys cannot be written into the journal", () -> recording.evicting(owner));
    }

    @Override
    public void handOverAll(String owner) {
        tell("The entries of a node cannot be handed over", () -> recording.handOverAll(owner));
    }

    @Override
    public void evicted(String owner) {
        recording.evicted(owner);
    }

    @Override
    public Optional<Claim<K>> claim() {
        return claimSome(1).stream().findFirst();
    }

    @Override
    public List<Claim<K>> claimSome(int most) {
        while (true) {
            List<String> next = candidates(most);
            if (next.isEmpty()) {
                List<String> due = new ArrayList<>(ask("The journal cannot be read", claims::due));
                if (due.isEmpty()) {
                    return List.of();
                }
                Collections.shuffle(due); // other nodes have found the same ones
                candidates.addAll(due);
                continue;
            }
            List<Claim<K>> taken = ask(CANNOT_CLAIM, () -> {
                List<JournalClaims.Claimed> all = claims.claimDue(next, claimTimeout.toMillis(), time);
                return inTime(all).stream().<Claim<K>>map(this::taken).toList();
            });
            if (!taken.isEmpty()) {
                return taken;
            }
        }
    }

    private List<String> candidates(int most) {
        List<String> some = new ArrayList<>();
        for (String next = candidates.poll(); next != null; next = some.size() < most ? candidates.poll() : null) {
            some.add(next);
        }
        return some;
    }

    @Override
    public Optional<Claim<K>> claim(K key) {
        return ask(CANNOT_CLAIM, () -> {
            List<JournalClaims.Claimed> taken = claims.claim(keys.text(key), claimTimeout.toMillis(), time).stream()
                    .toList();
            return inTime(taken).stream().<Claim<K>>map(this::taken).findFirst();
        });
    }

    /** None if too little is left of their time; they are due again then. */
    private List<JournalClaims.Claimed> inTime(List<JournalClaims.Claimed> claimed) throws SQLException {
        long now = time.nanoTime();
        long most = claimTimeout.toNanos() / SLOWEST_CLAIM;
        if (claimed.stream().anyMatch(one -> now - one.beganNanos() > most)) {
            claims.release(claimed);
            return List.of();
        }
        return claimed;
    }

    private Taken taken(JournalClaims.Claimed claimed) {
        Optional<Side> source = claimed.noted().stream().findFirst().map(JournalClaims.Noted::source);
        List<JournalClaims.Noted> noted = claimed.noted().stream()
                .filter(entry -> entry.source() == source.orElseThrow())
                .toList();
        return new Taken(new JournalClaims.Claimed(claimed.held(), noted, claimed.beganNanos()), source);
    }

    @Override
    public void repaired(Collection<? extends Claim<K>> all) {
        tell("Repairs cannot be written into the journal, and are made again", () -> {
            int over = claims.repaired(claimed(all));
            if (over > 0) {
                log.debug("{} repairs took longer than their claims, and count for nothing.", over);
            }
        });
    }

    @Override
    public void release(Collection<? extends Claim<K>> all) {
        tell("Claims cannot be given back to the journal", () -> claims.release(claimed(all)));
    }

    private List<JournalClaims.Claimed> claimed(Collection<? extends Claim<K>> all) {
        return all.stream().map(claim -> ((Taken) claim).claimed).toList();
    }

    private final class Taken implements Claim<K> {
        private final JournalClaims.Claimed claimed;
        private final Optional<Side> source;

        Taken(JournalClaims.Claimed claimed, Optional<Side> source) {
            this.claimed = claimed;
            this.source = source;
        }

        @Override
        public K key() {
            return keys.key(claimed.held().key());
        }

        @Override
        public Optional<Side> source() {
            return source;
        }

        @Override
        public void repaired() {
            JdbcJournal.this.repaired(List.of(this));
        }

        @Override
        public void failed() {
            tell("A failed repair cannot be written into the journal", () -> claims.failed(claimed.held()));
        }

        @Override
        public void quarantine(String problem) {
            tell("A key cannot be quarantined in the journal", () -> claims.quarantine(claimed.held(), problem));
        }
    }

    @Override
    public List<K> keys() {
        Set<K> all = new HashSet<>(recording.keysInMemory()); // before the table
        ask("The journal cannot be read", tables::keys).stream().map(keys::key).forEach(all::add);
        return List.copyOf(all);
    }

    @Override
    public Set<K> pending(Collection<K> asked) {
        Set<K> wanted = Set.copyOf(asked);
        Set<K> pending = new HashSet<>(recording.keysInMemory()); // before the table
        pending.retainAll(wanted);
        List<String> texts = wanted.stream().map(keys::text).toList();
        ask("The journal cannot be read", () -> tables.pending(texts)).stream()
                .map(keys::key)
                .forEach(pending::add);
        return pending;
    }

    @Override
    public long depth() {
        return ask("The journal cannot be read", tables::depth);
    }

    @Override
    public long depth(int mostEntries) {
        return ask("The journal cannot be read", () -> tables.depth(mostEntries));
    }

    @Override
    public Duration age() {
        return Duration.ofMillis(Math.max(0, ask("The journal cannot be read", tables::ageMillis)));
    }

    @Override
    public List<Quarantined<K>> quarantined(int most) {
        return ask("The journal cannot be read", () -> claims.quarantined(most)).stream()
                .map(quarantined -> new Quarantined<>(keys.key(quarantined.key()), quarantined.problem()))
                .toList();
    }

    @Override
    public void retryQuarantined() {
        tell("The quarantined keys cannot be tried again", claims::retryQuarantined);
    }

    /**
     * Ends its thread, after one more attempt to store what could not be stored yet; what cannot be stored now is lost. Close the migration first.
     * Blocks. Idempotent.
     */
    @Override
    public void close() {
        retrying.close();
        recording.retry();
        if (!recording.isUpToDate()) {
            log.warn(
                    "The journal is closed while it cannot be written, migration={}. What some operations reported is lost{}.",
                    migration,
                    mode == Mode.ALWAYS
                            ? "; their keys are in the table, and are repaired when the other nodes see that this one is gone"
                            : ": keys may differ that no node knows. Sweep all keys before they switch sides");
        }
    }

    /** Builds a {@link JdbcJournal}. Not thread-safe. */
    public static final class Builder<K> {
        private final OwnTables tables;
        private final String migration;
        private final KeyCodec<K> keys;
        private Mode mode = Mode.ALWAYS;
        private Duration claimTimeout = Duration.ofSeconds(30);
        // For tests.
        int mostUnsent = MOST_UNSENT;
        Duration retryPause = RETRY;
        TimeSource time = TimeSource.SYSTEM;

        private Builder(OwnTables tables, String migration, KeyCodec<K> keys) {
            this.tables = requireNonNull(tables, "tables");
            this.migration = requireNonNull(migration, "migration");
            this.keys = requireNonNull(keys, "keys");
        }

        /** When a key is written down; default: {@link Mode#ALWAYS}. The same on all nodes. */
        public Builder<K> mode(Mode when) {
            mode = requireNonNull(when, "when");
            return this;
        }

        /**
         * How long a repair may take before another node does it too, by the database's clock; default: 30 s. With paths that keep no versions, nine
         * tenths of it must be longer than twice the migration's {@code callTimeout}: a claim that took longer than one tenth to take is given back.
         *
         * @param most at least a second
         */
        public Builder<K> claimTimeout(Duration most) {
            if (most.toSeconds() < 1) {
                throw new IllegalArgumentException("A claim must last at least 1 s, but was " + most + ".");
            }
            claimTimeout = most;
            return this;
        }

        /** Nothing is read or written yet. */
        public JdbcJournal<K> build() {
            return new JdbcJournal<>(this);
        }
    }
}
