package dev.turnout.flags.store;

import java.time.Duration;
import java.util.function.Consumer;

/**
 * Where flags live. Thread-safe. A store's revisions only ever grow, in the order in which changes were committed, and one revision
 * means one state everywhere.
 */
public interface FlagStore extends AutoCloseable {
    /**
     * Reads the newest state from where it is kept. Blocks.
     *
     * @throws FlagStoreException if it can't be read now
     */
    Snapshot read();

    /**
     * A state to decide flags from: what {@link #read} gives, unless the store gets it from a place that remembers an older one; then it may
     * be that, as flags rather go on with what was true lately than not at all. No node may join a migration by it. Blocks.
     *
     * @throws FlagStoreException if there is none now
     */
    default Snapshot readRemembered() {
        return read();
    }

    /**
     * Tells {@code watcher} of every newer state, one at a time and in order; states in between may be skipped. The watcher is called on a
     * thread of the store, is not told of the state there is now, and must not block. What it throws is logged.
     */
    Subscription watch(Consumer<Snapshot> watcher);

    /**
     * How long ago the newest state was read for the last time from where it is kept; zero where it is kept right here. Does not block.
     */
    default Duration age() {
        return Duration.ZERO;
    }

    /** Ends its threads and connections; idempotent. Watchers are not told. */
    @Override
    void close();

    /** Ends a watch. */
    interface Subscription extends AutoCloseable {
        /** After this the watcher is not called any more, but for a call that is under way. Idempotent. */
        @Override
        void close();
    }
}
