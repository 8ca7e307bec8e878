package dev.turnout.flags.stage;

import java.util.Optional;

/**
 * Where one slice of the keys is, and what the law needs to know of how it came there.
 *
 * @param stage its stage
 * @param since the version of the migration in which it entered that stage
 * @param dualSince the version in which it last entered the stages that write both paths; 0 while it is in none of them
 * @param cameFrom the side it was on before {@link Stage#SYNC}; its own side in every other stage
 * @param journal identifies the journal that holds every key on which the paths may differ, because a sweep of all keys was finished since
 *     {@code dualSince}, begun after every node acknowledged that version; empty if none does
 * @param oldPath what the old path may lack since the last crossing
 * @param drained whether every node had acknowledged {@link Stage#SYNC} already before {@code since}: a node that
 *     acknowledges that version has no operation under way that began while another node was elsewhere
 */
public record Slice(
        Stage stage, long since, long dualSince, Side cameFrom, String journal, OldPathState oldPath, boolean drained) {
    /** One that is not known to be drained. */
    public Slice(Stage stage, long since, long dualSince, Side cameFrom, String journal, OldPathState oldPath) {
        this(stage, since, dualSince, cameFrom, journal, oldPath, false);
    }

    /** Checks that the parts fit together. */
    public Slice {
        if (drained && stage != Stage.SYNC) {
            throw new IllegalArgumentException(
                    "Only a slice in SYNC can be drained, but this one is in " + stage + ".");
        }
        if (stage != Stage.SYNC && cameFrom != stage.side()) {
            throw new IllegalArgumentException("A slice in " + stage + " is on side " + stage.side()
                    + ", so it cannot have come from " + cameFrom + ".");
        }
        if (cameFrom == Side.BOTH) {
            throw new IllegalArgumentException("A slice comes from side OLD or NEW; BOTH is between them.");
        }
        boolean dualFits = stage.isDual() ? dualSince >= 1 && dualSince <= since : dualSince == 0 && journal.isEmpty();
        if (!dualFits) {
            throw new IllegalArgumentException("A slice in " + stage + " since version " + since + " has "
                    + (stage.isDual() ? "a dualSince from 1 to " + since : "dualSince 0 and no journal")
                    + ", but dualSince was " + dualSince + " and the journal '" + journal + "'.");
        }
        if (worse(oldPath, atBest(stage)) != oldPath) {
            throw new IllegalArgumentException("The old path of a slice in " + stage + " is " + atBest(stage)
                    + " or worse, but was " + oldPath + ".");
        }
    }

    private static OldPathState atBest(Stage stage) {
        return switch (stage) {
            case OFF, DUAL_WRITE, SHADOW, SYNC, LIVE -> OldPathState.IN_SYNC;
            case RAMP_DOWN -> OldPathState.LAGGING;
            case COMPLETE -> OldPathState.ABANDONED;
        };
    }

    /**
     * A slice of which only the stage is known, as an operator wrote it manually into a new migration. What is unknown
     * is taken to be the worst: nothing was copied, and on the new side the old path may lack anything.
     */
    public static Slice startingAt(Stage stage, long version) {
        Side from = stage == Stage.SYNC ? Side.OLD : stage.side();
        return new Slice(
                stage,
                version,
                stage.isDual() ? version : 0,
                from,
                "",
                from == Side.NEW ? OldPathState.ABANDONED : OldPathState.IN_SYNC);
    }

    /**
     * The same slice in another stage. Does not check whether the move is legal: see {@link #crosses} and
     * {@link #sweepToCross}.
     *
     * @param versioned whether both paths keep versions; if not, the old path falls behind already in {@link Stage#LIVE}
     */
    public Slice in(Stage next, long version, boolean versioned) {
        if (next == stage) {
            return this;
        }
        return new Slice(
                next,
                version,
                next.isDual() ? (stage.isDual() ? dualSince : version) : 0,
                next == Stage.SYNC ? cameFrom : next.side(),
                next.isDual() ? journal : "",
                oldPathAfter(next, versioned));
    }

    private OldPathState oldPathAfter(Stage next, boolean versioned) {
        return switch (next) {
            case OFF, DUAL_WRITE, SHADOW -> OldPathState.IN_SYNC;
            case SYNC -> oldPath;
            case LIVE -> versioned ? oldPath : worse(oldPath, OldPathState.LAGGING);
            case RAMP_DOWN, COMPLETE -> worse(oldPath, atBest(next));
        };
    }

    /** Why this stage cannot be left for {@code next} in one move, whatever is known of the fleet; empty if it can. */
    public Optional<Blocker> blocker(Stage next) {
        if (stage == Stage.SYNC || next == Stage.SYNC || stage.side() == next.side()) {
            return Optional.empty();
        }
        return Optional.of(new Blocker.SyncSkipped(stage, next));
    }

    /** Whether going to {@code next} means to leave {@link Stage#SYNC} on the side it did not come from. */
    public boolean crosses(Stage next) {
        return stage == Stage.SYNC && next.side() == cameFrom.opposite();
    }

    boolean oldHoldsAll(boolean versioned) {
        return cameFrom == Side.OLD || (versioned && oldPath == OldPathState.IN_SYNC);
    }

    /**
     * What must be swept, in {@link Stage#SYNC} and after every node acknowledged {@link #since}, before the slice may
     * switch sides.
     */
    public SweepScope sweepToCross(Facts facts) {
        if (cameFrom == Side.NEW && oldPath == OldPathState.IN_SYNC && facts.versioned()) {
            return SweepScope.NOTHING;
        }
        return !journal.isEmpty() && journal.equals(facts.journal()) ? SweepScope.RECORDED : SweepScope.EVERYTHING;
    }

    /** The same slice after a sweep of all keys that began when every node had acknowledged {@code acknowledged}. */
    Slice sweptSince(long acknowledged, String recordedIn) {
        boolean counts = stage.isDual() && dualSince <= acknowledged;
        return counts ? new Slice(stage, since, dualSince, cameFrom, recordedIn, oldPath, drained) : this;
    }

    /** The same slice in {@link Stage#SYNC}, published once more after every node has acknowledged it. */
    Slice drainedAt(long version) {
        return new Slice(stage, version, dualSince, cameFrom, journal, oldPath, true);
    }

    /** Whether it is written to both paths, and the old one lacks nothing. */
    public boolean canBeBroughtBackByHand() {
        return stage.isDual() && oldPath == OldPathState.IN_SYNC;
    }

    Slice broughtBackByHand(long version) {
        return new Slice(Stage.SYNC, version, dualSince, Side.OLD, journal, OldPathState.IN_SYNC);
    }

    /** One slice that stands for two in the same stage, with the more cautious of what is known of each. */
    Slice mergedWith(Slice other) {
        return new Slice(
                stage,
                Math.max(since, other.since),
                Math.max(dualSince, other.dualSince),
                cameFrom,
                journal.equals(other.journal) ? journal : "",
                worse(oldPath, other.oldPath),
                drained && other.drained);
    }

    boolean mergesWith(Slice other) {
        return stage == other.stage && cameFrom == other.cameFrom;
    }

    private static OldPathState worse(OldPathState one, OldPathState other) {
        return one.compareTo(other) >= 0 ? one : other;
    }
}
