package dev.turnout.flags.migration;

import static dev.turnout.flags.stage.Stage.COMPLETE;
import static dev.turnout.flags.stage.Stage.DUAL_WRITE;
import static dev.turnout.flags.stage.Stage.LIVE;
import static dev.turnout.flags.stage.Stage.OFF;
import static dev.turnout.flags.stage.Stage.RAMP_DOWN;
import static dev.turnout.flags.stage.Stage.SHADOW;
import static dev.turnout.flags.stage.Stage.SYNC;

import dev.turnout.flags.migration.Scope.Recorded;
import dev.turnout.flags.stage.Stage;
import java.util.List;
import java.util.stream.Stream;

/**
 * Something that goes wrong in a small world without one of the rules.
 *
 * @param never what never happens as long as the rule is kept
 * @param rule what prevents it
 * @param world without any rule removed
 * @param trace the events in which it goes wrong, where they are too many to be found in a moment; empty otherwise
 */
record Hazard(String never, Rule rule, Scope world, List<String> trace) {
    private static Hazard of(String never, Rule rule, Scope world) {
        return new Hazard(never, rule, world, List.of());
    }

    private Hazard along(String... events) {
        return new Hazard(never, rule, world, List.of(events));
    }

    /** How it goes wrong without the rule. */
    Explorer.Result seen(int byChance) {
        Scope without = world.copy().without(rule);
        return trace.isEmpty() ? Explorer.find(without, byChance) : Explorer.along(without, trace);
    }

    private static Scope world(Stage... stages) {
        return new Scope(stages);
    }

    static Stream<Hazard> all() {
        return Stream.of(neighbours(), crossings(), nodes(), bridge(), versions(), repairs(), plain())
                .flatMap(hazards -> hazards);
    }

    private static Stream<Hazard> neighbours() {
        return Stream.of(
                of(
                        "a record that one node has shown is gone on another one that is at another stage",
                        Rule.BRIDGE,
                        world(SHADOW, LIVE).put(0).read(2).nodes(3)),
                of(
                        "a write whose mirror failed is invisible on a node that is ahead",
                        Rule.BRIDGE,
                        world(SHADOW, LIVE).put(1).faults(1)),
                of(
                        "a write of a node in OFF is invisible on a node in LIVE",
                        Rule.BRIDGE,
                        world(OFF, LIVE).put(1)),
                of(
                        "a write of a node in COMPLETE is invisible on a node in SHADOW",
                        Rule.BRIDGE,
                        world(SHADOW, COMPLETE).put(0)),
                of(
                        "two nodes write the paths in opposite orders, and leave them different",
                        Rule.BRIDGE,
                        world(SHADOW, RAMP_DOWN).plain().put(0).put(1)));
    }

    private static Stream<Hazard> crossings() {
        return Stream.of(
                of(
                        "a write whose mirror failed is lost when reads move",
                        Rule.GATE_NEW,
                        world(SHADOW, LIVE).put(0).faults(1)),
                of(
                        "a write whose second path failed is lost on the way back",
                        Rule.GATE_OLD,
                        world(RAMP_DOWN, SHADOW).put(0).faults(1)),
                of(
                        "a node that has not heard of the way back answers from a path that others have left",
                        Rule.CROSS_ACK,
                        world(LIVE, SHADOW).put(0)),
                of(
                        "a write that is under way while the fleet moves is shown, and then gone",
                        Rule.DRAIN,
                        world(SHADOW, LIVE).put(1).read(0)),
                of(
                        "a write that is under way in OFF is missed by the backfill",
                        Rule.DRAIN,
                        world(OFF, LIVE).nothingCopied().put(1)),
                of(
                        "a write that is under way while the fleet moves is missed by the sweep",
                        Rule.DRAIN,
                        world(SHADOW, LIVE).put(1).faults(1)),
                of(
                        "a write of a node that has not heard of SYNC is missed by the sweep",
                        Rule.SWEEP_AFTER_ACK,
                        world(SHADOW, LIVE).put(1).faults(1)),
                of(
                        "a write of a node that has not left OFF is missed by the backfill",
                        Rule.SWEEP_AFTER_ACK,
                        world(OFF, LIVE).nothingCopied().put(1)),
                of(
                        "a write under way in SYNC is shown by the old path, and missed by the sweep",
                        Rule.SWEEP_IN_FLIGHT,
                        world(SHADOW, LIVE).put(0).read(1)),
                of(
                        "keys cross on the strength of a sweep that was made before they came to SYNC",
                        Rule.SWEEP_IN_SYNC,
                        world(RAMP_DOWN, SHADOW).put(1).faults(1)),
                of(
                                "a sweep of an earlier crossing counts for a later one",
                                Rule.SWEEP_ID,
                                world(SYNC, LIVE, SHADOW, LIVE)
                                        .put(1)
                                        .faults(1)
                                        .dirty()
                                        .hasty()
                                        .controllers(2))
                        .along(
                                "controller 0 looks",
                                "control 0 journal.keys",
                                "control 0 journal.claim",
                                "control 0 OLD.read",
                                "goal SHADOW",
                                "n1 hears of the next state",
                                "controller 1 looks",
                                "control 1 store.apply",
                                "w0 begins on n1",
                                "w0 journal.record",
                                "w0 OLD.read",
                                "w0 OLD.write",
                                "mirror of w0 begin",
                                "mirror of w0 NEW.write fails",
                                "mirror of w0 journal.handOver",
                                "goal LIVE",
                                "n1 hears of the next state",
                                "controller 1 looks",
                                "control 1 store.apply",
                                "n0 hears of the next state",
                                "n0 hears of the next state",
                                "n0 hears of the next state",
                                "n0 hears of the next state",
                                "control 0 NEW.read",
                                "control 0 journal.repaired",
                                "control 0 store.apply"),
                of(
                        "keys cross to a path that nobody has filled",
                        Rule.FULL_SWEEP,
                        world(SHADOW, LIVE).nothingCopied()),
                of(
                        "keys come back to a path that lacks what was written without it",
                        Rule.FULL_SWEEP,
                        world(RAMP_DOWN, SHADOW).nothingCopied()));
    }

