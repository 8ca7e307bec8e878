package dev.turnout.flags.http.server;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.turnout.flags.Flags;
import dev.turnout.flags.document.DocumentException;
import dev.turnout.flags.document.EntryKey;
import dev.turnout.flags.http.server.AccessControl.Access;
import dev.turnout.flags.migration.Controller;
import dev.turnout.flags.rule.Bucketing;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.IllegalMoveException;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.store.ChangeId;
import dev.turnout.flags.store.Snapshot;
import dev.turnout.flags.store.StaleRevisionException;
import io.javalin.http.Context;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** {@code /migrations}: where they are, and moving them. */
final class MigrationRoutes {
    private final Flags flags;
    private final EntryEdits edits;
    private final Map<String, Controller> controllers;
    private final LiveSamples samples;
    private final Streams streams;

    MigrationRoutes(
            Flags flags, EntryEdits edits, Map<String, Controller> controllers, LiveSamples samples, Streams streams) {
        this.flags = flags;
        this.edits = edits;
        this.controllers = Map.copyOf(controllers);
        this.samples = samples;
        this.streams = streams;
    }

    void addTo(Routes routes) {
        String one = "/api/v1/migrations/{name}";
        routes.get("/api/v1/migrations", this::list, Access.READ);
        routes.get(one, this::get, Access.READ);
        routes.stream(one + "/samples", this::stream, Access.READ);
        routes.put(one + "/goal", this::setGoal, Access.EDIT);
        routes.post(one + "/move", this::move, Access.EDIT);
        routes.post(one + "/advance", this::advance, Access.EDIT);
        routes.post(one + "/rollback", this::rollBack, Access.OPERATE);
        routes.post(one + "/rollback-now", this::rollBackNow, Access.OPERATE);
        routes.post(one + "/pause", ctx -> pause(ctx, true), Access.OPERATE);
        routes.post(one + "/resume", ctx -> pause(ctx, false), Access.OPERATE);
    }

    private void list(Context ctx) {
        Snapshot snapshot = flags.state();
        Set<String> names = new TreeSet<>(snapshot.document().migrations().keySet());
        names.addAll(controllers.keySet());
        names.addAll(samples.migrations());
        ObjectNode view = Json.object()
                .put("revision", snapshot.revision())
                .put("editable", edits.whyNotEdit(ctx).isEmpty());
        ArrayNode migrations = view.putArray("migrations");
        names.forEach(name -> migrations.add(view(ctx, snapshot, name)));
        FlagServer.answer(ctx, view);
    }

    private void get(Context ctx) {
        answer(ctx, flags.state(), name(ctx));
    }

    private void stream(Context ctx) {
        String name = name(ctx);
        streams.serve(ctx, samples.topic(name), () -> samples.recent(name));
    }

    private void setGoal(Context ctx) {
        String name = name(ctx);
        ChangeId expected = Requests.expected(ctx);
        Move move = move(ctx, Requests.body(ctx));
        checkPlaceToStay(move.goal());
        MigrationState wanted =
                stateToEdit(edits.newest(), name).withGoal(move.goal()).paused(false);
        checkReachable(wanted);
        answer(ctx, apply(move, wanted, expected), name);
    }

    private Snapshot apply(Move move, MigrationState wanted, ChangeId expected) {
        try {
            return edits.apply(move.wish().change().put(wanted, expected));
        } catch (DocumentException e) {
            throw Problem.invalid(e, EntryKey.migration(wanted.name()).pointer() + "/goal", "");
        }
    }

    private static void checkPlaceToStay(Goal goal) {
        if (goal.stage() == Stage.SYNC || goal.cohorts().containsValue(Stage.SYNC)) {
            throw Problem.invalid(
                    goal.stage() == Stage.SYNC ? "/stage" : "/cohorts",
                    "SYNC is no place to stay: the controller passes it on the way to a stage on the other side");
        }
    }

    private static void checkReachable(MigrationState wanted) {
        try {
            wanted.crossing();
        } catch (IllegalArgumentException e) {
            throw Problem.invalid("/cohorts", String.valueOf(e.getMessage()));
        }
    }

    private void move(Context ctx) {
        String name = name(ctx);
        ChangeId expected = Requests.expected(ctx);
        Move move = move(ctx, Requests.body(ctx));
        edits.store();
        Controller controller = controllers.get(name);
        if (controller == null) {
            throw Problem.noController(name);
        }
        EntryKey key = EntryKey.migration(name);
        Snapshot now = edits.newest();
        if (!now.idOf(key).equals(expected)) {
            throw edits.stale(new StaleRevisionException(
                    key, expected, now.lastChange(key).orElse(null)));
        }
        var unused = edits.inTime(() -> moveNow(controller, move));
        answer(ctx, edits.newest(), name);
    }

    private static MigrationState moveNow(Controller controller, Move move) {
        try {
            return controller.moveNow(move.goal(), move.wish().by(), move.wish().reason());
        } catch (IllegalMoveException e) {
            throw Problem.illegalMove(e);
        } catch (DocumentException e) {
            String migration = EntryKey.migration(controller.migration()).pointer();
            throw Problem.invalid(e, migration + "/goal", "");
        } catch (IllegalArgumentException e) {
            throw Problem.invalid("/cohorts", String.valueOf(e.getMessage()));
        }
    }

