package dev.turnout.flags.migration;

import dev.turnout.flags.document.EntryKey;
import dev.turnout.flags.spi.Node;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.store.Change;
import dev.turnout.flags.store.ChangeId;
import dev.turnout.flags.store.EditableFlagStore;
import dev.turnout.flags.store.FlagStoreException;
import dev.turnout.flags.store.Snapshot;
import dev.turnout.flags.store.SnapshotId;
import dev.turnout.flags.store.StaleRevisionException;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Edits a migration's state by compare-and-set, from the newest state, as often as another one is faster. Blocks as long as the flag store does.
 */
final class StateEdits {
    private static final Logger log = LoggerFactory.getLogger(StateEdits.class);
    private static final int ATTEMPTS = 100;

    /**
     * What became of an edit.
     *
     * @param state after it
     * @param at the flag store's state that has it
     */
    record Edited(MigrationState state, SnapshotId at) {}

    private final Node node;
    private final EditableFlagStore store;

    private StateEdits(Node node, EditableFlagStore store) {
        this.node = node;
        this.store = store;
    }

    /** @throws IllegalStateException if the node's store cannot be edited */
    static StateEdits of(Node node) {
        if (node.store() instanceof EditableFlagStore editable) {
            return new StateEdits(node, editable);
        }
        throw new IllegalStateException("The flag store of node '" + node.name()
                + "' cannot be edited, so a migration cannot be moved from here."
                + " Use an EditableFlagStore, such as one in a database.");
    }

    /**
     * Edits the entry of a migration, which is created where there is none. An edit that changes nothing is not written.
     *
     * @throws IllegalStateException if there is none although members of the fleet route by one
     */
    Edited migration(String name, String by, String reason, UnaryOperator<MigrationState> edit) {
        return migration(name, by, reason, () -> edit);
    }

    /** The same, for an edit that depends on more than the state: {@code look} is called each time before the state is read. */
    Edited migration(String name, String by, String reason, Supplier<UnaryOperator<MigrationState>> look) {
        Change begun = Change.by(by, reason);
        for (int attempt = 1; ; attempt++) {
            UnaryOperator<MigrationState> edit = look.get();
            Snapshot snapshot = node.refresh();
            MigrationState known = known(snapshot, name);
            if (known == null && !mayBeCreated(name)) {
                continue; // it is there by now
            }
            MigrationState after = edit.apply(known == null ? created(name) : known);
            Optional<Edited> edited = write(snapshot, known, after, begun, attempt);
            if (edited.isPresent()) {
                return edited.get();
            }
        }
    }

    /** Edits an entry that is there, with who and why of a change that has begun. Without one nothing happens: it was removed, and must not come back by what began before. */
    void existing(String name, Change begun, UnaryOperator<MigrationState> edit) {
        for (int attempt = 1; ; attempt++) {
            Snapshot snapshot = node.refresh();
            MigrationState known = known(snapshot, name);
            if (known == null
                    || write(snapshot, known, edit.apply(known), begun, attempt).isPresent()) {
                return;
            }
        }
    }

    /**
     * Stores an entry again as it is, so nodes are notified of a change; nothing happens if it is another one by now.
     *
     * @throws StaleRevisionException if it is changed meanwhile
     */
    void repeat(MigrationState state, Change begun) {
        Snapshot snapshot = node.refresh();
        if (state.equals(known(snapshot, state.name()))) {
            ChangeId last = snapshot.idOf(EntryKey.migration(state.name()));
            var unused = store.apply(begun.put(state, last));
            node.refresh();
        }
    }

    /**
     * Stores a position that the flag store has lost.
     *
     * @param snapshot what it has instead
     * @throws StaleRevisionException if the entry is changed meanwhile
     */
    void restore(Snapshot snapshot, MigrationState lost, Change begun) {
        ChangeId last = snapshot.idOf(EntryKey.migration(lost.name()));
        var unused = store.apply(begun.restore(lost, last));
        node.refresh();
    }

    private static @Nullable MigrationState known(Snapshot snapshot, String name) {
        return snapshot.document().migrations().get(name);
    }

    /**
     * Another incarnation each time: nodes that route by one that was removed then do not take the new one's versions
     * for theirs.
     */
    private static MigrationState created(String name) {
        String incarnation = UUID.randomUUID().toString().replace("-", "");
        return MigrationState.startingAt(name, incarnation, Stage.OFF);
    }

    /** There was no entry. The fleet is asked only now: to edit one that is there, which a rollback does, needs the flag store alone. */
    private boolean mayBeCreated(String name) {
        Optional<String> routing = Nodes.routing(node.fleet().members(name));
        if (routing.isEmpty()) {
            return true;
        }
        // After the members were seen: they do not route by an entry that was created meanwhile.
        if (known(node.refresh(), name) != null) {
            return false;
        }
        throw new IllegalStateException("The flag store has no entry of migration '" + name + "', but "
                + routing.get()
                + ": the entry was removed, or the flag store was set back. A new entry would begin with all keys at OFF, and"
                + " lose what these nodes have written. Restore the entry, or stop these nodes first.");
    }

    /** A faster change is seen when the store is read again. If there is none, trying again would be in vain. */
    private void checkProgress(EntryKey key, Snapshot tried) {
        Snapshot now = node.refresh();
        if (now.id().equals(tried.id())) {
            throw new IllegalStateException(
                    "The flag store refuses a change of " + key.name() + " that was made from revision "
                            + tried.revision() + ", and node '" + node.name()
                            + "' reads no other one: what it reads is behind what it writes. Nothing was changed. A store must be read where it is written,"
                            + " and not from a replica.");
        }
    }

    /** Empty if another one was faster. */
    private Optional<Edited> write(
            Snapshot snapshot, @Nullable MigrationState known, MigrationState after, Change begun, int attempt) {
        if (after.equals(known)) {
            return Optional.of(new Edited(after, snapshot.id()));
        }
        EntryKey key = EntryKey.migration(after.name());
        SnapshotId at;
        try {
            at = store.apply(begun.put(after, snapshot.idOf(key))).id();
        } catch (StaleRevisionException e) {
            if (attempt == ATTEMPTS) {
                throw e;
            }
            checkProgress(key, snapshot);
            return Optional.empty();
        } catch (FlagStoreException e) {
            return Optional.of(storedAllTheSame(after, e));
        }
        try {
            node.refresh();
        } catch (RuntimeException e) { // it is stored all the same, and the node reads it when it can
            log.warn(
                    "Node '{}' cannot read back its change of migration={}, which is stored; it uses the change as soon as it can.",
                    node.name(),
                    after.name(),
                    e);
        }
        return Optional.of(new Edited(after, at));
    }

    /** The answer may be lost, and not the change: reading the store shows it. */
    private Edited storedAllTheSame(MigrationState after, FlagStoreException failure) {
        try {
            Snapshot now = node.refresh();
            if (after.equals(known(now, after.name()))) {
                return new Edited(after, now.id());
            }
        } catch (RuntimeException e) {
            failure.addSuppressed(e);
        }
        throw failure;
    }
}
