package dev.turnout.flags.repair;

import dev.turnout.flags.stage.Side;
import java.util.List;
import java.util.Optional;

/**
 * The keys on which the two paths of a migration may differ. Holds keys, never payloads: a repair reads the record again, so it can't
 * bring back an old one. Thread-safe.
 *
 * <p>A write records its key before it touches either path, and clears the entry when both took it. An entry that can't be cleared is
 * handed over, and then belongs to repair.
 *
 * @param <K> the type of the keys, with {@code equals} and {@code hashCode}
 */
public interface Journal<K> {
    /** A journal in this process's memory: see {@link InMemoryJournal}. */
    static <K> Journal<K> inMemory() {
        return new InMemoryJournal<>();
    }

    /**
     * One operation's mark on a key.
     *
     * @param key which
     * @param source the path that a repair copies from, where paths have no versions
     * @param id of the operation
     */
    record Entry<K>(K key, Side source, long id) {}

    /** Identifies the journal: nodes that share one say the same. */
    String id();

    /** Records that an operation is about to write this key. */
    Entry<K> record(K key, Side source);

    /** Both paths took the operation's write. */
    void clear(Entry<K> entry);

    /** The operation is over, and repair has to look after its key. */
    void handOver(Entry<K> entry);

    /** Lets repair look after a key that no operation has recorded. */
    default void markDirty(K key, Side source) {
        handOver(record(key, source));
    }

    /** Takes the next key that was handed over and is due. Nobody else gets it until the claim ends. */
    Optional<Claim<K>> claim();

    /** Takes a key, whatever entries it has; empty if somebody else has it now. */
    Optional<Claim<K>> claim(K key);

    /** All keys with an entry, those of operations in flight and those that are claimed included. */
    List<K> keys();

    /** How many keys were handed over and are not repaired yet. */
    long depth();

    /** The right to repair one key, and the entries that were handed over when it was taken. */
    interface Claim<K> {
        /** Which. */
        K key();

        /** The path to copy from, where paths have no versions; empty if no entry was handed over. */
        Optional<Side> source();

        /** The key was reconciled after the claim was taken: the noted entries are cleared, newer ones stay. Ends the claim. */
        void repaired();

        /** It could not be reconciled: it is due again later, after a delay that grows with each failure. Ends the claim. */
        void failed();
    }
}
