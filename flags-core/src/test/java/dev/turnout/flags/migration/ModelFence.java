package dev.turnout.flags.migration;

import dev.turnout.flags.repair.Journal;
import dev.turnout.flags.store.TimeSource;
import java.util.OptionalLong;

/** A fence in the store of one path: no write passes that began by a version below what was closed. */
final class ModelFence implements PathFence {
    private final Baton baton;
    private long closedBelow;

    ModelFence(Baton baton) {
        this.baton = baton;
    }

    @Override
    public void close(long below) {
        baton.step("fence.close", false);
        closedBelow = Math.max(closedBelow, below);
    }

    /** In the transaction of a write. */
    void check() {
        OptionalLong version = CurrentWrite.version();
        if (version.isPresent() && version.getAsLong() < closedBelow) {
            throw new FencedException("The write began by version " + version.getAsLong() + ".");
        }
    }

    /** A path that writes somewhere else too, through another migration with fences, before it writes here. */
    static void writeElsewhere() {
        Operation.Context<Integer> elsewhere = new Operation.Context<>(
                "elsewhere", Journal.inMemory(), true, true, TimeSource.SYSTEM, new Operation.Unended());
        var unused = new Operation<>(elsewhere, 1, Long.MAX_VALUE).run(() -> true);
    }

    @Override
    public String toString() {
        return "<" + closedBelow;
    }
}
