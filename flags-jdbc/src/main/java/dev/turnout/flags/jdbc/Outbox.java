package dev.turnout.flags.jdbc;

import dev.turnout.flags.spi.Journal.Entry;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a journal could not store yet: that operations were cleared, or handed over. It stays here until it is stored, however often that fails, and is
 * lost only with the process. Logs each outage once, and its end. Thread-safe; the store is called without a lock.
 */
final class Outbox<K> {
    private static final Logger log = LoggerFactory.getLogger(JdbcJournal.class);

    /** What became of an operation. */
    enum Kind {
        CLEAR,
        HAND_OVER
    }

    /** What stores it. */
    interface Store<K> {
        /** Done again, it must have no other effect than the first time. */
        void store(Kind kind, Entry<K> entry) throws SQLException;
    }

    /** A call of the database. */
    interface Write {
        void make() throws SQLException;
    }

    private record Waiting<K>(Kind kind, Entry<K> entry) {}

    private final String migration;
    private final int most;
    private final Store<K> store;
    private final ReentrantLock retrying = new ReentrantLock(); // taken before the monitor
    // All below is guarded by this.
    private final Map<Long, Waiting<K>> waiting = new LinkedHashMap<>();
    private boolean failing;
    private volatile int size; // of the map, for those who only ask: most writes do

    /** @param most how many fit */
    Outbox(String migration, int most, Store<K> store) {
        this.migration = migration;
        this.most = most;
        this.store = store;
    }

    boolean isEmpty() {
        return size == 0;
    }

    /** Whether no more should be added, as memory is finite. What is added all the same is kept. */
    boolean isFull() {
        return size >= most;
    }

    int size() {
        return size;
    }

    /** The entries that wait to be handed over. */
    synchronized List<Entry<K>> handOvers() {
        return waiting.values().stream()
                .filter(one -> one.kind() == Kind.HAND_OVER)
                .map(Waiting::entry)
                .toList();
    }

    /** Stores it now, or later if that is not possible. */
    void send(Kind kind, Entry<K> entry) {
        if (!isStoredNow(kind, entry)) {
            keep(kind, entry);
        }
    }

    /** Makes one attempt to store it; none if it would overtake what waits of the same entry. */
    boolean isStoredNow(Kind kind, Entry<K> entry) {
        return !waits(entry) && attempt(() -> store.store(kind, entry));
    }

    /** Whether something of this entry waits. */
    boolean waits(Entry<K> entry) {
        if (isEmpty()) {
            return false;
        }
        synchronized (this) {
            return waiting.containsKey(entry.id());
        }
    }

    /** Stores it later. The first call for an entry counts, unless a later one asks for another look at its key, which is safe with versions. */
    synchronized void keep(Kind kind, Entry<K> entry) {
        Waiting<K> first = waiting.get(entry.id());
        boolean looksAgain = kind == Kind.HAND_OVER && entry.origin().versioned();
        if (first == null || looksAgain) {
            waiting.put(entry.id(), new Waiting<>(kind, entry));
            size = waiting.size();
        }
    }

    /** Forgets what waits of these entries, and returns them. */
    synchronized List<Entry<K>> drop(Predicate<Entry<K>> which) {
        List<Entry<K>> dropped =
                waiting.values().stream().map(Waiting::entry).filter(which).toList();
        dropped.forEach(entry -> waiting.remove(entry.id()));
        size = waiting.size();
        return dropped;
    }

    /** Stores what waits, until it is all stored or a call fails. */
    void retry() {
        retrying.lock(); // as the thread that closes the journal does it too
        try {
            for (int left = size(); left > 0; left--) {
                Waiting<K> next = first();
                if (next == null) {
                    return;
                }
                if (!attempt(() -> store.store(next.kind(), next.entry()))) {
                    moveToTheEnd(next); // if this one alone cannot be stored, it must not keep the others waiting
                    return;
                }
                stored(next);
            }
        } finally {
            retrying.unlock();
        }
    }

    private synchronized @Nullable Waiting<K> first() {
        return waiting.isEmpty() ? null : waiting.values().iterator().next();
    }

    private synchronized void moveToTheEnd(Waiting<K> one) {
        if (waiting.remove(one.entry().id(), one)) { // else it was dropped, or replaced
            waiting.put(one.entry().id(), one);
        }
    }

    private synchronized void stored(Waiting<K> one) {
        waiting.remove(one.entry().id(), one);
        size = waiting.size();
        endOutage();
    }

    /** Makes a call, and returns whether it succeeded; why it did not is logged once. */
    boolean attempt(Write write) {
        try {
            write.make();
        } catch (
                Throwable
                        e) { // of a driver, or of a codec; whatever it is, the operation is over and its entry must not
            // be lost
            failed(e);
            return false;
        }
        synchronized (this) {
            endOutage();
        }
        return true;
    }

    /** A call failed, after which something waits, or soon will. */
    synchronized void failed(Throwable problem) {
        if (failing) {
            log.debug("The journal cannot be written, migration={}.", migration, problem);
            return;
        }
        failing = true;
        log.warn(
                "The journal cannot be written, migration={}. What operations reported is kept in memory and stored as soon as possible; until"
                        + " then this node acknowledges no newer version, so no keys switch sides. Is its database reachable?",
                migration,
                problem);
    }

    /** Called with the lock. One call that succeeds is no sign, as long as others still fail. */
    private void endOutage() {
        if (failing && waiting.isEmpty()) {
            failing = false;
            log.info("The journal can be written again, migration={}. Everything that waited is stored.", migration);
        }
    }
}
