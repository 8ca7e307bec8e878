package dev.turnout.flags.spi;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.stage.Side;
import dev.turnout.flags.store.TimeSource;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The keys on which the two paths of a migration may differ. Holds keys, never payloads: a repair reads the record
 * again, so it cannot bring back an old one. Thread-safe.
 *
 * <p>A write records its key before it touches either path, and clears the entry when both took it. An entry that
 * cannot be cleared is handed over, and then belongs to repair.
 *
 * @param <K> the type of the keys, with {@code equals} and {@code hashCode}
 */
public interface Journal<K> {
    /**
     * A journal in this process's memory: for tests, and for programs that are the only one to write. When the process ends, its entries are gone, and
     * with them what repair would have copied.
     */
    static <K> Journal<K> inMemory() {
        return new InMemoryJournal<>();
    }

    /** The same, by another clock. */
    static <K> Journal<K> inMemory(TimeSource time) {
        return new InMemoryJournal<>(time);
    }

    /**
     * Where an entry comes from.
     *
     * @param owner identifies who records it among all that there have ever been: the membership of a fleet by which its node works. Not empty, but
     *     for a key that no operation has recorded
     * @param source the path that a repair copies from, where paths have no versions: the one that answers for the key in the stage by which its
     *     operation began
     * @param versioned whether both paths keep versions: then a repair that comes late changes nothing that is newer
     */
    record Origin(String owner, Side source, boolean versioned) {
        /** Checks that they are there. */
        public Origin {
            requireNonNull(owner, "owner");
            requireNonNull(source, "source");
        }
    }

    /**
     * One operation's mark on a key.
     *
     * @param key which
     * @param origin where it comes from
     * @param id of the operation
     */
    record Entry<K>(K key, Origin origin, long id) {}

    /**
     * A key that repair has quarantined.
     *
     * @param key which
     * @param problem why, in words for operators
     */
    record Quarantined<K>(K key, String problem) {}

    /** Identifies the journal: nodes that share one have the same id. */
    String id();

    /**
     * Grows whenever entries may have been lost, because a member that kept some only in its memory has died: what was swept before then
     * counts no more. Blocks.
     */
    default long generation() {
        return 0;
    }

    /**
     * Whether {@link #keys} knows the operations in flight on all nodes that share the journal. If not, a crossing waits until those that
     * were in flight when its sweep became due are over.
     */
    default boolean knowsOperationsInFlight() {
        return true;
    }

    /**
     * How long a claim lasts, whatever becomes of the worker that took it: then another worker may take it too. Empty
     * if it lasts until it is ended, as no worker outlives the one that took it.
     */
    default Optional<Duration> claimTimeout() {
        return Optional.empty();
    }

    /**
     * Records that an operation is about to write this key.
     *
     * @throws RuntimeException if it could not be recorded; the write must not begin
     */
    Entry<K> record(K key, Origin origin);

    /**
     * Both paths took the operation's write. Does not throw: what cannot be stored now is stored later. No effect after
     * the hand-over.
     */
    void clear(Entry<K> entry);

    /**
     * The operation is over, and repair has to look after its key. Does not throw: what cannot be stored now is stored
     * later.
     *
     * <p>If the entry was handed over meanwhile, as its owner was evicted, repair may have looked at the key before the operation's last call took
     * effect. With versions the key is recorded once more then, which is safe. Without, there is no effect, however
     * late this is called: keys may have changed sides since, and a repair would copy backwards; the fleet has waited
     * until no call could take effect any more.
     */
    void handOver(Entry<K> entry);

    /**
     * Whether everything is stored that was reported of operations which are over, that they were cleared included. While it is not, the node
     * acknowledges no newer version: a crossing must not overtake an entry that other nodes cannot see, nor one that should be gone.
     */
    default boolean isUpToDate() {
        return true;
    }

    /**
     * Lets repair look after a key that no operation has recorded.
     *
     * @param source the path to copy from, where paths have no versions
     * @throws RuntimeException if it could not be recorded; then it may be recorded or not
     */
    default void record(K key, Side source) {
        handOver(record(key, new Origin("", source, false)));
    }

    /**
     * The members whose end in the fleet has to be reported to this journal: those whose operations in flight have
     * entries, and those that may still hand over what only their memory has. Blocks.
     */
    Set<String> owners();

    /**
     * A member that did not leave the fleet is about to be evicted: if some of its entries were in its memory alone, {@link #generation} grows now.
     * Called again if the evicting controller was interrupted. The member may turn out to be alive; it then continues
     * as before.
     */
    default void evicting(String owner) {}

    /**
     * A member is in the fleet no more: the entries of its operations in flight are handed over, and a later {@link #handOver} of that owner has no
     * effect where paths have no versions. Idempotent. May never be called if the one who evicts dies before; {@link #owners} names the member then.
     */
    void handOverAll(String owner);

    /**
     * This process has learnt that one of its memberships was evicted: what it has not stored yet of that owner's operations is dropped where paths
     * have no versions, as the fleet has continued without it. Entries of operations under way stay until these end. Neither blocks nor throws. Idempotent.
     */
    default void evicted(String owner) {}

    /** Takes the next key that was handed over and is due. No other worker gets it until the claim ends. */
    Optional<Claim<K>> claim();

    /**
     * Takes several such keys, in as few steps as this journal can; the time of all these claims begins at once.
     *
     * @param most at least 1
     * @return none if nothing is due; otherwise at least one and at most so many, and fewer do not mean that nothing else is due
     */
    default List<Claim<K>> claimSome(int most) {
        return claim().map(List::of).orElse(List.of());
    }

    /**
     * Reports of each of these claims, which this journal has given, that it is {@link Claim#repaired}, in as few steps
     * as this journal can.
     *
     * @throws RuntimeException if that could not be noted of all; of some it may be
     */
    default void repaired(Collection<? extends Claim<K>> claims) {
        claims.forEach(Claim::repaired);
    }

    /**
     * Ends claims, which this journal has given, of keys that no worker has looked at, or whose repair could not be
     * noted: they are due again soon. In as few steps as this journal can. No effect on claims that are over.
     */
    default void release(Collection<? extends Claim<K>> claims) {
        claims.forEach(Claim::failed);
    }

    /** Takes a key, whatever entries it has; empty if another worker has it now. */
    Optional<Claim<K>> claim(K key);

    /** All keys with an entry, those of operations in flight and those that are claimed included. */
    List<K> keys();

    /**
     * Those of these keys on which the paths may differ for now, as a write is in flight or repair will come. Of the
     * operations in flight on other nodes as much as {@link #keys} knows. Not those that repair has quarantined, unless
     * they are written again. Blocks.
     */
    Set<K> pending(Collection<K> keys);

    /** How many keys were handed over and are not repaired yet, quarantined ones included. Counts them all, which may take long: see {@link #depth(int)}. */
    long depth();

    /**
     * Of so many entries, how many keys they are of: at most the depth, and quickly answered, however deep the journal
     * is. What is asked often asks this.
     */
    default long depth(int mostEntries) {
        return Math.min(depth(), mostEntries);
    }

    /** How long the key has waited that was handed over first of those that wait; zero if none does. */
    Duration age();

    /** The keys that repair has quarantined; at most so many. */
    List<Quarantined<K>> quarantined(int most);

    /** Lets repair try the quarantined keys again, after an operator has fixed what was wrong. */
    void retryQuarantined();

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

        /**
         * It cannot be reconciled before an operator has fixed something: it is not due again until then. Ends the
         * claim.
         */
        void quarantine(String problem);
    }
}
