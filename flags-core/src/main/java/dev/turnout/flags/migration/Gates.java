package dev.turnout.flags.migration;

import dev.turnout.flags.spi.Member;
import dev.turnout.flags.stage.Facts;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Slice;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.stage.StateId;
import dev.turnout.flags.stage.SweepScope;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * What the law and the facts of one moment say of a migration's moves. A function of what it is given, but for what stands in the way by the
 * migration's builder, which is asked when it is needed. Immutable.
 */
final class Gates {
    // More keys than this wait for repair: SYNC would then last as long as their sweep.
    private static final int MOST_KEYS_TO_CROSS_WITH = 1_000;
    private static final String NO_SWEEP =
            "no sweep of all keys is known to have finished, since they are written to both paths, with the journal that the nodes use"
                    + " now: run a backfill";
    private static final String NO_SHARED_JOURNAL =
            "the nodes record keys in different journals, so nobody knows all keys on which the paths may differ: build each node's"
                    + " migration with the same journal";

    private final MigrationState state;
    private final StateId id;
    private final Sighting seen;
    private final List<Member> members;
    private final List<Member> strangers;
    private final RecordedSweep sweep;
    private final Function<Slice, Optional<String>> heldUp;
    private final Set<String> lostContact;
    private final Facts facts;

    /**
     * @param state what the flag store says, read after {@code seen} was seen
     * @param id what nodes call it; {@link StateId#NONE} if the flag store has no entry
     * @param sweep the last sweep of the recorded keys that has finished
     * @param heldUp why keys of a slice had better not begin to cross, as the migration was built
     * @param lostContact the ids of members that have lost contact
     */
    Gates(
            MigrationState state,
            StateId id,
            Sighting seen,
            boolean versioned,
            RecordedSweep sweep,
            Function<Slice, Optional<String>> heldUp,
            Set<String> lostContact) {
        this.state = state;
        this.id = id;
        this.seen = seen;
        this.members = seen.fleet().members();
        this.strangers = seen.fleet().strangers();
        this.sweep = sweep;
        this.heldUp = heldUp;
        this.lostContact = lostContact;
        this.facts = new Facts(versioned, seen.journal(), this::holds, Nodes.disagreement(members));
    }

    MigrationState state() {
        return state;
    }

    Facts facts() {
        return facts;
    }

    List<Member> members() {
        return members;
    }

    Sighting seen() {
        return seen;
    }

    /** Whether no member is beyond the state. */
    boolean areAllFollowed() {
        return notFollowed().isEmpty();
    }

    /** Whether operations in flight have to be over, and not only in the journal, before a sweep. */
    boolean mustDrain() {
        return !seen.flightsKnown();
    }

    /** Why nothing moves, whatever the goal; empty if it may. */
    List<String> standstill() {
        return Stream.concat(overrides(), notFollowed().stream()).toList();
    }

    private Stream<String> overrides() {
        return members.stream()
                .filter(member -> member.override() != null)
                .map(member -> "node '" + member.node() + "' is overridden manually with " + member.override()
                        + (lostContact.contains(member.id())
                                ? " and has lost contact, so it may work on by the override: end the override there, or stop that"
                                        + " node and evict it"
                                : ""));
    }

    private Optional<String> notFollowed() {
        return Nodes.notFollowed(members, id)
                .map(nodes -> nodes
                        + (id.equals(StateId.NONE)
                                ? ", but the flag store has no entry of it"
                                : ", which the flag store's " + id + " does not follow")
                        + ": the flag store was set back, or its entry was removed or created again. Restore the flag store, or start a"
                        + " controller on a node that routes by the newest version, which stores it again; evict these nodes only if what was"
                        + " written through them since may be lost");
    }

    /** The stages that all keys can be moved to in one version, now. */
    List<Stage> legalMoves() {
        return standstill().isEmpty() ? state.legalMoves(facts) : List.of();
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

    /**
     * The slices that a sweep of the recorded keys which begins now would count for, those included that have been swept already: the last sweep is
     * the one that counts.
     *
     * @return empty if none of them needs one
     */
    List<Slice> dueForSweep() {
        if (state.paused()) {
            return List.of();
        }
        List<Slice> ready =
                state.crossing().stream().filter(this::isReadyForSweep).toList();
        return ready.stream().allMatch(this::isSwept) ? List.of() : ready;
    }

    private boolean isReadyForSweep(Slice slice) {
        return isAcknowledged(slice)
                && (seen.flightsKnown() || slice.drained())
                && slice.sweepToCross(facts) == SweepScope.RECORDED;
    }

    private boolean isSwept(Slice slice) {
        return sweep.covers(state, slice, seen.journal());
    }

    /** What the way to the goal waits for now; empty if it is reached, or moving. */
    List<String> blockers() {
        List<String> standstill = standstill();
        if (!standstill.isEmpty()) {
            return standstill;
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
    List<Gate> all() {
        return Arrays.stream(Stage.values())
                .filter(stage -> stage != Stage.SYNC)
                .map(this::to)
                .toList();
    }

    Gate to(Stage stage) {
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
        if (cost != Gate.Cost.NOTHING) {
            notFollowed().ifPresent(blockers::add);
        }
        return new Gate(
                stage, cost, cost == Gate.Cost.SWEEP_OF_RECORDED_KEYS ? seen.depth() : 0, List.copyOf(blockers));
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
            reasons.addAll(seen.quarantined());
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
        if (!seen.quarantined().isEmpty()) {
            return Optional.of(seen.quarantined().get(0));
        }
        long depth = seen.depth();
        return depth <= MOST_KEYS_TO_CROSS_WITH
                ? pathProblem(slice).or(() -> heldUp.apply(slice))
                : Optional.of((depth < Sighting.MOST_ENTRIES_COUNTED ? "" : "at least ") + depth
                        + " keys wait for repair; a crossing begins when at most " + MOST_KEYS_TO_CROSS_WITH + " do");
    }

    /** In SYNC each operation needs both paths; the way back is never held up. */
    private Optional<String> pathProblem(Slice slice) {
        return slice.cameFrom() != Side.OLD ? Optional.empty() : Nodes.pathProblems(members);
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
                isSwept(slice) && (seen.flightsKnown() || slice.drained())
                        ? Optional.empty()
                        : Optional.of("the sweep of the recorded keys, begun in SYNC, has not finished");
        };
    }

    private Optional<String> notAcknowledged(Slice slice) {
        return Nodes.notAcknowledged(members, strangers, id, slice.since());
    }
}
