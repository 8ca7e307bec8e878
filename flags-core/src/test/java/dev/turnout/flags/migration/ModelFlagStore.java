package dev.turnout.flags.migration;

import dev.turnout.flags.document.EntryKey;
import dev.turnout.flags.document.FlagDocument;
import dev.turnout.flags.migration.Baton.Ending;
import dev.turnout.flags.store.AuditEntry;
import dev.turnout.flags.store.Change;
import dev.turnout.flags.store.EditableFlagStore;
import dev.turnout.flags.store.InMemoryFlagStore;
import dev.turnout.flags.store.Snapshot;
import dev.turnout.flags.store.StaleRevisionException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** Remembers each state for the nodes that read it late. */
final class ModelFlagStore implements EditableFlagStore {
    private final Baton baton;
    private final List<Snapshot> states = new ArrayList<>();
    private final Set<Integer> lost = new HashSet<>();
    private Snapshot current;

    ModelFlagStore(Baton baton, FlagDocument document) {
        this.baton = baton;
        current = new InMemoryFlagStore(document).read();
        states.add(current);
    }

    /** All there have ever been, in their order: where the store was set back, with those that it has lost. */
    List<Snapshot> states() {
        return states;
    }

    @Override
    public Snapshot read() {
        return current;
    }

    @Override
    public Snapshot apply(Change change) {
        Ending ending = baton.step("store.apply", true);
        if (ending == Ending.FAILS_BEFORE) {
            throw new IllegalStateException("the flag store failed");
        }
        try {
            becomes(current.apply(change, Instant.EPOCH).snapshot());
        } catch (StaleRevisionException e) {
            baton.nothingHappened();
            throw e;
        }
        if (ending == Ending.FAILS_AFTER) {
            throw new IllegalStateException("the answer of the flag store was lost");
        }
        return current;
    }

    private void becomes(Snapshot next) {
        current = next;
        states.add(next);
    }

    /** Loses so many changes, as far as there are any: a node that has not read them will not read them any more. */
    void goBack(int changes) {
        int last = states.size() - 1;
        int kept = Math.max(0, last - changes);
        for (int i = kept + 1; i <= last; i++) {
            lost.add(i);
        }
        becomes(states.get(kept));
    }

    boolean isLost(int place) {
        return lost.contains(place);
    }

    /** What differs, apart from the times of changes. */
    String state() {
        return current.document().migrations() + "." + current.revisionOf(EntryKey.migration(World.NAME));
    }

    @Override
    public List<AuditEntry> history(int limit) {
        return List.of();
    }

    @Override
    public Subscription watch(Consumer<Snapshot> watcher) {
        return () -> {};
    }

    @Override
    public void close() {}
}
