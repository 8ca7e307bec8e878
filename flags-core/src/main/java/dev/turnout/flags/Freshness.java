package dev.turnout.flags;

import dev.turnout.flags.store.FlagStore;
import dev.turnout.flags.store.ForeignCode;
import dev.turnout.flags.store.TimeSource;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** How old the state may be that decisions are made from. Thread-safe. */
final class Freshness {
    private final FlagStore store;
    private final TimeSource time;
    private final Duration limit;
    private final ForeignCode guard;
    // The moment at which a state was saved that is used because the store has never been read; then, and only then,
    // not null.
    private volatile @Nullable Instant savedAt;

    Freshness(FlagStore store, TimeSource time, Duration limit) {
        this.store = store;
        this.time = time;
        this.limit = limit;
        guard = new ForeignCode(
                Freshness.class,
                time,
                "The flag store cannot report {} its state is; answers are not marked as stale.");
    }

    void usesSaved(Instant moment) {
        savedAt = moment;
    }

    void usesStore() {
        savedAt = null;
    }

    boolean usesSaved() {
        return savedAt != null;
    }

    Duration age() {
        Instant saved = savedAt;
        if (saved == null) {
            return store.age();
        }
        Duration age = Duration.between(saved, time.now());
        return age.isNegative() ? Duration.ZERO : age;
    }

    /**
     * The age, if answers from the state have to be called stale; otherwise, and where the store cannot report it,
     * {@code null}. Never throws.
     */
    @Nullable
    Duration staleness() {
        try {
            Duration age = age();
            return savedAt != null || age.compareTo(limit) > 0 ? age : null;
        } catch (Throwable e) { // an evaluation continues whatever a store throws
            guard.failed("how old", e);
            return null;
        }
    }
}
