package dev.turnout.flags;

import dev.turnout.flags.store.FlagStore.Subscription;
import dev.turnout.flags.store.ForeignCode;
import dev.turnout.flags.store.Listeners;
import dev.turnout.flags.store.Snapshot;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.BiPredicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Notifies a listener whenever something that flags answer differs from what was reported last, or from what it was
 * when the listener was added. One thread at a time looks, and other threads leave it to that one: a listener may hold
 * locks, ask flags and change them. Thread-safe.
 *
 * @param <T> what is looked at
 */
final class ChangeListener<T extends @Nullable Object> {
    private final Flags flags;
    private final FlagsSnapshot madeFrom;
    private final Supplier<T> now;
    private final BiPredicate<T, T> same;
    private final BiConsumer<T, T> listener;
    private final ForeignCode guard;
    private final AtomicInteger wanted = new AtomicInteger(); // looks
    private T last; // of the thread that looks

    /**
     * Looks for the first time.
     *
     * @param listener is given what was before and what is now
     */
    ChangeListener(Flags flags, Supplier<T> now, BiPredicate<T, T> same, BiConsumer<T, T> listener) {
        this.flags = flags;
        this.now = now;
        this.same = same;
        this.listener = listener;
        guard = new ForeignCode(
                Flags.class, flags.time(), "A listener failed on {}; the other listeners are notified all the same.");
        madeFrom = flags.snapshot();
        last = now.get();
    }

    /** Looks at each state from now on, and here if there has been one since it was made. */
    @SuppressWarnings("ReferenceEquality") // each state has its own
    Subscription subscribeTo(Listeners<Snapshot> states) {
        Subscription subscription = states.add(snapshot -> look("revision " + snapshot.revision()));
        if (flags.snapshot() != madeFrom) {
            look("a change while it was added");
        }
        return subscription;
    }

    /** Notifies the listener if there is a change. Never throws. */
    void look(String occasion) {
        if (wanted.getAndIncrement() > 0) {
            return; // the thread that looks, which may be this one, looks again
        }
        int seen = 1;
        do {
            guard.run(occasion, this::tell);
            seen = wanted.addAndGet(-seen);
        } while (seen > 0);
    }

    private void tell() {
        T before = last;
        last = now.get();
        if (!same.test(before, last)) {
            listener.accept(before, last);
        }
    }
}