    private static Stream<Hazard> nodes() {
        return Stream.of(
                of(
                        "a node that nobody has heard of goes on at a stage that the fleet has left",
                        Rule.LEASE,
                        world(SHADOW, RAMP_DOWN).put(0).lapses(1)),
                of(
                        "a node that joins again begins at a stage that the fleet has left",
                        Rule.JOIN,
                        world(SHADOW, RAMP_DOWN).put(0).lapses(1)),
                of(
                        "a node goes back to a stage after it has acknowledged the next",
                        Rule.MONOTONE,
                        world(SHADOW, LIVE).put(1)),
                of(
                        "a write that its node's lease has not outlived is acknowledged, and lost",
                        Rule.LEASE_AT_END,
                        world(SHADOW, LIVE).put(1).read(0).lapses(1)),
                of(
                        "a crash between the two writes leaves paths that differ, and nobody knows",
                        Rule.INTENT,
                        world(SHADOW, LIVE).put(1).crashes(1)));
    }

    private static Stream<Hazard> bridge() {
        return Stream.of(
                of(
                        "a read in SYNC misses what another node has written to the new path",
                        Rule.SYNC_READ_BOTH,
                        world(RAMP_DOWN, SHADOW).put(1).read(0)),
                of(
                        "a read in SYNC shows what the new path does not have yet",
                        Rule.SYNC_READ_PUSH,
                        world(LIVE, SYNC).put(1).read(0)),
                of(
                        "a write acknowledged in SYNC is invisible on a node in LIVE",
                        Rule.SYNC_NEEDS_BOTH,
                        world(SYNC, LIVE).put(1).faults(1)),
                of(
                        "a write of SYNC is shown by the new path, and gone on the old one",
                        Rule.SYNC_OLD_FIRST,
                        world(LIVE, SHADOW).put(0).read(1)),
                of(
                        "a write of LIVE is shown by the new path, and gone on the old one",
                        Rule.LIVE_OLD_FIRST,
                        world(LIVE, SHADOW).put(1).read(1).faults(1)),
                of(
                        "a write acknowledged in LIVE is lost on the way back",
                        Rule.LIVE_NEEDS_BOTH,
                        world(LIVE, SHADOW).put(1).faults(1)));
    }

