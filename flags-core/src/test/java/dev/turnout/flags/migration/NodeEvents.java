package dev.turnout.flags.migration;

import dev.turnout.flags.migration.World.Event;
import dev.turnout.flags.store.Snapshot;
import java.util.List;

/** Nodes learn of moves, start, crash, lose contact to their fleet and find it again. */
final class NodeEvents implements Part {
    private final World world;
    private int crashes;
    private int lapses;
    private int starts;
    private boolean wentBack;

    NodeEvents(World world) {
        this.world = world;
    }

    @Override
    public void addEvents(List<Event> events) {
        world.nodes.stream().filter(node -> !node.crashed).forEach(node -> addEvents(events, node));
        if (starts < world.scope.starts) {
            events.add(new Event("n" + world.nodes.size() + " starts", true, () -> {
                starts++;
                Looks.ignoringFailures(world::addNode); // it may be refused a place in the fleet
                world.baton.happened();
            }));
        }
    }

    private void addEvents(List<Event> events, ModelNode node) {
        if (node.isBehind()) {
            events.add(new Event(node.name() + " hears of the next state", true, () -> {
                node.observe();
                world.baton.happened();
            }));
        }
        if (world.scope.removed.contains(Rule.MONOTONE) && node.hasSeenMoves() && !wentBack) {
            events.add(new Event(node.name() + " goes back", false, () -> goBack(node)));
        }
        if (node.missed != null && node.isAlive()) {
            events.add(new Event(node.name() + " reports", true, node::report));
        }
        boolean mayFail = node.number > 0 && node.missed == null && !node.closed;
        if (mayFail && crashes < world.scope.crashes) {
            events.add(new Event(node.name() + " crashes", false, () -> {
                crashes++;
                node.crashed = true;
                world.watching.misses(node);
                world.baton.happened();
            }));
        } else if (node.number > 0 && node.missed != null && crashes < world.scope.crashes) {
            events.add(new Event(node.name() + " crashes", false, () -> {
                crashes++;
                node.crashed = true;
                world.baton.happened();
            }));
        }
        if (mayFail && lapses < world.scope.lapses) {
            events.add(new Event("the lease of " + node.name() + " lapses", false, () -> {
                lapses++;
                world.watching.misses(node);
                if (!world.scope.fences) {
                    node.lapse(World.LEASE);
                }
                world.baton.actors().stream()
                        .filter(actor -> actor.node == node.number && actor.isAtPath())
                        .forEach(actor -> actor.overtaken = true);
                world.baton.happened();
            }));
        }
    }

    private void goBack(ModelNode node) {
        wentBack = true;
        Snapshot older = node.previous();
        OperationEpochs<Route> fence = node.migration.fence;
        fence.replace(Route.of(World.NAME, older, fence.current().value().tenure()));
        world.baton.happened();
    }

    @Override
    public String state() {
        return crashes + "." + lapses + "." + starts + wentBack;
    }
}
