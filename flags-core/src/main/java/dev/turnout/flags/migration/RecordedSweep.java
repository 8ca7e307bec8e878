package dev.turnout.flags.migration;

import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Slice;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * A sweep of the recorded keys that has finished, and what it counts for: the slices that every node had acknowledged when it began. Another
 * slice, also one that entered {@link dev.turnout.flags.stage.Stage#SYNC} while it ran, needs a sweep of its own. Immutable.
 *
 * @param incarnation of the entry whose versions the slices name
 * @param slices as they were when it began; a slice that entered its stage again, or was merged with another, is not the same
 * @param journal whose keys were swept, as slices remember it
 */
record RecordedSweep(String incarnation, Set<Slice> slices, String journal) {
    /** Before the first one. */
    static final RecordedSweep NONE = new RecordedSweep("", Set.of(), "");

    /** Copies, and keeps the order. */
    RecordedSweep {
        slices = Collections.unmodifiableSet(new LinkedHashSet<>(slices));
    }

    static RecordedSweep of(MigrationState state, Collection<Slice> slices, String journal) {
        return new RecordedSweep(state.incarnation(), new LinkedHashSet<>(slices), journal);
    }

    /** Whether keys of this slice of that state have been swept. */
    boolean covers(MigrationState state, Slice slice, String sharedJournal) {
        return incarnation.equals(state.incarnation()) && journal.equals(sharedJournal) && slices.contains(slice);
    }

    /** Whether all its slices still wait to switch sides in that state. */
    boolean isFor(MigrationState state) {
        return incarnation.equals(state.incarnation()) && state.crossing().containsAll(slices);
    }
}
