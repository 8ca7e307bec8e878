package dev.turnout.examples.readme;

import dev.turnout.flags.EvaluationContext;
import dev.turnout.flags.EvaluationDetails;
import dev.turnout.flags.FlagHandle;
import dev.turnout.flags.Flags;
import dev.turnout.flags.FlagsSnapshot;
import dev.turnout.flags.http.FlagServer;
import dev.turnout.flags.jdbc.JdbcFlagStore;
import dev.turnout.flags.jdbc.JdbcFleetStore;
import dev.turnout.flags.jdbc.JdbcJournal;
import dev.turnout.flags.jdbc.copy.Backfill;
import dev.turnout.flags.jdbc.copy.KeyCodec;
import dev.turnout.flags.jdbc.copy.Plan;
import dev.turnout.flags.jdbc.copy.Throttle;
import dev.turnout.flags.jdbc.diff.RowKey;
import dev.turnout.flags.jdbc.diff.Verify;
import dev.turnout.flags.jdbc.diff.VerifyResult;
import dev.turnout.flags.jdbc.table.TableMapping;
import dev.turnout.flags.migration.Controller;
import dev.turnout.flags.migration.FullSweep;
import dev.turnout.flags.migration.Migration;
import dev.turnout.flags.migration.VersionedDataPath;
import dev.turnout.flags.migration.WriteOutcome;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.store.FileFlagStore;
import dev.turnout.flags.store.FlagStore;
import dev.turnout.flags.telemetry.EvaluationEvents;
import dev.turnout.flags.telemetry.FlagMetrics;
import io.opentelemetry.api.OpenTelemetry;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import javax.sql.DataSource;
import org.slf4j.Logger;

/** What the README shows, between its lines of dots. Compiled in each build; a test compares it with the README. */
abstract class ReadmeExamples {
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

    abstract void newCheckout();

    abstract void repaint(EvaluationDetails<String> theme);

    void flags() {
        // ...
        try (Flags flags = Flags.from(FileFlagStore.watching(Path.of("flags.yaml")))) {
            EvaluationContext user =
                    EvaluationContext.of("user-42").with("country", "DE").with("plan", "pro");
            if (flags.isOn("new-checkout", user)) {
                newCheckout();
            }
            String theme = flags.value("theme", "light", user); // the default decides the type
            EvaluationDetails<String> why =
                    flags.details("theme", "light", user); // value, variant, reason, rule, revision
            flags.onChange("theme", () -> repaint(flags.details("theme", theme, user)));
            repaint(why);
        }
        // ...
    }

    abstract void search(int limit, String ranking);

    void deciding(Flags flags, EvaluationContext user, Logger log) {
        // ...
        FlagHandle<Integer> limit = flags.flag("search-limit", 20); // looked up once, for the hottest callers
        FlagsSnapshot now = flags.snapshot(); // one moment, for answers that must fit together
        search(limit.value(user), now.value("ranking", "bm25", user));
        log.info("{}", flags.explain("ranking", user)); // from the code that decides
        // ...
    }

    FlagMetrics telemetry(FlagStore store, OpenTelemetry openTelemetry) {
        // ...
        Flags flags = Flags.builder(store)
                .lastKnownGood(Path.of("/var/lib/shop/flags.saved")) // whole or not at all, also after a kill
                .hook(EvaluationEvents.of(
                        openTelemetry, "ranking")) // feature_flag.evaluation, for flags that are asked seldom
                .build();
        FlagMetrics metrics = FlagMetrics.of(openTelemetry, flags); // of all flags; deciding pays for one counter
        // ...
        return metrics;
    }

    Migration<Long, Place> migration(
            Flags flags,
            VersionedDataPath<Long, Place> legacyPlaces,
            VersionedDataPath<Long, Place> newPlaces,
            DataSource dataSource,
            StreetDao legacyDao,
            StreetDao newDao,
            long id) {
        // ...
        Migration<Long, Place> places = Migration.named("places-v2", legacyPlaces, newPlaces) // two paths
                .sameWhen(Place::hasSameContent) // default: equals
                .journal(JdbcJournal.in(
                        dataSource, "places-v2", KeyCodec.longs())) // shared by all nodes, and survives them
                .build(flags);
        Optional<Place> place = places.get(id);
        places.put(id, place.orElseThrow().withPopulation(1_234_567));
        places.update(id, old -> old.withPopulation(1_234_567)); // only if nobody has written it meanwhile, else again
        boolean created = places.insert(id, place.orElseThrow()); // only if there is none
        Map<Long, Place> some = places.getAll(List.of(id, 2L)); // one call of each path
        int streets =
                places.read(id, () -> legacyDao.countStreets(id), () -> newDao.countStreets(id)); // any other read
        // ...
        if (created || some.isEmpty()) {
            throw new IllegalStateException("There was one before.");
        }
        if (streets < 0) {
            throw new IllegalStateException("A place has no less than no streets.");
        }
        return places;
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
            if (WriteOutcome.of(e) == WriteOutcome.NOT_APPLIED) { // try again, if trying again can help
                retryLater(id, place);
            } else { // UNKNOWN: it may have happened, or may still; reading tells, and repair makes both paths agree
                place = places.get(id).orElseThrow();
            }
        }
        // ...
        return place;
    }

    FlagServer server(DataSource dataSource) {
        // ...
        Flags flags = Flags.builder(JdbcFlagStore.in(dataSource))
                .fleet(JdbcFleetStore.in(dataSource)) // all processes of the service
                .build();
        FlagServer server =
                FlagServer.builder(flags).port(8080).build().start(); // this machine only, unless it has tokens
        // ...
        return server;
    }

    CompletableFuture<MigrationState> controller(Migration<Long, Place> places) throws Exception {
        // ...
        Controller controller = Controller.of(places);
        controller
                .moveTo(Goal.of(Stage.LIVE, 100_000), "ana", "ten percent, after a quiet night")
                .get();
        // ...
        return controller.rollBack("ana", "errors on the new path");
    }

    boolean copied(DataSource oldDatabase, DataSource newDatabase, Migration<Long, Place> migration, Latency latency) {
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
        Backfill.from(oldDatabase, places)
                .into(newDatabase)
                .named("places-v2")
                .throttle(Throttle.chunksOf(Duration.ofMillis(200)).whileBelow("p99 in ms", latency::p99Millis, 50))
                .build()
                .run("2026-11");
        VerifyResult<RowKey> verified =
                Verify.tables(places, oldDatabase, newDatabase).build().run();
        boolean equal = verified.isEqual(); // verified.differences() has the keys that are not
        // ...
        FullSweep sweep = migration.beginSweep(); // refused until every node writes to both databases
        Backfill.from(oldDatabase, places)
                .into(newDatabase)
                .named("places-v2")
                .reconciling(key -> Long.valueOf(key.get(0)), migration.reconciler(), Side.OLD)
                .build()
                .run(sweep, "ana");
        // ...
        Backfill.from(oldDatabase, places)
                .into(newDatabase)
                .named("places-v2")
                .reconciling(key -> Long.valueOf(key.get(0)), migration.reconciler(), Side.OLD)
                .shared() // on every node
                .build()
                .run(migration.beginSweep(), "ana"); // returns on each when all ranges are done, by whichever node
        // ...
        return equal;
    }

    /** What the service measures of itself. */
    interface Latency {
        double p99Millis();
    }
}