    private void advance(Context ctx) {
        String name = name(ctx);
        Requests.Wish wish = wishAlone(ctx);
        edits.store();
        Controller controller = controllers.get(name);
        if (controller == null) {
            throw Problem.noController(name);
        }
        try {
            var unused = edits.inTime(() -> controller.advance(wish.by(), wish.reason()));
        } catch (IllegalMoveException e) {
            throw Problem.illegalMove(e);
        }
        answer(ctx, edits.newest(), name);
    }

    /** Takes no revision: the rollback is open to the operator on call, also during other changes. */
    private void rollBack(Context ctx) {
        edit(ctx, state -> state.withGoal(state.rollBackTarget()).paused(false));
    }

    /** Reads no store, as it is for when there is none: what it cannot set for all nodes it does on this one; the answer has the remaining work. */
    private void rollBackNow(Context ctx) {
        String name = name(ctx);
        Requests.Wish wish = wishAlone(ctx);
        Controller controller = controllers.get(name);
        if (controller == null) {
            throw Problem.noController(name);
        }
        Controller.Emergency emergency = controller.rollBackNow(wish.by(), wish.reason());
        FlagServer.answer(
                ctx, Json.object().put("everywhere", emergency.everywhere()).put("told", emergency.told()));
    }

    private void pause(Context ctx, boolean pause) {
        edit(ctx, state -> state.paused(pause));
    }

    private void edit(Context ctx, UnaryOperator<MigrationState> change) {
        String name = name(ctx);
        Requests.Wish wish = wishAlone(ctx);
        Snapshot applied = edits.applyToNewest(
                now -> wish.change().put(change.apply(stateToEdit(now, name)), now.idOf(EntryKey.migration(name))));
        answer(ctx, applied, name);
    }

    private static Requests.Wish wishAlone(Context ctx) {
        Fields body = Requests.body(ctx);
        Requests.Wish wish = Requests.wish(ctx, body);
        body.nothingElse();
        return wish;
    }

    /** What a caller wants, and why. */
    private record Move(Goal goal, Requests.Wish wish) {}

    private static Move move(Context ctx, Fields body) {
        Requests.Wish wish = Requests.wish(ctx, body);
        Stage stage = body.oneOf("stage", Stage.class);
        int share = (int) body.wholeNumber("sharePpm", 0, Bucketing.PARTS);
        Map<String, Stage> cohorts = body.mapOf("cohorts", Stage.class);
        body.nothingElse();
        return new Move(new Goal(stage, share, cohorts), wish);
    }

    private String name(Context ctx) {
        String name = ctx.pathParam("name");
        boolean known = flags.state().document().migrations().containsKey(name)
                || controllers.containsKey(name)
                || samples.migrations().contains(name);
        if (!known) {
            throw Problem.notFound("There is no migration '" + name + "'.");
        }
        return name;
    }

    /** A migration that was never moved is not in the store. */
    private static MigrationState state(Snapshot snapshot, String name) {
        MigrationState state = snapshot.document().migrations().get(name);
        return state == null ? MigrationState.startingAt(name, Stage.OFF) : state;
    }

    /** One that is not in the store yet becomes an entry that no node takes for an earlier one of this name. */
    private static MigrationState stateToEdit(Snapshot snapshot, String name) {
        MigrationState state = snapshot.document().migrations().get(name);
        return state == null ? MigrationState.startingAt(name, UUID.randomUUID().toString(), Stage.OFF) : state;
    }

    private void answer(Context ctx, Snapshot snapshot, String name) {
        ctx.header("ETag", Requests.etag(snapshot.idOf(EntryKey.migration(name))));
        FlagServer.answer(ctx, view(ctx, snapshot, name));
    }

    private ObjectNode view(Context ctx, Snapshot snapshot, String name) {
        String whyNotEdit = edits.whyNotEdit(ctx);
        String whyNotOperate = edits.whyNotOperate(ctx);
        EntryKey key = EntryKey.migration(name);
        MigrationState state = state(snapshot, name);
        ObjectNode view = Json.object()
                .put("name", name)
                .put("id", snapshot.idOf(key).toString())
                .put("revision", snapshot.revisionOf(key))
                .put("editable", whyNotEdit.isEmpty())
                .put("whyNotEditable", whyNotEdit)
                .put("operable", whyNotOperate.isEmpty())
                .put("whyNotOperable", whyNotOperate)
                .put("entry", state.incarnation())
                .put("version", state.version())
                .put("paused", state.paused())
                .put("atGoal", state.isAtGoal());
        view.set("position", Views.position(state.position()));
        view.set("goal", Views.goal(state.goal()));
        view.set("rollBackTarget", Views.goal(state.rollBackTarget()));
        view.set(
                "members",
                Views.members(
                        flags.fleet().members(name),
                        snapshot.document().migrations().get(name)));
        addWhatTheControllerKnows(view, controllers.get(name));
        Views.lastChange(view, snapshot, key);
        return view;
    }

    private static void addWhatTheControllerKnows(ObjectNode view, @Nullable Controller controller) {
        view.put("controlled", controller != null);
        view.putArray("blockers");
        view.putArray("legalMoves");
        view.putArray("gates");
        if (controller != null) {
            Controller.Status status = controller.status();
            view.set("blockers", Views.blockers(status.blockers()));
            view.set("legalMoves", Views.stages(status.legalMoves()));
            view.set("gates", Views.gates(status.gates()));
        }
    }
}
