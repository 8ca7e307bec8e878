package dev.turnout.flags.migration;

import dev.turnout.flags.fleet.Member;
import dev.turnout.flags.repair.Journal;
import dev.turnout.flags.stage.Facts;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Slice;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.stage.SweepScope;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** What the law and the facts of one moment say of a migration's moves. Reads the stores when it is made; immutable then. */
final class Gates {
    // More keys than this wait for repair: SYNC would then last as long as their sweep.
    private static final int MOST_KEYS_TO_CROSS_WITH = 1_000;
    private static final int MOST_ENTRIES_COUNTED = 10_000;
    private static final int MOST_PARKED_TOLD = 3;
    private static final String NO_SWEEP =
            "no sweep of all keys is known to have finished, since they are written to both paths, with the journal that the nodes use"
                    + " now: run a backfill";
    private static final String NO_SHARED_JOURNAL =
            "the nodes record keys in different journals, so nobody knows all keys on which the paths may differ: build each node's"
                    + " migration with the same journal";

    private final List<Member> members;
    private final List<Member> strangers;
    private final Facts facts;
    private final long depth;
    private final List<String> parked;
    private final boolean flightsKnown;
    private final long sweptAtVersion;
    private final Function<Slice, Optional<String>> heldUp;

    /** @param sweptAtVersion the version in which the last sweep of the recorded keys began, when every node had acknowledged it */
    Gates(Migration<?, ?> migration, long sweptAtVersion) {
        Journal<?> journal = migration.journal();
        this.strangers = migration.strangers();
        this.members = migration.members();
        this.depth = journal.depth(MOST_ENTRIES_COUNTED);
        this.parked = journal.parked(MOST_PARKED_TOLD).stream()
                .map(key -> "repair has given up key '" + key.key() + "': " + key.problem())
                .toList();
        this.flightsKnown = journal.knowsOperationsInFlight();
        this.sweptAtVersion = sweptAtVersion;
        this.heldUp = migration::heldUp;
        this.facts = new Facts(
                migration.isVersioned(),
                Nodes.sharedJournal(members, journal),
                this::holds,
                Nodes.disagreement(members));
    }

    Facts facts() {
        return facts;
    }

    List<Member> members() {
        return members;
    }

    /** Whether operations in flight have to be over, and not only in the journal, before a sweep. */
    boolean mustDrain() {
        return !flightsKnown;
    }

    /** The nodes that people have overridden, in words; empty if there are none. */
    List<String> overrides() {
        return members.stream()
                .filter(member -> member.override() != null)
                .map(member -> "node '" + member.node() + "' is overridden by hand and routes by " + member.override())
                .toList();
    }

    /**
     * Whether keys had better not enter {@link Stage#SYNC} yet: without versions their writes wait from the moment in which the first node has
     * heard of it, until the last one has. A node that has heard of the newest change hears of the next one soon; of one that has not, who knows.
     *
     * @param revision in which the migration was changed last
     * @return the nodes that have not heard of it, in words; empty if all have, or nobody waits
     */
    List<String> deaf(long revision) {
        return facts.versioned()
                ? List.of()
                : members.stream()
                        .filter(member -> member.revision() < revision)
                        .map(member -> "node '" + member.node() + "' has not read revision " + revision
                                + " of the flag store yet")
                        .toList();
    }

    boolean isAcknowledged(Slice slice) {
        return notAcknowledged(slice).isEmpty();
    }

    boolean isSweepDue(Slice slice) {
        return isAcknowledged(slice)
                && (flightsKnown || slice.drained())
                && slice.sweepToCross(facts) == SweepScope.RECORDED
                && !isSwept(slice);
    }

    private boolean isSwept(Slice slice) {
        return slice.since() <= sweptAtVersion;
    }

    /** What the way from a state to its goal waits for now; empty if it is reached, or moving. */
    List<String> blockers(MigrationState state) {
        if (!overrides().isEmpty()) {
            return overrides();
        }
        if (state.isAtGoal()) {
            return List.of();
        }
        if (state.paused()) {
            return List.of("it is paused");
        }
        Set<String> reasons = new LinkedHashSet<>();
        Optional<String> disagreement = state.disagreement(state.goal(), facts);
        MigrationState next = state.advanced(new Facts(facts.versioned(), facts.journal(), slice -> {
            Optional<String> reason = disagreement.or(() -> holds(slice));
            reason.ifPresent(reasons::add);
            return reason;
        }));
        if (next.equals(state) && reasons.isEmpty()) {
            reasons.add(noSweep());
        }
        return List.copyOf(reasons);
    }

