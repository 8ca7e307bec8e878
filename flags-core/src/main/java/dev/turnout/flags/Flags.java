package dev.turnout.flags;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.fleet.FleetStore;
import dev.turnout.flags.fleet.InMemoryFleetStore;
import dev.turnout.flags.fleet.Node;
import dev.turnout.flags.rule.Cohort;
import dev.turnout.flags.rule.Flag;
import dev.turnout.flags.rule.FlagType;
import dev.turnout.flags.store.FlagStore;
import dev.turnout.flags.store.FlagStore.Subscription;
import dev.turnout.flags.store.Snapshot;
import dev.turnout.flags.store.TimeSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way in: answers what a flag says for a context, from an immutable snapshot that its store keeps up to date. Thread-safe. Deciding
 * never throws, blocks or does I/O: what can't be answered is answered with the caller's default, and the details say why.
 *
 * <pre>{@code
 * try (Flags flags = Flags.from(FileFlagStore.watching(Path.of("flags.yaml")))) {
 *   if (flags.isOn("new-checkout", EvaluationContext.of("user-42"))) { ... }
 * }
 * }</pre>
 */
public final class Flags implements Node, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Flags.class);

    /** A snapshot made ready to decide. */
    private record Compiled(Snapshot snapshot, Map<String, CompiledFlag> flags) {
        static Compiled from(Snapshot snapshot, @Nullable Compiled previous) {
            Map<String, Cohort> cohorts = snapshot.document().cohorts();
            Map<String, CompiledFlag> flags = new HashMap<>();
            for (Flag flag : snapshot.document().flags().values()) {
                CompiledFlag before = previous == null ? null : previous.flags().get(flag.key());
                boolean same = before != null
                        && previous != null
                        && before.isOf(flag, previous.snapshot().document().cohorts(), cohorts);
                flags.put(flag.key(), same && before != null ? before : new CompiledFlag(flag, cohorts));
            }
            return new Compiled(snapshot, flags);
        }
    }

    private final FlagStore store;
    private final String name;
    private final FleetStore fleet;
    private final TimeSource time;
    private final boolean ownsStore;
    private final List<Consumer<Snapshot>> listeners = new CopyOnWriteArrayList<>();
    private final Subscription subscription;
    // Volatile, and read once for each decision: two reads could mix two revisions.
    private volatile Compiled current;

    private Flags(Builder builder) {
        store = builder.store;
        name = builder.name;
        fleet = builder.fleet;
        time = builder.time;
        ownsStore = builder.ownsStore;
        // Watch first, read then: a change between the two is seen by at least one of them.
        current = Compiled.from(Snapshot.EMPTY, null);
        subscription = store.watch(this::use);
        try {
            use(store.read());
        } catch (RuntimeException e) {
            subscription.close();
            throw e;
        }
    }

    /**
     * Flags from a store, of which this object becomes the owner. Blocks until the store was read once.
     *
     * @throws dev.turnout.flags.store.FlagStoreException if it can't be read
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

    /** Whether a boolean flag is on; {@code false} if it can't be asked. */
    public boolean isOn(String flagKey, EvaluationContext context) {
        CompiledFlag flag = current.flags.get(flagKey);
        return flag != null
                && flag.flag().type() == FlagType.BOOLEAN
                && Boolean.TRUE.equals(flag.decide(context).value());
    }

    /**
     * A flag's value, of the type of {@code defaultValue}.
     *
     * @param defaultValue the answer if there is no such flag, if it is turned off, or of another type
     */
    public <T> T value(String flagKey, T defaultValue, EvaluationContext context) {
        return valueOf(decide(current, flagKey, defaultValue, context), defaultValue);
    }

    /** A flag's value and why it came out as it did; see {@link #value}. */
    public <T> EvaluationDetails<T> details(String flagKey, T defaultValue, EvaluationContext context) {
        Compiled compiled = current;
        Outcome outcome = decide(compiled, flagKey, defaultValue, context);
        return new EvaluationDetails<>(
                flagKey,
                valueOf(outcome, defaultValue),
                outcome,
                compiled.snapshot().revision());
    }

    private static Outcome decide(Compiled compiled, String flagKey, Object defaultValue, EvaluationContext context) {
        CompiledFlag flag = compiled.flags().get(flagKey);
        if (flag == null) {
            return Outcome.NOT_FOUND;
        }
        return flag.flag().type().accepts(defaultValue) ? flag.decide(context) : Outcome.WRONG_TYPE;
    }

    @SuppressWarnings("unchecked") // decide() has compared the flag's type with the default's
    private static <T> T valueOf(Outcome outcome, T defaultValue) {
        Object value = outcome.value();
        return value == null ? defaultValue : (T) value;
    }

    /**
     * Tells of each change of one flag, or of a cohort that it refers to: that it may answer differently from now on. On a thread of the
     * store; the listener must not block.
     */
    public Subscription onChange(String flagKey, Runnable listener) {
        requireNonNull(listener, "listener");
        return new Object() {
            private @Nullable CompiledFlag last = current.flags.get(flagKey);

            Subscription subscribe() {
                return onSnapshot(snapshot -> {
                    CompiledFlag now = current.flags.get(flagKey);
                    if (!Objects.equals(last, now)) {
                        last = now;
                        listener.run();
                    }
                });
            }
        }.subscribe();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Snapshot snapshot() {
        return current.snapshot;
    }

    @Override
    public Snapshot refresh() {
        use(store.read());
        return snapshot();
    }

    @Override
    public Subscription onSnapshot(Consumer<Snapshot> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
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
        return time;
    }

    /** Under the lock, so that listeners hear of one state at a time, and never of an older one later. */
    private synchronized void use(Snapshot snapshot) {
        if (snapshot.revision() <= current.snapshot.revision()) {
            return;
        }
        current = Compiled.from(snapshot, current);
        for (Consumer<Snapshot> listener : listeners) {
            try {
                listener.accept(snapshot);
            } catch (RuntimeException e) {
                log.error(
                        "A listener failed on revision {}; the others are told all the same.", snapshot.revision(), e);
            }
        }
    }

    /** Ends the watch, and the store if it came with {@link #from}. Decisions go on from the last state. */
    @Override
    public void close() {
        subscription.close();
        if (ownsStore) {
            store.close();
        }
    }

    /** Builds {@link Flags}. Not thread-safe. */
    public static final class Builder {
        private final FlagStore store;
        private String name = "node-" + UUID.randomUUID();
        private FleetStore fleet = new InMemoryFleetStore();
        private TimeSource time = TimeSource.SYSTEM;
        private boolean ownsStore;

        private Builder(FlagStore store) {
            this.store = requireNonNull(store, "store");
        }

        /** The node's name in the fleet; default: random. */
        public Builder node(String nodeName) {
            name = requireNonNull(nodeName, "nodeName");
            return this;
        }

        /** The fleet that the node belongs to; default: one of its own. All nodes that route one migration must share it. */
        public Builder fleet(FleetStore fleetStore) {
            fleet = requireNonNull(fleetStore, "fleetStore");
            return this;
        }

        /** The clock; default: the machine's. */
        public Builder time(TimeSource timeSource) {
            time = requireNonNull(timeSource, "timeSource");
            return this;
        }

        /**
         * Reads the store and begins to watch it. Blocks.
         *
         * @throws dev.turnout.flags.store.FlagStoreException if the store can't be read
         */
        public Flags build() {
            return new Flags(this);
        }
    }
}
