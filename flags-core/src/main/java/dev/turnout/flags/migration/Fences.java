package dev.turnout.flags.migration;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.spi.PathFence;
import dev.turnout.flags.stage.Facts;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.OldPathState;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Slice;
import org.jspecify.annotations.Nullable;

/**
 * The fences in the two paths' stores, if they have any.
 *
 * @param ofOld that of the old path
 * @param ofNew that of the new path
 * @param versioned whether both paths keep versions
 */
record Fences(@Nullable PathFence ofOld, @Nullable PathFence ofNew, boolean versioned) {
    static final Fences NONE = new Fences(null, null, false);

    boolean areSet() {
        return ofOld != null && ofNew != null;
    }

    Fences ofPaths(boolean areVersioned) {
        return new Fences(ofOld, ofNew, areVersioned);
    }

    /** Makes them ready for the first write. Blocks. */
    void prepare() {
        if (areSet()) {
            requireNonNull(ofOld).prepare();
            requireNonNull(ofNew).prepare();
        }
    }

    /**
     * A member is about to be evicted: nothing of it can take effect afterwards. With versions nothing is done, as late writes are refused by them, and
     * the member has to be evicted also while a path is down. Blocks.
     *
     * @throws RuntimeException if a fence cannot be set; the member must not be evicted then
     */
    void refuse(String member) {
        if (areSet() && !versioned) {
            requireNonNull(ofOld).refuse(member);
            requireNonNull(ofNew).refuse(member);
        }
    }

    /** A sweep of all keys is about to begin, which nodes must not outdate that do not write to both paths yet. */
    void close(long below) {
        if (areSet()) {
            requireNonNull(ofOld).close(below);
            requireNonNull(ofNew).close(below);
        }
    }

    /**
     * Calls {@link #closeBehind} for each slice that may switch sides, in the stores themselves. It comes before a
     * version by which keys switch sides may be published. Blocks.
     */
    void closeBehindCrossing(MigrationState state, Facts facts) {
        if (!state.paused()) {
            state.crossing().stream()
                    .filter(slice -> state.blockers(slice, facts).isEmpty())
                    .forEach(this::closeBehind);
        }
    }

    /**
     * Keys of this slice are about to leave {@link dev.turnout.flags.stage.Stage#SYNC} for the other side: closes the
     * fence of each path by which an unaware node could acknowledge a write. In LIVE with versions that is the old path
     * alone: it takes every write first, so the rollback needs nothing of the new one.
     */
    void closeBehind(Slice crossing) {
        if (ofOld != null) {
            ofOld.close(crossing.since());
        }
        boolean newAlone = crossing.cameFrom() == Side.NEW && crossing.oldPath() != OldPathState.IN_SYNC;
        if (ofNew != null && newAlone) {
            ofNew.close(crossing.since());
        }
    }
}
