package dev.turnout.flags.migration;

import java.util.OptionalLong;
import java.util.function.BooleanSupplier;

/** What a path can know, on the thread of its call, of the write that it is called for. For those who implement a {@link PathFence}. */
public final class CurrentWrite {
    private static final ThreadLocal<Long> VERSION = new ThreadLocal<>();

    private CurrentWrite() {}

    /**
     * The version of the migration by which the write began. Empty outside a write, if the migration has no fences, and for repair and
     * backfill between paths with versions, which can undo nothing whenever they come.
     */
    public static OptionalLong version() {
        Long version = VERSION.get();
        return version == null ? OptionalLong.empty() : OptionalLong.of(version);
    }

    static boolean begunBy(long version, BooleanSupplier call) {
        VERSION.set(version);
        try {
            return call.getAsBoolean();
        } finally {
            VERSION.remove();
        }
    }
}
