package dev.turnout.examples.readme;

import dev.turnout.flags.Flags;
import dev.turnout.flags.http.server.FlagServer;
import dev.turnout.flags.jdbc.JdbcFlagStore;
import dev.turnout.flags.jdbc.JdbcFleetStore;
import dev.turnout.flags.jdbc.JdbcJournal;
import dev.turnout.flags.jdbc.backfill.Backfill;
import dev.turnout.flags.jdbc.backfill.Plan;
import dev.turnout.flags.jdbc.backfill.SchemaDrift;
import dev.turnout.flags.jdbc.backfill.Throttle;
import dev.turnout.flags.jdbc.path.JdbcPath;
import dev.turnout.flags.jdbc.rows.KeyCodec;
import dev.turnout.flags.jdbc.table.TableMapping;
import dev.turnout.flags.jdbc.verify.Repair;
import dev.turnout.flags.jdbc.verify.RowKey;
import dev.turnout.flags.jdbc.verify.VerifiedRanges;
import dev.turnout.flags.jdbc.verify.Verify;
import dev.turnout.flags.jdbc.verify.VerifyResult;
import dev.turnout.flags.migration.Controller;
import dev.turnout.flags.migration.Difference;
import dev.turnout.flags.migration.FullSweep;
import dev.turnout.flags.migration.Migration;
import dev.turnout.flags.migration.VersionedDataPath;
import dev.turnout.flags.migration.WriteOutcome;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Stage;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;
import org.slf4j.Logger;

/** What docs/migrate-a-table.md shows, between its lines of dots; a test runs the steps between two databases. */
abstract class MigrateATableExamples {
    record Place(String name, int population) {
        boolean hasSameContent(Place other) {
            return equals(other);
        }

        Place withPopulation(int newPopulation) {
            return new Place(name, newPopulation);
        }
    }

    interface StreetDao {
        int countStreets(long placeId);
    }

    /** What the service measures of itself. */
    interface Latency {
        double p99Millis();
    }

    // ...
    record Parcel(long id, String name, BigDecimal weightKg) {} // a component for each column of the new table
    // ...

    static Migration<Long, Parcel> paths(Flags flags, DataSource oldDatabase, DataSource newDatabase) {
        // ...
        TableMapping parcels = TableMapping.from("parcel")
                .into("parcel_v2")
                .key("id")
                .column("name")
                .column(
                        "grams",
                        "weight_kg",
                        Long.class,
                        grams -> BigDecimal.valueOf(grams, 3),
                        BigDecimal.class,
                        kg -> kg.movePointRight(3).longValueExact()) // and back
                .version("version", "writer")
                .deleted("deleted")
                .build();
        JdbcPath<Long, Parcel> paths = JdbcPath.of(parcels, Long.class, Parcel.class);
        Migration<Long, Parcel> migration = Migration.named(
                        "parcels-v2", paths.versioned(Side.OLD, oldDatabase), paths.versioned(Side.NEW, newDatabase))
                .build(flags);
        // ...
        return migration;
    }

    Flags stores(DataSource dataSource) {
        // ...
        Flags flags = Flags.builder(JdbcFlagStore.in(dataSource))
                .fleet(JdbcFleetStore.in(dataSource)) // all processes of the service
                .node("shop-7") // this process, in logs, gates and the console
                .build();
        // ...
        return flags;
    }

    Migration<Long, Place> migration(
            Flags flags,
            DataSource dataSource,
            VersionedDataPath<Long, Place> legacyPlaces,
            VersionedDataPath<Long, Place> newPlaces) {
        // ...
        Migration<Long, Place> places = Migration.named("places-v2", legacyPlaces, newPlaces) // two paths
                .sameWhen(Place::hasSameContent) // default: equals
                .journal(JdbcJournal.in(
                        dataSource, "places-v2", KeyCodec.longs())) // shared by all nodes, and survives them
                .build(flags);
        // ...
        return places;
    }

    int operations(Migration<Long, Place> places, StreetDao legacyDao, StreetDao newDao, long id, Logger log) {
        // ...
        Optional<Place> place = places.get(id);
        places.put(id, place.orElseThrow().withPopulation(1_234_567));
        places.update(id, old -> old.withPopulation(1_234_567)); // retried if another write came in between
        boolean created = places.insert(id, place.orElseThrow()); // only if there is none
        Map<Long, Place> some = places.getAll(List.of(id, 2L)); // one call of each path
        int streets =
                places.read(id, () -> legacyDao.countStreets(id), () -> newDao.countStreets(id)); // any other read
        // ...
        log.debug("{} {}", created, some);
        return streets;
    }

    abstract void retryLater(long id, Place place);

    Place write(Migration<Long, Place> places, long id, Place changed, Logger log) {
        Place place = changed;
        // ...
        try {
            WriteOutcome outcome =
                    places.put(id, place); // APPLIED, or MIRROR_PENDING: acknowledged, and the other path follows
            log.debug("{}", outcome);
        } catch (RuntimeException e) {
            if (WriteOutcome.of(e) == WriteOutcome.NOT_APPLIED) { // retry, where a retry can help
                retryLater(id, place);
            } else { // UNKNOWN: it may have happened, or may still; read again. Repair makes both paths agree
                place = places.get(id).orElseThrow();
            }
        }
        // ...
        return place;
    }

