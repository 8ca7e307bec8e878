package dev.turnout.flags.spi;

import java.util.List;

/**
 * Where the nodes that route a migration register, and report which version of it they have acknowledged. Thread-safe;
 * calls block as long as the store does, and throw unchecked exceptions when it cannot be reached.
 *
 * <p>A migration may switch from one path to the other only when every member has acknowledged the version that made it
 * ready. A member that has lost contact is evicted once its lease is over, by any controller; without a lease it begins
 * no operation. Only durations are measured, each by one clock that never jumps, so no node's time of day matters.
 */
public interface FleetStore {
    /**
     * The fleet of one process: nodes that are given this object. Nodes of other processes are not seen, so a migration that several processes route must
     * not use it. Never blocks.
     */
    static FleetStore inMemory() {
        return new InMemoryFleetStore();
    }

    /** Instead of a migration: where all nodes are registered, whether they route any or none; so a node whose build does not know a migration is seen too. */
    String EVERYBODY = "";

    /**
     * Registers a node, before it reads the migration's state: a member that has not reported yet holds every crossing. Each call is a
     * member of its own, so a node that starts again need not wait until its predecessor is evicted.
     */
    Membership join(String migration, Member.Registration registration);

    /** All members that may begin operations of this migration, or have some under way. */
    List<Member> members(String migration);

    /**
     * Evicts a member, if it has not reported since it was seen: from then on its reports are refused.
     *
     * @param seen what {@link #members} reported of it, longer ago than its lease
     * @return whether it is evicted; if not, it has reported
     */
    boolean evict(String migration, Member seen);

    /** One registration of a node. */
    interface Membership extends AutoCloseable {
        /** Identifies the member among all that there have ever been. */
        String id();

        /**
         * Reports where the node is, and renews its lease.
         *
         * @return whether it is a member still; if not, it was evicted, and has to join again before it begins anything
         */
        boolean report(Member.Report report);

        /** Leaves the fleet. To be called when no operation is under way any more. Idempotent. */
        @Override
        void close();
    }
}
