package dev.turnout.flags.migration;

import dev.turnout.flags.spi.Journal;
import dev.turnout.flags.stage.Blocker;
import java.util.List;

/**
 * What was seen of a migration's fleet and of its journal at one moment. Immutable.
 *
 * @param fleet what was seen of the fleet
 * @param journal the one journal in which all members record keys, and its generation, as slices remember it; empty if they do not share one
 * @param depth how many keys wait for repair, of the first 10,000 entries
 * @param quarantined the first of the quarantined keys
 * @param flightsKnown whether the journal knows the operations in flight on all nodes
 */
record Sighting(FleetSighting fleet, String journal, long depth, List<Blocker> quarantined, boolean flightsKnown) {
    static final int MOST_ENTRIES_COUNTED = 10_000;
    private static final int MOST_QUARANTINED_TOLD = 3;

    /** Copies. */
    Sighting {
        quarantined = List.copyOf(quarantined);
    }

    /**
     * Looks at the journal, after the fleet: before a member is evicted whose entries may be lost, the generation of the journal grows. Read the other
     * way round, one that is evicted between the two would neither be missing in the journal nor be missed in the fleet. Blocks.
     */
    static Sighting of(FleetSighting fleet, Journal<?> journal) {
        return new Sighting(
                fleet,
                Nodes.sharedJournal(fleet.members(), journal),
                journal.depth(MOST_ENTRIES_COUNTED),
                journal.quarantined(MOST_QUARANTINED_TOLD).stream()
                        .<Blocker>map(key -> new Blocker.KeyQuarantined(String.valueOf(key.key()), key.problem()))
                        .toList(),
                journal.knowsOperationsInFlight());
    }
}
