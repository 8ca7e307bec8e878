package dev.turnout.flags.stage;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.rule.Bucketing;
import dev.turnout.flags.rule.Keys;
import dev.turnout.flags.stage.Blocker.IllegalEdit.Rule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;

/**
 * What the flag store knows of a migration: where its keys are, and where operators want them to be. The version grows
 * by one with each new position; nodes acknowledge versions. A number alone is no name, as a store that was set back
 * gives it again: {@link #id} is.
 *
 * @param name of the migration
 * @param incarnation of the entry: another one each time it is created, to distinguish versions of an entry that was
 *     removed and created again; empty for an entry that was written manually
 * @param version of the position; at least 1
 * @param bucketing how keys are put into buckets; never changes while the migration lasts
 * @param position where the keys are
 * @param goal where they are wanted
 * @param paused whether the controller leaves them where they are; those in {@link Stage#SYNC} go back, as that is no place to stay
 * @param acknowledged the newest version that every node had acknowledged when keys switched sides: a node that routes
 *     by an older one has read an old state; 0 while none have switched sides, or it is unknown
 */
public record MigrationState(
        String name,
        String incarnation,
        long version,
        Bucketing bucketing,
        Position position,
        Goal goal,
        boolean paused,
        long acknowledged) {
    private static final int LONGEST_INCARNATION = 50;

    /** One that was written manually, and is not paused. */
    public MigrationState(String name, long version, Bucketing bucketing, Position position, Goal goal) {
        this(name, "", version, bucketing, position, goal, false, 0);
    }

    /** Checks the name and the version, and that the goal can be reached from the position. */
    public MigrationState {
        Keys.check("migration", name);
        if ((!incarnation.isEmpty() && !Keys.isValid(incarnation)) || incarnation.length() > LONGEST_INCARNATION) {
            throw new IllegalArgumentException("The incarnation of migration '" + name
                    + "' must be a key of at most " + LONGEST_INCARNATION + " characters, or empty, but was '"
                    + incarnation + "'.");
        }
        requireNonNull(bucketing, "bucketing");
        requireNonNull(position, "position");
        requireNonNull(goal, "goal");
        if (acknowledged < 0 || acknowledged > version) {
            throw new IllegalArgumentException("Migration '" + name + "' is at version " + version
                    + ", so the version that all nodes have acknowledged is from 0 to that, but was " + acknowledged
                    + ".");
        }
        if (version < 1) {
            throw new IllegalArgumentException(
                    "The version of migration '" + name + "' must be at least 1, but was " + version + ".");
        }
        position.slices().filter(slice -> slice.since() > version).findFirst().ifPresent(slice -> {
            throw new IllegalArgumentException("Migration '" + name + "' is at version " + version
                    + ", so no slice can have entered its stage in version " + slice.since() + ".");
        });
        var unused = position.wanted(goal); // refuses a goal that could never be reached
    }

    /** A new migration with all keys at {@code stage}. */
    public static MigrationState startingAt(String name, Stage stage) {
        return startingAt(name, "", stage);
    }

    /** The same, as the entry with this incarnation. */
    public static MigrationState startingAt(String name, String incarnation, Stage stage) {
        return new MigrationState(
                name,
                incarnation,
                1,
                new Bucketing(name),
                Position.all(Slice.startingAt(stage, 1)),
                Goal.of(stage),
                false,
                0);
    }

    /** What nodes call this state: equal for two states only if keys are where they are in the other. */
    public StateId id() {
        return StateId.of(this);
    }

    /** The same position with another goal. */
    public MigrationState withGoal(Goal newGoal) {
        return new MigrationState(name, incarnation, version, bucketing, position, newGoal, paused, acknowledged);
    }

    /** The same, paused or not. */
    public MigrationState paused(boolean pause) {
        return new MigrationState(name, incarnation, version, bucketing, position, goal, pause, acknowledged);
    }

    /**
     * This state for a store that has lost it and has {@code stored} instead: keys are where they are, and their goal
     * is the store's.
     *
     * @throws IllegalArgumentException if that goal cannot be reached from this position
     */
    public MigrationState restoredOver(MigrationState stored) {
        return new MigrationState(
                name, incarnation, version + 1, bucketing, position, stored.goal, stored.paused, acknowledged);
    }

    /** Whether all keys are on the old side, or on the bridge and came from there. */
    public boolean isOnOldSide() {
        return position.slices().allMatch(slice -> slice.cameFrom() == Side.OLD);
    }

    /** Whether each key is on the side on which it is in another state, as far as that is known without its text. */
    public boolean isOnSameSideAs(MigrationState other) {
        boolean mixed = position.slices().map(Slice::cameFrom).distinct().count() > 1;
        return mixed
                ? position.equals(other.position)
                : other.position
                        .slices()
                        .allMatch(slice -> slice.cameFrom() == position.at(0).cameFrom());
    }

    /**
     * The state after every node was brought back manually to the old path, which has lacked nothing: all keys on the
     * bridge, as if they had come from the old side, and wanted in {@link Stage#SHADOW}.
     *
     * @throws IllegalArgumentException if the old path may lack something
     */
    public MigrationState broughtBackByHand() {
        if (!position.slices().allMatch(Slice::canBeBroughtBackByHand)) {
            throw new IllegalArgumentException("Migration '" + name + "' is at " + position
                    + ", from where the rollback needs more than acknowledgements.");
        }
        long next = version + 1;
        return new MigrationState(
                name,
                incarnation,
                next,
                bucketing,
                position.mapped(slice -> slice.broughtBackByHand(next)),
                Goal.of(Stage.SHADOW),
                false,
                acknowledged);
    }

    /**
     * Where rolling back leads: the old path answers again, and the new one stays filled. Keys that are not beyond that stay where they are: to throw
     * away what the new path has is a move of its own.
     */
    public Goal rollBackTarget() {
        boolean beyondShadow = position.slices().anyMatch(slice -> slice.stage().compareTo(Stage.SHADOW) > 0);
        return beyondShadow ? Goal.of(Stage.SHADOW) : position.here();
    }

    /**
     * The stage that operators would bring all keys to next: all of them to the goal's stage, then to the one after it.
     */
    public Optional<Stage> nextStage() {
        if (goal.sharePpm() < Bucketing.PARTS) {
            return Optional.of(goal.stage());
        }
        return switch (goal.stage()) {
            case OFF -> Optional.of(Stage.DUAL_WRITE);
            case DUAL_WRITE -> Optional.of(Stage.SHADOW);
            case SHADOW, SYNC -> Optional.of(Stage.LIVE);
            case LIVE -> Optional.of(Stage.RAMP_DOWN);
            case RAMP_DOWN -> Optional.of(Stage.COMPLETE);
            case COMPLETE -> Optional.empty();
        };
    }

    /** Whether every key is where the goal wants it. */
    public boolean isAtGoal() {
        return position.wanted(goal).stream().allMatch(wanted -> wanted.slice().stage() == wanted.stage());
    }

    /**
     * The next position on the way to the goal: slices move on their side at once, go to {@link Stage#SYNC} to change sides, and leave it
     * when nothing holds them.
     *
     * @return this same state if nothing can move now
     * @throws IllegalArgumentException if the goal sets a cohort apart whose members are spread over several stages
     */
    public MigrationState advanced(Facts facts) {
        long next = version + 1;
        if (paused) {
            return at(position.mapped(slice -> slice.stage() == Stage.SYNC && goal.stage() != Stage.SYNC
                    ? slice.in(slice.cameFrom() == Side.NEW ? Stage.LIVE : Stage.SHADOW, next, facts.versioned())
                    : slice));
        }
        AtomicLong acknowledgedByAll = new AtomicLong(acknowledged);
        Position moved = position.mapped(goal, (slice, wanted) -> {
            Stage stage = step(slice, wanted, facts);
            if (slice.crosses(stage)) {
                acknowledgedByAll.accumulateAndGet(slice.since(), Math::max);
            }
            return slice.in(stage, next, facts.versioned());
        });
        return at(moved, acknowledgedByAll.get());
    }

    /**
     * The position after keys have waited in {@link Stage#SYNC} for too long on their way to the new path: back in {@link Stage#SHADOW}, where nothing
     * waits for both paths. The goal stays.
     *
     * @return this same state if there are none
     */
    public MigrationState retreated(Facts facts) {
        return at(position.mapped(
                goal,
                (slice, wanted) -> slice.crosses(wanted) && slice.cameFrom() == Side.OLD
                        ? slice.in(Stage.SHADOW, version + 1, facts.versioned())
                        : slice));
    }

    private Stage step(Slice slice, Stage wanted, Facts facts) {
        if (waitsForSweep(slice, wanted, facts)) {
            return whereSweepsRun(
                    slice.stage()); // it may take hours: not in SYNC, where an outage of either path hurts
        }
        if (!blockersOfStep(slice, wanted, facts).isEmpty()) {
            return slice.stage();
        }
        return isToTheOtherSide(slice, wanted) ? Stage.SYNC : wanted;
    }

    private static boolean isToTheOtherSide(Slice slice, Stage wanted) {
        return slice.blocker(wanted).isPresent();
    }

    private static boolean waitsForSweep(Slice slice, Stage wanted, Facts facts) {
        return isToTheOtherSide(slice, wanted) && slice.sweepToCross(facts) == SweepScope.EVERYTHING;
    }

    /** Why a slice stays where it is, and does not move to {@code wanted}. */
    private List<Blocker> blockersOfStep(Slice slice, Stage wanted, Facts facts) {
        boolean entersOrLeavesSync = isToTheOtherSide(slice, wanted) || slice.crosses(wanted);
        return entersOrLeavesSync && !waitsForSweep(slice, wanted, facts) ? blockers(slice, facts) : List.of();
    }

    private static Stage whereSweepsRun(Stage stage) {
        return switch (stage) {
            case OFF -> Stage.DUAL_WRITE;
            case COMPLETE -> Stage.RAMP_DOWN;
            case DUAL_WRITE, SHADOW, SYNC, LIVE, RAMP_DOWN -> stage;
        };
    }

    /**
     * What the way to the goal waits for: that it is paused, or what blocks slices that are to enter or leave {@link Stage#SYNC}. A sweep of all keys that
     * has to be finished before is not among them.
     *
     * @return empty if the goal is reached, or nothing blocks a slice
     */
    public List<Blocker> blockers(Facts facts) {
        if (isAtGoal()) {
            return List.of();
        }
        if (paused) {
            return List.of(new Blocker.Paused());
        }
        return position.wanted(goal).stream()
                .flatMap(move -> blockersOfStep(move.slice(), move.stage(), facts).stream())
                .distinct()
                .toList();
    }

    /** Why keys of a slice may not continue towards the other side yet, on the way to the goal; empty if they may. */
    public List<Blocker> blockers(Slice slice, Facts facts) {
        return blockers(slice, goal, facts);
    }

    private List<Blocker> blockers(Slice slice, Goal wanted, Facts facts) {
        Optional<Blocker> keyTexts = keyTextBlocker(wanted, facts);
        return keyTexts.isPresent() ? List.of(keyTexts.get()) : facts.blockers().apply(slice);
    }

    /** The disagreement of the nodes on keys' texts, unless the way to {@code wanted} is the same for all keys, whatever their texts. */
    public Optional<Blocker> keyTextBlocker(Goal wanted, Facts facts) {
        return position.isUniform() && wanted.isForAll() ? Optional.empty() : facts.keyTexts();
    }

    /** The slices that wait in {@link Stage#SYNC} to switch sides. */
    public List<Slice> crossing() {
        return position.wanted(goal).stream()
                .filter(wanted -> wanted.slice().crosses(wanted.stage()))
                .map(Position.Wanted::slice)
                .distinct()
                .toList();
    }

    /**
     * A path that holds every acknowledged write of all keys.
     *
     * @param side which; {@link Side#BOTH} if neither does
     * @param onlyNow whether that is so only as long as no node uses a newer version: it must be asked then whether there is one
     */
    public record Complete(Side side, boolean onlyNow) {}

    /**
     * The path that holds every acknowledged write of all keys.
     *
     * @param versioned whether both paths keep versions
     */
    public Complete completePath(boolean versioned) {
        for (Side side : List.of(Side.OLD, Side.NEW)) {
            if (position.slices().allMatch(slice -> slice.stage().side() == side)) {
                return new Complete(side, false);
            }
        }
        if (position.slices().allMatch(slice -> slice.oldHoldsAll(versioned))) {
            return new Complete(Side.OLD, true);
        }
        boolean allFromNew = position.slices().allMatch(slice -> slice.cameFrom() == Side.NEW);
        return new Complete(allFromNew ? Side.NEW : Side.BOTH, true);
    }

    /**
     * The same position, published once more for the slices that wait to switch sides and that every node has
     * acknowledged: when that is acknowledged too, nothing is under way that began before all nodes were there.
     *
     * @return this same state if there is none that is not drained already
     */
    public MigrationState drained(Predicate<Slice> acknowledged) {
        List<Slice> due = crossing().stream()
                .filter(slice -> !slice.drained() && acknowledged.test(slice))
                .toList();
        return at(position.mapped(slice -> due.contains(slice) ? slice.drainedAt(version + 1) : slice));
    }

    /** Why this state cannot be moved to {@code wanted} in one version; empty if it can, now. */
    public List<Blocker> blockers(Goal wanted, Facts facts) {
        Set<Blocker> blockers = new LinkedHashSet<>();
        for (Position.Wanted move : position.wanted(wanted)) {
            move.slice().blocker(move.stage()).ifPresent(blockers::add);
            if (move.slice().crosses(move.stage())) {
                blockers.addAll(blockers(move.slice(), wanted, facts));
            }
        }
        return List.copyOf(blockers);
    }

    /** The stages to which all keys can be moved now, in one version. */
    public List<Stage> legalMoves(Facts facts) {
        return Arrays.stream(Stage.values())
                .filter(stage -> !(position.isUniform() && position.at(0).stage() == stage))
                .filter(stage -> blockers(Goal.of(stage), facts).isEmpty())
                .toList();
    }

    /**
     * The state with all keys where {@code wanted} has them, in one version.
     *
     * @throws IllegalMoveException if the law forbids it now; the message states why, and what is legal instead
     */
    public MigrationState moved(Goal wanted, Facts facts) {
        List<Blocker> blockers = blockers(wanted, facts);
        if (!blockers.isEmpty()) {
            throw new IllegalMoveException(this, wanted, blockers, legalMoves(facts));
        }
        return withGoal(wanted).paused(false).advanced(facts);
    }

    /**
     * Notes that a sweep of all keys, begun when every node had acknowledged {@code acknowledged}, has finished.
     *
     * @param journal the one in which all nodes have recorded keys since
     * @return this same state if that is of no use to any slice
     */
    public MigrationState swept(long acknowledged, String journal) {
        return at(position.mapped(slice -> slice.sweptSince(acknowledged, journal)));
    }

    private MigrationState at(Position next) {
        return at(next, acknowledged);
    }

    private MigrationState at(Position next, long acknowledgedByAll) {
        return next.equals(position)
                ? this
                : new MigrationState(name, incarnation, version + 1, bucketing, next, goal, paused, acknowledgedByAll);
    }

    /**
     * What makes {@code next} impossible as the state that follows this one, whatever is known of the fleet: a changed salt, a jump over the
     * bridge, a version that does not follow.
     *
     * @return empty if it may follow
     */
    public List<Blocker> blockersOfNext(MigrationState next) {
        List<Blocker> blockers = blockersOfAnyLater(next);
        if (!position.equals(next.position)) {
            blockers.addAll(position.blockers(next.position));
            if (next.version != version + 1) {
                blockers.add(illegal(Rule.NEXT_VERSION, next));
            }
        } else if (next.version != version) {
            blockers.add(illegal(Rule.SAME_VERSION, next));
        }
        return blockers;
    }

    private Blocker illegal(Rule rule, MigrationState edited) {
        return new Blocker.IllegalEdit(rule, version, edited.version);
    }

    /**
     * What makes {@code lost} impossible as a state that came later than this one, and was lost: another entry, a changed salt, a version that is not
     * later.
     *
     * @return empty if it may have been
     */
    public List<Blocker> blockersOfRestoring(MigrationState lost) {
        List<Blocker> blockers = blockersOfAnyLater(lost);
        if (lost.version <= version) {
            blockers.add(illegal(Rule.LATER_VERSION, lost));
        }
        return blockers;
    }

    private List<Blocker> blockersOfAnyLater(MigrationState next) {
        List<Blocker> blockers = new ArrayList<>();
        if (!incarnation.equals(next.incarnation)) {
            blockers.add(illegal(Rule.SAME_INCARNATION, next));
        }
        if (!bucketing.equals(next.bucketing)) {
            blockers.add(illegal(Rule.SAME_BUCKETING, next));
        }
        return blockers;
    }

    /**
     * What makes it impossible to remove the entry now, whatever is known of the fleet: a node that starts without it routes as in
     * {@link Stage#OFF}, so the old path must be all that any node uses, or nothing that any node routes any more.
     *
     * @return empty if it may be removed
     */
    public Optional<Blocker> blockerOfRemoval() {
        boolean isOver = List.of(Stage.OFF, Stage.COMPLETE).stream()
                .anyMatch(stage -> position.slices().allMatch(slice -> slice.stage() == stage));
        return isOver ? Optional.empty() : Optional.of(new Blocker.NotRemovable(name, position.toString()));
    }
}
