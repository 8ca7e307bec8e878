package dev.turnout.flags.http.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.turnout.flags.Flags;
import dev.turnout.flags.document.DocumentException;
import dev.turnout.flags.document.Entry;
import dev.turnout.flags.document.EntryKey;
import dev.turnout.flags.http.server.AccessControl.Access;
import dev.turnout.flags.rule.Keys;
import dev.turnout.flags.stage.Blocker;
import dev.turnout.flags.stage.Facts;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.store.Change;
import dev.turnout.flags.store.ChangeId;
import dev.turnout.flags.store.EditableFlagStore;
import dev.turnout.flags.store.FlagStoreException;
import dev.turnout.flags.store.Snapshot;
import io.javalin.http.Context;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The store as a whole, as other programs use it: {@code /snapshot}, {@code /changes} and {@code /history}. */
final class DocumentRoutes {
    private static final int MOST_HISTORY = 200;
    private static final int USUAL_HISTORY = 50;
    private static final Facts NOBODY_MAY_CROSS =
            new Facts(false, "", slice -> List.of(new Blocker.ControllerNeeded()));

    private final Flags flags;
    private final EntryEdits edits;
    private final FreshReads reads;

    DocumentRoutes(Flags flags, EntryEdits edits, FreshReads reads) {
        this.flags = flags;
        this.edits = edits;
        this.reads = reads;
    }

    void addTo(Routes routes) {
        routes.get("/api/v1/snapshot", this::snapshot, Access.READ);
        routes.get("/api/v1/history", this::history, Access.READ);
        routes.post("/api/v1/changes", this::apply, Access.EDIT);
    }

    /**
     * What this server remembers, which costs no read of the store; with {@code ?fresh=true}, what the store has now, or no answer. Nodes that
     * route a migration need that: by an older state they would write to a path that the others have left.
     */
    private void snapshot(Context ctx) {
        Snapshot snapshot = isFresh(ctx.queryParam("fresh")) ? fresh(ctx) : flags.state();
        String etag = Requests.etag(snapshot.id());
        ctx.header("ETag", etag).header("Cache-Control", "no-cache");
        if (etag.equals(ctx.header("If-None-Match"))) {
            ctx.status(304);
        } else {
            FlagServer.answer(ctx, Views.snapshot(snapshot));
        }
    }

    /** Without a line in the log for each of the nodes that ask: the store reports its outage itself. */
    private Snapshot fresh(Context ctx) {
        try {
            return reads.get();
        } catch (FlagStoreException e) {
            ctx.header("Retry-After", "5");
            throw Problem.storeFailed(String.valueOf(e.getMessage()));
        }
    }

    private static boolean isFresh(@Nullable String said) {
        if (said == null || said.equals("false")) {
            return false;
        }
        if (!said.equals("true")) {
            throw Problem.badRequest("'fresh' must be true or false.");
        }
        return true;
    }

    private void history(Context ctx) {
        int limit = limit(ctx.queryParam("limit"));
        EntryKey key = entry(ctx.queryParam("kind"), ctx.queryParam("name"));
        ObjectNode view = Json.object();
        ArrayNode changes = view.putArray("changes");
        if (flags.store() instanceof EditableFlagStore store) {
            edits.inTime(() -> key == null ? store.history(limit) : store.history(key, limit))
                    .forEach(audit -> changes.add(Views.audit(audit)));
        }
        FlagServer.answer(ctx, view);
    }

    /** The entry whose changes are asked for; {@code null} for all. */
    private static @Nullable EntryKey entry(@Nullable String kind, @Nullable String name) {
        if (kind == null && name == null) {
            return null;
        }
        for (EntryKey.Kind known : EntryKey.Kind.values()) {
            if (known.name().equals(kind) && name != null) {
                return new EntryKey(known, name);
            }
        }
        throw Problem.badRequest(
                "'kind' must be one of " + List.of(EntryKey.Kind.values()) + ", and 'name' an entry's name.");
    }

    private static int limit(@Nullable String said) {
        if (said == null) {
            return USUAL_HISTORY;
        }
        if (!said.matches("[1-9][0-9]{0,2}") || Integer.parseInt(said) > MOST_HISTORY) {
            throw Problem.badRequest("'limit' must be from 1 to " + MOST_HISTORY + ".");
        }
        return Integer.parseInt(said);
    }

    private void apply(Context ctx) {
        Fields body = Requests.body(ctx);
        Change change = Requests.wish(ctx, body).change();
        change = body.optionalText("step")
                .map(change::step)
                .orElse(change); // of a controller whose store this server is
        List<Fields> wanted = body.objects("edits");
        body.nothingElse();
        if (wanted.isEmpty()) {
            throw Problem.invalid("/edits", "a change has at least one edit");
        }
        Snapshot now = edits.newest();
        for (Fields edit : wanted) {
            change = with(change, edit, now);
        }
        try {
            FlagServer.answer(ctx, Views.snapshot(edits.apply(change)));
        } catch (DocumentException e) {
            throw Problem.invalid(e, "", "");
        }
    }

    private Change with(Change change, Fields edit, Snapshot now) {
        EntryKey.Kind kind = edit.oneOf("kind", EntryKey.Kind.class);
        EntryKey key = new EntryKey(kind, edit.text("name"));
        ChangeId expected = expected(edit);
        JsonNode value = edit.required("value");
        edit.nothingElse();
        try {
            Keys.check(kind.section(), key.name());
            if (value.isNull()) {
                return change.remove(key, expected);
            }
            Entry entry = EntryRoutes.entry(key, value, edit.pointer("value"));
            if (entry instanceof Entry.OfMigration next) {
                checkMove(now, next.state(), expected);
            }
            return change.put(entry, expected);
        } catch (IllegalArgumentException e) {
            throw Problem.invalid(edit.pointer("name"), String.valueOf(e.getMessage()));
        }
    }

    /** {@code null} stands for an entry that is not there. */
    private static ChangeId expected(Fields edit) {
        if (edit.required("expected").isNull()) {
            return Change.ABSENT;
        }
        try {
            return ChangeId.of(edit.text("expected"));
        } catch (IllegalArgumentException e) {
            throw Problem.invalid(edit.pointer("expected"), String.valueOf(e.getMessage()));
        }
    }

    /** Refuses what only a controller beside the paths may do: it alone knows whether the sweep in SYNC has finished. */
    private void checkMove(Snapshot now, MigrationState next, ChangeId expected) {
        MigrationState before = now.document().migrations().get(next.name());
        if (before == null || !now.idOf(EntryKey.migration(next.name())).equals(expected)) {
            return; // new, or stale: the store reports that
        }
        List<Blocker> blockers = Crossing.isBetween(before.position(), next.position())
                ? List.of(new Blocker.ControllerNeeded())
                : before.blockersOfNext(next);
        if (!blockers.isEmpty()) {
            throw Problem.illegalMove(
                    "Migration '" + next.name() + "' cannot change its position like that: "
                            + Blocker.messages(blockers) + ".",
                    blockers,
                    before.legalMoves(NOBODY_MAY_CROSS));
        }
    }
}
