package dev.turnout.examples.places.traffic;

import dev.turnout.examples.places.store.Place;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;

/**
 * Which place comes next. Some are hot, so a write is soon followed by reads of the same place: an old answer must not
 * go unnoticed because no user asked. Thread-safe.
 */
public final class Keys {
    private static final int MOST_HOT = 300;
    private static final int PLACES_FOR_EACH_HOT_ONE = 50;
    private static final int HOT_READS_PERCENT = 40;
    private static final int HOT_WRITES_PERCENT = 25;
    private static final int SPOTLIGHT_PERCENT = 20;
    private static final int NEW_PERCENT = 5;
    private static final long FIRST_NEW = 20_000_000; // above all numbers of the source

    private final long[] first;
    private final int hot;
    private final AtomicLong nextNew = new AtomicLong(FIRST_NEW);
    private volatile List<Long> spotlight = List.of();

    /** Keys of places that are there, and of those that come to be. */
    public Keys(Collection<Place> places) {
        first = places.stream().mapToLong(Place::id).toArray();
        hot = Math.max(1, Math.min(MOST_HOT, first.length / PLACES_FOR_EACH_HOT_ONE));
    }

    long toRead(RandomGenerator random) {
        return choose(random, HOT_READS_PERCENT);
    }

    long toWrite(RandomGenerator random) {
        List<Long> lit = spotlight;
        if (!lit.isEmpty() && random.nextInt(100) < SPOTLIGHT_PERCENT) {
            return lit.get(random.nextInt(lit.size()));
        }
        return choose(random, HOT_WRITES_PERCENT);
    }

    private long choose(RandomGenerator random, int hotPercent) {
        int percent = random.nextInt(100);
        if (percent < hotPercent) {
            return hot(random.nextInt(hot));
        }
        long born = nextNew.get() - FIRST_NEW;
        if (percent < hotPercent + NEW_PERCENT && born > 0) {
            return FIRST_NEW + random.nextLong(born);
        }
        return first[random.nextInt(first.length)];
    }

    /** Spread over the whole table. */
    private long hot(int number) {
        return first[(int) ((long) number * first.length / hot)];
    }

    long unused() {
        return nextNew.getAndIncrement();
    }

    /** Lets many of the writes go to these places, until others are named; to none in particular if there are none. */
    public void spotlight(List<Long> keys) {
        spotlight = List.copyOf(keys);
    }
}
