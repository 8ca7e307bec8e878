package dev.turnout.examples.places;

import dev.turnout.examples.places.store.Cities;
import dev.turnout.examples.places.store.Place;
import dev.turnout.examples.places.traffic.Keys;
import dev.turnout.examples.places.traffic.PauseMeter.Pause;
import dev.turnout.examples.places.traffic.Traffic;
import dev.turnout.examples.places.traffic.WriteRecord;
import dev.turnout.flags.http.server.FlagServer;
import dev.turnout.flags.jdbc.verify.VerifyResult;
import dev.turnout.flags.migration.Difference;
import dev.turnout.flags.migration.VersionedDataPath;
import dev.turnout.flags.rule.Bucketing;
import dev.turnout.flags.stage.Blocker;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Stage;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongPredicate;

/** The order of events: from the old database alone to the new one alone, stage by stage, with a drill on the way. */
final class PlacesRun implements AutoCloseable {
    private static final int LOADED_AT_ONCE = 5_000;
    private static final Duration AFTER_ARRIVAL = Duration.ofMillis(300);
    private static final Duration WARM_UP = Duration.ofSeconds(2);
    private static final long LONGEST_MOVE_SECONDS = 60;
    private static final Duration DELAY_OF_SABOTAGED_CROSSING = Duration.ofMillis(30);

    /** A verification has found differences, so the migration must not continue. */
    private static final class GateException extends Exception {
        private static final long serialVersionUID = 1;
    }

    /** The next stage was not reached, so the migration stays where it is. */
    private static final class StuckException extends Exception {
        private static final long serialVersionUID = 1;

        StuckException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    private final Settings settings;
    private final Screen screen;
    private final Report report;
    private final Stores stores;
    private final FaultyPath newPath;
    private final Cluster cluster;
    private final List<Place> places;
    private final Keys keys;
    private final WriteRecord record;
    private final Gauges gauges;
    private final BulkWork bulk;
    private final FlagServer server;
    private final Bucketing bucketing = new Bucketing(Cluster.MIGRATION);
    private final Duration lag; // of nodes that are sabotaged
    private long confirmedDifferences;
    private Side holder = Side.OLD; // the database that must have every acknowledged write

    PlacesRun(Settings settings, Screen screen) {
        this.settings = settings;
        this.screen = screen;
        this.report = new Report(screen);
        this.stores = Stores.open(settings.db());
        this.newPath = new FaultyPath(stores.places());
        VersionedDataPath<Long, Place> given =
                settings.sabotage() == Sabotage.DROP_MIRROR ? new ForgetfulPath(newPath) : newPath;
        // Nodes that lag do so for most of a stage, and have caught up before the next one begins.
        this.lag = settings.dwell().multipliedBy(3).dividedBy(4);
        this.cluster = new Cluster(stores.legacy(), given, settings.sabotage(), lag);
        this.places = Cities.read(settings.rows());
        this.keys = new Keys(places);
        this.record = new WriteRecord(places);
        this.gauges = new Gauges(cluster.migrations());
        this.bulk = new BulkWork(stores, keys, screen, places.size());
        this.server = console();
    }

    /** Whether all went well. */
    boolean run() throws Exception {
        screen.line("%,d places move from %s to %s.", places.size(), "a wide old table in H2", newDatabase());
        screen.line(
                "seed %d, %d nodes, %,d operations/s%s",
                settings.seed(), Cluster.NODES, settings.operationsPerSecond(), sabotage());
        screen.line("console: %s", server.uri());
        load();
        try (Traffic traffic = traffic()) {
            traffic.start();
            try {
                migrateOrGoBack();
            } catch (StuckException | RuntimeException e) { // what was acknowledged until then is checked all the same
                report.wrong("the migration ended early: " + e.getMessage());
            }
            traffic.accident().ifPresent(accident -> report.wrong("a user died of " + accident));
        }
        boolean good = verdict();
        if (settings.keep()) {
            keepGoing();
        }
        return good;
    }

    private FlagServer console() {
        FlagServer.Builder builder =
                FlagServer.builder(cluster.flags()).port(settings.port()).controller(cluster.controller());
        cluster.migrations().forEach(builder::migration);
        return builder.build().start();
    }

    /** Until the process is ended from outside. */
    private void keepGoing() throws Exception {
        screen.line("The traffic continues, and the console stays at %s until you press Ctrl-C.", server.uri());
        try (Traffic traffic = traffic()) {
            traffic.start();
            new CountDownLatch(1).await();
        }
    }

    private String newDatabase() {
        return "normalised tables in " + stores.newDatabase().product();
    }

    private String sabotage() {
        return settings.sabotage() == Sabotage.NONE
                ? ""
                : "; SABOTAGE: " + settings.sabotage().what();
    }

    private void load() {
        Screen.Bar bar = screen.bar("load");
        for (int from = 0; from < places.size(); from += LOADED_AT_ONCE) {
            stores.legacy().load(places.subList(from, Math.min(places.size(), from + LOADED_AT_ONCE)));
            bar.at(from, places.size());
        }
        bar.done(places.size(), "");
    }

    private Traffic traffic() {
        return new Traffic(
                cluster.services(),
                places,
                keys,
                record,
                gauges.meters(),
                gauges.pauses(),
                settings.operationsPerSecond(),
                settings.seed());
    }

