package dev.turnout.flags.migration;

import dev.turnout.flags.migration.World.Event;
import java.time.Duration;
import java.util.List;

/** Repair on the first node, and what nodes could not report to the journal and report later. */
final class RepairEvents implements Part {
    // Longer than any claim lasts, and no lease.
    private static final Duration STANDSTILL = World.LEASE.minusSeconds(5);

    private final World world;
    private int claimEnds;

    RepairEvents(World world) {
        this.world = world;
    }

    @Override
    public void addEvents(List<Event> events) {
        long active = world.baton.actors().stream()
                .filter(actor -> actor.name.startsWith("repair"))
                .count();
        String name = "repair " + (world.looks.isActive("repair 0") ? 1 : 0);
        if (world.journal.hasDue() && active < world.scope.repairs && world.looks.hasChangedFor(name)) {
            ModelNode node = world.nodes.get(0);
            events.add(new Event("repair begins", true, () -> world.looks.start(name, node, node::repair)));
        }
        // A call of a path that writes does not take so long.
        boolean isWritten = world.baton.actors().stream().anyMatch(actor -> actor.isWriting());
        if (claimEnds < world.scope.claimEnds && world.journal.hasClaims() && !isWritten) {
            events.add(new Event("claims end by time", false, this::endClaims));
        }
        for (ModelNode node : world.nodes) {
            if (!node.crashed && world.journal.isSomethingWaiting(node)) {
                events.add(new Event(node.name() + " tells the journal what it could not", true, () -> {
                    world.journal.storeWhatWaits(node);
                    world.baton.happened();
                }));
            }
        }
    }

    private void endClaims() {
        claimEnds++;
        world.journal.endClaims();
        world.nodes.forEach(node -> node.lapse(STANDSTILL));
        world.nodes.stream().filter(ModelNode::isInContact).forEach(ModelNode::report);
        world.baton.happened();
    }

    @Override
    public String state() {
        return String.valueOf(claimEnds);
    }
}
