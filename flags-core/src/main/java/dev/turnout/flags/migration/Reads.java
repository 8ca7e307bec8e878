package dev.turnout.flags.migration;

import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Stage;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Where reads go: a read asks the path that answers for its key, confirms that it was right to ask it, and begins again if it was not. Thread-safe;
 * blocks as long as the paths do.
 */
final class Reads<K, V> {
    private final Operations<K> operations;
    private final Routing<K> routing;
    private final Paths<K, V> paths;
    private final Meters meters;
    private final Comparing<K, V> comparing;
    private final Query<K, Optional<V>> records = new Query<>() {
        @Override
        public Optional<V> from(Side side, K key) {
            return paths.read(side, key);
        }

        @Override
        public Optional<V> fromBoth(Operation<K> operation) {
            return paths.readAgreed(operation);
        }

        @Override
        public void compare(K key, Side authority, Optional<V> answer) {
            comparing.compare(key, authority, answer);
        }
    };

    Reads(Operations<K> operations, Paths<K, V> paths, Meters meters, Comparing<K, V> comparing) {
        this.operations = operations;
        this.routing = operations.routing();
        this.paths = paths;
        this.meters = meters;
        this.comparing = comparing;
    }

    /** One kind of read. */
    private interface Query<K, T> {
        /** What one path answers. */
        T from(Side side, K key);

        /** What both paths answer, when they agree. */
        T fromBoth(Operation<K> operation);

        /** The answer may be compared with the other path. */
        void compare(K key, Side authority, T answer);
    }

    private <T> T answer(K key, Query<K, T> query) {
        while (true) {
            OperationEpochs.Epoch<Route> epoch = routing.current();
            Stage stage = routing.stage(key, epoch.value());
            if (stage == Stage.SYNC) {
                return counted(key, query);
            }
            T answer = query.from(stage.side(), key);
            if (routing.isConfirmed(epoch)) {
                if (stage.isCompared()) {
                    query.compare(key, stage.side(), answer);
                }
                return answer;
            }
        }
    }

    /** A read of both paths: it may change the one that lags behind, so it is counted in, as writes are. */
    private <T> T counted(K key, Query<K, T> query) {
        Operation<K> operation = operations.begin(key);
        return operation.run(() -> {
            Stage stage = operations.enter(operation, Stage.SYNC);
            // While it is counted in, no keys switch sides.
            T answer = stage == Stage.SYNC ? query.fromBoth(operation) : query.from(stage.side(), key);
            if (!operation.holdsLease()) {
                throw routing.refused();
            }
            return answer;
        });
    }

    Optional<V> get(K key) {
        return answer(key, records);
    }

    /** Each key as {@link #get} does it, with one call of each path for those that it answers for. */
    Map<K, V> getAll(Collection<K> keys) {
        Set<K> all = new LinkedHashSet<>(keys);
        while (true) {
            OperationEpochs.Epoch<Route> epoch = routing.current();
            Map<Stage, Set<K>> byStage = byStage(all, epoch.value());
            Set<K> moving = byStage.remove(Stage.SYNC);
            Map<K, V> answers = new HashMap<>();
            bySide(byStage).forEach((side, some) -> {
                Map<K, V> found = paths.readAll(side, some);
                some.stream().filter(found::containsKey).forEach(key -> answers.put(key, found.get(key)));
            });
            if (routing.isConfirmed(epoch)) {
                compare(byStage, answers);
                if (moving != null) {
                    moving.forEach(key -> get(key).ifPresent(record -> answers.put(key, record)));
                }
                return answers;
            }
        }
    }

    private Map<Stage, Set<K>> byStage(Set<K> keys, Route route) {
        Map<Stage, Set<K>> byStage = new EnumMap<>(Stage.class);
        for (K key : keys) {
            byStage.computeIfAbsent(routing.stage(key, route), stage -> new LinkedHashSet<>())
                    .add(key);
        }
        return byStage;
    }

    private static <K> Map<Side, Set<K>> bySide(Map<Stage, Set<K>> byStage) {
        Map<Side, Set<K>> bySide = new EnumMap<>(Side.class);
        byStage.forEach((stage, keys) -> bySide.computeIfAbsent(stage.side(), side -> new LinkedHashSet<>())
                .addAll(keys));
        return bySide;
    }

    private void compare(Map<Stage, Set<K>> byStage, Map<K, V> answers) {
        byStage.forEach((stage, keys) -> {
            if (stage.isCompared()) {
                keys.forEach(key -> comparing.compare(key, stage.side(), Optional.ofNullable(answers.get(key))));
            }
        });
    }

    <T> T read(K key, Supplier<T> oldRead, Supplier<T> newRead) {
        return answer(key, new Query<K, T>() {
            @Override
            public T from(Side side, K asked) {
                return read(side, oldRead, newRead);
            }

            @Override
            public T fromBoth(Operation<K> operation) {
                return agreed(operation, oldRead, newRead);
            }

            @Override
            public void compare(K asked, Side authority, T answer) {
                comparing.compare(asked, oldRead, newRead);
            }
        });
    }

    private <T> T read(Side side, Supplier<T> oldRead, Supplier<T> newRead) {
        return side == Side.OLD ? meters.oldReads.time(oldRead) : meters.newReads.time(newRead);
    }

    private <T> T agreed(Operation<K> operation, Supplier<T> oldRead, Supplier<T> newRead) {
        while (true) {
            var unused = paths.readAgreed(operation); // brings the path that lags behind up to the other
            T now = meters.newReads.time(newRead);
            if (Objects.equals(meters.oldReads.time(oldRead), now)) {
                return now;
            }
            operations.awaitOrFail(
                    operation,
                    "The key is moving to the other path, and what its two paths answer did not agree in time; try again.");
        }
    }

    <T> T readAll(Supplier<T> oldRead, Supplier<T> newRead) {
        while (true) {
            OperationEpochs.Epoch<Route> epoch = routing.current();
            MigrationState.Complete complete = complete(epoch);
            if (complete.onlyNow()) {
                // Another node may be beyond, and have written to the other path alone, so the flag store is asked
                // before and after.
                operations.refresh();
                epoch = routing.current();
                complete = complete(epoch);
            }
            T answer = read(complete.side(), oldRead, newRead);
            if (complete.onlyNow()) {
                operations.refresh();
            }
            if (routing.isConfirmed(epoch)) {
                return answer;
            }
        }
    }

    private MigrationState.Complete complete(OperationEpochs.Epoch<Route> epoch) {
        MigrationState state = epoch.value().state();
        Stage override = epoch.value().override();
        if (override == Stage.SHADOW) {
            return new MigrationState.Complete(Side.OLD, false); // as an operator vouches for
        }
        if (override != null) {
            throw new IllegalStateException("Migration '" + state.name() + "' was overridden with " + override
                    + " on this node, so which path holds every record is unknown. Read key by key.");
        }
        MigrationState.Complete complete = state.completePath(paths.isVersioned());
        if (complete.side() == Side.BOTH) {
            throw new IllegalStateException("Migration '" + state.name() + "' is at " + state.position()
                    + ": no path holds every record, so a read of many keys has no right answer. Read key by key, or bring all"
                    + " keys to one side first.");
        }
        return complete;
    }
}
