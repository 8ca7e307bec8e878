package dev.turnout.flags.migration;

import dev.turnout.flags.migration.World.Event;
import java.util.List;

/** Repair on the first node, and what nodes could not tell the journal and tell it later. */
final class RepairEvents implements Part {
    private final World world;

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
        for (ModelNode node : world.nodes) {
            if (!node.crashed && world.journal.isSomethingWaiting(node)) {
                events.add(new Event(node.name() + " tells the journal what it could not", true, () -> {
                    world.journal.storeWhatWaits(node);
                    world.baton.happened();
                }));
            }
        }
    }
}
