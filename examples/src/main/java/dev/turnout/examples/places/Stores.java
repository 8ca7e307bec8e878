package dev.turnout.examples.places;

import dev.turnout.examples.places.store.Database;
import dev.turnout.examples.places.store.LegacyPlaces;
import dev.turnout.examples.places.store.NewPlaces;
import java.util.UUID;

/**
 * The two databases, and the data path over each.
 *
 * @param legacy reads and writes the old one
 * @param places reads and writes the new one
 */
record Stores(Database oldDatabase, LegacyPlaces legacy, Database newDatabase, NewPlaces places)
        implements AutoCloseable {
    static Stores open(Settings.Db db) {
        String run = UUID.randomUUID().toString();
        Database oldDatabase = Database.h2("old-" + run);
        Database newDatabase = switch (db) {
            case H2 -> Database.h2("new-" + run);
            case POSTGRES -> Database.postgres();
        };
        return new Stores(oldDatabase, LegacyPlaces.create(oldDatabase), newDatabase, NewPlaces.create(newDatabase));
    }

    @Override
    public void close() {
        newDatabase.close();
        oldDatabase.close();
    }
}
