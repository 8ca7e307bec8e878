package dev.turnout.flags.jdbc.soak;

import dev.turnout.flags.migration.Version;
import dev.turnout.flags.migration.Versioned;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * What feature flag vendors' migration flags do: the six stages that users know, a stage per call, the authority first and the other path's failure
 * reported to nothing that could repair it. No fence, no journal, no versions. The stage is the value of a flag.
 */
final class VendorRouter implements Router {
    /** The flag that has it. */
    static final String FLAG = "vendor-stage";

    private final Supplier<String> stage;
    private final ItemPath oldPath;
    private final ItemPath newPath;

    VendorRouter(Supplier<String> stage, ItemPath oldPath, ItemPath newPath) {
        this.stage = stage;
        this.oldPath = oldPath;
        this.newPath = newPath;
    }

    @Override
    public Optional<String> get(long key) {
        return switch (stage.get()) {
            case "LIVE", "RAMP_DOWN", "COMPLETE" -> newPath.get(key);
            default -> oldPath.get(key);
        };
    }

    @Override
    public void put(long key, String value) {
        write(key, Versioned.of(anyVersion(), value));
    }

    @Override
    public void delete(long key) {
        write(key, Versioned.deleted(anyVersion()));
    }

    /** The table has the columns, so something has to be in them; nothing reads it. */
    private static Version anyVersion() {
        return new Version(1, ThreadLocalRandom.current().nextLong());
    }

    private void write(long key, Versioned<String> record) {
        switch (stage.get()) {
            case "DUAL_WRITE", "SHADOW" -> both(oldPath, newPath, key, record);
            case "LIVE", "RAMP_DOWN" -> both(newPath, oldPath, key, record);
            case "COMPLETE" -> newPath.overwrite(key, record);
            default -> oldPath.overwrite(key, record);
        }
    }

    private static void both(ItemPath authority, ItemPath other, long key, Versioned<String> record) {
        authority.overwrite(key, record);
        try {
            other.overwrite(key, record);
        } catch (StoreException e) {
            // a line in a log
        }
    }

    @Override
    public Optional<String> update(long key, UnaryOperator<String> change) {
        Optional<String> changed = get(key).map(change);
        changed.ifPresent(value -> put(key, value));
        return changed;
    }

    @Override
    public int stages(long key) {
        return 0;
    }

    @Override
    public boolean isRefusal(RuntimeException e) {
        return false;
    }

    @Override
    public void close() {}
}
