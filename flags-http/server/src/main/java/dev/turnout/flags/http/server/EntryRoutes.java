package dev.turnout.flags.http.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.turnout.flags.Flags;
import dev.turnout.flags.document.DocumentException;
import dev.turnout.flags.document.DocumentReader;
import dev.turnout.flags.document.DocumentWriter;
import dev.turnout.flags.document.Entry;
import dev.turnout.flags.document.EntryKey;
import dev.turnout.flags.http.server.AccessControl.Access;
import dev.turnout.flags.rule.Keys;
import dev.turnout.flags.store.Change;
import dev.turnout.flags.store.ChangeId;
import dev.turnout.flags.store.LastChange;
import dev.turnout.flags.store.Snapshot;
import dev.turnout.flags.store.StaleRevisionException;
import io.javalin.http.Context;
import java.util.List;
import java.util.Locale;

/** {@code /flags} and {@code /cohorts}: entries that users edit as a whole. */
final class EntryRoutes {
    private final Flags flags;
    private final EntryEdits edits;
    private final EntryKey.Kind kind;

    EntryRoutes(Flags flags, EntryEdits edits, EntryKey.Kind kind) {
        this.flags = flags;
        this.edits = edits;
        this.kind = kind;
    }

    void addTo(Routes routes) {
        String all = "/api/v1/" + kind.section();
        routes.get(all, this::list, Access.READ);
        routes.get(all + "/{name}", this::get, Access.READ);
        routes.put(all + "/{name}", this::put, Access.EDIT);
        routes.patch(all + "/{name}", this::patch, Access.EDIT);
        routes.delete(all + "/{name}", this::delete, Access.EDIT);
    }

    private void list(Context ctx) {
        Snapshot snapshot = flags.state();
        ObjectNode view = Json.object()
                .put("revision", snapshot.revision())
                .put("editable", edits.whyNotEdit(ctx).isEmpty());
        ArrayNode entries = view.putArray(kind.section());
        snapshot.document().entries(kind).forEach(entry -> entries.add(Views.entry(snapshot, entry.key(), entry)));
        FlagServer.answer(ctx, view);
    }

    private void get(Context ctx) {
        answer(ctx, flags.state(), key(ctx));
    }

    private void put(Context ctx) {
        EntryKey key = key(ctx);
        ChangeId expected = Requests.expected(ctx);
        Fields body = Requests.body(ctx);
        Requests.Wish wish = Requests.wish(ctx, body);
        JsonNode value = body.required("value");
        body.nothingElse();
        Entry entry = entry(key, value, body.pointer("value"));
        ctx.status(expected.equals(Change.ABSENT) ? 201 : 200);
        try {
            answer(ctx, edits.apply(wish.change().put(entry, expected)), key);
        } catch (DocumentException e) {
            throw Problem.invalid(e, key.pointer(), body.pointer("value"));
        }
    }

    /**
     * Replaces single values. What the caller leaves alone stays as it is, also where its language cannot hold it: JavaScript would round
     * large numbers, and put names that look like numbers into another order, which would change the variants of a split.
     */
    private void patch(Context ctx) {
        EntryKey key = key(ctx);
        ChangeId expected = Requests.expected(ctx);
        Fields body = Requests.body(ctx);
        Requests.Wish wish = Requests.wish(ctx, body);
        List<Fields> wanted = body.objects("edits");
        body.nothingElse();
        if (wanted.isEmpty()) {
            throw Problem.invalid("/edits", "a change has at least one edit");
        }
        Snapshot now = edits.newest();
        if (!now.idOf(key).equals(expected)) {
            LastChange current = now.lastChange(key).orElse(null);
            throw edits.stale(new StaleRevisionException(key, expected, current));
        }
        Entry before = now.document().entry(key).orElseThrow(() -> absent(key));
        Patch patch = new Patch(DocumentWriter.entryToJson(before));
        wanted.forEach(patch::replace);
        try {
            Entry entry = DocumentReader.entryFromJson(key, patch.result());
            answer(ctx, edits.apply(wish.change().put(entry, expected)), key);
        } catch (DocumentException e) {
            throw patch.problem(e, key);
        }
    }

    /** Reads an entry that a caller has sent; an error names its place in the body. */
    static Entry entry(EntryKey key, JsonNode value, String pointer) {
        try {
            return DocumentReader.entryFromJson(key, value.toString());
        } catch (DocumentException e) {
            throw Problem.invalid(e, key.pointer(), pointer);
        }
    }

    private void delete(Context ctx) {
        EntryKey key = key(ctx);
        ChangeId expected = Requests.expected(ctx);
        Fields body = Requests.body(ctx);
        Requests.Wish wish = Requests.wish(ctx, body);
        body.nothingElse();
        try {
            edits.apply(wish.change().remove(key, expected));
        } catch (DocumentException e) {
            throw Problem.invalid(e, "", "");
        }
        ctx.status(204);
    }

    private EntryKey key(Context ctx) {
        return key(ctx, kind);
    }

    static EntryKey key(Context ctx, EntryKey.Kind kind) {
        String what = kind.name().toLowerCase(Locale.ROOT);
        try {
            return new EntryKey(kind, Keys.check(what, ctx.pathParam("name")));
        } catch (IllegalArgumentException e) {
            throw Problem.badRequest(String.valueOf(e.getMessage()));
        }
    }

    private void answer(Context ctx, Snapshot snapshot, EntryKey key) {
        Entry entry = snapshot.document().entry(key).orElseThrow(() -> absent(key));
        ctx.header("ETag", Requests.etag(snapshot.idOf(key)));
        String whyNot = edits.whyNotEdit(ctx);
        FlagServer.answer(
                ctx,
                Views.entry(snapshot, key, entry)
                        .put("editable", whyNot.isEmpty())
                        .put("whyNotEditable", whyNot));
    }

    static Problem absent(EntryKey key) {
        return Problem.notFound("There is no " + key + ".");
    }
}
