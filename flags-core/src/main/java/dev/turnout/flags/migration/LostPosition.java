package dev.turnout.flags.migration;

import dev.turnout.flags.document.FlagDocument;
import dev.turnout.flags.spi.Member;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.StateId;
import dev.turnout.flags.store.Snapshot;
import java.util.List;
import java.util.Optional;

/**
 * The position by which a fleet routes, and which the flag store has lost: it was set back by a failover or to a backup. Nodes stay where they are, as
 * what they have written since is there; who routes by the last of the lost versions can give it back to the store.
 */
final class LostPosition {
    private LostPosition() {}

    /** Whether a state that a node routes by came later than what the flag store has of the same entry. */
    static boolean isLost(StateId routed, MigrationState stored) {
        return routed.incarnation().equals(stored.incarnation()) && routed.version() > stored.version();
    }

    /**
     * What to store again.
     *
     * @param route by which this node routes
     * @param snapshot of the flag store, read after {@code members} were seen
     * @return empty if another node may know more, or may still learn of what was lost
     * @throws IllegalStateException if it cannot be restored, as a cohort that was set apart has other members now
     */
    static Optional<MigrationState> of(Route route, List<Member> members, Snapshot snapshot, long nowNanos) {
        MigrationState stored =
                snapshot.document().migrations().get(route.state().name());
        if (stored == null || !isLost(route.id(), stored)) {
            return Optional.empty();
        }
        boolean vouchedFor = route.lease().isValid(nowNanos)
                && members.stream()
                        .anyMatch(member -> member.id().equals(route.tenure().owner()));
        boolean isLast = Nodes.notFollowed(members, route.id()).isEmpty();
        // A node that has read the store as it was before may be about to route by a version that this node never read.
        boolean allKnow = members.stream()
                .allMatch(member -> member.override() == null && member.revision() <= snapshot.revision());
        if (!vouchedFor || !isLast || !allKnow) {
            return Optional.empty();
        }
        checkCohorts(route, snapshot.document());
        return Optional.of(route.state().restoredOver(stored));
    }

    private static void checkCohorts(Route route, FlagDocument document) {
        route.cohortThatDiffers(document).ifPresent(cohort -> {
            throw new IllegalStateException(
                    "The flag store has lost " + route.id() + " of migration '"
                            + route.state().name() + "', by which nodes route, and has other members of cohort '"
                            + cohort
                            + "', whose keys are set apart: they would jump between the paths. Restore that cohort's members in the flag store.");
        });
    }
}
