package dev.turnout.benchmarks.routing;

import dev.turnout.flags.stage.Stage;
import org.jspecify.annotations.Nullable;

/** How the records are reached. */
enum Way {
    DIRECT("the path itself", null),
    /** What a call that looks at the clock afterwards cannot be cheaper than. */
    CLOCKED("the path itself, and then the clock", null),
    OFF("OFF", Stage.OFF),
    COMPLETE("COMPLETE", Stage.COMPLETE),
    SHADOW("SHADOW", Stage.SHADOW),
    /** Every call of the new path hangs until the end. */
    SHADOW_OF_HANGING("SHADOW, the new path hangs", Stage.SHADOW),
    /** Both paths take their time, as all that has a network in it. */
    BOTH_DIRECT("both paths themselves, one after the other", null),
    SYNC("SYNC", Stage.SYNC);

    private final String title;
    private final @Nullable Stage stage;

    Way(String title, @Nullable Stage stage) {
        this.title = title;
        this.stage = stage;
    }

    String title() {
        return title;
    }

    /** The stage of all keys; {@code null} without a migration. */
    @Nullable
    Stage stage() {
        return stage;
    }

    boolean isSlow() {
        return this == BOTH_DIRECT || this == SYNC;
    }
}
