package dev.turnout.flags.migration;

import dev.turnout.flags.spi.Journal;
import dev.turnout.flags.spi.PathFence;
import dev.turnout.flags.store.TimeSource;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;

/**
 * A fence in the store of one path: no write passes that began by a version below what was closed, or that is one of a
 * refused member.
 */
final class ModelFence implements PathFence {
    private final Baton baton;
    private final Set<Rule> removed;
    private final Set<String> refused = new TreeSet<>();
    private long closedBelow;

    ModelFence(Baton baton, Set<Rule> removed) {
        this.baton = baton;
        this.removed = removed;
    }

    @Override
    public void close(long below) {
        baton.step("fence.close", false);
        closedBelow = Math.max(closedBelow, below);
    }

    @Override
    public void refuse(String member) {
        Baton.Ending ending = baton.step("fence.refuse", true);
        if (ending != Baton.Ending.FAILS_BEFORE && !removed.contains(Rule.REFUSE)) {
            refused.add(member);
        }
        if (ending != Baton.Ending.FINE) {
            throw new IllegalStateException("the fence failed");
        }
    }

    /** In the transaction of a write. */
    void check() {
        OptionalLong version = CurrentWrite.version();
        if (version.isPresent() && version.getAsLong() < closedBelow) {
            throw new FencedException("The write began by version " + version.getAsLong() + ".");
        }
        CurrentWrite.member().filter(refused::contains).ifPresent(member -> {
            throw new FencedException("The write is one of " + member + ".");
        });
    }

    /** A path that writes somewhere else too, through another migration with fences, before it writes here. */
    static void writeElsewhere() {
        Operation.Context<Integer> elsewhere = new Operation.Context<>(
                "elsewhere", Journal.inMemory(), true, true, TimeSource.SYSTEM, new Operation.Unended());
        var unused = new Operation<>(elsewhere, 1, Long.MAX_VALUE).run(() -> true);
    }

    @Override
    public String toString() {
        return "<" + closedBelow + refused;
    }
}
