package dev.turnout.flags.migration;

import dev.turnout.flags.fleet.Member;
import dev.turnout.flags.fleet.Node;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Slice;
import dev.turnout.flags.stage.Stage;
import java.util.List;

/** Knows when a sweep of all keys may begin, and writes down that it has finished. */
final class Sweeps {
    private final Node node;
    private final String migration;

    Sweeps(Node node, String migration) {
        this.node = node;
        this.migration = migration;
    }

    FullSweep begin() {
        MigrationState state = node.refresh().document().migrations().get(migration);
        long dualSince = state == null
                ? 0
                : state.position()
                        .slices()
                        .filter(slice -> slice.stage().isDual())
                        .mapToLong(Slice::dualSince)
                        .max()
                        .orElse(0);
        if (state == null || dualSince == 0) {
            throw new IllegalStateException("Migration '" + migration
                    + "' writes no key to both paths, so a sweep would be outdated as it goes. " + "Move it to "
                    + Goal.of(Stage.DUAL_WRITE) + " first.");
        }
        List<Member> late = node.fleet().members(migration).stream()
                .filter(member -> member.acknowledged() < dualSince)
                .toList();
        if (!late.isEmpty()) {
            throw new IllegalStateException(
                    "A sweep of migration '" + migration + "' can't begin before every node writes to both paths,"
                            + " which version " + dualSince + " began; but " + Acknowledgements.describe(late) + ".");
        }
        long acknowledged = Math.max(dualSince, Math.min(state.version(), oldestAcknowledged(state)));
        return by -> finished(by, acknowledged);
    }

    private long oldestAcknowledged(MigrationState state) {
        return node.fleet().members(migration).stream()
                .mapToLong(Member::acknowledged)
                .min()
                .orElse(state.version());
    }

    private void finished(String by, long acknowledged) {
        Edits.of(node)
                .migration(migration, by, "every key of both paths was swept", state -> state.swept(acknowledged));
    }
}
