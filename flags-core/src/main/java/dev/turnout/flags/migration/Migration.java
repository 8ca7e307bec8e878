package dev.turnout.flags.migration;

import dev.turnout.flags.spi.Journal;
import dev.turnout.flags.spi.Member;
import dev.turnout.flags.spi.Node;
import dev.turnout.flags.stage.Blocker;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Slice;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.store.FlagStore;
import dev.turnout.flags.store.LogThrottle;
import dev.turnout.flags.store.Snapshot;
import dev.turnout.flags.store.TimeSource;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Routes reads and writes, key by key, between an old and a new data path, by the stage of the key in the flag store.
 * Thread-safe; calls block as long as the paths do.
 *
 * <pre>{@code
 * Migration<Long, Place> places = Migration.named("places-v2", legacyPlaces, newPlaces).build(flags);
 * Optional<Place> place = places.get(id);
 * places.put(id, place);
 * }</pre>
 *
 * <p>A write must not be made inside a transaction of its caller, and is refused there ({@link WriteInTransactionException}): what that transaction
 * takes back, the other path would keep. Reads may be made anywhere; one that finds its two paths apart while its key is in {@link Stage#SYNC} is refused inside a
 * transaction, as it would have to write.
 *
 * <p>All programs that write these records must do so through a migration of this name, also while it is {@link Stage#OFF}. A migration that
 * the flag store does not know yet is {@code OFF}; a {@link Controller} moves it.
 *
 * @param <K> the type of the keys, with {@code equals}, {@code hashCode} and one text form
 * @param <V> the type of the records
 */
public final class Migration<K, V> implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Migration.class);
    private static final Duration PAUSE = Duration.ofMillis(1);
    private static final Duration LONGEST_CLOSING = Duration.ofSeconds(10);
    private static final Duration REPAIR_PAUSE = Duration.ofMillis(20);
    private static final Duration LOOK_PAUSE = Duration.ofMillis(20);
    static final Duration LONGEST_HEARTBEAT = Duration.ofSeconds(5);
    private static final int BEATS_IN_A_LEASE = 5; // so some may fail

    private final Settings<K> settings;
    private final Node node;
    private final TimeSource time;
    private final Paths<K, V> paths;
    private final Meters meters;
    private final PathHealth health;
    private final Mirror mirror;
    private final Comparisons<K> comparisons;
    private final Routing<K> routing;
    private final Operations<K> operations;
    private final Reads<K, V> reads;
    private final Writes<K, V> writes;
    private final Repairs<K> repairs;
    private final ExecutorService repairHelpers;
    private final Repairer<K> repairer;
    private final FleetMembership fleetMembership;
    private final LogThrottle fleetOutage;
    private final Workers.Repeated reporting;
    private final Workers.Repeated looking;
    private final Workers.Repeated repairing;
    private final FlagStore.Subscription subscription;
    final OperationEpochs<Route> fence;

    Migration(Settings<K> settings, PathsFactory<K, V> pathsOf, Node node) {
        this.settings = settings;
        this.node = node;
        time = node.time();
        meters = new Meters(time);
        mirror = new Mirror(
                settings.name(), settings.journal(), meters, settings.mirrorThreads(), time, settings.workers());
        paths = pathsOf.paths(meters, mirror, time);
        comparisons = new Comparisons<>(
                settings.name(),
                settings.journal(),
                meters,
                settings.comparisonThreads(),
                settings.comparisonDelays(),
                time);
        health = new PathHealth(meters, this::usesBothPaths, settings.crossingTimeout(), time);
        routing = new Routing<>(settings, node, paths.isVersioned(), this::reportSoon, health::problem);
        fence = routing.epochs;
        operations = new Operations<>(settings, node, routing, paths.isVersioned());
        reads = new Reads<>(
                operations, paths, meters, new Comparing<>(settings, paths, meters, comparisons, this::stageOf));
        writes = new Writes<>(settings, operations, paths);
        repairs = new Repairs<>(settings, node, operations, paths);
        int threads = settings.repairThreads();
        repairHelpers =
                settings.workers().pool("turnout-repairs-" + settings.name(), Math.max(1, threads - 1), threads);
        repairer = new Repairer<>(
                settings.name(),
                settings.journal(),
                repairs,
                time,
                settings.repairsPerSecond(),
                threads,
                repairHelpers);
        fleetOutage = new LogThrottle(Migration.class, time);
        fleetMembership = new FleetMembership(settings, node, routing);
        reporting =
                settings.workers().every("turnout-fleet-" + settings.name(), beat(settings.lease()), this::heartbeat);
        try {
            fleetMembership.report();
        } catch (RuntimeException | Error e) {
            reporting.close();
            fleetMembership.leave();
            throw e;
        }
        subscription = node.onSnapshot(routing::use);
        routing.use(node.state());
        // Not between repairs, of which there may be hundreds just then.
        looking = settings.workers().every("turnout-look-" + settings.name(), LOOK_PAUSE, this::look);
        repairing = settings.workers().every("turnout-repair-" + settings.name(), REPAIR_PAUSE, repairer::repairDue);
    }

    /** What makes the paths, with what they share with their migration. */
    interface PathsFactory<K, V> {
        /** Makes them. */
        Paths<K, V> paths(Meters meters, Mirror mirror, TimeSource time);
    }

    private void look() {
        if (health.look()) {
            reportSoon();
        }
        lookWhileWritesWait();
    }

    private boolean usesBothPaths() {
        return route().state()
                .position()
                .slices()
                .anyMatch(slice -> slice.stage().isDual());
    }

    /**
     * Users wait until the flag store reports that their keys have switched sides: this asks instead of waiting for a
     * notification.
     */
    private void lookWhileWritesWait() {
        if (writes.haveWaited()) {
            try {
                var unused = node.refresh();
            } catch (RuntimeException e) {
                log.debug("migration={}: the flag store cannot be asked whether keys have switched sides.", name(), e);
            }
        }
    }

    private static Duration beat(Duration lease) {
        Duration beat = lease.dividedBy(BEATS_IN_A_LEASE);
        return lease.isZero() || beat.compareTo(LONGEST_HEARTBEAT) > 0 ? LONGEST_HEARTBEAT : beat;
    }

    /** Begins a migration between two paths; with two {@link VersionedDataPath}s it gives the stronger guarantees. */
    public static <K, V> MigrationBuilder<K, V> named(String name, DataPath<K, V> oldPath, DataPath<K, V> newPath) {
        return new MigrationBuilder<>(name, oldPath, newPath);
    }

    private void reportSoon() {
        reporting.runSoon();
    }

    private void heartbeat() {
        try {
            operations.unended().end();
            var unused =
                    health.look(); // so it reports the present state, also where a flag store hangs that is looked at
            fleetMembership.report();
            fleetOutage.worksAgain("migration={}: node '{}' takes part in its fleet again.", name(), node.name());
        } catch (Throwable e) { // also an Error of a store: the next report may succeed
            fleetOutage.warn(
                    e,
                    "migration={}: node '{}' cannot take part in its fleet. When its lease is over, after {} without success, it rejects"
                            + " operations until it can.",
                    name(),
                    node.name(),
                    settings.lease());
        }
    }

    /** The record of a key. */
    public Optional<V> get(K key) {
        return meters.areArmed() ? meters.gets.time(() -> reads.get(key)) : reads.get(key);
    }

    /**
     * The records of several keys, each as {@link #get} gives it, whatever stages they are in; of keys that are read from the same path, by one call
     * of it ({@link DataPath#getAll}), and of keys in {@link Stage#SYNC}, one by one. Not a snapshot: two records may be of different moments during the
     * call.
     *
     * @param keys any number; one that is there twice is read once
     * @return a record for each key that has one, and none for the others; the caller's own
     * @throws RuntimeException as {@link #get}: all of it fails if one key cannot be read
     */
    public Map<K, V> getAll(Collection<K> keys) {
        return meters.areArmed() ? meters.gets.time(() -> reads.getAll(keys)) : reads.getAll(keys);
    }

    /**
     * Any other read that concerns one key: from the path that the key's stage reads, compared with the other one where
     * the stage compares.
     *
     * @param oldRead answers from the old path; called on the caller's thread, again if the key's stage changes meanwhile, and on another
     *     thread to compare
     * @param newRead the same from the new path
     */
    public <T> T read(K key, Supplier<T> oldRead, Supplier<T> newRead) {
        return meters.areArmed()
                ? meters.gets.time(() -> reads.read(key, oldRead, newRead))
                : reads.read(key, oldRead, newRead);
    }

    /**
     * Any read that concerns many keys, such as a query, from a path that holds every acknowledged write of all of them. Unlike a read of one
     * key it may also show a write that is not acknowledged yet, and is not compared. While keys are in {@link Stage#SYNC}, or some are on one
     * side and some on the other, it also reads the flag store, twice.
     *
     * @param oldRead answers from the old path; called again if a stage changes meanwhile
     * @param newRead the same from the new path
     * @throws IllegalStateException while some keys are on one side and some on the other, and neither path is complete
     * @throws UnavailableException if the fleet may have moved on without this node, or the flag store is needed and cannot be read
     */
    public <T> T readAll(Supplier<T> oldRead, Supplier<T> newRead) {
        return reads.readAll(oldRead, newRead);
    }

    /**
     * Replaces a record, or creates it. Returns when the write is acknowledged by every path that the key's stage
     * needs. {@link WriteOutcome#of} reports what became of a write that ended with an exception.
     *
     * @return {@link WriteOutcome#APPLIED} or {@link WriteOutcome#MIRROR_PENDING}
     * @throws UncertainWriteException if it is not known whether it happened
     * @throws UnavailableException if nothing was applied, and trying again later can help
     * @throws WriteInTransactionException if the caller is inside a transaction; see {@link MigrationBuilder#allowedInTransactions}
     * @throws RuntimeException what the authority threw; the write may have happened, if it is not a {@link RefusedWriteException}
     */
    public WriteOutcome put(K key, V value) {
        return write(key, Objects.requireNonNull(value, "value"));
    }

    /** Deletes a record; returns and throws as {@link #put} does. */
    public WriteOutcome delete(K key) {
        return write(key, null);
    }

    private WriteOutcome write(K key, @Nullable V value) {
        return meters.areArmed() ? meters.puts.time(() -> writes.write(key, value)) : writes.write(key, value);
    }

    /**
     * Replaces a record by what {@code change} makes of it. With versions the record is written only if no other write
     * came since it was read, else {@code change} is called again with the newer one; while some nodes are in
     * {@link Stage#LIVE} or {@link Stage#SYNC}, and others in {@link Stage#RAMP_DOWN} or {@link Stage#COMPLETE}, an
     * update and another write of one key on two nodes may still overlap, and the later one wins. Without versions that
     * is always so.
     *
     * @param change without side effects; may be called several times
     * @return the new record; empty if there was none to change
     * @throws RuntimeException as {@link #put}, and what {@code change} throws
     */
    public Optional<V> update(K key, UnaryOperator<V> change) {
        return meters.areArmed() ? meters.puts.time(() -> writes.update(key, change)) : writes.update(key, change);
    }

    /**
     * Creates a record, unless there is one: of all who insert the same key, one creates it. With the exception that {@link #update} has: while some
     * nodes are in {@link Stage#LIVE} or {@link Stage#SYNC}, and others in {@link Stage#RAMP_DOWN} or {@link Stage#COMPLETE}, an insert and another write
     * of one key on two nodes may overlap, and the later one wins. A record that was deleted may be inserted again.
     *
     * @return whether it was created; {@code false}, and nothing is changed, if there is a record already
     * @throws IllegalStateException if the paths keep no versions: without them another caller may have inserted the
     *     key meanwhile, unnoticed
     * @throws UncertainWriteException as {@link #put}; a caller that tries again may find its own record, and get
     *     {@code false}
     * @throws RuntimeException as {@link #put}
     */
    public boolean insert(K key, V value) {
        Objects.requireNonNull(value, "value");
        return meters.areArmed() ? meters.puts.time(() -> writes.insert(key, value)) : writes.insert(key, value);
    }

    /**
     * Writes what the path that answers for a key has once more, with a version above those of both paths: an operator's decision for a key whose other
     * path has a newer record that no write can have left there, and that repair has therefore quarantined (see
     * {@link Journal#quarantined}). Where there is no record, the key is deleted in both. If the newer record is right,
     * it is put first. Then {@link Journal#retryQuarantined} lets repair try again.
     *
     * @return as {@link #put}
     * @throws IllegalStateException if the paths keep no versions
     * @throws RuntimeException as {@link #put}
     */
    public WriteOutcome rewrite(K key) {
        return writes.rewrite(key);
    }

    /** Its name. */
    public String name() {
        return settings.name();
    }

    /** The node that it routes on. */
    public Node node() {
        return node;
    }

    /** The stage that an operation on this key would begin in now. */
    public Stage stageOf(K key) {
        return routing.stage(key, routing.current().value());
    }

    /** What it routes by now. */
    Route route() {
        return routing.current().value();
    }

    /** Whether both paths keep versions. */
    public boolean isVersioned() {
        return paths.isVersioned();
    }

    /** Reads what this node does of it, interval by interval. Calls are counted and timed from the first sampler on. */
    public MigrationSampler sampler() {
        meters.arm();
        return new MigrationSampler(
                meters, repairer::repaired, () -> journal().depth(Sighting.MOST_ENTRIES_COUNTED), time::nanoTime);
    }

    /** The differences that comparisons found last on this node, oldest first; at most 100. */
    public List<Difference<K>> recentDifferences() {
        return comparisons.recent();
    }

    /** The journal of keys on which the paths may differ. */
    public Journal<K> journal() {
        return settings.journal();
    }

    Duration crossingTimeout() {
        return settings.crossingTimeout();
    }

    /**
     * Why keys should not begin to switch sides yet, by the checks that it was built with; the rollback is never
     * blocked.
     */
    Optional<Blocker> blocker(Slice slice) {
        if (slice.cameFrom() != Side.OLD) {
            return Optional.empty();
        }
        for (Supplier<Optional<String>> check : settings.blockers()) {
            Optional<Blocker> blocker =
                    checked(() -> Objects.requireNonNull(check.get(), "the reason, or Optional.empty() for none")
                            .map(Blocker.Custom::new));
            if (blocker.isPresent()) {
                return blocker;
            }
        }
        VerifiedGate gate = settings.verifiedGate();
        return gate == null ? Optional.empty() : checked(() -> gate.blocker(slice, time.now()));
    }

    private static Optional<Blocker> checked(Supplier<Optional<Blocker>> check) {
        try {
            return check.get();
        } catch (Throwable e) { // an Error too: it must not end the controller, which may be needed for a rollback
            return Optional.of(new Blocker.CheckFailed(e.toString()));
        }
    }

    /**
     * Makes both paths agree on a key: what repair does. Without versions the key must be on the side of the source, and its node in the fleet; a key
     * in {@link Stage#SYNC} is copied only while a sweep of all keys has yet to finish, as it may switch sides at any
     * moment after that. Otherwise it throws an {@link IllegalStateException} or an {@link UnavailableException}, and
     * has written nothing. Inside a transaction of the caller it is refused, as writes are.
     */
    public Reconciler<K> reconciler() {
        return (key, source) -> {
            operations.checkNoTransaction();
            switch (repairs.reconcile(key, source)) {
                case RECONCILED -> {}
                case OUTDATED ->
                    throw new IllegalStateException("The key is not on side " + source + " of migration '" + name()
                            + "' any more, so what that path has must not be copied to the other one.");
                case LATER ->
                    throw new UnavailableException(
                            "The key is crossing in migration '" + name()
                                    + "', and the controller makes both paths agree on it. Nothing was written here; try again when it is on one side.");
            }
        };
    }

    /**
     * Makes this node route all keys by {@link Stage#SYNC} or {@link Stage#SHADOW}, whatever the flag store's state is
     * and whether its lease is over or not: the manual rollback, for an emergency in which the flag store or the fleet
     * store cannot be reached. First every node is overridden with {@code SYNC}; when an operator has seen that every
     * one is, or its process has ended, every node is overridden with {@code SHADOW}, and the old path answers. Until
     * {@link Controller#adoptOverride} no node may start that cannot see the other nodes in the fleet store. The node
     * reports the override, and no keys switch sides while there is one.
     *
     * @param stage {@code SHADOW} only on a node that is overridden with {@code SYNC} already; to pass it is to vouch
     *     that every node is
     * @throws IllegalStateException if the keys are not in stages from which that is safe: written to both paths, with an old path that lacks
     *     nothing, and versions on both
     * @throws IllegalArgumentException for another stage
     */
    public void overrideStage(Stage stage, String by, String reason) {
        routing.override(stage);
        log.warn(
                "migration={}: node '{}' routes by {} from now on, by order of {}: {}",
                name(),
                node.name(),
                stage,
                by,
                reason);
    }

    /**
     * Routes by the flag store again, and reports that to the fleet, which does not evict an overridden node by time.
     * Blocks. If the override has ended already, this is reported once more.
     *
     * @throws IllegalStateException if the flag store does not know yet that the old path answers
     * @throws RuntimeException if a store cannot be reached: the override stays, or it has ended and the fleet does not
     *     know yet; see {@link #override}, and call it again
     */
    public void endOverride() {
        Stage overridden = routing.override();
        if (overridden != null) {
            endOverride(overridden);
        }
        fleetMembership.report(); // not soon: a process that dies meanwhile would stay overridden for the fleet
    }

    private void endOverride(Stage overridden) {
        boolean othersAreBack = members().stream().anyMatch(member -> member.override() == Stage.SHADOW);
        boolean oldAnswers = overridden == Stage.SHADOW || othersAreBack;
        checkAdopted(node.refresh(), oldAnswers);
        fleetMembership.endOverride(snapshot -> checkAdopted(snapshot, oldAnswers));
    }

    private void checkAdopted(Snapshot snapshot, boolean oldAnswers) {
        MigrationState state = state(snapshot);
        if (oldAnswers && !state.isOnOldSide()) {
            throw new IllegalStateException("By the flag store, migration '" + name() + "' is at " + state.position()
                    + ", but nodes route it to the old path: adopt the override first.");
        }
    }

    /** The stage by which an operator makes this node route; empty if none does. */
    public Optional<Stage> override() {
        return Optional.ofNullable(routing.override());
    }

    /** Its state by a snapshot: a migration that was never moved is not in the store. */
    MigrationState state(Snapshot snapshot) {
        MigrationState state = snapshot.document().migrations().get(name());
        return state == null ? MigrationState.startingAt(name(), Stage.OFF) : state;
    }

    /**
     * Begins a sweep of all keys, such as a backfill, which must visit every key of both paths from now on.
     *
     * @throws IllegalStateException while no key is written to both paths, or a node has not acknowledged that it is; the message names the nodes
     * @throws RuntimeException if a store cannot be reached, or a fence cannot be closed
     */
    public FullSweep beginSweep() {
        return Sweeps.begin(node, name(), settings.journal(), settings.fences());
    }

    int sweepRecorded() {
        return repairer.sweepRecorded();
    }

    Repairer<K>.Sweep beginSweepOfRecorded() {
        return repairer.beginSweep();
    }

    /** The nodes that route it. Blocks. */
    public List<Member> members() {
        return node.fleet().members(name());
    }

    /**
     * The nodes of the fleet that do not route it, as their build does not know it: while there are any, no keys switch
     * sides. Blocks.
     */
    public List<Member> strangers() {
        return FleetSighting.of(node.fleet(), name(), settings.journal()).strangers();
    }

    /** How long after its start a call may take effect where that matters; zero with versions, as a late write changes nothing that is newer. */
    Duration lateCalls() {
        return isVersioned() ? Duration.ZERO : settings.callTimeout();
    }

    Fences fences() {
        return settings.fences();
    }

    int repairThreads() {
        return settings.repairThreads();
    }

    Workers workers() {
        return settings.workers();
    }

    /**
     * Ends it on this node: rejects further operations, waits (at most 10 s) for writes under way, hands over what waits, and leaves the fleet
     * if the journal has stored that. Idempotent. The paths stay open, and reads under way end by themselves.
     */
    @Override
    public void close() {
        if (!routing.isOpen()) {
            return;
        }
        routing.close();
        subscription.close();
        mirror.close();
        comparisons.close();
        looking.close();
        repairing.close();
        repairHelpers.shutdown();
        reporting.close();
        if (awaitEnd()) {
            fleetMembership.leave();
        } else {
            log.warn(
                    "migration={}: node '{}' closed it while operations were under way, or what they left could not be stored in the journal; it"
                            + " stays in the fleet until its lease is over, and repair looks after what they leave.",
                    name(),
                    node.name());
        }
    }

    /**
     * Whether no operation is under way any more, and the journal has stored what became of them: a node that leaves
     * reports that nothing of it can be lost. An interrupt does not end the waiting, but stays noted.
     */
    private boolean awaitEnd() {
        long deadline = time.nanoTime() + LONGEST_CLOSING.toNanos();
        boolean interrupted = Thread.interrupted();
        try {
            while (!isOver() && time.nanoTime() - deadline < 0) {
                operations.unended().end();
                time.pause(PAUSE);
                interrupted |= Thread.interrupted(); // or it would pause no more
            }
            return isOver();
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private boolean isOver() {
        return fence.isIdle() && settings.journal().isUpToDate();
    }
}
