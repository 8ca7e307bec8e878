package dev.turnout.flags.stage;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * What a move depends on and a migration's state does not hold: what its paths can do, and what its fleet has done.
 *
 * @param versioned whether both paths keep versions
 * @param journal identifies the one journal in which all nodes record keys; empty if they do not share one
 * @param blockers why keys of a slice may not continue towards the other side yet, into {@link Stage#SYNC} or out of it across; empty if they may
 * @param keyTexts the disagreement of the nodes on the text of a key, and so on the slice that it is in; empty if there is none. Keys may go towards
 *     the other side only all together then, as one slice
 */
public record Facts(
        boolean versioned, String journal, Function<Slice, List<Blocker>> blockers, Optional<Blocker> keyTexts) {
    /** Checks that they are there. */
    public Facts {
        requireNonNull(journal, "journal");
        requireNonNull(blockers, "blockers");
        requireNonNull(keyTexts, "keyTexts");
    }

    /** Those of nodes that agree. */
    public Facts(boolean versioned, String journal, Function<Slice, List<Blocker>> blockers) {
        this(versioned, journal, blockers, Optional.empty());
    }
}
