package dev.turnout.flags.jdbc.soak;

import java.util.Optional;
import java.util.function.UnaryOperator;

/** What a node's users call. Each call may throw; a write that threw may have happened, unless {@link #isRefusal} returns that it has not. */
interface Router extends AutoCloseable {
    Optional<String> get(long key);

    void put(long key, String value);

    void delete(long key);

    /** What is stored then; empty if there was nothing to change. */
    Optional<String> update(long key, UnaryOperator<String> change);

    /** The stages that this node is in with that key, as {@link Op#stages}; 0 if it has none. */
    int stages(long key);

    /** Whether what was thrown is the promise that nothing was applied. */
    boolean isRefusal(RuntimeException e);

    @Override
    void close();
}
