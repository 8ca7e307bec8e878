package dev.turnout.flags.migration;

import dev.turnout.flags.stage.OldPath;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Slice;
import org.jspecify.annotations.Nullable;

/**
 * The fences in the two paths' stores, if they have any.
 *
 * @param ofOld that of the old path
 * @param ofNew that of the new path
 */
record Fences(@Nullable PathFence ofOld, @Nullable PathFence ofNew) {
    static final Fences NONE = new Fences(null, null);

    boolean areSet() {
        return ofOld != null && ofNew != null;
    }

    /**
     * Keys of this slice are about to leave {@link dev.turnout.flags.stage.Stage#SYNC} for the other side: closes the fence of each path that a
     * node which does not know that could acknowledge a write by. In LIVE with versions that is the old path alone, which takes every write
     * first, so that the way back needs nothing of the new one.
     */
    void closeBehind(Slice crossing) {
        if (ofOld != null) {
            ofOld.close(crossing.since());
        }
        boolean newAlone = crossing.cameFrom() == Side.NEW && crossing.oldPath() != OldPath.COMPLETE;
        if (ofNew != null && newAlone) {
            ofNew.close(crossing.since());
        }
    }
}
