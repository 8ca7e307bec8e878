package dev.turnout.flags.migration;

import dev.turnout.flags.migration.Baton.Ending;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Stage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;

/** The records of a store with versions; a path with versions, or one that hides them. Each call is a step, which may fail in all ways. */
final class ModelPath implements VersionedDataPath<Integer, String> {
    private final Side side;
    private final World world;
    private final Baton baton;
    private final Set<Rule> removed;
    private final List<Runnable> late = new ArrayList<>();
    private final Map<Integer, Versioned<String>> records = new TreeMap<>();
    private ModelPath other = this;
    final ModelFence fence;

    /** @param filled whether it has what callers have written before all begins */
    ModelPath(Side side, World world, boolean filled) {
        this.side = side;
        this.world = world;
        baton = world.baton;
        removed = world.scope.removed;
        fence = new ModelFence(baton, removed);
        Versioned<String> first =
                filled && !world.scope.absent ? Versioned.of(Version.FIRST, Oracle.FIRST) : Versioned.absent();
        world.scope.keys().forEach(key -> records.put(key, first));
    }

    Versioned<String> record(int key) {
        return Objects.requireNonNull(records.get(key));
    }

    void beside(ModelPath otherPath) {
        other = otherPath;
    }

    /** Calls that failed for their caller, and will take effect. */
    List<Runnable> late() {
        return late;
    }

    private <T> T call(String name, boolean writes, T nothing, Supplier<T> effect) {
        Ending ending = baton.step(side + "." + name, true);
        try {
            return ended(ending, writes, nothing, effect);
        } finally {
            Baton.returns(world::hasLapsed);
        }
    }

    private <T> T ended(Ending ending, boolean writes, T nothing, Supplier<T> effect) {
        if (ending == Ending.ENDS_WITH_AN_ERROR) {
            throw new ModelError();
        }
        if (ending == Ending.FAILS_AND_COMES_LATE && writes) {
            late.add(() -> baton.note(effect.get()));
        }
        if (ending == Ending.FINE || ending == Ending.FAILS_AFTER) {
            if (writes && world.scope.nestedWrites) {
                ModelFence.writeElsewhere();
            }
            if (writes) {
                fence.check();
            }
            T result = effect.get();
            if (ending == Ending.FINE) {
                baton.note(result);
                return result;
            }
        }
        if (writes && isForgiven()) {
            return nothing; // the failure is not reported
        }
        throw new IllegalStateException(side + " failed");
    }

    private boolean isForgiven() {
        boolean second = side == Side.NEW && Baton.began(Stage.SYNC) && removed.contains(Rule.SYNC_NEEDS_BOTH);
        boolean first = side == Side.OLD && Baton.began(Stage.LIVE) && removed.contains(Rule.LIVE_NEEDS_BOTH);
        return isOperation() && (first || second);
    }

    /** A caller's operation, and not a repair, a sweep or a mirror write. */
    private static boolean isOperation() {
        return Baton.current().startsWith("w");
    }

    private static boolean isReader() {
        String name = Baton.current();
        return name.startsWith("r") && !name.startsWith("repair");
    }

    @Override
    public Versioned<String> read(Integer key) {
        boolean inSync = isReader() && Baton.began(Stage.SYNC);
        if (side == Side.NEW && inSync && removed.contains(Rule.SYNC_READ_BOTH)) {
            return Versioned.absent();
        }
        Versioned<String> found = call("read", false, Versioned.absent(), () -> record(key));
        return side == Side.NEW && isOperation() && removed.contains(Rule.CONSULT_BOTH) ? Versioned.absent() : found;
    }

    @Override
    public Map<Integer, String> getAll(Set<Integer> keys) {
        return call("get", false, Map.of(), () -> {
            Map<Integer, String> found = new TreeMap<>();
            keys.forEach(key -> record(key).value().ifPresent(value -> found.put(key, value)));
            return found;
        });
    }

    @Override
    public boolean writeIfNewer(Integer key, Versioned<String> written) {
        if (isReader() && removed.contains(Rule.SYNC_READ_PUSH)) {
            return true;
        }
        if (isOperation() && isOtherFirst()) {
            return other.write(key, written);
        }
        return write(key, written);
    }

    private boolean isOtherFirst() {
        return (Baton.began(Stage.SYNC) && removed.contains(Rule.SYNC_OLD_FIRST))
                || (Baton.began(Stage.LIVE) && removed.contains(Rule.LIVE_OLD_FIRST));
    }

    private boolean write(Integer key, Versioned<String> written) {
        return call("write", true, true, () -> {
            boolean newer = written.isNewerThan(record(key)) || isUnguarded();
            if (newer) {
                boolean forgets = written.value().isEmpty() && removed.contains(Rule.TOMBSTONE);
                records.put(key, forgets ? Versioned.absent() : written);
            }
            return newer;
        });
    }

    private boolean isUnguarded() {
        String name = Baton.current();
        boolean push = isReader() || name.startsWith("repair") || name.startsWith("control");
        return removed.contains(push ? Rule.GUARD_PUSH : Rule.GUARD_WRITE);
    }

    @Override
    public boolean replace(Integer key, Version expected, Versioned<String> written) {
        return call("replace", true, true, () -> {
            boolean same = record(key).version().equals(expected) || removed.contains(Rule.GUARD_UPDATE);
            if (same) {
                records.put(key, written);
            }
            return same;
        });
    }

    /** The same record, as a path that keeps no versions. */
    DataPath<Integer, String> plain() {
        return new DataPath<>() {
            @Override
            public Optional<String> get(Integer key) {
                return call("get", false, Optional.empty(), () -> record(key).value());
            }

            @Override
            public Map<Integer, String> getAll(Set<Integer> keys) {
                return ModelPath.this.getAll(keys);
            }

            @Override
            public void put(Integer key, String value) {
                boolean done = call("put", true, true, () -> {
                    records.put(key, Versioned.of(Version.FIRST, value));
                    return true;
                });
                baton.note(done);
            }

            @Override
            public void delete(Integer key) {
                boolean done = call("delete", true, true, () -> {
                    records.put(key, Versioned.absent());
                    return true;
                });
                baton.note(done);
            }
        };
    }

    /** What a function of a caller reads. */
    Optional<String> ask(Integer key) {
        return call("get", false, Optional.empty(), () -> record(key).value());
    }

    /** What a query reads, in one moment. */
    Map<Integer, Optional<String>> askAll() {
        return call("get", false, Map.of(), () -> {
            Map<Integer, Optional<String>> all = new TreeMap<>();
            records.forEach((key, record) -> all.put(key, record.value()));
            return all;
        });
    }

    boolean agreesWith(ModelPath another, int key) {
        return record(key).version().equals(another.record(key).version()) && !differsFrom(another, key);
    }

    boolean differsFrom(ModelPath another, int key) {
        return !record(key).value().equals(another.record(key).value());
    }

    void letLateCallsArrive() {
        late.forEach(Runnable::run);
        late.clear();
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        records.forEach((key, record) -> text.append(record.value().orElse(Oracle.NOTHING))
                .append('@')
                .append(record.version())
                .append(' '));
        return text + "+" + late.size() + (world.scope.fences ? fence : "");
    }
}
