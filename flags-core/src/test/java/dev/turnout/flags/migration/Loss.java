package dev.turnout.flags.migration;

import static dev.turnout.flags.stage.Stage.COMPLETE;
import static dev.turnout.flags.stage.Stage.LIVE;
import static dev.turnout.flags.stage.Stage.OFF;
import static dev.turnout.flags.stage.Stage.RAMP_DOWN;
import static dev.turnout.flags.stage.Stage.SHADOW;

import dev.turnout.flags.migration.Scope.Accident;
import dev.turnout.flags.migration.Scope.Kind;
import dev.turnout.flags.migration.Scope.Recorded;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.Stage;
import java.util.List;
import java.util.stream.Stream;

/**
 * Something that once went wrong in the production code, and the world in which the exploration found it.
 *
 * @param never what must not happen again
 * @param trace in which order of events it happened, as far as it can still be followed
 */
record Loss(String never, Scope world, List<String> trace) {
    private static Loss of(String never, Scope world, String... trace) {
        return new Loss(never, world, List.of(trace));
    }

    private static Scope world(Stage... stages) {
        return new Scope(stages);
    }

    static Stream<Loss> all() {
        return Stream.of(slices(), journals(), overrides(), accidents(), oldBuilds(), operations(), fences())
                .flatMap(losses -> losses);
    }

    private static Stream<Loss> slices() {
        return Stream.of(
                of(
                        "the sweep of one slice counts for another one that not every node had acknowledged",
                        world(SHADOW)
                                .goal(Goal.of(LIVE).with(World.COHORT, SHADOW))
                                .goal(Goal.of(LIVE).with(World.COHORT, LIVE))
                                .hasty()
                                .put(1)
                                .faults(1),
                        "controller 0 looks",
                        "control 0 store.apply",
                        "goal LIVE {vip=LIVE}",
                        "n0 hears of the next state",
                        "controller 0 looks",
                        "control 0 store.apply",
                        "n1 hears of the next state",
                        "controller 0 looks",
                        "control 0 journal.keys",
                        "control 0 store.apply",
                        "w0 begins on n1",
                        "w0 journal.record",
                        "w0 OLD.read",
                        "w0 OLD.write",
                        "mirror of w0 begin",
                        "mirror of w0 NEW.write fails",
                        "mirror of w0 journal.handOver",
                        "n1 hears of the next state",
                        "n1 hears of the next state",
                        "controller 0 looks",
                        "control 0 store.apply"),
                of(
                        "a read of all keys in LIVE lacks what a node in RAMP_DOWN has acknowledged",
                        world(LIVE, RAMP_DOWN).put(0).with(Kind.READ_ALL, 1),
                        "controller 0 looks",
                        "control 0 store.apply",
                        "w0 begins on n0",
                        "w0 journal.record",
                        "w0 NEW.read",
                        "w0 NEW.write",
                        "r1 begins on n1",
                        "r1 OLD.get"),
                of(
                        "a read of all keys lacks what is acknowledged in a slice on its way, before its sweep",
                        world(SHADOW, RAMP_DOWN)
                                .cohortAt(RAMP_DOWN)
                                .put(1)
                                .ofOther()
                                .with(Kind.READ_ALL, 0)
                                .faults(1),
                        "w0 begins on n1",
                        "w0 journal.record",
                        "w0 OLD.read",
                        "w0 OLD.write",
                        "controller 0 looks",
                        "control 0 store.apply",
                        "n1 hears of the next state",
                        "r1 begins on n0",
                        "r1 NEW.get"));
    }

