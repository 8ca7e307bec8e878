package dev.turnout.flags.migration;

import dev.turnout.flags.fleet.Fence;
import dev.turnout.flags.fleet.FleetStore;
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
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
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
    private static final long PAUSE_NANOS = Duration.ofMillis(1).toNanos();

    private final String name;
    private final Node node;
    private final MigrationBuilder<K, V> settings;
    private final Paths<K, V> paths;
    private final Meters meters;
    private final Mirror mirror;
    private final Comparisons<K> comparisons;
    private final Bucketing comparedKeys;
    private final Repairer<K> repairer;
    private final FleetStore.Membership membership;
    private final Fence<Route> fence;
    private final FlagStore.Subscription subscription;
    private final TimeSource time;
    private final Object reporting = new Object(); // taken last
    private volatile boolean closed;

    Migration(MigrationBuilder<K, V> settings, Node node) {
        this.name = settings.name;
        this.node = node;
        this.settings = settings;
        time = node.time();
        meters = new Meters(time);
        // Register first, read the state then: a node that reads first could work by a version that the fleet has left.
        membership = node.fleet().join(name, node.name(), settings.journal.id());
        mirror = new Mirror(name, meters.mirrorFailed, time);
        comparisons = new Comparisons<>(name, meters, settings.comparisonDelays, time);
        comparedKeys = new Bucketing("compare:" + name);
        paths = settings.paths(meters, mirror, time);
        repairer = new Repairer<>(name, settings.journal, paths::reconcile, this::sourceOf);
        try {
            Route route = routeOf(node.refresh());
            fence = new Fence<>(route.state().version(), route, this::report);
        } catch (RuntimeException e) {
            membership.close();
            throw e;
        }
        subscription = node.onSnapshot(this::use);
        use(node.state());
        report();
        repairer.start();
    }

    /** Begins a migration between two paths; with two {@link VersionedDataPath}s it gives the stronger guarantees. */
    public static <K, V> MigrationBuilder<K, V> named(String name, DataPath<K, V> oldPath, DataPath<K, V> newPath) {
        return new MigrationBuilder<>(name, oldPath, newPath);
    }

    private Route routeOf(Snapshot snapshot) {
        MigrationState state = snapshot.document().migrations().get(name);
        return new Route(state == null ? MigrationState.startingAt(name, Stage.OFF) : state, snapshot.document());
    }

    private void use(Snapshot snapshot) {
        if (closed || !snapshot.document().migrations().containsKey(name)) {
            return; // given up, or not begun: the position stays what it is
        }
        Route route = routeOf(snapshot);
        fence.advance(route.state().version(), route);
        report();
    }

    /** Reads and reports under one lock, so that an older report never goes over a newer one. */
    private void report() {
        synchronized (reporting) {
            membership.report(node.state().revision(), fence.current().version(), fence.acknowledged());
        }
    }

    /** The record of a key. */
    public Optional<V> get(K key) {
        return meters.gets.time(() -> {
            Fence.Epoch<Route> epoch = enter();
            try {
                return get(key, epoch.value());
            } finally {
                epoch.leave();
            }
        });
    }

    private Optional<V> get(K key, Route route) {
        Stage stage = stage(key, route);
        return switch (stage) {
            case OFF, DUAL_WRITE -> paths.read(Side.OLD, key);
            case SHADOW, LIVE -> compared(key, stage.side(), paths.read(stage.side(), key));
            case SYNC -> paths.readAgreed(key, deadline());
            case RAMP_DOWN, COMPLETE -> paths.read(Side.NEW, key);
        };
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
     * @param oldRead answers from the old path; called on the caller's thread, or on another one to compare
     * @param newRead the same from the new path
     */
    public <T> T read(K key, Supplier<T> oldRead, Supplier<T> newRead) {
        return meters.gets.time(() -> {
            Fence.Epoch<Route> epoch = enter();
            try {
                Stage stage = stage(key, epoch.value());
                return switch (stage) {
                    case OFF, DUAL_WRITE -> meters.oldReads.time(oldRead);
                    case SHADOW -> compared(key, oldRead, newRead, meters.oldReads.time(oldRead));
                    case SYNC -> agreed(key, oldRead, newRead);
                    case LIVE -> compared(key, oldRead, newRead, meters.newReads.time(newRead));
                    case RAMP_DOWN, COMPLETE -> meters.newReads.time(newRead);
                };
            } finally {
                epoch.leave();
            }
        });
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

    private <T> T agreed(K key, Supplier<T> oldRead, Supplier<T> newRead) {
        long deadline = deadline();
        while (true) {
            paths.readAgreed(key, deadline); // brings the path that lags behind up to the other
            T now = meters.newReads.time(newRead);
            if (Objects.equals(meters.oldReads.time(oldRead), now)) {
                return now;
            }
            awaitOrFail(
                    deadline, "The key is crossing, and what its two paths answer did not agree in time; try again.");
        }
    }

    /**
     * Replaces a record, or creates it. Returns when the write is acknowledged by every path that the key's stage needs.
     *
     * @throws UncertainWriteException if the first of two needed paths took it and the second one did not confirm it
     * @throws UnavailableException if the key's paths keep no versions, and it was crossing for too long; nothing was applied
     * @throws RuntimeException what the authority threw; the write may have happened, if the path's exception does not say otherwise
     */
    public void put(K key, V value) {
        write(key, Objects.requireNonNull(value, "value"));
    }

    /** Deletes a record; throws as {@link #put} does. */
    public void delete(K key) {
        write(key, null);
    }

    private void write(K key, @Nullable V value) {
        meters.puts.time(() -> {
            paths.write(begin(key), value);
            return key;
        });
    }

    /**
     * Replaces a record by what {@code change} makes of it. With versions the record is written only if nobody has written it since it was read,
     * else {@code change} is called again with the newer one; while keys move between {@link Stage#LIVE} and {@link Stage#RAMP_DOWN}, two
     * updates of one key on two nodes may still overlap, and the later one wins. Without versions that is always so.
     *
     * @param change without side effects; may be called several times
     * @return the new record; empty if there was none to change
     * @throws RuntimeException as {@link #put}, and what {@code change} throws
     */
    public Optional<V> update(K key, UnaryOperator<V> change) {
        return meters.puts.time(() -> paths.update(begin(key), change));
    }

    private Operation<K> begin(K key) {
        long deadline = deadline();
        while (true) {
            Fence.Epoch<Route> epoch = enter();
            Stage stage = stage(key, epoch.value());
            if (!paths.holdsWrites(stage)) {
                return new Operation<>(epoch, settings.journal, key, stage, time, deadline);
            }
            epoch.leave(); // a write that waits has not begun, and must not hold up the crossing that it waits for
            awaitOrFail(
                    deadline,
                    "Writes of this key wait while it crosses, and it took too long. Nothing was applied; try again.");
        }
    }

    private void awaitOrFail(long deadline, String problem) {
        if (time.nanoTime() - deadline > 0 || Thread.currentThread().isInterrupted()) {
            throw new UnavailableException(problem);
        }
        LockSupport.parkNanos(PAUSE_NANOS);
    }

    private long deadline() {
        return time.nanoTime() + settings.deadline.toNanos();
    }

    private Fence.Epoch<Route> enter() {
        Fence.Epoch<Route> epoch = fence.enter();
        if (closed) { // looked at after counting in, so that close() can't miss an operation
            epoch.leave();
            throw new IllegalStateException("Migration '" + name + "' is closed on node '" + node.name() + "'.");
        }
        return epoch;
    }

    private Stage stage(K key, Route route) {
        return route.sliceOf(settings.keyText.apply(key)).stage();
    }

    private Side sourceOf(K key) {
        Slice slice = fence.current().value().sliceOf(settings.keyText.apply(key));
        return slice.cameFrom();
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

    /** Reads what this node does of it, interval by interval. */
    public MigrationSampler sampler() {
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

    /** Makes both paths agree on a key, whatever the stage: what repair does. */
    public Reconciler<K> reconciler() {
        return paths::reconcile;
    }

    /**
     * Begins a sweep of all keys, such as a backfill, which must visit every key of both paths from now on.
     *
     * @throws IllegalStateException while no key is written to both paths, or a node has not acknowledged that it is; the message names the nodes
     */
    public FullSweep beginSweep() {
        return Sweeps.begin(node, name);
    }

    int sweepRecorded() {
        return repairer.sweepRecorded();
    }

    List<Member> members() {
        return node.fleet().members(name);
    }

    /**
     * Ends it on this node: refuses further operations, waits (at most 10 s) for those under way, hands over what waits, and leaves the fleet.
     * Idempotent. The paths stay open.
     */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        subscription.close();
        mirror.close();
        comparisons.close();
        repairer.close();
        long deadline = time.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (!fence.isIdle() && time.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        if (fence.isIdle()) {
            membership.close();
        } else {
            log.warn(
                    "Node '{}' closed migration '{}' while operations were under way; it stays in the fleet, and no crossing can happen"
                            + " until the process has ended.",
                    node.name(),
                    name);
        }
    }
}
