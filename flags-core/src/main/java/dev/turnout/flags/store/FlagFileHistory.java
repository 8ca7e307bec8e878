package dev.turnout.flags.store;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.turnout.flags.document.DocumentWriter;
import dev.turnout.flags.document.EntryKey;
import dev.turnout.flags.document.FlagDocument;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who changed the entries of a flag file through the library, and why: a file beside it, whose name ends in {@code .history}, with a line of JSON for each
 * change, the newest last. What is wrong with it is logged and keeps no flag from being read or changed. Guarded by the store.
 */
final class FlagFileHistory {
    static final int MOST_REMEMBERED = 1_000;

    private static final Logger log = LoggerFactory.getLogger(FileFlagStore.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long LARGEST = 256 << 20;

    private final Deque<AuditEntry> entries = new ArrayDeque<>(); // newest first
    private String newestText = ""; // its checksum
    private long sizeRead = -1;
    private int lines;

    static Path besides(Path file) {
        return file.resolveSibling(file.getFileName() + ".history");
    }

    List<AuditEntry> newest(int limit) {
        return entries.stream().limit(limit).toList();
    }

    /** The revision of the newest change; 0 if there was none. */
    long revision() {
        return entries.isEmpty() ? 0 : entries.getFirst().change().revision();
    }

    /** The last change of each entry of a document that is still what that change made of it. */
    Map<EntryKey, LastChange> changesOf(FlagDocument document) {
        Map<EntryKey, LastChange> changes = new HashMap<>();
        Map<EntryKey, AuditEntry.Edit> seen = new HashMap<>();
        for (AuditEntry entry : entries) {
            for (AuditEntry.Edit edit : entry.edits()) {
                boolean isLast = seen.putIfAbsent(edit.key(), edit) == null;
                Optional<String> now =
                        isLast ? document.entry(edit.key()).map(DocumentWriter::entryToJson) : Optional.empty();
                if (now.isPresent() && now.get().equals(edit.after())) {
                    changes.put(edit.key(), entry.change().named(edit.after()));
                }
            }
        }
        return changes;
    }

    /** Whether this is what the newest change has written: the file was not edited manually since. */
    boolean endsWith(String text) {
        return checksum(text).equals(newestText);
    }

    static String checksum(String text) {
        return LastKnownGood.checksum(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Reads what this or another process has added. */
    void refresh(Path file) {
        Path from = besides(file);
        try {
            long size = Files.size(from);
            if (size == sizeRead) {
                return;
            }
            if (size > LARGEST) {
                throw new IOException("it is larger than " + LARGEST + " bytes");
            }
            List<String> all = Files.readAllLines(from, StandardCharsets.UTF_8);
            entries.clear();
            lines = all.size();
            sizeRead = size;
            List<Exception> problems = new ArrayList<>();
            for (String line : all.subList(Math.max(0, lines - MOST_REMEMBERED), lines)) {
                read(line, problems);
            }
            if (!problems.isEmpty()) {
                log.warn(
                        "The history of flag file {} has {} lines in {} that cannot be read, and are left out: {} Flags are not affected.",
                        file,
                        problems.size(),
                        from,
                        problems.get(0).toString());
            }
        } catch (NoSuchFileException e) {
            log.trace("Nothing was changed through the library.", e);
        } catch (IOException | RuntimeException e) {
            log.warn(
                    "The history of flag file {} cannot be read from {}: {} Flags are not affected.",
                    file,
                    from,
                    e.toString());
        }
    }

    /** Adds a change that was written to the flag file. */
    void add(Path file, AuditEntry entry, String text) {
        Path to = besides(file);
        newestText = checksum(text);
        entries.addFirst(entry);
        if (entries.size() > MOST_REMEMBERED) {
            entries.removeLast();
        }
        String line = line(entry, newestText);
        try {
            if (++lines > 2 * MOST_REMEMBERED && Files.exists(to)) {
                shorten(file, to, line);
            } else {
                Files.writeString(
                        to, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND, StandardOpenOption.SYNC);
            }
            sizeRead = Files.size(to);
        } catch (IOException e) {
            log.warn(
                    "Flag file {} was changed, but {} cannot be written: {} Who changed it and why is lost at a restart.",
                    file,
                    to,
                    e.toString());
        }
    }

    /** Keeps the last lines as they are: there may be more in them than this build knows. */
    private void shorten(Path file, Path to, String newest) throws IOException {
        List<String> all = Files.readAllLines(to, StandardCharsets.UTF_8);
        List<String> kept = all.subList(Math.max(0, all.size() - MOST_REMEMBERED + 1), all.size());
        ReplacedFile.replace(to, String.join("\n", kept) + "\n" + newest, file);
        lines = kept.size() + 1;
    }

    private static String line(AuditEntry entry, String written) {
        ObjectNode node = JSON.createObjectNode()
                .put("revision", entry.change().revision())
                .put("nonce", entry.change().id().nonce())
                .put("at", entry.change().at().toString())
                .put("by", entry.change().by())
                .put("reason", entry.change().reason())
                .put("step", entry.change().step())
                .put("written", written);
        ArrayNode edits = node.putArray("edits");
        entry.edits()
                .forEach(edit -> edits.addObject()
                        .put("kind", edit.key().kind().name())
                        .put("name", edit.key().name())
                        .put("before", edit.before())
                        .put("after", edit.after()));
        return node + "\n";
    }

    /** A line that cannot be read, such as one that was cut off, does not affect the other ones. */
    private void read(String line, List<Exception> problems) {
        newestText = "";
        try {
            JsonNode node = JSON.readTree(line);
            entries.addFirst(read(node));
            newestText = node.path("written").asText();
        } catch (IOException | RuntimeException e) {
            problems.add(e);
        }
    }

    /** Without edits of kinds that only a newer build knows. */
    private static AuditEntry read(JsonNode node) {
        List<AuditEntry.Edit> edits = new ArrayList<>();
        node.path("edits")
                .forEach(edit -> EntryKey.written(
                                edit.path("kind").asText(), edit.path("name").asText())
                        .ifPresent(key -> edits.add(new AuditEntry.Edit(
                                key,
                                edit.path("before").asText(),
                                edit.path("after").asText()))));
        LastChange change = new LastChange(
                new ChangeId(
                        node.path("revision").longValue(), node.path("nonce").asText()),
                Instant.parse(node.path("at").asText()),
                node.path("by").asText(),
                node.path("reason").asText(),
                node.path("step").asText());
        return new AuditEntry(change, edits);
    }
}
