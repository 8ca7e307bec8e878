package dev.turnout.flags.migration;

import dev.turnout.flags.spi.Journal;
import dev.turnout.flags.spi.Member;
import dev.turnout.flags.spi.Node;
import dev.turnout.flags.stage.Blocker;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Slice;
import dev.turnout.flags.store.Change;
import java.util.List;

/** Knows when a sweep of all keys may begin, and writes down that it has finished. */
final class Sweeps {
    private Sweeps() {}

    static FullSweep begin(Node node, String migration, Journal<?> recorded, Fences fences) {
        FleetSighting seen = FleetSighting.of(node.fleet(), migration, recorded); // before the state
        MigrationState state = node.refresh().document().migrations().get(migration);
        long dualSince = state == null ? 0 : dualSince(state);
        if (state == null || dualSince == 0) {
            throw new IllegalStateException(
                    "Migration '" + migration + "' writes no key to both paths, so a sweep would be outdated as it"
                            + " goes. Move it to DUAL_WRITE first.");
        }
        List<Member> members = seen.members();
        List<Blocker> blockers = Nodes.notAcknowledged(members, seen.strangers(), state.id(), dualSince);
        if (!blockers.isEmpty()) {
            throw new IllegalStateException(
                    "A sweep of migration '" + migration + "' cannot begin before every node writes to both paths,"
                            + " which began with version " + dualSince + ": " + Blocker.messages(blockers) + ".");
        }
        String journal = Nodes.sharedJournal(members, recorded);
        if (journal.isEmpty()) {
            throw new IllegalStateException(
                    "The nodes of migration '" + migration + "' record keys in different journals, so no journal"
                            + " has all keys that change while a sweep runs. Build each node's migration with the same journal.");
        }
        // Before the first key is read: what an evicted node that does not notice writes to one path
        // alone, no journal knows.
        fences.close(dualSince);
        return new Begun(node, migration, state.incarnation(), dualSince, journal);
    }

    private record Begun(Node node, String migration, String incarnation, long dualSince, String journal)
            implements FullSweep {
        @Override
        public String id() {
            return (incarnation.isEmpty() ? "" : incarnation + "-") + "version-" + dualSince + "-" + journal;
        }

        @Override
        public void finished(String by) {
            StateEdits.of(node)
                    .existing(
                            migration,
                            Change.by(by, "every key of both paths was swept"),
                            // In an entry that was created meanwhile, the same version means another state.
                            current -> current.incarnation().equals(incarnation)
                                    ? current.swept(dualSince, journal)
                                    : current);
        }
    }

    private static long dualSince(MigrationState state) {
        return state.position()
                .slices()
                .filter(slice -> slice.stage().isDual())
                .mapToLong(Slice::dualSince)
                .max()
                .orElse(0);
    }
}
