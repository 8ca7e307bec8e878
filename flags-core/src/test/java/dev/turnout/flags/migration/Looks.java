package dev.turnout.flags.migration;

import dev.turnout.flags.migration.Baton.Actor;
import dev.turnout.flags.migration.Baton.Ending;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Controllers and repairs, which look whether there is something to do: to look again before anything has changed would be in vain. */
final class Looks {
    private final World world;
    private final Map<String, Long> lookedAt = new TreeMap<>(); // how much had changed when an actor ended

    Looks(World world) {
        this.world = world;
    }

    private List<String> names() {
        return world.baton.actors().stream().map(actor -> actor.name).collect(Collectors.toCollection(ArrayList::new));
    }

    boolean isActive(String prefix) {
        return world.baton.actors().stream().anyMatch(actor -> actor.name.startsWith(prefix));
    }

    /** Whether something has changed since the actor of this name has looked last. */
    boolean hasChangedFor(String name) {
        return lookedAt.getOrDefault(name, -1L) != world.baton.changes();
    }

    /** Begins to look, and makes the first step. */
    void start(String name, ModelNode node, Runnable body) {
        Supplier<?> sees = world.scope.versioned ? () -> "" : node::toString; // where an entry has no source
        world.baton.start(name, node.number, sees, () -> {
            world.baton.note(node);
            ignoringFailures(body);
        });
        Actor actor = world.baton.actors().get(world.baton.actors().size() - 1);
        world.baton.resume(actor, Ending.FINE);
        if (actor.ended) {
            lookedAt.put(name, world.baton.changes());
        }
    }

    static void ignoringFailures(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException | ModelError e) {
            Baton.current(); // a store failed, or another actor was faster: it is done again
        }
    }

    /** Notes which actors have ended to look meanwhile. */
    void during(Runnable event) {
        List<String> looking = names();
        event.run();
        looking.removeAll(names());
        looking.removeIf(name -> !name.startsWith("control") && !name.startsWith("repair"));
        looking.forEach(name -> lookedAt.put(name, world.baton.changes()));
    }

    @Override
    public String toString() {
        return lookedAt.keySet().stream().filter(name -> !hasChangedFor(name)).collect(Collectors.joining());
    }
}
