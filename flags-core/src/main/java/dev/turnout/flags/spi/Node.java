package dev.turnout.flags.spi;

import dev.turnout.flags.store.FlagStore;
import dev.turnout.flags.store.Snapshot;
import dev.turnout.flags.store.TimeSource;
import java.util.function.Consumer;

/** One process's view of a flag store, and its place in the fleet. Implemented by {@code Flags}. Thread-safe. */
public interface Node {
    /** What it is called in the fleet, for operators; several nodes may have the same name. */
    String name();

    /** Identifies it among all nodes that run at once, also under one name. */
    String process();

    /** The state it uses now. Does not block. */
    Snapshot state();

    /**
     * Reads the store itself, and uses what it finds; also if the store has gone back. Blocks.
     *
     * @return the state it uses then
     */
    Snapshot refresh();

    /**
     * Reports each state, in order and one at a time, after the node has begun to use it, on the thread that has read
     * it or another one that is reporting already. No lock is held meanwhile. A listener should not block: all other
     * listeners wait for it, and where it hangs only the last 100 states are kept.
     */
    FlagStore.Subscription onSnapshot(Consumer<Snapshot> listener);

    /** The store that its states come from. */
    FlagStore store();

    /** The fleet that it belongs to. */
    FleetStore fleet();

    /** Its clock. */
    TimeSource time();
}
