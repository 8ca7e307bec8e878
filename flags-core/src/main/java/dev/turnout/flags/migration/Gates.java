package dev.turnout.flags.migration;

import dev.turnout.flags.spi.Member;
import dev.turnout.flags.stage.Blocker;
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
 * What the law and the facts of one moment mean for a migration's moves. A function of what it is given, but for what
 * stands in the way by the migration's builder, which is asked when it is needed. Immutable.
 */
final class Gates {
    // More keys than this wait for repair: SYNC would then last as long as their sweep.
    private static final int MOST_KEYS_TO_CROSS_WITH = 1_000;

    private final MigrationState state;
    private final StateId id;
    private final Sighting seen;
    private final List<Member> members;
    private final List<Member> strangers;
    private final RecordedSweep sweep;
    private final Function<Slice, Optional<Blocker>> blockerOfEntry;
    private final Set<String> lostContact;
    private final Facts facts;

    /**
     * @param state the flag store's state, read after {@code seen} was seen
     * @param id what nodes call it; {@link StateId#NONE} if the flag store has no entry
     * @param sweep the last sweep of the recorded keys that has finished
     * @param blockerOfEntry why keys of a slice should not begin to switch sides yet, by what the controller has seen
     *     and how the migration was built
     * @param lostContact the ids of members that have lost contact
     */
    Gates(
            MigrationState state,
            StateId id,
            Sighting seen,
            boolean versioned,
            RecordedSweep sweep,
            Function<Slice, Optional<Blocker>> blockerOfEntry,
            Set<String> lostContact) {
        this.state = state;
        this.id = id;
        this.seen = seen;
        this.members = seen.fleet().members();
        this.strangers = seen.fleet().strangers();
        this.sweep = sweep;
        this.blockerOfEntry = blockerOfEntry;
        this.lostContact = lostContact;
        this.facts = new Facts(versioned, seen.journal(), this::blockers, Nodes.keyTextsDiffer(members));
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
        return positionLost().isEmpty();
    }

    /** Whether operations in flight have to be over, and not only in the journal, before a sweep. */
    boolean mustDrain() {
        return !seen.flightsKnown();
    }

    /** Why nothing moves, whatever the goal; empty if it may. */
    List<Blocker> standstill() {
        return Stream.concat(overrides(), positionLost().stream()).toList();
    }

    private Stream<Blocker> overrides() {
        return members.stream()
                .filter(member -> member.override() != null)
                .map(member -> new Blocker.NodeOverridden(
                        member.node(), member.override(), lostContact.contains(member.id())));
    }

    private Optional<Blocker> positionLost() {
        return Nodes.positionLost(members, id);
    }

    /** The stages that all keys can be moved to in one version, now. */
    List<Stage> legalMoves() {
        return standstill().isEmpty() ? state.legalMoves(facts) : List.of();
    }

    /**
     * Whether keys had better not enter {@link Stage#SYNC} yet: without versions their writes wait from the moment in
     * which the first node has read it, until the last one has. A node that has read the newest change reads the next
     * one soon; for one that has not, that is unknown.
     *
     * @param revision in which the migration was changed last
     * @return the nodes that have not read it; empty if all have, or no write would wait
     */
    Optional<Blocker> revisionUnread(long revision) {
        return facts.versioned() ? Optional.empty() : Nodes.revisionUnread(members, revision);
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
    List<Blocker> blockers() {
        List<Blocker> standstill = standstill();
        if (!standstill.isEmpty()) {
            return standstill;
        }
        List<Blocker> blockers = state.blockers(facts);
        return blockers.isEmpty() && !state.isAtGoal() && !moves() ? List.of(noSweep()) : blockers;
    }

    /** Whether any slice moves now, if nothing blocks one that is to enter or leave {@link Stage#SYNC}. */
    private boolean moves() {
        Facts open = new Facts(facts.versioned(), facts.journal(), slice -> List.of());
        return !state.advanced(open).equals(state);
    }

    /** One for each stage that operators see. */
    List<Gate> all() {
        return Arrays.stream(Stage.values())
                .filter(stage -> stage != Stage.SYNC)
                .map(this::to)
                .toList();
    }

    Gate to(Stage stage) {
        Gate.Cost cost = Gate.Cost.NOTHING;
        Set<Blocker> blockers = new LinkedHashSet<>();
        for (Slice slice :
                state.withGoal(Goal.of(stage)).position().slices().distinct().toList()) {
            Gate.Cost one = cost(slice, stage);
            cost = one.compareTo(cost) > 0 ? one : cost;
            if (slice.cameFrom() != stage.side()) {
                blockers.addAll(blockersOfCrossing(slice, one));
                state.keyTextBlocker(Goal.of(stage), facts).ifPresent(blockers::add);
            }
        }
        if (cost != Gate.Cost.NOTHING) {
            positionLost().ifPresent(blockers::add);
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

    private Set<Blocker> blockersOfCrossing(Slice slice, Gate.Cost cost) {
        Set<Blocker> blockers = new LinkedHashSet<>();
        if (cost == Gate.Cost.SWEEP_OF_ALL_KEYS) {
            blockers.add(noSweep());
        }
        if (cost.compareTo(Gate.Cost.ACKNOWLEDGEMENTS) > 0) {
            blockers.addAll(seen.quarantined());
        }
        blockers.addAll(slice.stage() == Stage.SYNC ? notAcknowledged(slice) : blockersOfEntering(slice));
        return blockers;
    }

    private Blocker noSweep() {
        return facts.journal().isEmpty()
                ? Nodes.journalsDiffer(members)
                : new Blocker.SweepMissing(SweepScope.EVERYTHING);
    }

    private List<Blocker> blockers(Slice slice) {
        return slice.stage() == Stage.SYNC ? blockersOfLeaving(slice) : blockersOfEntering(slice);
    }

    private List<Blocker> blockersOfEntering(Slice slice) {
        return blockerOfEntering(slice).map(List::of).orElse(List.of());
    }

    private Optional<Blocker> blockerOfEntering(Slice slice) {
        SweepScope scope = slice.sweepToCross(facts);
        if (scope == SweepScope.NOTHING) {
            return Optional.empty();
        }
        if (!seen.quarantined().isEmpty()) {
            return Optional.of(seen.quarantined().get(0));
        }
        long depth = seen.depth();
        return depth <= MOST_KEYS_TO_CROSS_WITH
                ? pathProblem(slice).or(() -> blockerOfEntry.apply(slice))
                : Optional.of(new Blocker.KeysToRepair(
                        depth, depth >= Sighting.MOST_ENTRIES_COUNTED, MOST_KEYS_TO_CROSS_WITH));
    }

    /** In SYNC each operation needs both paths; the rollback is never blocked. */
    private Optional<Blocker> pathProblem(Slice slice) {
        return slice.cameFrom() != Side.OLD ? Optional.empty() : Nodes.pathProblems(members);
    }

    private List<Blocker> blockersOfLeaving(Slice slice) {
        List<Blocker> late = notAcknowledged(slice);
        if (!late.isEmpty()) {
            return late;
        }
        return switch (slice.sweepToCross(facts)) {
            case NOTHING -> List.of();
            case EVERYTHING -> List.of(noSweep());
            case RECORDED ->
                isSwept(slice) && (seen.flightsKnown() || slice.drained())
                        ? List.of()
                        : List.of(new Blocker.SweepMissing(SweepScope.RECORDED));
        };
    }

    private List<Blocker> notAcknowledged(Slice slice) {
        return Nodes.notAcknowledged(members, strangers, id, slice.since());
    }
}
