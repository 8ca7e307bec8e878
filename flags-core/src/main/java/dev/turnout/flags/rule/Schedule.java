package dev.turnout.flags.rule;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * When a flag's rules are used; outside, everyone gets the default variant.
 *
 * @param from the first moment; {@code null} for since ever
 * @param until the first moment after; {@code null} for for ever
 */
public record Schedule(@Nullable Instant from, @Nullable Instant until) {
    /** Always. */
    public static final Schedule ALWAYS = new Schedule(null, null);

    /** Checks that it is not empty. */
    public Schedule {
        if (from != null && until != null && !from.isBefore(until)) {
            throw new IllegalArgumentException(
                    "A schedule must begin before it ends, but was from " + from + " until " + until + ".");
        }
    }
}
