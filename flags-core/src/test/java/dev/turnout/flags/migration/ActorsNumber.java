package dev.turnout.flags.migration;

import java.util.HashMap;
import java.util.Map;
import java.util.random.RandomGenerator;

/** A number that depends on which actor asks and how often, and not on when. */
final class ActorsNumber implements RandomGenerator {
    private final Map<String, Integer> drawn = new HashMap<>();

    @Override
    public long nextLong() {
        String actor = Baton.current();
        return actor.hashCode() * 100L + drawn.merge(actor, 1, Integer::sum);
    }
}
