package dev.turnout.flags.stage;

import java.util.List;
import java.util.stream.Collectors;

/** A move of a migration that its law forbids at this moment. Nothing was changed. */
public final class IllegalMoveException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    private final transient List<Blocker> blockers;
    private final transient List<Stage> legal;

    /** With where a migration is, where it was wanted, why that is not possible, and what is. */
    public IllegalMoveException(MigrationState state, Goal wanted, List<Blocker> blockers, List<Stage> legal) {
        super("Migration '" + state.name() + "' cannot go to " + wanted + " now: " + Blocker.messages(blockers)
                + ". It is at "
                + state.position() + ". Legal now: "
                + legal.stream().map(Stage::name).collect(Collectors.joining(", ")) + ".");
        this.blockers = List.copyOf(blockers);
        this.legal = List.copyOf(legal);
    }

    /** Why not. */
    public List<Blocker> blockers() {
        return blockers;
    }

    /** The stages to which all keys could be moved instead, now. */
    public List<Stage> legalMoves() {
        return legal;
    }
}
