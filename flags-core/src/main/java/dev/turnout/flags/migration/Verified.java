package dev.turnout.flags.migration;

import static java.util.Objects.requireNonNull;

import java.time.Instant;

/**
 * When all keys of both paths were last seen to be equal: of their ranges, the one that was looked at the longest ago.
 *
 * @param at when its comparison began
 * @param version the migration's version then, by the node that compared
 */
public record Verified(Instant at, long version) {
    /** Checks that there is a time. */
    public Verified {
        requireNonNull(at, "at");
    }
}
