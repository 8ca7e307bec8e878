package dev.turnout.flags.migration;

import dev.turnout.flags.stage.Side;

/** Makes both paths agree on one key. May be called by any number of threads and nodes, any number of times. */
public interface Reconciler<K> {
    /**
     * Reads the key from both paths and brings the one that is behind up to the other. Blocks.
     *
     * @param source the path to copy from, where paths have no versions; with versions the newer record wins
     * @throws RuntimeException if it could not
     */
    void reconcile(K key, Side source);
}