    private static Stream<Loss> journals() {
        return Stream.of(
                of(
                        "without versions, a hand-over that comes late is repaired backwards",
                        world(SHADOW, COMPLETE)
                                .plain()
                                .records(Recorded.TABLE)
                                .put(1)
                                .put(0)
                                .lapses(1),
                        "controller 0 looks",
                        "w0 begins on n1",
                        "w0 journal.record",
                        "w0 OLD.put",
                        "control 0 store.apply",
                        "n1 hears of the next state",
                        "the lease of n1 lapses",
                        "w1 begins on n0",
                        "n1 is counted out",
                        "controller 0 looks",
                        "repair begins",
                        "repair 0 journal.claim",
                        "w1 pause",
                        "repair 0 OLD.get",
                        "repair 0 NEW.put",
                        "w1 pause",
                        "repair 0 OLD.get",
                        "repair 0 journal.repaired",
                        "w1 pause",
                        "control 0 journal.keys",
                        "control 0 store.apply",
                        "mirror of w0 begin",
                        "mirror of w0 journal.handOver",
                        "w1 pause",
                        "w1 NEW.put",
                        "repair 0 journal.claim",
                        "repair 0 OLD.get",
                        "repair 0 NEW.put"),
                of(
                        "without versions, an entry that could not be cleared outlives its crossing, and is repaired backwards",
                        world(SHADOW, COMPLETE)
                                .plain()
                                .records(Recorded.TABLE)
                                .put(1)
                                .put(0)
                                .journalFaults(1)
                                .crashes(1),
                        "w0 begins on n1",
                        "w0 journal.record fails after it took effect",
                        "controller 0 looks",
                        "control 0 store.apply",
                        "w1 begins on n0",
                        "n1 hears of the next state",
                        "controller 0 looks",
                        "control 0 journal.keys",
                        "control 0 journal.claim",
                        "control 0 journal.repaired",
                        "control 0 store.apply",
                        "n1 crashes",
                        "w1 pause",
                        "w1 NEW.put",
                        "n1 is counted out",
                        "what n1 left goes to repair",
                        "repair begins",
                        "repair 0 journal.claim",
                        "repair 0 OLD.get",
                        "repair 0 NEW.put"));
    }

    private static Stream<Loss> overrides() {
        return Stream.of(
                of(
                        "the entry of an overridden node is repaired while its write is under way",
                        world(LIVE).overrides().put(1).faults(1),
                        "operator overrides n1 with SYNC",
                        "operator overrides n0 with SYNC",
                        "operator overrides n0 with SHADOW",
                        "operator overrides n1 with SHADOW",
                        "w0 begins on n1",
                        "w0 journal.record",
                        "what by-hand-n1 left goes to repair",
                        "repair begins",
                        "repair 0 journal.claim",
                        "repair 0 OLD.read",
                        "operator adopts the override",
                        "controller 0 looks",
                        "operator ends the override of n0",
                        "controller 0 looks",
                        "operator ends the override of n1",
                        "controller 0 looks",
                        "control 0 store.apply",
                        "w0 OLD.read",
                        "w0 OLD.write",
                        "mirror of w0 begin",
                        "mirror of w0 NEW.write fails",
                        "repair 0 NEW.read",
                        "repair 0 journal.repaired",
                        "repair 0 journal.claim",
                        "mirror of w0 journal.handOver",
                        "n1 hears of the next state"),
                of(
                        "a write that began under an override is told when its node has lost contact, long after the override",
                        world(LIVE, COMPLETE).overrides().put(1).lapses(1),
                        "operator overrides n0 with SYNC",
                        "operator overrides n1 with SYNC",
                        "operator overrides n0 with SHADOW",
                        "operator overrides n1 with SHADOW",
                        "operator adopts the override",
                        "operator ends the override of n0",
                        "w0 begins on n1",
                        "w0 journal.record",
                        "operator ends the override of n1",
                        "the lease of n1 lapses",
                        "w0 OLD.read",
                        "w0 OLD.write"),
                of(
                        "an overridden node is evicted, and goes on",
                        world(LIVE, COMPLETE).overrides().put(0).lapses(1),
                        "operator overrides n0 with SYNC",
                        "operator overrides n1 with SYNC",
                        "operator overrides n0 with SHADOW",
                        "operator overrides n1 with SHADOW",
                        "operator adopts the override",
                        "operator ends the override of n0",
                        "the lease of n1 lapses",
                        "n1 is counted out",
                        "controller 0 looks",
                        "control 0 store.apply",
                        "goal COMPLETE",
                        "n0 hears of the next state",
                        "controller 0 looks",
                        "control 0 store.apply",
                        "controller 0 looks",
                        "control 0 journal.keys",
                        "control 0 store.apply",
                        "w0 begins on n0",
                        "w0 NEW.read",
                        "w0 NEW.write"),
                of(
                        "an override that could not be ended leaves its lease behind",
                        world(LIVE).interruptedEnds().put(1).lapses(1),
                        "operator overrides n0 with SYNC",
                        "operator overrides n1 with SYNC",
                        "operator overrides n0 with SHADOW",
                        "operator overrides n1 with SHADOW",
                        "operator adopts the override",
                        "the lease of n1 lapses",
                        "operator ends the override of n1, and the flag store fails",
                        "w0 begins on n1",
                        "w0 journal.record",
                        "w0 OLD.read",
                        "w0 OLD.write"));
    }

