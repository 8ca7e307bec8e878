package dev.turnout.flags.migration;

import dev.turnout.flags.fleet.Fence;
import dev.turnout.flags.fleet.Lease;
import dev.turnout.flags.fleet.Member;
import dev.turnout.flags.fleet.Node;
import dev.turnout.flags.repair.Difference;
import dev.turnout.flags.repair.Journal;
import dev.turnout.flags.repair.Reconciler;
import dev.turnout.flags.repair.Repairer;
import dev.turnout.flags.rule.Bucketing;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Slice;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.store.FlagStore;
import dev.turnout.flags.store.Snapshot;
import dev.turnout.flags.store.TimeSource;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Routes reads and writes, key by key, between an old and a new data path, by the stage that the flag store says the key is in.
 * Thread-safe; calls block as long as the paths do.
 *
 * <pre>{@code
 * Migration<Long, Place> places = Migration.named("places-v2", legacyPlaces, newPlaces).build(flags);
 * Optional<Place> place = places.get(id);
 * places.put(id, place);
 * }</pre>
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
    private static final Duration REPAIR_PAUSE = Duration.ofMillis(20);
    private static final Duration LONGEST_BEAT = Duration.ofSeconds(5);
    private static final long UNKNOWN = 0; // the version of a migration that the flag store does not have yet
    private static final int BEATS_IN_A_LEASE = 5; // so that some may fail

    private final String name;
    private final Node node;
    private final MigrationBuilder<K, V> settings;
    private final List<Supplier<Optional<String>>> blockers;
    private final Paths<K, V> paths;
    private final Meters meters;
    private final Mirror mirror;
    private final Comparisons<K> comparisons;
    private final Bucketing comparedKeys;
    private final Repairer<K> repairer;
    private final Workers.Repeated repairing;
    private final Seat seat;
    private final Workers.Repeated reporting;
    final Fence<Route> fence;
    private final FlagStore.Subscription subscription;
    private final TimeSource time;
    private final Outage fleetOutage;
    private final Object routing = new Object(); // taken last
    private volatile boolean closed;
    private volatile @Nullable Stage override; // written under routing
    private volatile boolean writesWait; // and nobody has looked since whether they still must

    Migration(MigrationBuilder<K, V> settings, Node node) {
        this.name = settings.name;
        this.node = node;
        this.settings = settings;
        blockers = List.copyOf(settings.blockers);
        time = node.time();
        meters = new Meters(time);
        mirror = new Mirror(name, meters.mirrorFailed, time, settings.workers);
        comparisons = new Comparisons<>(name, meters, settings.comparisonDelays, time);
        comparedKeys = new Bucketing("compare:" + name);
        paths = settings.paths(meters, mirror, time);
        repairer = new Repairer<>(
                name, settings.journal, paths::reconcile, paths.isVersioned(), time, settings.repairsPerSecond);
        fleetOutage = new Outage(time);
        Lease none = new Lease("", settings.lease, time.nanoTime()); // begins nothing before it has joined
        fence = new Fence<>(0, routeOf(Snapshot.EMPTY, none), this::reportSoon);
        seat = new Seat(name, node, settings.journal.id(), settings.keyTextTold, settings.lease, router());
        reporting = settings.workers.every("turnout-fleet-" + name, beat(settings.lease), this::beat);
        try {
            seat.report();
        } catch (RuntimeException | Error e) {
            reporting.close();
            seat.leave();
            throw e;
        }
        subscription = node.onSnapshot(this::use);
        use(node.state());
        repairing = settings.workers.every("turnout-repair-" + name, REPAIR_PAUSE, () -> {
            lookWhileWritesWait();
            repairer.repairDue();
        });
    }

    /** Users wait until the flag store says that their keys have crossed: this does not wait until it tells by itself. */
    private void lookWhileWritesWait() {
        if (writesWait) {
            writesWait = false;
            try {
                node.refresh();
            } catch (RuntimeException e) {
                log.debug("The flag store can't be asked whether keys of '{}' have crossed.", name, e);
            }
        }
    }

    private static Duration beat(Duration lease) {
        Duration beat = lease.dividedBy(BEATS_IN_A_LEASE);
        return lease.isZero() || beat.compareTo(LONGEST_BEAT) > 0 ? LONGEST_BEAT : beat;
    }

    /** Begins a migration between two paths; with two {@link VersionedDataPath}s it gives the stronger guarantees. */
    public static <K, V> MigrationBuilder<K, V> named(String name, DataPath<K, V> oldPath, DataPath<K, V> newPath) {
        return new MigrationBuilder<>(name, oldPath, newPath);
    }

    private Route routeOf(Snapshot snapshot, Lease lease) {
        boolean known = snapshot.document().migrations().containsKey(name);
        MigrationState state = state(snapshot);
        return new Route(known ? state.version() : UNKNOWN, state, snapshot.document(), lease);
    }

    private Seat.Router router() {
        return new Seat.Router() {
            private long acknowledged; // asked by one thread at a time

            @Override
            public void route(Snapshot snapshot, Lease lease) {
                synchronized (routing) {
                    if (closed) {
                        return;
                    }
                    Route next = routeOf(snapshot, lease);
                    Fence.Epoch<Route> current = fence.current();
                    if (override != null) {
                        return; // people vouch for the node
                    }
                    if (next.version() > current.version()) {
                        fence.advance(next.version(), next);
                    } else {
                        boolean same = next.version() == current.version();
                        fence.replace(same ? next : current.value().under(lease));
                    }
                }
            }

            @Override
            public Member.Report report(long revision) {
                return new Member.Report(revision, fence.current().value().id(), acknowledged(), override);
            }

            private long acknowledged() {
                if (override != null) {
                    return 0;
                }
                long over = fence.acknowledged(); // first: what was said of those operations was said before
                if (settings.journal.isUpToDate()) {
                    acknowledged = over;
                }
                return acknowledged;
            }

            @Override
            public @Nullable Stage override() {
                return override;
            }
        };
    }

    private void use(Snapshot snapshot) {
        if (closed || !snapshot.document().migrations().containsKey(name)) {
            return; // given up, or not begun: the position stays what it is
        }
        synchronized (routing) {
            if (closed || override != null) {
                return;
            }
            Route route = routeOf(snapshot, fence.current().value().lease());
            fence.advance(route.version(), route);
        }
        reportSoon();
    }

    private void reportSoon() {
        reporting.runSoon();
    }

    private void beat() {
        try {
            seat.report();
        } catch (RuntimeException e) {
            if (fleetOutage.isWorthALine()) {
                log.warn(
                        "Node '{}' can't reach the fleet of migration '{}'. When its lease is over, after {} without success, it refuses"
                                + " operations until it can.",
                        node.name(),
                        name,
                        settings.lease,
                        e);
            }
        }
    }

    /** The record of a key. */
    public Optional<V> get(K key) {
        return meters.areArmed() ? meters.gets.time(() -> routedGet(key)) : routedGet(key);
    }

    private Optional<V> routedGet(K key) {
        while (true) {
            Fence.Epoch<Route> epoch = fence.current();
            Stage stage = stage(key, epoch.value());
            if (stage == Stage.SYNC) {
                return inSync(key, () -> routedGet(key), paths::readAgreed);
            }
            Optional<V> answer = paths.read(stage.side(), key);
            if (isConfirmed(epoch)) {
                return stage.isCompared() ? compared(key, stage.side(), answer) : answer;
            }
        }
    }

    /**
     * Whether a read that needs one path, and so is not counted in, was right to ask that path: the node's version is still the one that the
     * read began by, so the node has not acknowledged a newer one, and no fleet has crossed to the other path before the read was made.
     *
     * @throws UnavailableException if the fleet may have gone on without this node
     */
    private boolean isConfirmed(Fence.Epoch<Route> epoch) {
        VarHandle.loadLoadFence(); // what the path read was read before this
        if (!epoch.value().lease().isValid(time.nanoTime())) {
            throw refused();
        }
        return fence.current() == epoch;
    }

    private RuntimeException refused() {
        return closed
                ? new IllegalStateException("Migration '" + name + "' is closed on node '" + node.name() + "'.")
                : new UnavailableException("Node '" + node.name()
                        + "' has not been heard of in its fleet for longer than its lease, " + settings.lease
                        + ", so migration '" + name
                        + "' may have moved on without it. Nothing was applied; it joins again by itself when it reaches"
                        + " the fleet store.");
    }

    /** A read of both paths: it may change the one that lags behind, so it is counted in, as writes are. */
    private <T> T inSync(K key, Supplier<T> elsewhere, Function<Operation<K>, T> read) {
        long deadline = deadline();
        Fence.Epoch<Route> epoch = enter();
        Stage stage = stageIn(epoch, key);
        Operation<K> operation = operation(epoch, key, stage, deadline);
        try {
            if (stage == Stage.SYNC) {
                T answer = read.apply(operation);
                if (!operation.holdsLease()) {
                    throw refused();
                }
                return answer;
            }
        } finally {
            operation.clear();
        }
        return elsewhere.get(); // it has crossed meanwhile
    }

    private Optional<V> compared(K key, Side authority, Optional<V> answer) {
        if (isCompared(key)) {
            comparisons.submit(key, new Supplier<>() {
                private boolean again;

                @Override
                public Optional<Difference.Kind> get() { // the caller's answer serves once; later both are read
                    if (again) {
                        return paths.compare(key, authority);
                    }
                    again = true;
                    return paths.difference(answer, paths.read(authority.opposite(), key));
                }
            });
        }
        return answer;
    }

    private boolean isCompared(K key) {
        return settings.comparedPpm == Bucketing.PARTS
                || comparedKeys.bucket(settings.keyText.apply(key)) < settings.comparedPpm;
    }

    /**
     * Any other read that concerns one key: from whichever path the key's stage says, compared with the other one where the stage says so.
     *
     * @param oldRead answers from the old path; called on the caller's thread, again if the key's stage changes meanwhile, and on another
     *     thread to compare
     * @param newRead the same from the new path
     */
    public <T> T read(K key, Supplier<T> oldRead, Supplier<T> newRead) {
        return meters.areArmed()
                ? meters.gets.time(() -> routedRead(key, oldRead, newRead))
                : routedRead(key, oldRead, newRead);
    }

    private <T> T routedRead(K key, Supplier<T> oldRead, Supplier<T> newRead) {
        while (true) {
            Fence.Epoch<Route> epoch = fence.current();
            Stage stage = stage(key, epoch.value());
            if (stage == Stage.SYNC) {
                return inSync(
                        key, () -> routedRead(key, oldRead, newRead), operation -> agreed(operation, oldRead, newRead));
            }
            T answer = read(stage.side(), oldRead, newRead);
            if (isConfirmed(epoch)) {
                return stage.isCompared() ? compared(key, oldRead, newRead, answer) : answer;
            }
        }
    }

    private <T> T read(Side side, Supplier<T> oldRead, Supplier<T> newRead) {
        return side == Side.OLD ? meters.oldReads.time(oldRead) : meters.newReads.time(newRead);
    }

    private <T> T compared(K key, Supplier<T> oldRead, Supplier<T> newRead, T answer) {
        if (isCompared(key)) {
            comparisons.submit(
                    key,
                    () -> Objects.equals(meters.oldReads.time(oldRead), meters.newReads.time(newRead))
                            ? Optional.empty()
                            : Optional.of(Difference.Kind.DIFFERENT));
        }
        return answer;
    }

    private <T> T agreed(Operation<K> operation, Supplier<T> oldRead, Supplier<T> newRead) {
        while (true) {
            paths.readAgreed(operation); // brings the path that lags behind up to the other
            T now = meters.newReads.time(newRead);
            if (Objects.equals(meters.oldReads.time(oldRead), now)) {
                return now;
            }
            awaitOrFail(
                    operation.deadlineNanos(),
                    "The key is crossing, and what its two paths answer did not agree in time; try again.");
        }
    }

    /**
     * Any read that concerns many keys, such as a query, from a path that holds every acknowledged write of all of them. Unlike a read of one
     * key it may also show a write that is not acknowledged yet, and is not compared.
     *
     * @param oldRead answers from the old path
     * @param newRead the same from the new path
     * @throws IllegalStateException while some keys are on one side and some on the other, and neither path is complete
     */
    public <T> T readAll(Supplier<T> oldRead, Supplier<T> newRead) {
        while (true) {
            Fence.Epoch<Route> epoch = fence.current();
            MigrationState state = epoch.value().state();
            Side complete = state.completePath(isVersioned());
            if (complete == Side.BRIDGE) {
                throw new IllegalStateException("Migration '" + name + "' is at " + state.position()
                        + ": no path holds every record, so a read of many keys has no right answer. Read key by key, or bring all"
                        + " keys to one side first.");
            }
            T answer = read(complete, oldRead, newRead);
            if (isConfirmed(epoch)) {
                return answer;
            }
        }
    }

    /**
     * Replaces a record, or creates it. Returns when the write is acknowledged by every path that the key's stage needs. What became of a
     * write that ended with an exception, {@link WriteOutcome#of} tells.
     *
     * @return {@link WriteOutcome#APPLIED} or {@link WriteOutcome#MIRROR_PENDING}
     * @throws UncertainWriteException if it is not known whether it happened
     * @throws UnavailableException if nothing was applied, and trying again later can help
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
        return meters.areArmed()
                ? meters.puts.time(() -> paths.write(begin(key), value))
                : paths.write(begin(key), value);
    }

    /**
     * Replaces a record by what {@code change} makes of it. With versions the record is written only if nobody has written it since it was read,
     * else {@code change} is called again with the newer one; while some nodes are in {@link Stage#LIVE} or {@link Stage#SYNC}, and others in
     * {@link Stage#RAMP_DOWN} or {@link Stage#COMPLETE}, an update and another write of one key on two nodes may still overlap, and the later
     * one wins. Without versions that is always so.
     *
     * @param change without side effects; may be called several times
     * @return the new record; empty if there was none to change
     * @throws RuntimeException as {@link #put}, and what {@code change} throws
     */
    public Optional<V> update(K key, UnaryOperator<V> change) {
        return meters.areArmed()
                ? meters.puts.time(() -> paths.update(begin(key), change))
                : paths.update(begin(key), change);
    }

    private Operation<K> begin(K key) {
        if (settings.keysSpeakForThemselves) {
            KeyText.check(key); // at the first write, and not only when keys of one migration are at different stages
        }
        long deadline = deadline();
        while (true) {
            Fence.Epoch<Route> epoch = enter();
            Stage stage = stageIn(epoch, key);
            if (!paths.holdsWrites(stage)) {
                return operation(epoch, key, stage, deadline);
            }
            epoch.leave(); // a write that waits has not begun, and must not hold up the crossing that it waits for
            writesWait = true;
            awaitOrFail(
                    deadline,
                    "Writes of this key wait while it crosses, and it took too long. Nothing was applied; try again.");
        }
    }

    private Operation<K> operation(Fence.Epoch<Route> epoch, K key, Stage stage, long deadline) {
        return new Operation<>(epoch, settings.journal, isVersioned(), key, stage, time, deadline);
    }

    private void awaitOrFail(long deadline, String problem) {
        if (time.nanoTime() - deadline > 0 || Thread.currentThread().isInterrupted()) {
            throw new UnavailableException(problem);
        }
        time.pause(PAUSE);
    }

    private long deadline() {
        return time.nanoTime() + settings.deadline.toNanos();
    }

    private Fence.Epoch<Route> enter() {
        Fence.Epoch<Route> epoch = fence.enter();
        if (!epoch.value().lease().isValid(time.nanoTime())) { // after counting in, so that close() can't miss it
            epoch.leave();
            throw refused();
        }
        return epoch;
    }

    /** Of an operation that was counted in: where its key has no text, it must not stay counted. */
    private Stage stageIn(Fence.Epoch<Route> epoch, K key) {
        try {
            return stage(key, epoch.value());
        } catch (RuntimeException | Error e) {
            epoch.leave();
            throw e;
        }
    }

    private Stage stage(K key, Route route) {
        Slice everywhere = route.everywhere();
        return (everywhere != null ? everywhere : route.sliceOf(settings.keyText.apply(key))).stage();
    }

    /** Its name. */
    public String name() {
        return name;
    }

    /** The node that it routes on. */
    public Node node() {
        return node;
    }

    /** The stage that an operation on this key would begin in now. */
    public Stage stageOf(K key) {
        return stage(key, fence.current().value());
    }

    /** Whether both paths keep versions. */
    public boolean isVersioned() {
        return paths.isVersioned();
    }

    /** Reads what this node does of it, interval by interval. Calls are counted and timed from the first sampler on. */
    public MigrationSampler sampler() {
        meters.arm();
        return new MigrationSampler(meters, repairer::repaired, settings.journal::depth, time::nanoTime);
    }

    /** The differences that comparisons found last on this node, oldest first; at most 100. */
    public List<Difference<K>> recentDifferences() {
        return comparisons.recent();
    }

    /** The journal of keys on which the paths may differ. */
    public Journal<K> journal() {
        return settings.journal;
    }

    /** Why keys had better not begin to cross yet, as people have said when they built it; the way back is never held up. */
    Optional<String> heldUp(Slice slice) {
        if (slice.cameFrom() != Side.OLD) {
            return Optional.empty();
        }
        for (Supplier<Optional<String>> blocker : blockers) {
            Optional<String> reason = reason(blocker);
            if (reason.isPresent()) {
                return reason;
            }
        }
        VerifiedGate gate = settings.verifiedGate;
        return gate == null ? Optional.empty() : reason(() -> gate.holds(slice, time.now()));
    }

    private static Optional<String> reason(Supplier<Optional<String>> blocker) {
        try {
            return Objects.requireNonNull(blocker.get(), "the reason, or Optional.empty() for none");
        } catch (Throwable e) { // an Error too: it must not end the controller, which may be needed for a rollback
            return Optional.of("it cannot be told whether something stands in the way: " + e);
        }
    }

    /** Makes both paths agree on a key, whatever the stage: what repair does. */
    public Reconciler<K> reconciler() {
        return paths::reconcile;
    }

    /**
     * Makes this node route all keys by {@link Stage#SYNC} or {@link Stage#SHADOW}, whatever the flag store says and whether its lease is over or
     * not: the way back by hand, for an emergency in which the flag store or the fleet store can't be reached. First every node is overridden
     * with {@code SYNC}; when people have seen that every one is, or its process has ended, every node is overridden with {@code SHADOW}, and the old
     * path answers. Until {@link Controller#adoptOverride} no node may start that can't see the others in the fleet store. The node
     * reports the override, and nothing crosses while there is one.
     *
     * @param stage {@code SHADOW} only on a node that is overridden with {@code SYNC} already; to say it is to vouch that every node is
     * @throws IllegalStateException if the keys are not in stages from which that is safe: written to both paths, with an old path that lacks
     *     nothing, and versions on both
     * @throws IllegalArgumentException for another stage
     */
    public void overrideStage(Stage stage, String by, String reason) {
        if (stage != Stage.SYNC && stage != Stage.SHADOW) {
            throw new IllegalArgumentException(
                    "By hand a node can be brought to SYNC, and from there to SHADOW, but not to " + stage + ".");
        }
        synchronized (routing) {
            Route route = fence.current().value();
            MigrationState state = route.state();
            if (!isVersioned() || !state.position().slices().allMatch(Slice::canBeBroughtBackByHand)) {
                throw new IllegalStateException("Migration '" + name + "' is at " + state.position()
                        + (isVersioned() ? "" : ", and its paths keep no versions")
                        + ": by hand nothing can be brought back from there without losing writes.");
            }
            if (stage == Stage.SHADOW && override == null) {
                throw new IllegalStateException(
                        "Override every node with SYNC first, and see that every one is, or its process has ended.");
            }
            Lease vouchedFor = new Lease("by-hand-" + node.name(), Duration.ZERO, time.nanoTime());
            vouchedFor.renew(time.nanoTime());
            override = stage;
            fence.replace(route.overriddenTo(stage, true, vouchedFor));
        }
        log.warn(
                "Node '{}' routes migration '{}' by {} from now on, by order of {}: {}",
                node.name(),
                name,
                stage,
                by,
                reason);
        reportSoon();
    }

    /**
     * Routes by the flag store again. Blocks.
     *
     * @throws IllegalStateException if the flag store does not know yet that the old path answers
     * @throws RuntimeException if a store can't be reached; the override stays
     */
    public void endOverride() {
        MigrationState state = state(node.refresh());
        boolean othersAreBack = members().stream().anyMatch(member -> member.override() == Stage.SHADOW);
        synchronized (routing) {
            if (override == null) {
                return;
            }
            if ((override == Stage.SHADOW || othersAreBack) && !state.isOnOldSide()) {
                throw new IllegalStateException("The flag store says that migration '" + name + "' is at "
                        + state.position() + ", and nodes route it to the old path: adopt the override first.");
            }
            override = null;
        }
        seat.routeAgain();
        reportSoon();
    }

    /** The stage by which people make this node route; empty if they don't. */
    public Optional<Stage> override() {
        return Optional.ofNullable(override);
    }

    /** What a snapshot says of it: a migration that nobody has moved yet is not in the store. */
    MigrationState state(Snapshot snapshot) {
        MigrationState state = snapshot.document().migrations().get(name);
        return state == null ? MigrationState.startingAt(name, Stage.OFF) : state;
    }

    /**
     * Begins a sweep of all keys, such as a backfill, which must visit every key of both paths from now on.
     *
     * @throws IllegalStateException while no key is written to both paths, or a node has not acknowledged that it is; the message names the nodes
     */
    public FullSweep beginSweep() {
        return Sweeps.begin(node, name, settings.journal);
    }

    int sweepRecorded() {
        return repairer.sweepRecorded();
    }

    /** The nodes that route it. Blocks. */
    public List<Member> members() {
        return node.fleet().members(name);
    }

    /**
     * The nodes of the fleet that do not route it, as their build does not know it: while there are any, nothing crosses from one path to the
     * other. Blocks.
     */
    public List<Member> strangers() {
        return FleetSighting.of(node.fleet(), name, settings.journal).strangers();
    }

    /** How long after its start a call may take effect where that matters; zero with versions, as a late write changes nothing that is newer. */
    Duration lateCalls() {
        return isVersioned() ? Duration.ZERO : settings.callTimeout;
    }

    Fences fences() {
        return settings.fences;
    }

    Workers workers() {
        return settings.workers;
    }

    /**
     * Ends it on this node: refuses further operations, waits (at most 10 s) for writes under way, hands over what waits, and leaves the fleet.
     * Idempotent. The paths stay open, and reads under way end by themselves.
     */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        synchronized (routing) { // what begins from now on is refused, what is under way keeps its lease
            Lease ended = new Lease("", settings.lease, time.nanoTime());
            fence.replace(fence.current().value().under(ended));
        }
        subscription.close();
        mirror.close();
        comparisons.close();
        repairing.close();
        reporting.close();
        long deadline = time.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (!fence.isIdle() && time.nanoTime() - deadline < 0) {
            time.pause(PAUSE);
        }
        if (fence.isIdle()) {
            seat.leave();
        } else {
            log.warn(
                    "Node '{}' closed migration '{}' while operations were under way; it stays in the fleet until its lease is over, and"
                            + " repair looks after what they leave.",
                    node.name(),
                    name);
        }
    }
}
