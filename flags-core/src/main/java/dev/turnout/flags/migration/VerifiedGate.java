package dev.turnout.flags.migration;

import dev.turnout.flags.stage.Blocker;
import dev.turnout.flags.stage.Slice;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;

/** Lets keys switch to the new path only while a verification is not too long ago. */
record VerifiedGate(Supplier<Optional<Verified>> oldest, Duration maxAge) {
    Optional<Blocker> blocker(Slice slice, Instant now) {
        Optional<Verified> verified = oldest.get();
        if (verified.isEmpty()) {
            return Optional.of(new Blocker.NotVerified());
        }
        Verified range = verified.get();
        if (range.version() < slice.since()) {
            return Optional.of(new Blocker.VerifiedBeforeStage(range.version(), slice.stage(), slice.since()));
        }
        Duration age = Duration.between(range.at(), now);
        return age.compareTo(maxAge) <= 0 ? Optional.empty() : Optional.of(new Blocker.VerificationTooOld(age, maxAge));
    }
}