    private static Stream<Loss> accidents() {
        return Stream.of(
                of(
                        "a node starts on the wrong side when the entry was deleted",
                        world(COMPLETE).put(0).read(2).starts(1).accident(Accident.DELETED),
                        "the entry is deleted",
                        "n0 hears of the next state",
                        "n1 hears of the next state",
                        "n2 starts",
                        "w0 begins on n0",
                        "w0 NEW.read",
                        "w0 NEW.write"),
                of(
                        "nodes route by two versions of one number when the flag store has lost a crossing",
                        world(SHADOW, LIVE, SHADOW)
                                .hasty()
                                .controllers(2)
                                .put(1)
                                .accident(Accident.LOSES_LAST_CHANGE),
                        "controller 0 looks",
                        "control 0 store.apply",
                        "n1 hears of the next state",
                        "controller 0 looks",
                        "control 0 journal.keys",
                        "control 0 store.apply",
                        "the flag store loses its last change",
                        "goal SHADOW",
                        "n1 hears of the next state",
                        "controller 1 looks",
                        "control 1 store.apply",
                        "n0 hears of the next state",
                        "w0 begins on n1",
                        "w0 journal.record",
                        "w0 OLD.read",
                        "w0 OLD.write"),
                of(
                        "a read in SYNC takes what another node wrote for a stray when the flag store was set back",
                        world(SHADOW, COMPLETE).put(0).read(2).starts(1).accident(Accident.SET_BACK),
                        "controller 0 looks",
                        "control 0 store.apply",
                        "n2 starts",
                        "r1 begins on n2",
                        "r1 OLD.read",
                        "r1 NEW.read",
                        "n1 hears of the next state",
                        "controller 0 looks",
                        "control 0 journal.keys",
                        "control 0 store.apply",
                        "the flag store is set back to its first state",
                        "n0 hears of the next state",
                        "n1 hears of the next state",
                        "n2 hears of the next state",
                        "w0 begins on n0",
                        "w0 NEW.read",
                        "w0 NEW.write"),
                of(
                        "a read in SYNC takes what another node wrote for a stray when the flag store has lost the crossing",
                        world(SHADOW, COMPLETE).put(0).read(2).starts(1).accident(Accident.LOSES_LAST_CHANGE),
                        "controller 0 looks",
                        "control 0 store.apply",
                        "n2 starts",
                        "n1 hears of the next state",
                        "controller 0 looks",
                        "control 0 journal.keys",
                        "control 0 store.apply",
                        "the flag store loses its last change",
                        "w0 begins on n0",
                        "w0 NEW.read",
                        "w0 NEW.write",
                        "r1 begins on n2",
                        "r1 OLD.read",
                        "r1 NEW.read"),
                of(
                        "a node starts on the wrong side when the flag store was set back",
                        world(SHADOW, COMPLETE).put(0).read(2).starts(1).accident(Accident.SET_BACK),
                        "controller 0 looks",
                        "control 0 store.apply",
                        "n1 hears of the next state",
                        "controller 0 looks",
                        "control 0 journal.keys",
                        "control 0 store.apply",
                        "n1 hears of the next state",
                        "the flag store is set back to its first state",
                        "n2 starts",
                        "w0 begins on n0",
                        "w0 NEW.read",
                        "w0 NEW.write"));
    }

