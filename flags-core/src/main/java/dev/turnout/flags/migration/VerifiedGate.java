package dev.turnout.flags.migration;

import dev.turnout.flags.stage.Slice;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;

/** Lets keys cross to the new path only while a verification is not too long ago. */
record VerifiedGate(Supplier<Optional<Verified>> oldest, Duration maxAge) {
    private static final String WHAT_TO_DO = ": run a verification of all keys, and mend what it finds";

    Optional<String> holds(Slice slice, Instant now) {
        Optional<Verified> verified = oldest.get();
        if (verified.isEmpty()) {
            return Optional.of("no verification is known that found all keys equal" + WHAT_TO_DO);
        }
        Verified range = verified.get();
        if (range.version() < slice.since()) {
            return Optional.of("some keys were last verified at version " + range.version() + ", but are in "
                    + slice.stage() + " since version " + slice.since() + WHAT_TO_DO);
        }
        Duration age = Duration.between(range.at(), now);
        return age.compareTo(maxAge) <= 0
                ? Optional.empty()
                : Optional.of("some keys were last verified " + age.toSeconds() + " s ago, longer than "
                        + maxAge.toSeconds() + " s" + WHAT_TO_DO);
    }
}
