package dev.turnout.examples.places.traffic;

import dev.turnout.examples.places.store.Place;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** One node of the service, as those who use it see it. Thread-safe. Each call may throw; a write that threw may have happened. */
public interface PlaceService {
    /** The place, or nothing. */
    Optional<Place> get(long id);

    /** Creates or replaces. */
    void put(Place place);

    /** Deletes, if it is there. */
    void delete(long id);

    /**
     * Changes what is there, and nothing if there is nothing.
     *
     * @param change may be called more than once; the last answer counts
     * @return what the place is now
     */
    Optional<Place> update(long id, UnaryOperator<Place> change);

    /** Whether this node answers for the place from the new database, or is about to; used to distinguish times. */
    boolean isMoved(long id);
}
