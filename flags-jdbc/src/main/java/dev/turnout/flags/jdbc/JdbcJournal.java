package dev.turnout.flags.jdbc;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.jdbc.copy.KeyCodec;
import dev.turnout.flags.repair.Journal;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.store.PeriodicTask;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A journal in tables of a PostgreSQL, MariaDB, MySQL or H2 database ({@code turnout_journal}, {@code turnout_repair} and {@code
 * turnout_journal_head}, which create themselves), shared by all nodes that use it. It survives its nodes. Thread-safe.
 *
 * <pre>{@code
 * Journal<Long> journal = JdbcJournal.in(dataSource, "places-v2", KeyCodec.longs());
 * }</pre>
 *
 * <p>Keys have at most 500 characters as text. The data source stays the caller's; it should give up soon when the database is down, as
 * writes wait for it.
 */
public final class JdbcJournal<K> implements Journal<K>, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(JdbcJournal.class);
    private static final Duration RETRY = Duration.ofMillis(100);
    private static final int MOST_UNSENT = 100_000;

    /** When a key is written down. */
    public enum Mode {
        /**
         * Before each write to two paths, and struck out after it: two short transactions more for each write. Whatever happens to a node, the
         * others know its keys.
         */
        ALWAYS,
        /**
         * When a write did not reach both paths: costs nothing until then. If a node dies without leaving the fleet, nobody knows what it was about,
         * and no keys cross before another sweep of all keys, such as a backfill.
         */
        ON_FAILURE
    }

    private final JournalTables tables;
    private final KeyCodec<K> keys;
    private final Mode mode;
    private final Duration claimTimeout;
    private final PeriodicTask retrying;
    private final Map<Long, Entry<K>> inMemory = new ConcurrentHashMap<>(); // ON_FAILURE: the operations in flight here
    private final Map<Long, Entry<K>> toHandOver = new ConcurrentHashMap<>(); // not stored yet
    private final Map<Long, Entry<K>> toClear = new ConcurrentHashMap<>(); // not stored yet
    private final Queue<String> candidates = new ConcurrentLinkedQueue<>(); // keys that were due a moment ago
    private volatile boolean forgot; // more could not be stored than fits into memory
    private volatile String id = "";

    private JdbcJournal(Builder<K> builder) {
        tables = new JournalTables(builder.database, builder.migration);
        keys = builder.keys;
        mode = builder.mode;
        claimTimeout = builder.claimTimeout;
        retrying = PeriodicTask.start("turnout-journal-" + builder.migration, RETRY, this::storeWhatWaits);
    }

    /** In mode {@link Mode#ALWAYS}. Nothing is read or written yet. */
    public static <K> JdbcJournal<K> in(DataSource database, String migration, KeyCodec<K> keys) {
        return builder(database, migration, keys).build();
    }

    /** Begins one that is to be different. */
    public static <K> Builder<K> builder(DataSource database, String migration, KeyCodec<K> keys) {
        return new Builder<>(database, migration, keys);
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

    /** The database of a journal can't be reached, or used. */
    public static final class JournalException extends RuntimeException {
        private static final long serialVersionUID = 1;

        JournalException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    @Override
    public String id() {
        if (id.isEmpty()) {
            id = "jdbc-" + ask("The journal can't be read", tables::id) + (mode == Mode.ALWAYS ? "" : "-on-failure");
        }
        return id;
    }

    @Override
    public long generation() {
        return ask("The journal can't be read", tables::generation);
    }

    @Override
    public boolean knowsOperationsInFlight() {
        return mode == Mode.ALWAYS;
    }

    @Override
    public Entry<K> record(K key, Origin origin) {
        long number = ThreadLocalRandom.current().nextLong();
        Entry<K> entry = new Entry<>(key, origin, number);
        if (mode == Mode.ON_FAILURE) {
            inMemory.put(number, entry);
            return entry;
        }
        String text = keys.toText(key);
        try {
            tables.insertInFlight(number, text, origin.source(), origin.owner());
            return entry;
        } catch (Throwable e) {
            later(
                    toClear, entry,
                    e); // it may be there all the same, and would look like an operation under way for ever
            throw new JournalException("A key can't be written into the journal: " + e.getMessage(), e);
        }
    }

    @Override
    public void clear(Entry<K> entry) {
        if (mode == Mode.ON_FAILURE) {
            inMemory.remove(entry.id());
            return;
        }
        try {
            tables.deleteInFlight(entry.id());
        } catch (Throwable e) { // also an Error of a driver: the entry must not be forgotten
            later(toClear, entry, e);
        }
    }

    @Override
    public void handOver(Entry<K> entry) {
        if (mode == Mode.ON_FAILURE && !inMemory.containsKey(entry.id())) {
            return; // cleared, or handed over already
        }
        try {
            storeHandOver(entry);
        } catch (Throwable e) { // also an Error of a driver: the entry must not be forgotten
            later(toHandOver, entry, e);
        } finally {
            inMemory.remove(entry.id()); // only now, so that it is in one of the three at every moment
        }
    }

    private void storeHandOver(Entry<K> entry) throws SQLException {
        tables.handOver(entry.id(), keys.toText(entry.key()), entry.origin().source(), entry.origin().owner());
    }

    private void later(Map<Long, Entry<K>> waiting, Entry<K> entry, Throwable problem) {
        log.debug("An entry of the journal can't be stored now; it is tried again.", problem);
        if (waiting.size() < MOST_UNSENT) {
            waiting.put(entry.id(), entry);
        } else if (mode == Mode.ON_FAILURE) {
            forgot = true; // an intent of the other mode is in the database already
        }
    }

    private void storeWhatWaits() {
        try {
            if (forgot) {
                tables.nextGeneration();
                forgot = false;
            }
            for (Entry<K> entry : List.copyOf(toHandOver.values())) {
                storeHandOver(entry);
                toHandOver.remove(entry.id());
            }
            for (Entry<K> entry : List.copyOf(toClear.values())) {
                tables.deleteInFlight(entry.id());
                toClear.remove(entry.id());
            }
        } catch (SQLException | RuntimeException e) {
            log.debug("The journal can't be written still.", e);
        }
    }

    @Override
    public boolean isUpToDate() {
        return toHandOver.isEmpty() && !forgot;
    }

    @Override
    public Set<String> owners() {
        return new HashSet<>(ask("The journal can't be read", tables::owners));
    }

    @Override
    public void countingOut(String owner) {
        if (mode == Mode.ON_FAILURE) {
            tell("The loss of a node's keys can't be written into the journal", tables::nextGeneration);
        }
    }

    @Override
    public void countedOut(String owner) {
        tell("The entries of a node can't be handed over", () -> tables.handOverAll(owner));
    }

    @Override
    public Optional<Claim<K>> claim() {
        while (true) {
            String next = candidates.poll();
            if (next == null) {
                List<String> due = new ArrayList<>(ask("The journal can't be read", tables::due));
                Collections.shuffle(due); // other nodes have found the same ones
                candidates.addAll(due);
                next = candidates.poll();
                if (next == null) {
                    return Optional.empty();
                }
            }
            Optional<Claim<K>> claim = claim(next, true);
            if (claim.isPresent()) {
                return claim;
            }
        }
    }

    @Override
    public Optional<Claim<K>> claim(K key) {
        return claim(keys.toText(key), false);
    }

    private Optional<Claim<K>> claim(String key, boolean whenDueOnly) {
        return ask("A key of the journal can't be claimed", () -> {
            Optional<JournalTables.Held> held = tables.claim(key, whenDueOnly, claimTimeout.toMillis());
            if (held.isEmpty()) {
                return Optional.empty();
            }
            List<JournalTables.Noted> all = tables.noted(key); // after the claim, and before the paths are read
            if (all.isEmpty() && whenDueOnly) {
                tables.repaired(held.get(), List.of()); // somebody else has repaired it meanwhile
                return Optional.empty();
            }
            Optional<Side> source = all.stream().findFirst().map(JournalTables.Noted::source);
            List<JournalTables.Noted> noted = all.stream()
                    .filter(entry -> entry.source() == source.orElseThrow())
                    .toList();
            return Optional.of(new Taken(held.get(), source, noted));
        });
    }

    private final class Taken implements Claim<K> {
        private final JournalTables.Held held;
        private final Optional<Side> source;
        private final List<JournalTables.Noted> noted;

        Taken(JournalTables.Held held, Optional<Side> source, List<JournalTables.Noted> noted) {
            this.held = held;
            this.source = source;
            this.noted = noted;
        }

        @Override
        public K key() {
            return keys.fromText(held.key());
        }

        @Override
        public Optional<Side> source() {
            return source;
        }

        @Override
        public void repaired() {
            tell("A repair can't be written into the journal, and is made again", () -> tables.repaired(held, noted));
        }

        @Override
        public void failed() {
            tell("A failed repair can't be written into the journal", () -> tables.failed(held));
        }

        @Override
        public void park(String problem) {
            tell("A key can't be parked in the journal", () -> tables.park(held, problem));
        }
    }

    @Override
    public List<K> keys() {
        Set<K> all = keysInMemory().collect(Collectors.toSet());
        ask("The journal can't be read", tables::keys).stream()
                .map(keys::fromText)
                .forEach(all::add);
        return List.copyOf(all);
    }

    @Override
    public Set<K> pending(Collection<K> asked) {
        Set<K> wanted = Set.copyOf(asked);
        Set<K> pending = keysInMemory().filter(wanted::contains).collect(Collectors.toSet());
        List<String> texts = wanted.stream().map(keys::toText).toList();
        ask("The journal can't be read", () -> tables.pending(texts)).stream()
                .map(keys::fromText)
                .forEach(pending::add);
        return pending;
    }

    /** To be read before the table, as entries go from the first of both by way of the second to the table. */
    private Stream<K> keysInMemory() {
        return Stream.of(inMemory, toHandOver)
                .flatMap(entries -> entries.values().stream())
                .map(Entry::key);
    }

    @Override
    public long depth() {
        return ask("The journal can't be read", tables::depth);
    }

    @Override
    public long depth(int mostEntries) {
        return ask("The journal can't be read", () -> tables.depth(mostEntries));
    }

    @Override
    public Duration age() {
        return Duration.ofMillis(Math.max(0, ask("The journal can't be read", tables::ageMillis)));
    }

    @Override
    public List<Parked<K>> parked(int most) {
        return ask("The journal can't be read", () -> tables.parked(most)).stream()
                .map(parked -> new Parked<>(keys.fromText(parked.key()), parked.problem()))
                .toList();
    }

    @Override
    public void unpark() {
        tell("The parked keys can't be tried again", tables::unpark);
    }

    /** Ends its thread, after one more attempt to store what could not be stored yet. Close the migration first. */
    @Override
    public void close() {
        retrying.close();
        storeWhatWaits();
    }

    /** Builds a {@link JdbcJournal}. Not thread-safe. */
    public static final class Builder<K> {
        private final DataSource database;
        private final String migration;
        private final KeyCodec<K> keys;
        private Mode mode = Mode.ALWAYS;
        private Duration claimTimeout = Duration.ofSeconds(30);

        private Builder(DataSource database, String migration, KeyCodec<K> keys) {
            this.database = requireNonNull(database, "database");
            this.migration = requireNonNull(migration, "migration");
            this.keys = requireNonNull(keys, "keys");
        }

        /** When a key is written down; default: {@link Mode#ALWAYS}. The same on all nodes. */
        public Builder<K> mode(Mode when) {
            mode = requireNonNull(when, "when");
            return this;
        }

        /**
         * How long a repair may take before another node does it too, by the database's clock; default: 30 s. With paths that keep no versions it must
         * be longer than twice the migration's {@code callTimeout}.
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
