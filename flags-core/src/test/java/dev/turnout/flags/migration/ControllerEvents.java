package dev.turnout.flags.migration;

import dev.turnout.flags.migration.World.Event;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Side;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Controllers move keys, and operators backfill. */
final class ControllerEvents implements Part {
    private final World world;
    private final List<Controller> controllers = new ArrayList<>();
    private @Nullable Controller atRest;
    private boolean sweptEarly; // and counts whatever comes

    ControllerEvents(World world) {
        this.world = world;
        for (int i = 0; i < world.scope.controllers; i++) {
            controllers.add(Controller.of(world.nodes.get(i).migration));
        }
    }

    Controller first() {
        return controllers.get(0);
    }

    boolean areActive() {
        return world.looks.isActive("control");
    }

    @Override
    public void addEvents(List<Event> events) {
        for (int i = 0; i < controllers.size(); i++) {
            addEvents(events, i);
        }
    }

    private void addEvents(List<Event> events, int number) {
        String name = "control " + number;
        ModelNode node = world.nodes.get(number);
        if (world.looks.isActive(name) || !node.isInContact() || world.state().isAtGoal()) {
            return;
        }
        Controller controller = controllers.get(number);
        if (world.looks.hasChangedFor(name)) {
            events.add(new Event(
                    "controller " + number + " looks",
                    true,
                    () -> world.looks.start(name, node, () -> step(controller))));
        }
        String backfill = name + " backfills";
        if (number == 0 && isUnswept() && world.looks.hasChangedFor(backfill)) {
            events.add(new Event("a backfill begins", true, () -> world.looks.start(backfill, node, this::backfill)));
        }
        boolean mayCount = world.scope.removed.contains(Rule.SWEEP_IN_SYNC) && !sweptEarly;
        if (number == 0 && mayCount) {
            events.add(new Event(
                    "a sweep begins",
                    true,
                    () -> world.looks.start(name + " sweeps", node, () -> {
                        node.migration.sweepRecorded();
                        sweptEarly = true;
                    })));
        }
    }

    private boolean isUnswept() {
        String used = world.journal.idNow();
        return world.state()
                .position()
                .slices()
                .anyMatch(slice -> slice.stage().isDual() && !slice.journal().equals(used));
    }

    private void step(Controller controller) {
        RecordedSweep before = controller.walk.recordedSweep;
        if (sweptEarly) {
            ModelNode node = world.nodes.get(0);
            controller.walk.recordedSweep = ofEverything(node.migration.state(node.state()));
        }
        controller.step();
        if (world.scope.removed.contains(Rule.SWEEP_ID) && !controller.walk.recordedSweep.equals(before)) {
            controller.walk.recordedSweep = ofEverything(world.state());
            controller.step();
        }
    }

    /** A sweep that counts for all there is in a state. */
    private RecordedSweep ofEverything(MigrationState of) {
        return RecordedSweep.of(of, of.position().slices().toList(), world.journal.idNow());
    }

    private void backfill() {
        Migration<Integer, String> migration = world.nodes.get(0).migration;
        FullSweep sweep = migration.beginSweep();
        for (int key : world.scope.keys()) {
            Side source = Route.of(
                            World.NAME,
                            world.store.read(),
                            migration.fence.current().value().tenure())
                    .sliceOf(String.valueOf(key))
                    .cameFrom();
            migration.reconciler().reconcile(key, source);
        }
        sweep.finished("explorer");
    }

    /** When all comes to rest. */
    void rest() {
        if (atRest == null) { // the other controllers may be in the middle of a look, whose next call is never made
            atRest = Controller.of(world.nodes.get(0).migration);
        }
        Looks.ignoringFailures(atRest::step);
        if (!world.state().isAtGoal()) {
            Looks.ignoringFailures(this::backfill);
        }
    }

    @Override
    public String state() {
        StringBuilder text = new StringBuilder();
        controllers.forEach(
                controller -> text.append(controller.walk.recordedSweep).append('.'));
        return text.append(sweptEarly).toString();
    }
}
