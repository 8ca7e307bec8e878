package dev.turnout.flags.migration;

import dev.turnout.flags.stage.Blocker;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Slice;
import dev.turnout.flags.store.TimeSource;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whether the keys that wait for repair become fewer. Keys do not enter {@link dev.turnout.flags.stage.Stage#SYNC} while they do not: its sweep would
 * have to be faster than repair is. Written by one thread, which looks while keys are to continue; read by any.
 */
final class DepthTrend {
    /** So few are swept in no time, and some wait always where a path fails now and then. */
    static final int FEW = 100;

    private static final Duration INTERVAL = Duration.ofSeconds(2);
    private static final Duration MEMORY = Duration.ofSeconds(10);

    /**
     * What is known now.
     *
     * @param before how many there were an interval ago; -1 if that was not looked at yet
     * @param fewer whether that were more
     */
    private record Trend(long depth, long before, boolean fewer, long seenNanos) {}

    private final TimeSource time;
    private long markedDepth;
    private long markedNanos;
    private volatile @Nullable Trend trend;

    DepthTrend(TimeSource time) {
        this.time = time;
    }

    /** So many wait now. */
    void see(long depth) {
        long now = time.nanoTime();
        Trend last = trend;
        if (last == null || now - last.seenNanos() > MEMORY.toNanos()) {
            mark(depth, now);
            trend = new Trend(depth, -1, false, now);
        } else if (now - markedNanos >= INTERVAL.toNanos()) {
            trend = new Trend(depth, markedDepth, depth < markedDepth, now);
            mark(depth, now);
        } else {
            trend = new Trend(depth, last.before(), last.fewer(), now);
        }
    }

    private void mark(long depth, long now) {
        markedDepth = depth;
        markedNanos = now;
    }

    /**
     * Why keys of this slice do not enter SYNC now; empty if they may, or there was no look lately. From any thread.
     */
    Optional<Blocker> blocker(Slice slice) {
        Trend now = trend;
        if (now == null
                || slice.cameFrom() != Side.OLD
                || now.depth() <= FEW
                || now.fewer()
                || time.nanoTime() - now.seenNanos() > MEMORY.toNanos()) {
            return Optional.empty();
        }
        return Optional.of(new Blocker.RepairTooSlow(now.depth(), now.before(), FEW));
    }
}
