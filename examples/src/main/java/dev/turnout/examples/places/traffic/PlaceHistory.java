package dev.turnout.examples.places.traffic;

import dev.turnout.examples.places.store.Place;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one place from having written it: the write that was acknowledged last, and those begun after it, any of which may have
 * happened. One thread at a time writes a place, so its writes have an order; any number of threads read meanwhile.
 *
 * <p>The writes form a list that grows at its end. A read remembers where the acknowledged write stood when it began; its answer is right if
 * it is that write's, or that of any write after it in the list when it ends. What stands before is older than a write that was acknowledged
 * before the read began.
 */
final class PlaceHistory {
    /** A write, and the one begun after it. */
    static final class Write {
        private final @Nullable Place place; // null: deleted, or never there
        // Volatile: set before the write's first call, so a reader that sees the write's effect finds it in the list.
        private volatile @Nullable Write next;

        private Write(@Nullable Place place) {
            this.place = place;
        }

        private boolean says(@Nullable Place answer) {
            return place == null ? answer == null : place.equals(answer);
        }
    }

    private final AtomicBoolean taken = new AtomicBoolean();
    // Volatile: set by the one writer, read by any thread.
    private volatile Write acknowledged;
    private volatile boolean written;
    // Only used by who has taken the history; handed on through "taken".
    private Write last;

    /** Of a place that is as {@code initial}; {@code null} if there is none. */
    PlaceHistory(@Nullable Place initial) {
        acknowledged = new Write(initial);
        last = acknowledged;
    }

    /** Takes the right to write; {@code false} if another user has it. */
    boolean take() {
        return taken.compareAndSet(false, true);
    }

    /** Gives it back. */
    void giveBack() {
        taken.set(false);
    }

    /** A write is about to begin. To be called before anything of it can be seen. */
    void begin(@Nullable Place place) {
        written = true;
        Write write = new Write(place);
        last.next = write;
        last = write;
    }

    /** The write begun last was acknowledged; from now on nothing older may be seen. */
    void acknowledge() {
        acknowledged = last;
    }

    /** Whether anything was ever begun. */
    boolean isWritten() {
        return written;
    }

    /** Where a read begins. */
    Write lastAcknowledged() {
        return acknowledged;
    }

    /** What the place is, as far as is known. */
    Optional<Place> place() {
        return Optional.ofNullable(acknowledged.place);
    }

    /** Whether a read that began when {@code write} was the last acknowledged one, and ended just now, may have this answer. */
    static boolean permits(Write write, Optional<Place> answer) {
        Place place = answer.orElse(null);
        for (Write each = write; each != null; each = each.next) {
            if (each.says(place)) {
                return true;
            }
        }
        return false;
    }

    /** Whether the place may be this when nothing is under way any more. */
    boolean permitsInTheEnd(Optional<Place> state) {
        return permits(acknowledged, state);
    }
}
