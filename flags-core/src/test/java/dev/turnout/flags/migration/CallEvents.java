package dev.turnout.flags.migration;

import dev.turnout.flags.migration.Baton.Actor;
import dev.turnout.flags.migration.Baton.Ending;
import dev.turnout.flags.migration.World.Event;
import java.util.List;

/** Each actor makes the call of a store that it stands before; it may fail, before or after it took effect, or take effect later. */
final class CallEvents implements Part {
    private final World world;
    private int faults;
    private int journalFaults;
    private int storeFaults;
    private int errors;
    private int lateEffects;

    CallEvents(World world) {
        this.world = world;
    }

    @Override
    public void addEvents(List<Event> events) {
        for (Actor actor : List.copyOf(world.baton.actors())) {
            boolean dead = actor.node >= 0 && world.nodes.get(actor.node).crashed;
            if (!dead && world.baton.isReady(actor)) {
                addEvents(events, actor);
            }
        }
    }

    private void addEvents(List<Event> events, Actor actor) {
        Scope scope = world.scope;
        String step = actor.name + " " + actor.at;
        events.add(new Event(step, true, () -> world.baton.resume(actor, Ending.FINE)));
        if (actor.mayFail && mayFail(actor)) {
            events.add(new Event(step + " fails", false, () -> fail(actor, Ending.FAILS_BEFORE)));
            events.add(new Event(step + " fails after it took effect", false, () -> fail(actor, Ending.FAILS_AFTER)));
        }
        if (actor.mayFail && actor.isAtPath() && errors < scope.errors) {
            events.add(new Event(step + " ends with an Error", false, () -> {
                errors++;
                world.baton.resume(actor, Ending.ENDS_WITH_AN_ERROR);
            }));
        }
        if (actor.isWriting() && lateEffects < scope.lateEffects) {
            events.add(new Event(step + " fails and comes late", false, () -> {
                lateEffects++;
                world.baton.resume(actor, Ending.FAILS_AND_COMES_LATE);
            }));
        }
    }

    private boolean mayFail(Actor actor) {
        if (actor.isAtJournal()) {
            return journalFaults < world.scope.journalFaults;
        }
        return actor.isAtPath() ? faults < world.scope.faults : storeFaults < world.scope.storeFaults;
    }

    private void fail(Actor actor, Ending ending) {
        if (actor.isAtJournal()) {
            journalFaults++;
        } else if (actor.isAtPath()) {
            faults++;
        } else {
            storeFaults++;
        }
        world.baton.resume(actor, ending);
    }

    @Override
    public String state() {
        StringBuilder text =
                new StringBuilder(faults + "." + journalFaults + "." + storeFaults + "." + errors + "." + lateEffects);
        world.baton.actors().stream()
                .filter(actor -> actor.node < 0 || !world.nodes.get(actor.node).crashed)
                .map(actor -> actor.name
                        + actor.at
                        + actor.history
                        + world.baton.isReady(actor)
                        + actor.overtaken
                        + actor.outlived
                        + isOutdated(actor))
                .sorted()
                .forEach(text::append);
        return text.toString();
    }

    private boolean isOutdated(Actor actor) {
        // In SYNC, until both paths agree.
        boolean looksAgain = world.scope.readsUntilAgreed() && actor.name.matches("r\\d+");
        return looksAgain && world.baton.isOutdated(actor);
    }
}