    /** One for each stage that people know. */
    List<Gate> all(MigrationState state) {
        return Arrays.stream(Stage.values())
                .filter(stage -> stage != Stage.SYNC)
                .map(stage -> to(stage, state))
                .toList();
    }

    Gate to(Stage stage, MigrationState state) {
        Gate.Cost cost = Gate.Cost.NOTHING;
        Set<String> blockers = new LinkedHashSet<>();
        for (Slice slice :
                state.withGoal(Goal.of(stage)).position().slices().distinct().toList()) {
            Gate.Cost one = cost(slice, stage);
            cost = one.compareTo(cost) > 0 ? one : cost;
            if (slice.cameFrom() != stage.side()) {
                blockers.addAll(blockersOfCrossing(slice, one));
                state.disagreement(Goal.of(stage), facts).ifPresent(blockers::add);
            }
        }
        return new Gate(stage, cost, cost == Gate.Cost.SWEEP_OF_RECORDED_KEYS ? depth : 0, List.copyOf(blockers));
    }

    private Gate.Cost cost(Slice slice, Stage to) {
        if (slice.stage() == to) {
            return Gate.Cost.NOTHING;
        }
        if (slice.cameFrom() == to.side()) {
            return Gate.Cost.ONE_VERSION;
        }
        return switch (slice.sweepToCross(facts)) {
            case NOTHING -> Gate.Cost.ACKNOWLEDGEMENTS;
            case RECORDED -> Gate.Cost.SWEEP_OF_RECORDED_KEYS;
            case EVERYTHING -> Gate.Cost.SWEEP_OF_ALL_KEYS;
        };
    }

    private List<String> blockersOfCrossing(Slice slice, Gate.Cost cost) {
        Set<String> reasons = new LinkedHashSet<>();
        if (cost == Gate.Cost.SWEEP_OF_ALL_KEYS) {
            reasons.add(noSweep());
        }
        if (cost.compareTo(Gate.Cost.ACKNOWLEDGEMENTS) > 0) {
            reasons.addAll(parked);
        }
        (slice.stage() == Stage.SYNC ? notAcknowledged(slice) : holdsEntering(slice)).ifPresent(reasons::add);
        return List.copyOf(reasons);
    }

    private String noSweep() {
        return facts.journal().isEmpty() ? NO_SHARED_JOURNAL : NO_SWEEP;
    }

    private Optional<String> holds(Slice slice) {
        return slice.stage() == Stage.SYNC ? holdsCrossing(slice) : holdsEntering(slice);
    }

    private Optional<String> holdsEntering(Slice slice) {
        SweepScope scope = slice.sweepToCross(facts);
        if (scope == SweepScope.NOTHING) {
            return Optional.empty();
        }
        if (!parked.isEmpty()) {
            return Optional.of(parked.get(0));
        }
        return depth <= MOST_KEYS_TO_CROSS_WITH
                ? heldUp.apply(slice)
                : Optional.of((depth < MOST_ENTRIES_COUNTED ? "" : "at least ") + depth
                        + " keys wait for repair; a crossing begins when at most " + MOST_KEYS_TO_CROSS_WITH + " do");
    }

    private Optional<String> holdsCrossing(Slice slice) {
        Optional<String> late = notAcknowledged(slice);
        if (late.isPresent()) {
            return late.map(nodes ->
                    "every node has to acknowledge version " + slice.since() + ", which entered SYNC, but " + nodes);
        }
        return switch (slice.sweepToCross(facts)) {
            case NOTHING -> Optional.empty();
            case EVERYTHING -> Optional.of(noSweep());
            case RECORDED ->
                isSwept(slice) && (flightsKnown || slice.drained())
                        ? Optional.empty()
                        : Optional.of("the sweep of the recorded keys, begun in SYNC, has not finished");
        };
    }

    private Optional<String> notAcknowledged(Slice slice) {
        return Nodes.notAcknowledged(members, strangers, slice.since());
    }
}
