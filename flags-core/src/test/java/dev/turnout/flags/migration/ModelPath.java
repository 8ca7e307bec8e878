package dev.turnout.flags.migration;

import dev.turnout.flags.migration.Baton.Ending;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Stage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** One record in a store with versions; a path with versions, or one that hides them. Each call is a step, which may fail in all ways. */
final class ModelPath implements VersionedDataPath<Integer, String> {
    private final Side side;
    private final Baton baton;
    private final Set<Rule> removed;
    private final List<Runnable> late = new ArrayList<>();
    Versioned<String> record;
    private ModelPath other = this;

    ModelPath(Side side, Baton baton, Set<Rule> removed, Versioned<String> record) {
        this.side = side;
        this.baton = baton;
        this.removed = removed;
        this.record = record;
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
        if (ending == Ending.FAILS_AND_COMES_LATE && writes) {
            late.add(() -> baton.note(effect.get()));
        }
        if (ending == Ending.FINE || ending == Ending.FAILS_AFTER) {
            T result = effect.get();
            if (ending == Ending.FINE) {
                baton.note(result);
                return result;
            }
        }
        if (writes && isForgiven()) {
            return nothing; // nobody hears that it failed
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
        Versioned<String> found = call("read", false, Versioned.absent(), () -> record);
        return side == Side.NEW && isOperation() && removed.contains(Rule.CONSULT_BOTH) ? Versioned.absent() : found;
    }

    @Override
    public boolean writeIfNewer(Integer key, Versioned<String> written) {
        if (isReader() && removed.contains(Rule.SYNC_READ_PUSH)) {
            return true;
        }
        if (isOperation() && isOtherFirst()) {
            return other.write(written);
        }
        return write(written);
    }

    private boolean isOtherFirst() {
        return (Baton.began(Stage.SYNC) && removed.contains(Rule.SYNC_OLD_FIRST))
                || (Baton.began(Stage.LIVE) && removed.contains(Rule.LIVE_OLD_FIRST));
    }

    private boolean write(Versioned<String> written) {
        return call("write", true, true, () -> {
            boolean newer = written.isNewerThan(record) || isUnguarded();
            if (newer) {
                boolean forgets = written.value().isEmpty() && removed.contains(Rule.TOMBSTONE);
                record = forgets ? Versioned.absent() : written;
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
            boolean same = record.version().equals(expected) || removed.contains(Rule.GUARD_UPDATE);
            if (same) {
                record = written;
            }
            return same;
        });
    }

    /** The same record, as a path that keeps no versions. */
    DataPath<Integer, String> plain() {
        return new DataPath<>() {
            @Override
            public Optional<String> get(Integer key) {
                return call("get", false, Optional.empty(), () -> record.value());
            }

            @Override
            public void put(Integer key, String value) {
                boolean done = call("put", true, true, () -> {
                    record = Versioned.of(Version.FIRST, value);
                    return true;
                });
                baton.note(done);
            }

            @Override
            public void delete(Integer key) {
                boolean done = call("delete", true, true, () -> {
                    record = Versioned.absent();
                    return true;
                });
                baton.note(done);
            }
        };
    }

    boolean agreesWith(ModelPath another) {
        return record.version().equals(another.record.version())
                && record.value().equals(another.record.value());
    }

    @Override
    public String toString() {
        return record.value().orElse("nothing") + "@" + record.version() + "+" + late.size();
    }
}
