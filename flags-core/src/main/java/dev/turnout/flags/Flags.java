package dev.turnout.flags;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.spi.FleetStore;
import dev.turnout.flags.spi.Node;
import dev.turnout.flags.store.FlagStore;
import dev.turnout.flags.store.FlagStore.Subscription;
import dev.turnout.flags.store.FlagStoreException;
import dev.turnout.flags.store.LastKnownGood;
import dev.turnout.flags.store.Listeners;
import dev.turnout.flags.store.PeriodicTask;
import dev.turnout.flags.store.Snapshot;
import dev.turnout.flags.store.SnapshotId;
import dev.turnout.flags.store.TimeSource;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way in: gives the value of a flag for a context, from an immutable snapshot that its store keeps up to date.
 * Thread-safe. Deciding never throws, blocks or does I/O: what cannot be answered is answered with the caller's
 * default, and the details state why.
 *
 * <pre>{@code
 * try (Flags flags = Flags.from(FileFlagStore.watching(Path.of("flags.yaml")))) {
 *   if (flags.isOn("new-checkout", EvaluationContext.of("user-42"))) { ... }
 * }
 * }</pre>
 */
public final class Flags implements Node, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Flags.class);
    private static final Duration UPKEEP = Duration.ofSeconds(1);

    private final FlagStore store;
    private final String name;
    private final String process = UUID.randomUUID().toString();
    private final FleetStore fleet;
    private final Environment environment;
    private final boolean ownsStore;
    private final @Nullable LastKnownGood lastKnownGood;
    private final Listeners<Snapshot> listeners;
    private final Listeners<Instant> timedListeners; // notified each second
    private final Subscription subscription;
    private final @Nullable Heartbeat presence;
    private @Nullable PeriodicTask upkeep; // guarded by timedListeners
    private boolean closed; // guarded by timedListeners
    // Whether the store has reported a state that may be older than the one in use, and could not be asked.
    private volatile boolean inDoubt;
    // Volatile, and read once for each decision: two reads could mix two revisions.
    private volatile FlagsSnapshot current;

    private Flags(Builder builder) {
        store = builder.store;
        name = builder.name;
        fleet = builder.fleet == null ? FleetStore.inMemory() : builder.fleet;
        ownsStore = builder.ownsStore;
        lastKnownGood = builder.lastKnownGood == null ? null : new LastKnownGood(builder.lastKnownGood, builder.time);
        environment = new Environment(
                builder.time,
                builder.hooks.stream()
                        .map(hook -> new GuardedHook(hook, builder.time))
                        .toList(),
                new Counts(),
                new Freshness(store, builder.time, builder.staleAfter));
        listeners = new Listeners<>(Flags.class, builder.time);
        timedListeners = new Listeners<>(Flags.class, builder.time);
        current = Compiler.compile(Snapshot.EMPTY, environment, null);
        Subscription watch = null;
        try {
            // Watch first, read then: a change between the two is seen by at least one of them.
            watch = store.watch(this::hear);
            begin();
            if (lastKnownGood != null) {
                startUpkeep();
            }
            presence = builder.fleet == null ? null : new Heartbeat(this);
        } catch (Throwable e) {
            stopUpkeep();
            closeAll(e, watch);
            throw e;
        }
        subscription = watch;
    }

    /** The watch, and the store if it is ours; what they throw is hidden by {@code problem}, the reason why they are closed. */
    private void closeAll(Throwable problem, @Nullable Subscription watch) {
        for (AutoCloseable one : new @Nullable AutoCloseable[] {watch, ownsStore ? store : null}) {
            try {
                if (one != null) {
                    one.close();
                }
            } catch (Throwable e) {
                problem.addSuppressed(e);
            }
        }
    }

    /** A thread of its own, for those only who need one. */
    private void startUpkeep() {
        synchronized (timedListeners) {
            if (upkeep == null && !closed) {
                upkeep = PeriodicTask.start("turnout-flags-" + name, UPKEEP, this::upkeep);
            }
        }
    }

    private void stopUpkeep() {
        synchronized (timedListeners) {
            closed = true;
            if (upkeep != null) {
                upkeep.close();
            }
        }
    }

    private void begin() {
        try {
            hear(store.readRemembered());
            save();
        } catch (RuntimeException | Error e) {
            LastKnownGood.Saved saved =
                    lastKnownGood == null ? null : lastKnownGood.read().orElse(null);
            if (saved == null) {
                throw e;
            }
            useSaved(saved, e);
        }
    }

    private synchronized void useSaved(LastKnownGood.Saved saved, Throwable problem) {
        if (current.revision() > 0) {
            return; // the store has reported its state meanwhile
        }
        environment.freshness().usesSaved(saved.at());
        current = Compiler.compile(saved.snapshot(), environment, current);
        log.warn(
                "The flag store cannot be read: {} Decisions are made from revision {}, saved at {}, until it can.",
                problem.getMessage(),
                current.revision(),
                saved.at());
    }

    /**
     * Flags from a store, of which this object becomes the owner. Blocks until the store was read once.
     *
     * @throws FlagStoreException if it cannot be read; the store is closed then
     */
    public static Flags from(FlagStore store) {
        Builder builder = builder(store);
        builder.ownsStore = true;
        return builder.build();
    }

    /** Begins flags that need more than a store, which stays the caller's: several nodes may share one. */
    public static Builder builder(FlagStore store) {
        return new Builder(store);
    }

    /** Whether a boolean flag is on; {@code false} if it cannot be asked. */
    public boolean isOn(String flagKey, EvaluationContext context) {
        return current.isOn(flagKey, context);
    }

    /**
     * A flag's value, of the type of {@code defaultValue}: {@code Boolean}, {@code String}, {@code Long} or {@code Integer}, {@code Double} or
     * {@code Float}.
     *
     * @param defaultValue the answer if there is no such flag, if it is turned off, of another type, or too large for an {@code Integer}
     */
    public <T> T value(String flagKey, T defaultValue, EvaluationContext context) {
        return current.value(flagKey, defaultValue, context);
    }

    /**
     * The value of an object flag: an unmodifiable map of text, booleans, {@code Long}, {@code Double}, {@code null}, lists and maps.
     *
     * @param defaultValue the answer if there is no such flag, if it is turned off or of another type
     */
    public Map<String, Object> value(String flagKey, Map<String, Object> defaultValue, EvaluationContext context) {
        return current.value(flagKey, defaultValue, context);
    }

    /** A flag's value and why it came out as it did; see {@link #value(String, Object, EvaluationContext)}. */
    public <T> EvaluationDetails<T> details(String flagKey, T defaultValue, EvaluationContext context) {
        return current.details(flagKey, defaultValue, context);
    }

    /** An object flag's value and why it came out as it did; see {@link #value(String, Map, EvaluationContext)}. */
    public EvaluationDetails<Map<String, Object>> details(
            String flagKey, Map<String, Object> defaultValue, EvaluationContext context) {
        return current.details(flagKey, defaultValue, context);
    }

    /** How a flag comes to its answer for a context, step by step; counts as no evaluation, and no hook is called. */
    public Explanation explain(String flagKey, EvaluationContext context) {
        return current.explain(flagKey, context);
    }

    /** A flag for callers who ask often. It need not be there yet. */
    public <T> FlagHandle<T> flag(String flagKey, T defaultValue) {
        return new FlagHandle<>(this, requireNonNull(flagKey, "flagKey"), requireNonNull(defaultValue, "defaultValue"));
    }

    /** All flags as they are now, for answers that must fit together. */
    public FlagsSnapshot snapshot() {
        return current;
    }

    /**
     * Reports each change of one flag, or of a cohort or flag that it refers to: that it may answer differently from
     * now on. On a thread of the store, or on this one if there is a change while the listener is being added; the
     * listener must not block.
     */
    public Subscription onChange(String flagKey, Runnable listener) {
        requireNonNull(listener, "listener");
        return new ChangeListener<@Nullable CompiledFlag>(
                        this,
                        () -> current.flags().get(flagKey),
                        (before, now) -> before == now,
                        (before, now) -> listener.run())
                .subscribeTo(listeners);
    }

    /**
     * Reports the flags that may answer differently from now on: those that were changed, added or removed, and those
     * that refer to a cohort or flag that was. Schedules and steps of a share are no changes. On a thread of the store;
     * the listener must not block. If there is a change while it is being added, on this thread.
     *
     * @param listener is given the keys, at least one
     */
    public Subscription onChange(Consumer<Set<String>> listener) {
        requireNonNull(listener, "listener");
        return new ChangeListener<>(
                        this,
                        () -> current.flags(),
                        (before, now) -> now.changedSince(before).isEmpty(),
                        (before, now) -> listener.accept(now.changedSince(before)))
                .subscribeTo(listeners);
    }

    /**
     * Reports each change of the value that one context gets of a flag; when a schedule changes it, within about a
     * second. The listener must not block.
     */
    public <T> Subscription onChange(
            String flagKey, T defaultValue, EvaluationContext context, Consumer<EvaluationDetails<T>> listener) {
        requireNonNull(listener, "listener");
        ChangeListener<EvaluationDetails<T>> changes = new ChangeListener<>(
                this,
                () -> details(flagKey, defaultValue, context),
                (before, now) -> Objects.equals(before.value(), now.value()),
                (before, now) -> listener.accept(now));
        Subscription timed = timedListeners.add(now -> {
            CompiledFlag flag = current.flags().get(flagKey);
            if (flag != null && flag.isTimed()) {
                changes.look("a change of the time");
            }
        });
        Subscription subscription = changes.subscribeTo(listeners);
        startUpkeep();
        return () -> {
            subscription.close();
            timed.close();
        };
    }

    /** How often each flag was answered in which way since this node began. */
    public List<EvaluationCount> counts() {
        return current.flags().stream().flatMap(flag -> flag.counts().stream()).toList();
    }

    /** How often the caller's default was given for this reason since this node began. */
    public long errors(ErrorCode error) {
        return environment.counts().sumOf(error);
    }

    /** How old the state may be that decisions are made from: the time since the store could be read. */
    public Duration age() {
        return environment.freshness().age();
    }

    /** Stale flags: those that have expired, or that have been giving everyone the same for a month. */
    public List<ObsoleteFlag> obsolete() {
        return ObsoleteFlag.of(state(), time().now());
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String process() {
        return process;
    }

    @Override
    public Snapshot state() {
        return current.state();
    }

    @Override
    public Snapshot refresh() {
        use(store.read());
        return state();
    }

    @Override
    public Subscription onSnapshot(Consumer<Snapshot> listener) {
        return listeners.add(listener);
    }

    @Override
    public FlagStore store() {
        return store;
    }

    @Override
    public FleetStore fleet() {
        return fleet;
    }

    @Override
    public TimeSource time() {
        return environment.time();
    }

    /** If only the store can show whether it has gone back, and cannot now, it is asked again each second. */
    private void hear(Snapshot snapshot) {
        if (replace(snapshot, null) != null) {
            try {
                use(store.read());
            } catch (Throwable e) { // also an Error of a driver: this state is not reported again
                log.debug("Whether the flag store has gone back cannot be seen yet.", e);
                inDoubt = true;
                startUpkeep();
            }
        }
    }

    /**
     * A state that does not follow the one in use was read before that one, by another thread, or the store has gone
     * back. A read that begins while this state is in use shows which.
     */
    private void use(Snapshot snapshot) {
        SnapshotId doubted = replace(snapshot, null);
        while (doubted != null) {
            doubted = replace(store.read(), doubted);
        }
    }

    /**
     * Uses a state if it follows the one in use, and notifies the listeners.
     *
     * @param readSince the state in use when this one began to be read, if that is known
     * @return null if it is in use now; otherwise the state that is, and that it does not follow
     */
    private @Nullable SnapshotId replace(Snapshot snapshot, @Nullable SnapshotId readSince) {
        SnapshotId notFollowed = post(snapshot, readSince);
        listeners.tellPosted(); // not under the lock: a listener may wait for a thread that reads a state
        return notFollowed;
    }

    /** Under the lock, so listeners are notified of the states in the order in which they are used. */
    private synchronized @Nullable SnapshotId post(Snapshot snapshot, @Nullable SnapshotId readSince) {
        SnapshotId known = current.state().id();
        boolean follows = snapshot.id().follows(known);
        // After a saved state, whatever the store has is newer: it may have gone back.
        boolean saved = environment.freshness().usesSaved();
        if (!follows && !saved && !known.equals(readSince)) {
            return known;
        }
        if (saved || !snapshot.id().equals(known)) {
            current = Compiler.compile(snapshot, environment, current);
            environment.freshness().usesStore();
            listeners.post(snapshot, "revision " + snapshot.revision());
        }
        if (!follows) {
            log.warn(
                    "The flag store has gone back from revision {} to {}, to {}: it was restored, has lost its last changes, or is another store. Flags are"
                            + " decided by what it has now; migrations wait where its state does not follow what their nodes have done.",
                    known.revision(),
                    snapshot.revision(),
                    snapshot.id());
        }
        return null;
    }

    private void upkeep() {
        try {
            readAgain();
        } finally {
            save();
            timedListeners.tell(time().now(), "a change of the time");
        }
    }

    private void readAgain() {
        boolean saved = environment.freshness().usesSaved();
        if (saved || inDoubt) {
            try {
                use(saved ? store.readRemembered() : store.read());
                inDoubt = false;
                log.info("The flag store can be read again, at revision {}.", current.revision());
            } catch (RuntimeException e) {
                log.debug("The flag store cannot be read yet.", e);
            }
        }
    }

    private void save() {
        if (lastKnownGood != null && !environment.freshness().usesSaved()) {
            lastKnownGood.save(state());
        }
    }

    /** Ends the watch, and the store if it came with {@link #from}. Decisions continue from the last state. */
    @Override
    public void close() {
        stopUpkeep();
        if (presence != null) {
            presence.close();
        }
        try {
            subscription.close();
        } finally { // whatever a store throws
            save();
            if (ownsStore) {
                store.close();
            }
        }
    }

    /** Builds {@link Flags}. Not thread-safe. */
    public static final class Builder {
        private final FlagStore store;
        private final List<Hook> hooks = new ArrayList<>();
        private String name = "node-" + UUID.randomUUID();
        private @Nullable FleetStore fleet;
        private TimeSource time = TimeSource.SYSTEM;
        private Duration staleAfter = Duration.ofMinutes(1);
        private @Nullable Path lastKnownGood;
        private boolean ownsStore;

        private Builder(FlagStore store) {
            this.store = requireNonNull(store, "store");
        }

        /** The node's name in the fleet; default: random. */
        public Builder node(String nodeName) {
            name = requireNonNull(nodeName, "nodeName");
            return this;
        }

        /**
         * The fleet that the node belongs to; default: one of its own. All nodes that work with the data of one
         * migration must share it, also those whose build does not know the migration yet: they are seen by it, and no
         * keys switch to the new path while there are any. A node that only reads flags, or administers them, should
         * have none.
         */
        public Builder fleet(FleetStore fleetStore) {
            fleet = requireNonNull(fleetStore, "fleetStore");
            return this;
        }

        /** The clock; default: the machine's. */
        public Builder time(TimeSource timeSource) {
            time = requireNonNull(timeSource, "timeSource");
            return this;
        }

        /** Adds a hook; default: none. Hooks are asked in the order in which they were added. */
        public Builder hook(Hook hook) {
            hooks.add(requireNonNull(hook, "hook"));
            return this;
        }

        /**
         * Keeps the state in a file of this node, within about a second of each change, and begins from it when the
         * store cannot be read: with the reason {@link Reason#STALE}, until it can. Default: none. The file and the one
         * before it, whose name ends in {@code .previous}, must not be shared with another process.
         */
        public Builder lastKnownGood(Path file) {
            lastKnownGood = requireNonNull(file, "file");
            return this;
        }

        /**
         * How long the store may have been out of reach before answers are called stale.
         *
         * @param age more than zero; default: a minute
         */
        public Builder staleAfter(Duration age) {
            if (age.isNegative() || age.isZero()) {
                throw new IllegalArgumentException(
                        "The age after which answers are stale must be more than zero, but was " + age + ".");
            }
            staleAfter = age;
            return this;
        }

        /**
         * Reads the store and begins to watch it. Blocks.
         *
         * @throws FlagStoreException if neither the store nor a last known good state can be read
         */
        public Flags build() {
            return new Flags(this);
        }
    }
}
