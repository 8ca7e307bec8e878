package dev.turnout.flags.http.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.turnout.flags.document.DocumentWriter;
import dev.turnout.flags.document.Entry;
import dev.turnout.flags.document.EntryKey;
import dev.turnout.flags.migration.Gate;
import dev.turnout.flags.spi.Member;
import dev.turnout.flags.stage.Blocker;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Position;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.stage.StateId;
import dev.turnout.flags.store.AuditEntry;
import dev.turnout.flags.store.LastChange;
import dev.turnout.flags.store.Snapshot;
import dev.turnout.flags.store.SnapshotFormat;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The server's views of flags, cohorts and migrations, as JSON. */
final class Views {
    private Views() {}

    static JsonNode snapshot(Snapshot snapshot) {
        return Json.embedded(SnapshotFormat.toJson(snapshot));
    }

    /** An entry that is in the snapshot. */
    static ObjectNode entry(Snapshot snapshot, EntryKey key, Entry entry) {
        ObjectNode view = Json.object()
                .put("name", key.name())
                .put("id", snapshot.idOf(key).toString())
                .put("revision", snapshot.revisionOf(key));
        lastChange(view, snapshot, key);
        view.set("value", Json.embedded(DocumentWriter.entryToJson(entry)));
        return view;
    }

    static void lastChange(ObjectNode view, Snapshot snapshot, EntryKey key) {
        view.set("lastChange", snapshot.lastChange(key).map(Views::change).orElse(null));
    }

    static ObjectNode change(LastChange change) {
        return Json.object()
                .put("revision", change.revision())
                .put("nonce", change.id().nonce())
                .put("at", change.at().toString())
                .put("by", change.by())
                .put("reason", change.reason())
                .put("step", change.step());
    }

    static ObjectNode audit(AuditEntry audit) {
        ObjectNode view = change(audit.change());
        ArrayNode edits = view.putArray("edits");
        for (AuditEntry.Edit edit : audit.edits()) {
            ObjectNode one = edits.addObject()
                    .put("kind", edit.key().kind().name())
                    .put("name", edit.key().name());
            one.set("before", edit.before().isEmpty() ? null : Json.embedded(edit.before()));
            one.set("after", edit.after().isEmpty() ? null : Json.embedded(edit.after()));
        }
        return view;
    }

    static ArrayNode stages(List<Stage> stages) {
        ArrayNode array = Json.array();
        stages.forEach(stage -> array.add(stage.name()));
        return array;
    }

    static ObjectNode goal(Goal goal) {
        ObjectNode view = Json.object().put("stage", goal.stage().name()).put("sharePpm", goal.sharePpm());
        ObjectNode cohorts = view.putObject("cohorts");
        goal.cohorts().forEach((cohort, stage) -> cohorts.put(cohort, stage.name()));
        return view.put("text", goal.toString());
    }

    static ObjectNode position(Position position) {
        ObjectNode view = Json.object();
        view.set("shares", shares(position));
        ArrayNode ranges = view.putArray("ranges");
        int from = 0;
        for (Position.Range range : position.ranges()) {
            ranges.addObject()
                    .put("fromPpm", from)
                    .put("belowPpm", range.below())
                    .put("stage", range.slice().stage().name())
                    .put("since", range.slice().since());
            from = range.below();
        }
        ObjectNode cohorts = view.putObject("cohorts");
        position.cohorts()
                .forEach((cohort, slice) -> cohorts.put(cohort, slice.stage().name()));
        return view.put("text", position.toString());
    }

    /** How many parts per million of the keys are at each stage, cohorts aside. */
    static ObjectNode shares(Position position) {
        Map<Stage, Integer> shares = new EnumMap<>(Stage.class);
        int from = 0;
        for (Position.Range range : position.ranges()) {
            shares.merge(range.slice().stage(), range.below() - from, Integer::sum);
            from = range.below();
        }
        ObjectNode view = Json.object();
        for (Stage stage : Stage.values()) {
            view.put(stage.name(), shares.getOrDefault(stage, 0));
        }
        return view;
    }

    static ArrayNode gates(List<Gate> gates) {
        ArrayNode array = Json.array();
        for (Gate gate : gates) {
            ObjectNode one = array.addObject()
                    .put("to", gate.to().name())
                    .put("cost", gate.cost().name())
                    .put("keys", gate.keys())
                    .put("open", gate.isOpen());
            one.set("blockers", blockers(gate.blockers()));
        }
        return array;
    }

    /** Each with its code, its message and its facts, which have the names of the record's components. */
    static ArrayNode blockers(List<Blocker> blockers) {
        ArrayNode array = Json.array();
        for (Blocker blocker : blockers) {
            ObjectNode one = array.addObject().put("code", blocker.code()).put("message", blocker.message());
            addFacts(one, blocker);
        }
        return array;
    }

    private static void addFacts(ObjectNode view, Object facts) {
        for (RecordComponent component : facts.getClass().getRecordComponents()) {
            try {
                Object fact = component.getAccessor().invoke(facts);
                if (fact instanceof Duration duration) {
                    view.put(component.getName() + "Seconds", duration.toMillis() / 1000.0);
                } else {
                    view.set(component.getName(), fact(fact));
                }
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("The facts of a blocker are public.", e);
            }
        }
    }

    private static JsonNode fact(Object fact) {
        if (fact instanceof Goal goal) {
            return goal(goal);
        }
        if (fact instanceof Record record) {
            ObjectNode view = Json.object();
            addFacts(view, record);
            return view;
        }
        if (fact instanceof List<?> facts) {
            ArrayNode array = Json.array();
            facts.forEach(one -> array.add(fact(one)));
            return array;
        }
        return Json.valueOf(fact instanceof Enum<?> constant ? constant.name() : fact);
    }

    /**
     * The nodes that route a migration.
     *
     * @param state that this server knows of it; {@code null} if it knows none
     */
    static ArrayNode members(List<Member> members, @Nullable MigrationState state) {
        StateId known = state == null ? StateId.NONE : state.id();
        ArrayNode array = Json.array();
        for (Member member : members) {
            array.addObject()
                    .put("id", member.id())
                    .put("node", member.node())
                    .put("process", member.process())
                    .put("leaseSeconds", member.lease().toMillis() / 1000.0)
                    .put("revision", member.revision())
                    .put("entry", member.using().incarnation())
                    .put("using", member.using().version())
                    .put("differs", difference(known, member.using()))
                    .put("acknowledged", member.acknowledged())
                    .put("journal", member.journal())
                    .put("keyText", member.keyText());
        }
        return array;
    }

    /** How a member's state is another one than those that led to what this server knows; empty if it is one of them. */
    private static String difference(StateId known, StateId using) {
        if (using.equals(StateId.NONE) || known.follows(using)) {
            return "";
        }
        if (!known.incarnation().equals(using.incarnation()) || known.version() == 0) {
            return "another entry than in this server's flag store";
        }
        return using.version() > known.version()
                ? "ahead of this server's flag store"
                : "another state of this version than in this server's flag store";
    }
}
