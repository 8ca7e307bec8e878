package dev.turnout.examples.places;

import dev.turnout.examples.places.store.Place;
import dev.turnout.flags.migration.Version;
import dev.turnout.flags.migration.Versioned;
import dev.turnout.flags.migration.VersionedDataPath;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;

/**
 * A path with a switch, by which it goes down as databases do: half of the calls are refused at once, the others hang and fail then, and of
 * those some have done what they were asked for. Thread-safe.
 */
final class FaultyPath implements VersionedDataPath<Long, Place> {
    private static final int SHORTEST_STALL_MILLIS = 150;
    private static final int LONGEST_STALL_MILLIS = 250;

    /** What a path that is down throws. */
    static final class DownException extends RuntimeException {
        private static final long serialVersionUID = 1;

        DownException(String message) {
            super(message, null, false, false); // thousands of them, and the trace is of no use
        }
    }

    private final VersionedDataPath<Long, Place> path;
    private volatile boolean down;
    private volatile Duration delayOfWrites = Duration.ZERO;

    FaultyPath(VersionedDataPath<Long, Place> path) {
        this.path = path;
    }

    /** Goes down, or comes back. */
    void down(boolean isDown) {
        down = isDown;
    }

    /** Takes its time for each write, as a busy database does. */
    void delayWrites(Duration delay) {
        delayOfWrites = delay;
    }

    @Override
    public Versioned<Place> read(Long key) {
        return call(() -> path.read(key));
    }

    @Override
    public boolean writeIfNewer(Long key, Versioned<Place> record) {
        sleep(delayOfWrites.toMillis());
        return call(() -> path.writeIfNewer(key, record));
    }

    @Override
    public boolean replace(Long key, Version expected, Versioned<Place> record) {
        sleep(delayOfWrites.toMillis());
        return call(() -> path.replace(key, expected, record));
    }

    private <T> T call(Supplier<T> call) {
        if (!down) {
            return call.get();
        }
        ThreadLocalRandom chance = ThreadLocalRandom.current();
        if (chance.nextBoolean()) {
            throw new DownException("refused");
        }
        sleep(chance.nextInt(SHORTEST_STALL_MILLIS, LONGEST_STALL_MILLIS + 1));
        if (chance.nextBoolean()) {
            var unused = call.get(); // done, but no caller will know
        }
        throw new DownException("timed out");
    }

    private static void sleep(long millis) {
        if (millis > 0) {
            try {
                Thread.sleep(millis);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new DownException("interrupted");
            }
        }
    }
}
