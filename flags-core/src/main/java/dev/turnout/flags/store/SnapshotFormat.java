package dev.turnout.flags.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.turnout.flags.document.DocumentException;
import dev.turnout.flags.document.DocumentReader;
import dev.turnout.flags.document.DocumentWriter;
import dev.turnout.flags.document.EntryKey;
import dev.turnout.flags.document.FlagDocument;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/** A whole {@link Snapshot} as JSON: its revision, the document, and the last change of each entry. */
public final class SnapshotFormat {
    private static final ObjectMapper JSON = new ObjectMapper();

    private SnapshotFormat() {}

    /** In one line. */
    public static String toJson(Snapshot snapshot) {
        ObjectNode changes = JSON.createObjectNode();
        for (EntryKey.Kind kind : EntryKey.Kind.values()) {
            ObjectNode section = changes.putObject(kind.section());
            snapshot.changes().forEach((key, change) -> {
                if (key.kind() == kind) {
                    section.putObject(key.name())
                            .put("revision", change.revision())
                            .put("nonce", change.id().nonce())
                            .put("at", change.at().toString())
                            .put("by", change.by())
                            .put("reason", change.reason())
                            .put("step", change.step());
                }
            });
        }
        SnapshotId id = snapshot.id();
        return "{\"revision\":" + id.revision() + ",\"nonce\":\"" + id.nonce() + "\",\"incarnation\":\""
                + id.incarnation() + "\",\"document\":" + DocumentWriter.toJson(snapshot.document())
                + ",\"changes\":" + changes + "}";
    }

    /**
     * Reads it.
     *
     * @param source what to call it in messages
     * @throws DocumentException if it is not valid
     */
    public static Snapshot fromJson(String source, String json) {
        try {
            JsonNode root = JSON.readTree(json);
            if (!root.path("revision").isIntegralNumber()) {
                throw new DocumentException("/revision", source + " has no revision");
            }
            FlagDocument document =
                    DocumentReader.read(source, root.path("document").toString());
            Map<EntryKey, LastChange> changes = new HashMap<>();
            for (EntryKey.Kind kind : EntryKey.Kind.values()) {
                root.path("changes")
                        .path(kind.section())
                        .properties()
                        .forEach(entry -> changes.put(new EntryKey(kind, entry.getKey()), change(entry.getValue())));
            }
            return new Snapshot(id(root), document, changes);
        } catch (JsonProcessingException | DateTimeException | IllegalArgumentException e) {
            throw new DocumentException("", source + " is not a state of a flag store: " + e.getMessage());
        }
    }

    /** Builds that do not know of more have written the revision alone. */
    private static SnapshotId id(JsonNode root) {
        return new SnapshotId(
                root.path("incarnation").asText(),
                root.path("revision").longValue(),
                root.path("nonce").asText());
    }

    private static LastChange change(JsonNode node) {
        return new LastChange(
                new ChangeId(
                        node.path("revision").longValue(), node.path("nonce").asText()),
                Instant.parse(node.path("at").asText()),
                node.path("by").asText(),
                node.path("reason").asText(),
                node.path("step").asText());
    }
}
