package dev.turnout.flags.jdbc;

import dev.turnout.flags.spi.Journal.Entry;
import dev.turnout.flags.spi.Journal.Origin;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** In memory alone, and in the table if the operation is handed over. */
final class OnFailureRecording<K> implements Recording<K> {
    private static final Logger log = LoggerFactory.getLogger(JdbcJournal.class);

    private final String migration;
    private final JournalTables tables;
    private final JournalKeys<K> keys;
    private final Outbox<K> outbox;
    // All that are not in the table, those in the outbox included.
    private final Map<Long, Entry<K>> inMemory = new ConcurrentHashMap<>();
    // The memberships of this process that were evicted: few, as each has lasted for a lease at least.
    private final Set<String> evicted = ConcurrentHashMap.newKeySet();
    private final AtomicLong forgotten = new AtomicLong(); // entries for which there was no room
    private volatile long forgottenAndTold; // how many of them the generation has grown for

    /** @param most how many entries may wait to be stored; of more, only a sweep of all keys will know */
    OnFailureRecording(String migration, JournalTables tables, JournalKeys<K> keys, int most) {
        this.migration = migration;
        this.tables = tables;
        this.keys = keys;
        outbox = new Outbox<>(migration, most, (kind, entry) -> store(entry));
    }

    private void store(Entry<K> entry) throws SQLException {
        String text = keys.text(entry.key());
        if (entry.origin().versioned()) {
            tables.handOver(entry.id(), text, entry.origin());
        } else if (isEvicted(entry) || !tables.handOverUnlessEvicted(entry.id(), text, entry.origin())) {
            log.debug(
                    "An operation was handed over after its membership was evicted; the next sweep finds its key, migration={}.",
                    migration);
        }
        inMemory.remove(entry.id()); // only now, see keysInMemory
    }

    private boolean isEvicted(Entry<K> entry) {
        return !entry.origin().versioned() && evicted.contains(entry.origin().owner());
    }

    @Override
    public Entry<K> record(K key, Origin origin) {
        keys.text(key); // a key that could never be stored is refused while nothing has happened yet
        Entry<K> entry = new Entry<>(key, origin, JournalTables.newId());
        inMemory.put(entry.id(), entry);
        return entry;
    }

    @Override
    public void clear(Entry<K> entry) {
        if (!outbox.waits(entry)) { // else it was handed over
            inMemory.remove(entry.id());
        }
    }

    @Override
    public void handOver(Entry<K> entry) {
        if (!inMemory.containsKey(entry.id())) {
            return; // cleared, or handed over already
        }
        if (outbox.isStoredNow(Outbox.Kind.HAND_OVER, entry)) {
            return;
        }
        if (outbox.isFull()) {
            forget(entry);
        } else {
            outbox.keep(Outbox.Kind.HAND_OVER, entry);
        }
    }

    private void forget(Entry<K> entry) {
        forgotten.incrementAndGet(); // first: isUpToDate must not be true between the two
        inMemory.remove(entry.id());
    }

    @Override
    public void retry() {
        long all = forgotten.get(); // before, as more may be forgotten meanwhile
        if (all != forgottenAndTold && outbox.attempt(tables::nextGeneration)) {
            forgottenAndTold = all;
        }
        outbox.retry();
    }

    @Override
    public boolean isUpToDate() {
        return outbox.isEmpty() && forgotten.get() == forgottenAndTold;
    }

    @Override
    public Set<K> keysInMemory() {
        return inMemory.values().stream().map(Entry::key).collect(Collectors.toSet());
    }

    @Override
    public Set<String> owners() throws SQLException {
        Set<String> owners = new HashSet<>(tables.ownersInFlight()); // of nodes that worked in the other mode before
        owners.addAll(tables.ownersThatMayHandOver());
        return owners;
    }

    /** Remembers the owner too: if the evicting node dies now, other nodes find it and call {@link #handOverAll} before a sweep. */
    @Override
    public void evicting(String owner) throws SQLException {
        tables.register(owner);
        tables.nextGeneration();
    }

    @Override
    public void handOverAll(String owner) throws SQLException {
        tables.handOverAll(owner);
        tables.refuse(owner);
    }

    @Override
    public void evicted(String owner) {
        evicted.add(owner);
        outbox.drop(this::isEvicted).forEach(entry -> inMemory.remove(entry.id()));
    }
}
