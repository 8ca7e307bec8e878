package dev.turnout.flags.http;

import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Stage;

/** Where rolling back leads: the same place as a controller's, but known on every server, also where no controller runs. */
final class RollBack {
    private RollBack() {}

    /** The old path answers again, and the new one stays filled; from there, the migration is given up. */
    static Goal target(MigrationState state) {
        boolean beyondShadow =
                state.position().slices().anyMatch(slice -> slice.stage().compareTo(Stage.SHADOW) > 0);
        return Goal.of(beyondShadow ? Stage.SHADOW : Stage.OFF);
    }
}
