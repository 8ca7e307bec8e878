package dev.turnout.flags.http.server;

import dev.turnout.flags.Flags;
import dev.turnout.flags.document.Entry;
import dev.turnout.flags.document.EntryKey;
import dev.turnout.flags.spi.Member;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.store.Change;
import dev.turnout.flags.store.EditableFlagStore;
import dev.turnout.flags.store.FlagStoreException;
import dev.turnout.flags.store.Snapshot;
import dev.turnout.flags.store.StaleRevisionException;
import io.javalin.http.Context;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Changes the flag store on behalf of callers, and reports a change that was faster. Thread-safe. */
final class EntryEdits {
    private static final Logger log = LoggerFactory.getLogger(EntryEdits.class);
    private static final int ATTEMPTS = 100;

    private final Flags flags;
    private final FreshReads reads;
    private final StoreCalls calls;

    EntryEdits(Flags flags, FreshReads reads, StoreCalls calls) {
        this.flags = flags;
        this.reads = reads;
        this.calls = calls;
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
        try {
            return used(store(), change);
        } catch (StaleRevisionException e) {
            throw stale(e);
        }
    }

    /** Nodes that route by an entry keep its position, while one that starts without it, or by another one, uses the old path alone. */
    private void checkNodes(Change change) {
        change.edits().forEach((key, edit) -> {
            if (key.kind() != EntryKey.Kind.MIGRATION) {
                return;
            }
            if (edit instanceof Change.Edit.Remove) {
                checkRemoval(key);
            } else if (edit.expected().equals(Change.ABSENT)
                    && edit.after().orElse(null) instanceof Entry.OfMigration created) {
                checkCreation(key, created.state());
            }
        });
    }

    private void checkRemoval(EntryKey key) {
        List<String> nodes = nodes(key, member -> true);
        if (!nodes.isEmpty()) {
            throw Problem.routed(key.name(), nodes);
        }
    }

    private void checkCreation(EntryKey key, MigrationState created) {
        List<String> nodes = nodes(
                key,
                member -> member.using().version() > 0
                        && !member.using().incarnation().equals(created.incarnation()));
        // After the members were seen: they do not route by an entry that was created meanwhile, which the store
        // reports.
        if (!nodes.isEmpty() && newest().document().entry(key).isEmpty()) {
            throw Problem.routedByLost(key.name(), nodes);
        }
    }

    private List<String> nodes(EntryKey migration, Predicate<Member> which) {
        return flags.fleet().members(migration.name()).stream()
                .filter(which)
                .map(Member::node)
                .distinct()
                .toList();
    }

    /** Applies the change that {@code make} makes of the newest state, as often as another change is faster. */
    Snapshot applyToNewest(Function<Snapshot, Change> make) {
        EditableFlagStore store = store();
        for (int attempt = 1; ; attempt++) {
            try {
                return used(store, make.apply(reads.get()));
            } catch (StaleRevisionException e) {
                if (attempt == ATTEMPTS) {
                    throw stale(e);
                }
            }
        }
    }

    /** Applies it such that the caller sees the change in its next request. */
    private Snapshot used(EditableFlagStore store, Change change) {
        checkNodes(change);
        Snapshot applied = inTime(() -> store.apply(change));
        if (!flags.state().id().follows(applied.id())) {
            try {
                var unused = reads.get();
            } catch (FlagStoreException e) {
                log.debug("The change is stored; it is seen here when the store can be read again.", e);
            }
        }
        return applied;
    }

    /** The newest state. Blocks; see {@link FreshReads}. */
    Snapshot newest() {
        return reads.get();
    }

    /** Something that asks the store, by its answer; see {@link StoreCalls}. */
    <T> T inTime(Supplier<T> call) {
        return calls.call(call);
    }

    /** Why this caller may not change entries here; empty if nothing keeps them from it. */
    String whyNotEdit(Context ctx) {
        return whyNot(ctx, Role.EDIT, "may look, but change nothing");
    }

    /** Why this caller may not pause migrations, or roll them back. */
    String whyNotOperate(Context ctx) {
        return whyNot(ctx, Role.OPERATE, "may only look");
    }

    private String whyNot(Context ctx, Role needed, String less) {
        if (!isPossible()) {
            return "This server's flag store can be read only.";
        }
        return AccessControl.includes(ctx, needed)
                ? ""
                : "The token that you gave " + less + "; this needs the role " + needed + ".";
    }

    Problem stale(StaleRevisionException e) {
        Snapshot now = reads.get();
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
