package dev.turnout.examples.places;

import dev.turnout.examples.places.store.Place;
import dev.turnout.flags.migration.Version;
import dev.turnout.flags.migration.Versioned;
import dev.turnout.flags.migration.VersionedDataPath;

/** Sabotage: a path that takes each write with a nod, and keeps none. */
final class ForgetfulPath implements VersionedDataPath<Long, Place> {
    private final VersionedDataPath<Long, Place> path;

    ForgetfulPath(VersionedDataPath<Long, Place> path) {
        this.path = path;
    }

    @Override
    public Versioned<Place> read(Long key) {
        return path.read(key);
    }

    @Override
    public boolean writeIfNewer(Long key, Versioned<Place> record) {
        return true;
    }

    @Override
    public boolean replace(Long key, Version expected, Versioned<Place> record) {
        return true;
    }
}
