package dev.turnout.benchmarks.comparison;

import dev.turnout.flags.Flags;
import dev.turnout.flags.migration.Controller;
import dev.turnout.flags.migration.DataPath;
import dev.turnout.flags.migration.FullSweep;
import dev.turnout.flags.migration.Migration;
import dev.turnout.flags.migration.Version;
import dev.turnout.flags.migration.Versioned;
import dev.turnout.flags.migration.VersionedDataPath;
import dev.turnout.flags.migration.WriteOutcome;
import dev.turnout.flags.spi.FleetStore;
import dev.turnout.flags.spi.Journal;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.store.InMemoryFlagStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Turnout with its defaults: a {@link Migration} on each node, one flag store, one fleet store and one journal in memory, and a controller. */
final class TurnoutRouter implements Router {
    private static final long LONGEST_MOVE_SECONDS = 60;

    private record PlainPath(FaultyStore store) implements DataPath<Integer, Long> {
        @Override
        public Optional<Long> get(Integer key) {
            return Optional.ofNullable(store.get(key));
        }

        @Override
        public void put(Integer key, Long value) {
            store.put(key, value);
        }

        @Override
        public void delete(Integer key) {
            store.put(key, null);
        }
    }

    private record VersionedPath(FaultyStore store) implements VersionedDataPath<Integer, Long> {
        @Override
        public Versioned<Long> read(Integer key) {
            StoredRecord record = store.read(key);
            if (record.version().equals(Version.ABSENT)) {
                return Versioned.absent();
            }
            Long value = record.value();
            return value == null ? Versioned.deleted(record.version()) : Versioned.of(record.version(), value);
        }

        @Override
        public boolean writeIfNewer(Integer key, Versioned<Long> record) {
            return store.writeIfNewer(key, stored(record));
        }

        @Override
        public boolean replace(Integer key, Version expected, Versioned<Long> record) {
            return store.replace(key, expected, stored(record));
        }

        private static StoredRecord stored(Versioned<Long> record) {
            return new StoredRecord(record.version(), record.value().orElse(null));
        }
    }

    private final List<LaggingFlagStore> stores = new ArrayList<>();
    private final List<Flags> flags = new ArrayList<>();
    private final List<Migration<Integer, Long>> migrations = new ArrayList<>();
    private final Controller controller;

    TurnoutRouter(FaultyStore oldStore, FaultyStore newStore, FlagLag lag, boolean versioned) {
        InMemoryFlagStore store = new InMemoryFlagStore();
        FleetStore fleet = FleetStore.inMemory();
        Journal<Integer> journal = Journal.inMemory();
        for (int node = 0; node < NODES; node++) {
            LaggingFlagStore seen = new LaggingFlagStore(store, lag, node);
            stores.add(seen);
            Flags ofNode = Flags.builder(seen).node("node-" + node).fleet(fleet).build();
            flags.add(ofNode);
            migrations.add(Migration.named("records-v2", path(oldStore, versioned), path(newStore, versioned))
                    .journal(journal)
                    .build(ofNode));
        }
        controller = Controller.of(migrations.get(0));
    }

    private static DataPath<Integer, Long> path(FaultyStore store, boolean versioned) {
        return versioned ? new VersionedPath(store) : new PlainPath(store);
    }

    @Override
    public @Nullable Long read(int node, int key) {
        return migrations.get(node).get(key).orElse(null);
    }

    @Override
    public Outcome write(int node, int key, @Nullable Long value) {
        Migration<Integer, Long> migration = migrations.get(node);
        WriteOutcome outcome;
        try {
            outcome = value == null ? migration.delete(key) : migration.put(key, value);
        } catch (RuntimeException e) {
            outcome = WriteOutcome.of(e);
        }
        return switch (outcome) {
            case APPLIED, MIRROR_PENDING -> Outcome.ACKNOWLEDGED;
            case NOT_APPLIED -> Outcome.NOT_APPLIED;
            case UNKNOWN -> Outcome.UNKNOWN;
        };
    }

    @Override
    public void moveTo(Stage stage) throws Exception {
        controller
                .moveTo(Goal.of(stage), "operator", "the next stage of the comparison")
                .get(LONGEST_MOVE_SECONDS, TimeUnit.SECONDS);
    }

    @Override
    public void backfill(int keys) throws Exception {
        Migration<Integer, Long> migration = migrations.get(0);
        FullSweep sweep = migration.beginSweep();
        Copying.each(keys, key -> migration.reconciler().reconcile(key, Side.OLD));
        sweep.finished("operator");
    }

    @Override
    public void close() {
        controller.close();
        migrations.forEach(Migration::close);
        flags.forEach(Flags::close);
        stores.forEach(LaggingFlagStore::close);
    }
}