    private void migrateOrGoBack() throws Exception {
        try {
            migrate();
        } catch (GateException e) {
            screen.line("gate: the two databases differ, so the migration goes back to OFF.");
            stage(Goal.of(Stage.OFF));
            holder = Side.OLD;
        }
    }

    private void migrate() throws Exception {
        dwell(WARM_UP);
        stage(Goal.of(Stage.OFF));
        stage(Goal.of(Stage.DUAL_WRITE));
        bulk.backfill(cluster.migration(), settings.sabotage());
        report.stage("  backfill", gauges.read(), Optional.empty());
        verify(Side.OLD);
        stage(Goal.of(Stage.SHADOW));
        share(0, 1);
        Gauges.Reading before = share(1, 10);
        new Drill(cluster, newPath, gauges, screen, report, settings.dwell().dividedBy(4)).run(before.traffic());
        share(0, 10);
        share(10, 50);
        share(50, 100);
        holder = Side.NEW; // both have them in LIVE
        stage(Goal.of(Stage.RAMP_DOWN));
        verify(Side.NEW);
        stage(Goal.of(Stage.COMPLETE));
    }

    private Gauges.Reading share(int fromPercent, int toPercent) throws Exception {
        int part = Bucketing.PARTS / 100;
        return stage(Goal.of(Stage.LIVE, toPercent * part), id -> {
            int bucket = bucketing.bucket(Long.toString(id));
            return bucket >= fromPercent * part && bucket < toPercent * part;
        });
    }

    private Gauges.Reading stage(Goal goal) throws Exception {
        return stage(goal, id -> true);
    }

    /** Moves there, and stays for a while. */
    private Gauges.Reading stage(Goal goal, LongPredicate slice) throws Exception {
        gauges.read();
        gauges.pauses().begin(slice);
        move(goal);
        if (settings.sabotage() == Sabotage.SKIP_SYNC && goal.stage() == Stage.LIVE) {
            showWhatLaggingNodesBelieve();
        }
        dwell(AFTER_ARRIVAL);
        Pause pause = gauges.pauses().end();
        dwell(settings.dwell().minus(AFTER_ARRIVAL));
        Gauges.Reading reading = gauges.read();
        report.stage(goal.toString().replace(" at", ""), reading, Optional.of(pause));
        if (reading.traffic().allFailed() > 0) {
            report.wrong(reading.traffic().allFailed() + " operations failed at " + goal + ", where nothing should: "
                    + reading.traffic().failures());
        }
        return reading;
    }

    private void move(Goal goal) throws StuckException, InterruptedException {
        try {
            cluster.controller().moveTo(goal, "places", "the next stage").get(LONGEST_MOVE_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException | ExecutionException e) {
            Object why = e instanceof ExecutionException
                    ? e.getCause()
                    : Blocker.messages(cluster.controller().status().blockers());
            throw new StuckException(goal + " was not reached in time: " + why, e);
        }
    }

    /**
     * Only once keys have switched sides on some nodes and the other nodes do not know it: keys do not begin to switch
     * sides while the mirror is slow, or repair has a lot to do.
     */
    private void showWhatLaggingNodesBelieve() {
        newPath.delayWrites(DELAY_OF_SABOTAGED_CROSSING);
        dwell(lag.dividedBy(2));
        newPath.delayWrites(Duration.ZERO);
    }

    static void dwell(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    private void verify(Side authority) throws GateException {
        gauges.read();
        VerifyResult<Long> result = bulk.verify(cluster.migration(), authority);
        report.stage("  verify", gauges.read(), Optional.empty());
        if (!result.isEqual()) {
            long confirmed =
                    result.counts().values().stream().mapToLong(Long::longValue).sum();
            confirmedDifferences += confirmed;
            report.wrong("the verification confirmed " + confirmed + " differences " + result.counts()
                    + " and could not settle "
                    + result.unsettled() + " keys; for instance of "
                    + result.differences().stream()
                            .map(Difference::key)
                            .limit(5)
                            .toList());
            throw new GateException();
        }
    }

    /** Asks the database that answers in the end, all of it. */
    private boolean verdict() throws SQLException {
        FinalCheck.Result check = holder == Side.NEW
                ? FinalCheck.ofNew(stores.newDatabase(), record)
                : FinalCheck.ofOld(stores.oldDatabase(), record);
        if (check.lost() > 0) {
            report.wrong(check.lost() + " places are not as was last acknowledged, for instance " + check.lostKeys());
        }
        if (check.different() > 0) {
            report.wrong(check.different() + " places are not as they were, although no user wrote them, for instance "
                    + check.differentKeys());
        }
        if (record.stale() > 0) {
            report.wrong(record.stale() + " answers were older than a write acknowledged before, for instance of "
                    + record.staleKeys());
        }
        if (record.acknowledged() == 0) {
            report.wrong("no write was acknowledged, so nothing was tried");
        }
        report.table();
        return report.verdict(new Verdict(
                record.acknowledged(),
                record.uncertain(),
                check.lost(),
                record.reads(),
                record.stale(),
                check.rows(),
                confirmedDifferences + check.different()));
    }

    @Override
    public void close() {
        server.close();
        cluster.close();
        stores.close();
    }
}
