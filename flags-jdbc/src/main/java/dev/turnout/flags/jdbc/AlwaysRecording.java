package dev.turnout.flags.jdbc;

import dev.turnout.flags.jdbc.JdbcJournal.JournalException;
import dev.turnout.flags.spi.Journal.Entry;
import dev.turnout.flags.spi.Journal.Origin;
import java.sql.SQLException;
import java.util.Set;
import java.util.stream.Collectors;

/** In the table before the operation's first call, and out of it after the last. */
final class AlwaysRecording<K> implements Recording<K> {
    private final JournalTables tables;
    private final JournalKeys<K> keys;
    private final int most;
    private final Outbox<K> outbox;

    /** @param most how much may wait to be stored before no more operations may begin */
    AlwaysRecording(String migration, JournalTables tables, JournalKeys<K> keys, int most) {
        this.tables = tables;
        this.keys = keys;
        this.most = most;
        outbox = new Outbox<>(migration, most, this::store);
    }

    private void store(Outbox.Kind kind, Entry<K> entry) throws SQLException {
        if (kind == Outbox.Kind.CLEAR) {
            tables.deleteInFlight(entry.id());
        } else if (entry.origin().versioned()) {
            tables.handOver(entry.id(), keys.text(entry.key()), entry.origin());
        } else {
            // Where the row is gone, it was handed over as its owner was evicted, and is repaired: who puts it back
            // makes repair copy from a path that the key may have left.
            tables.handOverInFlight(entry.id(), keys.text(entry.key()));
        }
    }

    @Override
    public Entry<K> record(K key, Origin origin) {
        if (outbox.isFull()) {
            throw new JournalException(
                    "No write to two paths can begin: " + most
                            + " operations that are over wait until the journal can be written, and no more fit into memory. Is its database reachable?");
        }
        String text = keys.text(key);
        Entry<K> entry = new Entry<>(key, origin, JournalTables.newId());
        try {
            tables.insertInFlight(entry.id(), text, origin);
            return entry;
        } catch (SQLException | RuntimeException | Error e) {
            // It may be there all the same, and would look like an operation under way for ever.
            outbox.keep(Outbox.Kind.CLEAR, entry);
            outbox.failed(e);
            if (e instanceof Error error) {
                throw error;
            }
            throw new JournalException("A key cannot be written into the journal: " + e.getMessage(), e);
        }
    }

    @Override
    public void clear(Entry<K> entry) {
        outbox.send(Outbox.Kind.CLEAR, entry);
    }

    @Override
    public void handOver(Entry<K> entry) {
        outbox.send(Outbox.Kind.HAND_OVER, entry);
    }

    @Override
    public void retry() {
        outbox.retry();
    }

    @Override
    public boolean isUpToDate() {
        return outbox.isEmpty();
    }

    /** With versions, a late hand-over may be of a row that is gone. */
    @Override
    public Set<K> keysInMemory() {
        return outbox.handOvers().stream().map(Entry::key).collect(Collectors.toSet());
    }

    @Override
    public Set<String> owners() throws SQLException {
        return tables.ownersInFlight();
    }

    @Override
    public void evicting(String owner) {
        // Its entries are in the table: nothing is lost.
    }

    @Override
    public void handOverAll(String owner) throws SQLException {
        tables.handOverAll(owner);
    }

    /** Its rows in flight are handed over by the nodes that are still in the fleet. */
    @Override
    public void evicted(String owner) {
        outbox.drop(
                entry -> !entry.origin().versioned() && entry.origin().owner().equals(owner));
    }
}
