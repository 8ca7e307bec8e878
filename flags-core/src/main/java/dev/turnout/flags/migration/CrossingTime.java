package dev.turnout.flags.migration;

import dev.turnout.flags.stage.Blocker;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Slice;
import dev.turnout.flags.store.TimeSource;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How long keys have been in {@link dev.turnout.flags.stage.Stage#SYNC} on their way to the new path. Both paths must work for them there, and without
 * versions their writes wait, so after too long they go back, and stay there for a while that grows with each attempt.
 * The rollback to the old path has no such limit. Each controller derives the time from the states that it sees, also
 * when another controller moves the keys. Written by one thread, read by any.
 */
final class CrossingTime {
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(5);
    private static final Duration LAST_PAUSE = Duration.ofMinutes(5);

    /** Why keys do not enter it now, and until when. */
    private record Hold(Blocker blocker, long untilNanos) {}

    private final Duration most;
    private final TimeSource time;
    private @Nullable MigrationState before;
    private long enteredNanos;
    private Duration pause = FIRST_PAUSE;
    private volatile @Nullable Hold hold;

    CrossingTime(Duration most, TimeSource time) {
        this.most = most;
        this.time = time;
    }

    /** Looks at a state after the last one that it was shown. */
    void see(MigrationState state) {
        MigrationState last = before;
        before = state;
        boolean was = last != null && isCrossing(last);
        if (isCrossing(state) && !was) {
            enteredNanos = time.nanoTime();
        }
        if (last == null) {
            return;
        }
        if (state.acknowledged() > last.acknowledged()
                || !state.goal().equals(last.goal())) { // they switched sides, or it is another goal
            pause = FIRST_PAUSE;
            hold = null;
        } else if (was && !isCrossing(state) && !state.paused() && !last.paused()) {
            holdFor(pause);
            pause = longer(pause);
        }
    }

    private void holdFor(Duration length) {
        hold = new Hold(new Blocker.CrossingTimedOut(most, length), time.nanoTime() + length.toNanos());
    }

    private static Duration longer(Duration pause) {
        Duration next = pause.multipliedBy(2);
        return next.compareTo(LAST_PAUSE) > 0 ? LAST_PAUSE : next;
    }

    /** Whether the keys of the state that was seen last must go back. */
    boolean isOver() {
        MigrationState state = before;
        return state != null && isCrossing(state) && time.nanoTime() - enteredNanos > most.toNanos();
    }

    /** Why keys of this slice do not enter it now; empty if they may. From any thread. */
    Optional<Blocker> blocker(Slice slice) {
        Hold now = hold;
        return now == null || slice.cameFrom() != Side.OLD || time.nanoTime() - now.untilNanos() >= 0
                ? Optional.empty()
                : Optional.of(now.blocker());
    }

    private static boolean isCrossing(MigrationState state) {
        return state.crossing().stream().anyMatch(slice -> slice.cameFrom() == Side.OLD);
    }
}
