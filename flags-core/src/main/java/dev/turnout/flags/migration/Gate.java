package dev.turnout.flags.migration;

import dev.turnout.flags.stage.Blocker;
import dev.turnout.flags.stage.Stage;
import java.util.List;

/**
 * What stands between the keys of a migration and a stage, by what is known now.
 *
 * @param to the stage, for all keys
 * @param cost what the way there takes
 * @param keys how many keys wait for repair, where the cost is their sweep, of the first 10,000 entries of the journal; 0 otherwise
 * @param blockers what has to happen first, with the names of nodes; empty if the way is open
 */
public record Gate(Stage to, Cost cost, long keys, List<Blocker> blockers) {
    /** What a move takes, from cheap to dear. */
    public enum Cost {
        /** The keys are there. */
        NOTHING,
        /** A new version, without waiting for any node. */
        ONE_VERSION,
        /** Two versions, and between them the acknowledgement of every node. */
        ACKNOWLEDGEMENTS,
        /** The same, and a sweep of the keys that the journal has recorded. */
        SWEEP_OF_RECORDED_KEYS,
        /** A sweep of all keys first, such as a backfill; then the same. */
        SWEEP_OF_ALL_KEYS
    }

    /** Copies. */
    public Gate {
        blockers = List.copyOf(blockers);
    }

    /** Whether the controller would get there by itself. */
    public boolean isOpen() {
        return blockers.isEmpty();
    }
}
