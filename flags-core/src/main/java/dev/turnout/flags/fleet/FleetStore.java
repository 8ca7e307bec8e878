package dev.turnout.flags.fleet;

import java.util.List;

/**
 * Where the nodes that route a migration register, and say which version of it they have acknowledged. Thread-safe. A migration may
 * cross from one path to the other only when every member has acknowledged the version that made it ready.
 */
public interface FleetStore {
    /**
     * Registers a node, before it reads the migration's state: a member that has not reported yet holds every crossing.
     *
     * @param journal identifies the journal that the node records keys in
     * @throws IllegalStateException if a node of that name routes this migration already
     */
    Membership join(String migration, String node, String journal);

    /** All nodes that may begin operations of this migration, or have some under way. */
    List<Member> members(String migration);

    /** One node's registration. */
    interface Membership extends AutoCloseable {
        /** Says where the node is; see {@link Member}. */
        void report(long revision, long using, long acknowledged);

        /** Leaves the fleet. To be called when no operation is under way any more. Idempotent. */
        @Override
        void close();
    }
}
