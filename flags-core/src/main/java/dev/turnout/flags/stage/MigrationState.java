package dev.turnout.flags.stage;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.rule.Bucketing;
import dev.turnout.flags.rule.Keys;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What the flag store knows of a migration: where its keys are, and where people want them to be. The version grows by one with each new
 * position; nodes acknowledge versions.
 *
 * @param name of the migration
 * @param version of the position; at least 1
 * @param bucketing how keys are put into buckets; never changes while the migration lasts
 * @param position where the keys are
 * @param goal where they are wanted
 */
public record MigrationState(String name, long version, Bucketing bucketing, Position position, Goal goal) {
    /** Checks the name and the version, and that the goal can be reached from the position. */
    public MigrationState {
        Keys.check("migration", name);
        requireNonNull(bucketing, "bucketing");
        requireNonNull(position, "position");
        requireNonNull(goal, "goal");
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
        return new MigrationState(
                name, 1, new Bucketing(name), Position.all(Slice.startingAt(stage, 1)), Goal.of(stage));
    }

    /** The same position with another goal. */
    public MigrationState withGoal(Goal newGoal) {
        return new MigrationState(name, version, bucketing, position, newGoal);
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
        return at(position.mapped(
                goal, (slice, wanted) -> slice.in(step(slice, wanted, facts), next, facts.versioned())));
    }

    private static Stage step(Slice slice, Stage wanted, Facts facts) {
        boolean toTheOtherSide = slice.forbids(wanted).isPresent();
        if (!toTheOtherSide && !slice.crosses(wanted)) {
            return wanted;
        }
        if (toTheOtherSide && slice.sweepToCross(facts) == SweepScope.EVERYTHING) {
            return whereSweepsRun(
                    slice.stage()); // it may take hours: not in SYNC, where an outage of either path hurts
        }
        if (facts.holds().apply(slice).isPresent()) {
            return slice.stage();
        }
        return toTheOtherSide ? Stage.SYNC : wanted;
    }

    private static Stage whereSweepsRun(Stage stage) {
        return switch (stage) {
            case OFF -> Stage.DUAL_WRITE;
            case COMPLETE -> Stage.RAMP_DOWN;
            case DUAL_WRITE, SHADOW, SYNC, LIVE, RAMP_DOWN -> stage;
        };
    }

    /** The slices that wait in {@link Stage#SYNC} to cross. */
    public List<Slice> crossing() {
        return position.wanted(goal).stream()
                .filter(wanted -> wanted.slice().crosses(wanted.stage()))
                .map(Position.Wanted::slice)
                .distinct()
                .toList();
    }

    /**
     * The path that holds every acknowledged write of all keys.
     *
     * @param versioned whether both paths keep versions
     * @return {@link Side#BRIDGE} if neither does
     */
    public Side completePath(boolean versioned) {
        if (position.slices().allMatch(slice -> slice.oldHoldsAll(versioned))) {
            return Side.OLD;
        }
        return position.slices().allMatch(slice -> slice.cameFrom() == Side.NEW || slice.stage() == Stage.SYNC)
                ? Side.NEW
                : Side.BRIDGE;
    }

    /** Why this state can't be moved to {@code wanted} in one version; empty if it can, now. */
    public List<String> blocks(Goal wanted, Facts facts) {
        Set<String> reasons = new LinkedHashSet<>();
        for (Position.Wanted move : position.wanted(wanted)) {
            move.slice().forbids(move.stage()).ifPresent(reasons::add);
            if (move.slice().crosses(move.stage())) {
                facts.holds().apply(move.slice()).ifPresent(reasons::add);
            }
        }
        return List.copyOf(reasons);
    }

    /** The stages to which all keys can be moved now, in one version. */
    public List<Stage> legalMoves(Facts facts) {
        return Arrays.stream(Stage.values())
                .filter(stage -> !(position.isUniform() && position.at(0).stage() == stage))
                .filter(stage -> blocks(Goal.of(stage), facts).isEmpty())
                .toList();
    }

    /**
     * The state with all keys where {@code wanted} has them, in one version.
     *
     * @throws IllegalMoveException if the law forbids it now; it says why, and what is legal instead
     */
    public MigrationState moved(Goal wanted, Facts facts) {
        List<String> reasons = blocks(wanted, facts);
        if (!reasons.isEmpty()) {
            throw new IllegalMoveException(this, wanted, reasons, legalMoves(facts));
        }
        return withGoal(wanted).advanced(facts);
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
        return next.equals(position) ? this : new MigrationState(name, version + 1, bucketing, next, goal);
    }

    /**
     * What makes {@code next} impossible as the state that follows this one, whatever is known of the fleet: a changed salt, a jump over the
     * bridge, a version that does not follow.
     *
     * @return empty if it may follow
     */
    public List<String> forbids(MigrationState next) {
        List<String> reasons = new ArrayList<>();
        if (!bucketing.equals(next.bucketing)) {
            reasons.add("the salt of a running migration can't change: keys would jump between the paths");
        }
        if (!position.equals(next.position)) {
            reasons.addAll(position.forbids(next.position));
            if (next.version != version + 1) {
                reasons.add("version " + (version + 1) + " follows version " + version + ", but was " + next.version
                        + "; people set the goal, and the controller moves the position");
            }
        } else if (next.version != version) {
            reasons.add("the version grows with the position alone, and that is the same");
        }
        return reasons;
    }
}
