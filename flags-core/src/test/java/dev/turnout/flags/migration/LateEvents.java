package dev.turnout.flags.migration;

import java.util.List;

/** Calls that failed for their caller take effect. */
final class LateEvents implements Part {
    private final World world;

    LateEvents(World world) {
        this.world = world;
    }

    @Override
    public void addEvents(List<World.Event> events) {
        for (ModelPath path : List.of(world.oldPath, world.newPath)) {
            if (!path.late().isEmpty()) {
                events.add(new World.Event("what came late takes effect", true, () -> {
                    path.late().remove(0).run();
                    world.baton.happened();
                }));
            }
        }
    }
}
