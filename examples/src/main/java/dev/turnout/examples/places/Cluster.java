package dev.turnout.examples.places;

import dev.turnout.examples.places.store.Place;
import dev.turnout.examples.places.traffic.PlaceService;
import dev.turnout.flags.Flags;
import dev.turnout.flags.migration.Controller;
import dev.turnout.flags.migration.Migration;
import dev.turnout.flags.migration.VersionedDataPath;
import dev.turnout.flags.spi.FleetStore;
import dev.turnout.flags.spi.Journal;
import dev.turnout.flags.store.FlagStore;
import dev.turnout.flags.store.InMemoryFlagStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Three nodes of the service. Here they share a process, so flag store, fleet and journal can be in its memory; on
 * three machines the three are in a database, and the rest stays as it is.
 */
final class Cluster implements AutoCloseable {
    static final String MIGRATION = "places-v2";
    static final int NODES = 3;

    private final List<FlagStore> stores = new ArrayList<>();
    private final List<Flags> flags = new ArrayList<>();
    private final List<Migration<Long, Place>> migrations = new ArrayList<>();
    private final Controller controller;

    /** @param lag of nodes that are sabotaged */
    Cluster(
            VersionedDataPath<Long, Place> oldPath,
            VersionedDataPath<Long, Place> newPath,
            Sabotage sabotage,
            Duration lag) {
        FlagStore store = new InMemoryFlagStore();
        FleetStore members = FleetStore.inMemory();
        FleetStore fleet = sabotage == Sabotage.SKIP_SYNC ? new HastyFleet(members) : members;
        Journal<Long> journal = Journal.inMemory();
        for (int number = 1; number <= NODES; number++) {
            FlagStore seen = sabotage == Sabotage.SKIP_SYNC && number > 1 ? new LaggingStore(store, lag) : store;
            Flags node = Flags.builder(seen).node("node-" + number).fleet(fleet).build();
            stores.add(seen);
            flags.add(node);
            migrations.add(Migration.named(MIGRATION, oldPath, newPath)
                    .journal(journal)
                    .build(node));
        }
        controller = Controller.of(migrations.get(0));
    }

    /** What its users talk to. */
    List<PlaceService> services() {
        return migrations.stream().<PlaceService>map(NodeService::new).toList();
    }

    List<Migration<Long, Place>> migrations() {
        return List.copyOf(migrations);
    }

    /** The migration on the first node, where work in bulk is run. */
    Migration<Long, Place> migration() {
        return migrations.get(0);
    }

    Controller controller() {
        return controller;
    }

    /** The first node's. */
    Flags flags() {
        return flags.get(0);
    }

    @Override
    public void close() {
        controller.close();
        migrations.forEach(Migration::close);
        flags.forEach(Flags::close);
        stores.forEach(FlagStore::close);
    }
}
