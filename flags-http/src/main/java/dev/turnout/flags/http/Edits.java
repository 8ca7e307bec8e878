package dev.turnout.flags.http;

import dev.turnout.flags.Flags;
import dev.turnout.flags.document.EntryKey;
import dev.turnout.flags.fleet.Member;
import dev.turnout.flags.store.Change;
import dev.turnout.flags.store.EditableFlagStore;
import dev.turnout.flags.store.Snapshot;
import dev.turnout.flags.store.StaleRevisionException;
import java.util.List;
import java.util.function.Function;

/** Changes the flag store on behalf of callers, and tells them of whoever was faster. Thread-safe. */
final class Edits {
    private static final int ATTEMPTS = 100;

    private final Flags flags;

    Edits(Flags flags) {
        this.flags = flags;
    }

    boolean isPossible() {
        return flags.store() instanceof EditableFlagStore;
    }

    EditableFlagStore store() {
        if (flags.store() instanceof EditableFlagStore editable) {
            return editable;
        }
        throw Problem.readOnly();
    }

    /** Applies a change once. */
    Snapshot apply(Change change) {
        change.edits().forEach((key, edit) -> {
            if (key.kind() == EntryKey.Kind.MIGRATION && edit.value() == null) {
                checkNotRouted(key.name());
            }
        });
        try {
            return used(store().apply(change));
        } catch (StaleRevisionException e) {
            throw stale(e);
        }
    }

    /** Nodes keep the position of an entry that is removed, while one that starts without it uses the old path alone. */
    private void checkNotRouted(String migration) {
        List<String> nodes = flags.fleet().members(migration).stream()
                .map(Member::node)
                .distinct()
                .toList();
        if (!nodes.isEmpty()) {
            throw Problem.routed(migration, nodes);
        }
    }

    /** Applies the change that {@code make} makes of the newest state, as often as somebody else is faster. */
    Snapshot applyToNewest(Function<Snapshot, Change> make) {
        EditableFlagStore store = store();
        for (int attempt = 1; ; attempt++) {
            try {
                return used(store.apply(make.apply(flags.refresh())));
            } catch (StaleRevisionException e) {
                if (attempt == ATTEMPTS) {
                    throw stale(e);
                }
            }
        }
    }

    /** So that whoever made the change sees it in whatever they ask next. */
    private Snapshot used(Snapshot applied) {
        if (!flags.state().id().follows(applied.id())) {
            flags.refresh();
        }
        return applied;
    }

    Problem stale(StaleRevisionException e) {
        Snapshot now = flags.refresh();
        EntryKey key = e.key();
        return Problem.stale(
                String.valueOf(e.getMessage()),
                body -> body.put("kind", key.kind().name())
                        .put("name", key.name())
                        .put("expected", e.expected().toString())
                        .set(
                                "current",
                                now.document()
                                        .entry(key)
                                        .map(entry -> Views.entry(now, key, entry))
                                        .orElse(null)));
    }
}
