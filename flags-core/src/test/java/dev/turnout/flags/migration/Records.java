package dev.turnout.flags.migration;

import dev.turnout.flags.spi.Journal;
import java.util.Set;

/** A journal as the world sees it. */
interface Records {
    String ID = "shared";

    /** As a node sees it. */
    Journal<Integer> of(ModelNode node);

    /** As slices remember it. */
    String idNow();

    /** Whether entries were handed over that are not repaired. */
    boolean hasDue();

    /** Whose operations in flight have entries. */
    Set<String> owners();

    /** Whether the keys to sweep were asked for. */
    boolean wasSwept();

    /** Whether a node could not store something yet. */
    default boolean isSomethingWaiting(ModelNode node) {
        return false;
    }

    /** The node stores what it could not store before. */
    default void storeWhatWaits(ModelNode node) {}

    /** Whether a worker has claimed a key. */
    default boolean hasClaims() {
        return false;
    }

    /** The time of all claims is over. */
    default void endClaims() {}

    /** A node has died, with all that it had in its memory alone. */
    default void crashed(ModelNode node) {}
}
