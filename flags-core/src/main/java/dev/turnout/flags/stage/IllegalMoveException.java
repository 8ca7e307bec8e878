package dev.turnout.flags.stage;

import java.util.List;
import java.util.stream.Collectors;

/** A move of a migration that its law forbids at this moment. Nothing was changed. */
public final class IllegalMoveException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    private final transient List<String> reasons;
    private final transient List<Stage> legal;

    /** With where a migration is, where it was wanted, why that is not possible, and what is. */
    public IllegalMoveException(MigrationState state, Goal wanted, List<String> reasons, List<Stage> legal) {
        super("Migration '" + state.name() + "' can't go to " + wanted + " now: " + String.join("; ", reasons)
                + ". It is at "
                + state.position() + ". Legal now: "
                + legal.stream().map(Stage::name).collect(Collectors.joining(", ")) + ".");
        this.reasons = List.copyOf(reasons);
        this.legal = List.copyOf(legal);
    }

    /** Why not, a sentence each. */
    public List<String> reasons() {
        return reasons;
    }

    /** The stages to which all keys could be moved instead, now. */
    public List<Stage> legalMoves() {
        return legal;
    }
}
