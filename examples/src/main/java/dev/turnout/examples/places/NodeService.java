package dev.turnout.examples.places;

import dev.turnout.examples.places.store.Place;
import dev.turnout.examples.places.traffic.PlaceService;
import dev.turnout.flags.migration.Migration;
import dev.turnout.flags.stage.Side;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** The service on one node: all that it knows of the two databases is the migration. */
final class NodeService implements PlaceService {
    private final Migration<Long, Place> places;

    NodeService(Migration<Long, Place> places) {
        this.places = places;
    }

    @Override
    public Optional<Place> get(long id) {
        return places.get(id);
    }

    @Override
    public void put(Place place) {
        places.put(place.id(), place);
    }

    @Override
    public void delete(long id) {
        places.delete(id);
    }

    @Override
    public Optional<Place> update(long id, UnaryOperator<Place> change) {
        return places.update(id, change);
    }

    @Override
    public boolean isMoved(long id) {
        return places.stageOf(id).side() != Side.OLD;
    }
}