    FlagServer server(Flags flags, Migration<?, ?> places) {
        // ...
        Controller controller = Controller.of(places);
        FlagServer server = FlagServer.builder(flags)
                .migration(places)
                .controller(controller)
                .port(8080)
                .build()
                .start(); // on the loopback address only, unless it has tokens
        // ...
        return server;
    }

    static TableMapping mapping(DataSource oldDatabase, DataSource newDatabase) {
        // ...
        TableMapping places = TableMapping.from("place")
                .into("place_v2")
                .key("id")
                .column("name")
                .column(
                        "amount",
                        "amount_cents",
                        BigDecimal.class,
                        amount -> amount.movePointRight(2).longValueExact())
                .computed("full_name", "first || ' ' || last")
                .version("version", "writer")
                .deleted("deleted")
                .build();
        Plan.of(places, oldDatabase, newDatabase).requireNoErrors(); // print it, and look at its warnings
        // ...
        return places;
    }

    static void copyBeforehand(TableMapping places, DataSource oldDatabase, DataSource newDatabase, Latency latency) {
        // ...
        Backfill.from(oldDatabase, places)
                .into(newDatabase)
                .named("places-v2")
                .throttle(Throttle.chunksOf(Duration.ofMillis(200)).whileBelow("p99 in ms", latency::p99Millis, 50))
                .build()
                .run("2026-11");
        // ...
    }

    static void dualWrite(Controller controller) throws Exception {
        // ...
        controller
                .moveTo(Goal.of(Stage.DUAL_WRITE), "ana", "both databases get each write")
                .get();
        // ...
    }

    static void sweep(
            TableMapping places, DataSource oldDatabase, DataSource newDatabase, Migration<Long, ?> migration) {
        // ...
        FullSweep sweep = migration.beginSweep(); // refused until every node writes to both databases
        Backfill.from(oldDatabase, places)
                .into(newDatabase)
                .named("places-v2")
                .reconciling(key -> Long.valueOf(key.get(0)), migration.reconciler(), Side.OLD)
                .build()
                .run(sweep, "ana");
        // ...
    }

    static void sharedSweep(
            TableMapping places, DataSource oldDatabase, DataSource newDatabase, Migration<Long, ?> migration) {
        // ...
        Backfill.from(oldDatabase, places)
                .into(newDatabase)
                .named("places-v2")
                .reconciling(key -> Long.valueOf(key.get(0)), migration.reconciler(), Side.OLD)
                .shared() // on every node
                .build()
                .run(migration.beginSweep(), "ana"); // returns on each when all ranges are done, by whichever node
        // ...
    }

    static boolean verify(TableMapping places, DataSource oldDatabase, DataSource newDatabase) {
        // ...
        VerifyResult<RowKey> verified =
                Verify.tables(places, oldDatabase, newDatabase).build().run();
        boolean equal = verified.isEqual(); // verified.differences() has the keys that are not
        // ...
        return equal;
    }

    static long repair(
            TableMapping places,
            DataSource oldDatabase,
            DataSource newDatabase,
            Migration<Long, ?> migration,
            Controller controller) {
        // ...
        Repair<Long> repair = Repair.through(migration.reconciler(), Side.OLD);
        VerifiedRanges ranges = VerifiedRanges.in(
                newDatabase, "places-v2", () -> controller.status().state().version());
        Verify.tables(places, oldDatabase, newDatabase)
                .journal(migration.journal(), key -> key.only(Long.class)) // a key that waits for repair gets more time
                .remember(ranges) // resumes, and lets several nodes share the ranges
                .onDifference(repair.by(key -> key.only(Long.class)))
                .build()
                .run();
        // ...
        return repair.repaired();
    }

    static void drift(
            Backfill<?, ?> backfill,
            Logger log,
            VersionedDataPath<Long, Place> legacyPlaces,
            VersionedDataPath<Long, Place> newPlaces,
            Flags flags) {
        // ...
        SchemaDrift drift = SchemaDrift.watch(backfill, Duration.ofMinutes(1), log::warn);
        Migration<Long, Place> places = Migration.named("places-v2", legacyPlaces, newPlaces)
                .blockedBy(drift::reason) // no keys switch to the new path while the schemas have drifted
                .build(flags);
        // ...
        log.info("{}", places.name());
    }

    static void live(Controller controller, Migration<Long, ?> migration, Logger log) throws Exception {
        // ...
        controller
                .moveTo(Goal.of(Stage.SHADOW), "ana", "compare the reads of a day")
                .get();
        for (Difference<Long> difference : migration.recentDifferences()) {
            log.warn("{}", difference);
        }
        controller
                .moveTo(Goal.of(Stage.LIVE, 10_000), "ana", "one percent, after a quiet night")
                .get();
        // ...
    }

    static void rollBack(Controller controller) throws Exception {
        // ...
        controller.rollBack("ana", "errors on the new path").get();
        // ...
    }

    static void complete(Controller controller) throws Exception {
        // ...
        controller.moveTo(Goal.of(Stage.LIVE), "ana", "all keys").get();
        controller
                .moveTo(Goal.of(Stage.RAMP_DOWN), "ana", "the old database may lag from now on")
                .get();
        controller
                .moveTo(Goal.of(Stage.COMPLETE), "ana", "nothing reads the old table")
                .get();
        // ...
    }
}