    private static Stream<Hazard> versions() {
        return Stream.of(
                of(
                        "two writers of one stage leave paths that differ",
                        Rule.GUARD_WRITE,
                        world(SHADOW).put(0).put(1)),
                of(
                        "a call that comes late undoes a later write",
                        Rule.GUARD_WRITE,
                        world(SHADOW, LIVE).put(1).put(0).lateEffects(1).outOfTime()),
                of(
                        "a write gets a version that the other path has passed",
                        Rule.CONSULT_BOTH,
                        world(RAMP_DOWN, LIVE).put(0).put(1)),
                of(
                        "a read in SYNC pushes an old record over a newer one",
                        Rule.GUARD_PUSH,
                        world(SYNC).put(0).put(1).read(0)),
                of(
                        "an update undoes a write that came between its read and its write",
                        Rule.GUARD_UPDATE,
                        world(SHADOW).update(0).put(1)),
                of(
                        "two nodes have both created a record",
                        Rule.GUARD_UPDATE,
                        world(SHADOW).absent().insert(0).insert(1)),
                of(
                        "a backfill goes over a newer write",
                        Rule.GUARD_PUSH,
                        world(DUAL_WRITE, LIVE).nothingCopied().put(0)),
                of(
                        "a backfill brings back a deleted record",
                        Rule.TOMBSTONE,
                        world(DUAL_WRITE, LIVE).nothingCopied().delete(0)),
                of(
                        "a late mirror write brings back a deleted record",
                        Rule.TOMBSTONE,
                        world(SHADOW).delete(0).put(1)));
    }

    private static Stream<Hazard> repairs() {
        return Stream.of(
                of(
                        "repair forgets a write that is under way",
                        Rule.OWNER,
                        world(SHADOW).plain().dirty().put(0).faults(1)),
                of(
                        "repair forgets a write that failed after repair had looked",
                        Rule.SNAPSHOT,
                        world(SHADOW).dirty().put(0).faults(1)));
    }

    private static Stream<Hazard> plain() {
        return Stream.of(
                of(
                        "without versions, a write that began before the crossing undoes one after it",
                        Rule.HOLD,
                        world(SHADOW, COMPLETE).plain().put(0).put(1)),
                of(
                        "without versions, two writers of one stage leave paths that differ",
                        Rule.SETTLE,
                        world(SHADOW).plain().put(0).put(1)),
                of(
                        "without versions, repair copies a record over a newer one",
                        Rule.RECHECK,
                        world(SHADOW).plain().dirty().put(0)),
                of(
                        "without versions, repair copies from the path that lacks the write",
                        Rule.SOURCE,
                        world(RAMP_DOWN).plain().put(0).faults(1)),
                of(
                        "without versions, a controller that lags behind sweeps keys that have crossed",
                        Rule.SWEEP_SOURCE,
                        world(SHADOW, RAMP_DOWN).plain().put(0).put(1).controllers(2)),
                of(
                        "without versions, what a dead node left is copied from the path that its key has left",
                        Rule.SWEEP_ORPHANS,
                        world(SHADOW, COMPLETE).plain().put(0).put(1).crashes(1)),
                of(
                        "without versions, a second repair undoes a write that came after the first",
                        Rule.ONE_REPAIR,
                        world(SHADOW, COMPLETE).plain().dirty().put(1).controllers(2)),
                of(
                        "without versions, a repair that stood still undoes a write that came after its claim was over",
                        Rule.CLAIM_TIME,
                        world(SHADOW, COMPLETE)
                                .plain()
                                .records(Recorded.TABLE)
                                .dirty()
                                .put(1)
                                .controllers(2)
                                .claimEnds(1)),
                of(
                        "without versions, a late write of an evicted node undoes what repair has done",
                        Rule.REFUSE,
                        world(SHADOW).plain().put(1).lapses(1).fences()),
                of(
                                "without versions, the late mirror write of an evicted node undoes a write that is acknowledged after a crossing",
                                Rule.REFUSE,
                                world(SHADOW, RAMP_DOWN)
                                        .plain()
                                        .put(0)
                                        .put(1)
                                        .lapses(1)
                                        .fences())
                        .along(
                                "w1 begins on n1",
                                "the lease of n1 lapses",
                                "w1 journal.record",
                                "w1 OLD.put",
                                "controller 0 looks",
                                "evictor of n1 begins",
                                "evictor of n1 fence.refuse",
                                "evictor of n1 fence.refuse",
                                "what n1 left goes to repair",
                                "repair begins",
                                "w0 begins on n0",
                                "w0 journal.record",
                                "w0 OLD.put",
                                "mirror of w0 begin",
                                "mirror of w0 NEW.put",
                                "mirror of w0 OLD.get",
                                "mirror of w0 journal.clear",
                                "control 0 store.apply",
                                "controller 0 looks",
                                "control 0 fence.close",
                                "control 0 journal.keys",
                                "control 0 journal.claim",
                                "control 0 OLD.get",
                                "control 0 NEW.put",
                                "control 0 OLD.get",
                                "control 0 journal.repaired",
                                "control 0 fence.close",
                                "control 0 store.apply",
                                "mirror of w1 begin",
                                "mirror of w1 NEW.put"));
    }

    @Override
    public String toString() {
        return never;
    }
}
