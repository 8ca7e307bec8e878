package dev.turnout.flags.migration;

import dev.turnout.flags.document.EntryKey;
import dev.turnout.flags.fleet.Node;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.store.Change;
import dev.turnout.flags.store.EditableFlagStore;
import dev.turnout.flags.store.Snapshot;
import dev.turnout.flags.store.StaleRevisionException;
import java.util.function.UnaryOperator;

/** Edits a migration's state by compare-and-set, from the newest state, as often as somebody else is faster. */
final class Edits {
    private static final int ATTEMPTS = 100;

    private final Node node;
    private final EditableFlagStore store;

    private Edits(Node node, EditableFlagStore store) {
        this.node = node;
        this.store = store;
    }

    /** @throws IllegalStateException if the node's store can't be edited */
    static Edits of(Node node) {
        if (node.store() instanceof EditableFlagStore editable) {
            return new Edits(node, editable);
        }
        throw new IllegalStateException(
                "The flag store of node '" + node.name() + "' can't be edited, so a migration can't be moved from here."
                        + " Use an EditableFlagStore, such as one in a database.");
    }

    /** The state after the edit; an edit that changes nothing is not written. */
    MigrationState migration(String name, String by, String reason, UnaryOperator<MigrationState> edit) {
        for (int attempt = 1; ; attempt++) {
            Snapshot snapshot = node.refresh();
            MigrationState known = snapshot.document().migrations().get(name);
            MigrationState after = edit.apply(known == null ? MigrationState.startingAt(name, Stage.OFF) : known);
            if (after.equals(known)) {
                return after;
            }
            try {
                store.apply(Change.by(by, reason).put(after, snapshot.revisionOf(EntryKey.migration(name))));
                node.refresh();
                return after;
            } catch (StaleRevisionException e) {
                if (attempt == ATTEMPTS) {
                    throw e;
                }
            }
        }
    }
}
