package dev.turnout.flags.store;

import java.time.Duration;
import java.util.function.Consumer;

/**
 * Where flags live. Thread-safe. A store's revisions grow, in the order in which changes were committed, until it is restored from a backup, loses its last
 * commits, or is replaced by another one: that states have different {@link SnapshotId ids} then, also at one revision, is what the store looks after.
 */
public interface FlagStore extends AutoCloseable {
    /**
     * Reads the newest state from where it is kept: what was committed before the call, also if it comes before what was read earlier, as the store has gone back.
     * So not from a replica that may be behind. Blocks.
     *
     * @throws FlagStoreException if it cannot be read now
     */
    Snapshot read();

    /**
     * A state to decide flags from: what {@link #read} gives, unless the store gets it from a place that remembers an older one; then it may
     * be that, as flags rather continue with what was true lately than not at all. No node may join a migration by it.
     * Blocks.
     *
     * @throws FlagStoreException if there is none now
     */
    default Snapshot readRemembered() {
        return read();
    }

    /**
     * Notifies {@code watcher} of each state that follows another one, one at a time and in order; states in
     * between may be skipped. If the store has gone back, or is another one, the watcher is notified of what it has
     * then too. The watcher is called on a thread of the store, is not notified of the state there is now, and must not
     * block. What it throws is logged.
     */
    Subscription watch(Consumer<Snapshot> watcher);

    /**
     * How long ago the newest state was read for the last time from where it is kept; zero where it is kept right here. Does not block.
     */
    default Duration age() {
        return Duration.ZERO;
    }

    /** Ends its threads and connections; idempotent. Watchers are not notified. */
    @Override
    void close();

    /** Ends a watch. */
    interface Subscription extends AutoCloseable {
        /** After this the watcher is not called any more, but for a call that is under way. Idempotent. */
        @Override
        void close();
    }
}
