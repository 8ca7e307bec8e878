package dev.turnout.flags.migration;

import dev.turnout.flags.document.EntryKey;
import dev.turnout.flags.migration.World.Event;
import dev.turnout.flags.spi.Member;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.store.Change;
import dev.turnout.flags.store.Snapshot;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Operators set goals, pause, bring all nodes back manually; and what becomes of the flag store's entry without their
 * wanting it.
 */
final class OperatorEvents implements Part {
    private final World world;
    private int goals = 1;
    private int pauses;
    private boolean adopted;
    private boolean accident;
    private final Set<String> interrupted = new TreeSet<>();

    OperatorEvents(World world) {
        this.world = world;
    }

    @Override
    public void addEvents(List<Event> events) {
        boolean mayGoOn = world.scope.hasty || (world.state().isAtGoal() && !world.controllers.areActive());
        if (hasMoreGoals() && mayGoOn && isOverrideOver()) {
            events.add(new Event("goal " + world.scope.goals.get(goals), true, this::nextGoal));
        }
        if (world.scope.overrides) {
            addOverrides(events);
        }
        addPauses(events);
        Scope.Accident what = world.scope.accident;
        if (what != null && !accident) {
            events.add(new Event(what.text, true, () -> happens(what)));
        }
    }

    /** As far as operators see: of a node that has lost contact they see nothing. */
    private boolean isOverrideOver() {
        return !world.scope.overrides
                || (adopted && world.nodes.stream().noneMatch(node -> node.isInContact() && node.override() != null));
    }

    boolean hasMoreGoals() {
        return goals < world.scope.goals.size();
    }

    void nextGoal() {
        edit(world.state().withGoal(world.scope.goals.get(goals++)));
    }

    private void edit(MigrationState wanted) {
        Snapshot now = world.store.read();
        world.store.apply(Change.by("explorer", "moves").put(wanted, now.idOf(EntryKey.migration(World.NAME))));
        world.baton.happened();
    }

    private void addPauses(List<Event> events) {
        if (pauses < world.scope.pauses && !world.state().isAtGoal()) {
            events.add(new Event("operator pauses", true, () -> {
                pauses++;
                edit(world.state().paused(true));
            }));
        }
        if (world.state().paused()) {
            events.add(
                    new Event("operator resumes", true, () -> edit(world.state().paused(false))));
        }
    }

    private void happens(Scope.Accident what) {
        accident = true;
        switch (what) {
            case LOSES_LAST_CHANGE -> world.store.goBack(1);
            case SET_BACK -> world.store.goBack(Integer.MAX_VALUE);
            case DELETED ->
                world.store.apply(Change.by("explorer", "deletes")
                        .remove(
                                EntryKey.migration(World.NAME),
                                world.store.read().idOf(EntryKey.migration(World.NAME))));
        }
        world.baton.happened();
    }

    private void addOverrides(List<Event> events) {
        List<ModelNode> alive = world.nodes.stream().filter(ModelNode::isAlive).toList();
        if (adopted) {
            alive.stream().filter(node -> node.override() != null).forEach(node -> addEnd(events, node));
            return;
        }
        boolean allOverridden = alive.stream().allMatch(node -> node.override() != null);
        for (ModelNode node : alive) {
            Stage next = allOverridden ? Stage.SHADOW : Stage.SYNC;
            if (node.override() == null || (allOverridden && node.override() == Stage.SYNC)) {
                events.add(new Event("operator overrides " + node.name() + " with " + next, true, () -> {
                    node.migration.overrideStage(next, "explorer", "tries");
                    world.baton.happened();
                }));
            }
        }
        if (alive.stream().allMatch(node -> node.override() == Stage.SHADOW) && areAllBack()) {
            events.add(new Event("operator adopts the override", true, this::adopt));
        }
    }

    private void adopt() {
        adopted = true;
        world.controllers.first().adoptOverride("explorer", "adopts");
        world.baton.happened();
    }

    private boolean areAllBack() {
        List<Member> members = world.fleet.members(World.NAME);
        return members.stream().allMatch(member -> member.override() == Stage.SHADOW);
    }

    private void addEnd(List<Event> events, ModelNode node) {
        if (world.scope.interrupted && !interrupted.contains(node.name())) {
            events.add(new Event(
                    "operator ends the override of " + node.name() + ", and the flag store fails", true, () -> {
                        interrupted.add(node.name());
                        node.whileFlagStoreFails(node.migration::endOverride);
                        world.baton.happened();
                    }));
        } else if (node.missed == null && world.state().isOnOldSide()) {
            events.add(new Event("operator ends the override of " + node.name(), true, () -> {
                Looks.ignoringFailures(node.migration::endOverride);
                world.baton.happened();
            }));
        }
    }

    /** When all comes to rest. */
    void rest() {
        if (world.state().paused()) {
            edit(world.state().paused(false));
        }
        if (adopted) {
            world.nodes.stream()
                    .filter(ModelNode::isAlive)
                    .forEach(node -> Looks.ignoringFailures(node.migration::endOverride));
        }
        if (world.state().isAtGoal() && hasMoreGoals()) {
            nextGoal();
        }
    }

    @Override
    public String state() {
        return goals + "." + pauses + adopted + accident + interrupted;
    }
}