    private static Stream<Loss> oldBuilds() {
        return Stream.of(
                of(
                        "an old build of a node's name is not seen",
                        world(OFF, LIVE)
                                .plain()
                                .nothingCopied()
                                .with(Kind.OLD_BUILD_PUT, 0)
                                .oldBuild("n1"),
                        "controller 0 looks",
                        "control 0 store.apply",
                        "n1 hears of the next state",
                        "controller 0 looks",
                        "a backfill begins",
                        "control 0 backfills OLD.get",
                        "control 0 backfills NEW.put",
                        "control 0 backfills OLD.get",
                        "control 0 backfills store.apply",
                        "n1 hears of the next state",
                        "w0 begins on the old build",
                        "w0 OLD.put",
                        "the old build ends",
                        "controller 0 looks",
                        "control 0 store.apply",
                        "n1 hears of the next state",
                        "controller 0 looks",
                        "control 0 journal.keys",
                        "control 0 store.apply"),
                of(
                        "an old build of a dead node's name is not seen",
                        world(OFF, LIVE)
                                .plain()
                                .nothingCopied()
                                .with(Kind.OLD_BUILD_PUT, 0)
                                .oldBuild("n1")
                                .crashes(1),
                        "controller 0 looks",
                        "control 0 store.apply",
                        "n1 hears of the next state",
                        "a backfill begins",
                        "n1 crashes",
                        "control 0 backfills OLD.get",
                        "control 0 backfills NEW.put",
                        "control 0 backfills OLD.get",
                        "control 0 backfills store.apply",
                        "n1 is counted out",
                        "the old build says that it is there",
                        "w0 begins on the old build",
                        "w0 OLD.put",
                        "the old build ends",
                        "controller 0 looks",
                        "control 0 store.apply",
                        "controller 0 looks",
                        "control 0 journal.keys",
                        "control 0 store.apply"));
    }

    private static Stream<Loss> operations() {
        return Stream.of(
                of(
                        "an update says that there is nothing when its node has lost contact",
                        world(SHADOW).absent().update(1).lapses(1),
                        "w0 begins on n1",
                        "w0 journal.record",
                        "the lease of n1 lapses",
                        "w0 OLD.read",
                        "w0 journal.clear"),
                of(
                        "without versions, an update says that there is nothing when its node has lost contact",
                        world(SHADOW).plain().absent().update(1).lapses(1),
                        "w0 begins on n1",
                        "the lease of n1 lapses",
                        "w0 OLD.get"),
                of(
                        "without versions, an Error of a path ends the acknowledgements of its node",
                        world(LIVE, SHADOW).plain().put(1).errors(1),
                        "controller 0 looks",
                        "w0 begins on n1",
                        "control 0 store.apply",
                        "w0 journal.record",
                        "w0 OLD.put",
                        "w0 NEW.put",
                        "w0 OLD.get ends with an Error",
                        "n1 hears of the next state",
                        "controller 0 looks"),
                of(
                        "without versions, a write inside an update waits for the crossing that waits for the update",
                        world(SHADOW, LIVE).plain().with(Kind.UPDATE_AROUND_PUT, 1),
                        "w0 begins on n1",
                        "controller 0 looks",
                        "control 0 store.apply",
                        "n1 hears of the next state",
                        "w0 OLD.get",
                        "w0 pause",
                        "controller 0 looks"));
    }

    private static Stream<Loss> fences() {
        return Stream.of(
                of(
                        "a write that makes another one inside passes a closed fence",
                        world(SHADOW, RAMP_DOWN).put(1).lapses(1).fences().nestedWrites(),
                        "the lease of n1 lapses",
                        "n1 is counted out",
                        "controller 0 looks",
                        "control 0 store.apply",
                        "controller 0 looks",
                        "control 0 journal.keys",
                        "control 0 fence.close",
                        "control 0 store.apply",
                        "w0 begins on n1",
                        "w0 journal.record",
                        "w0 OLD.read",
                        "w0 OLD.write"),
                of(
                        "an evicted node writes one path alone, behind the back of a backfill",
                        world(OFF, LIVE).put(1).lapses(1).fences(),
                        "the lease of n1 lapses",
                        "controller 0 looks",
                        "control 0 store.apply",
                        "w0 begins on n1",
                        "n1 is counted out",
                        "controller 0 looks",
                        "a backfill begins",
                        "control 0 backfills OLD.read",
                        "w0 OLD.read",
                        "w0 OLD.write",
                        "control 0 backfills NEW.read",
                        "control 0 backfills store.apply",
                        "n1 hears of the next state",
                        "n1 hears of the next state",
                        "n1 reports",
                        "controller 0 looks",
                        "control 0 store.apply",
                        "n1 hears of the next state",
                        "controller 0 looks",
                        "control 0 fence.close",
                        "control 0 journal.keys",
                        "control 0 fence.close",
                        "control 0 store.apply"));
    }

    @Override
    public String toString() {
        return never;
    }
}
