package dev.turnout.flags.store;

import dev.turnout.flags.document.DocumentException;
import dev.turnout.flags.document.DocumentWriter;
import dev.turnout.flags.document.Entry;
import dev.turnout.flags.document.EntryKey;
import dev.turnout.flags.document.FlagDocument;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The state of a flag store at one revision. Immutable.
 *
 * @param id what it is called
 * @param document all entries
 * @param changes the last change of each entry
 */
public record Snapshot(SnapshotId id, FlagDocument document, Map<EntryKey, LastChange> changes) {
    /** The state of a store that was never written to. */
    public static final Snapshot EMPTY = new Snapshot(SnapshotId.NONE, FlagDocument.EMPTY, Map.of());

    /** Copies. */
    public Snapshot {
        changes = Collections.unmodifiableMap(new HashMap<>(changes)); // copied sooner than by Map.copyOf
    }

    /** A state of which nothing but the revision is known, in a store that can neither go back nor be another one. */
    public Snapshot(long revision, FlagDocument document, Map<EntryKey, LastChange> changes) {
        this(new SnapshotId("", revision, ""), document, changes);
    }

    /** Grows with each change of the store. */
    public long revision() {
        return id.revision();
    }

    /** The last change of an entry. */
    public Optional<LastChange> lastChange(EntryKey key) {
        return Optional.ofNullable(changes.get(key));
    }

    /** What an entry's last change is called, which its next {@link Change} has to name; {@link Change#ABSENT} if it is not there. */
    public ChangeId idOf(EntryKey key) {
        LastChange change = changes.get(key);
        return change == null ? Change.ABSENT : change.id();
    }

    /**
     * The revision at which an entry was last changed, for display and in the order of one store; 0 if it is not there.
     */
    public long revisionOf(EntryKey key) {
        return idOf(key).revision();
    }

    /**
     * The state after {@code change}: what every store computes between reading its state and writing it.
     *
     * @throws StaleRevisionException if an entry has changed since
     * @throws DocumentException if the result is not valid
     */
    public Applied apply(Change change, Instant at) {
        SnapshotId nextId = id.next();
        LastChange stamp = new LastChange(nextId.change(), at, change.by(), change.reason(), change.step());
        Map<EntryKey, @Nullable Entry> values = new LinkedHashMap<>();
        Set<EntryKey> restored = new HashSet<>();
        Map<EntryKey, LastChange> newChanges = new HashMap<>(changes);
        List<AuditEntry.Edit> edits = new ArrayList<>();
        change.edits().forEach((key, edit) -> {
            if (!idOf(key).equals(edit.expected())) {
                throw new StaleRevisionException(key, edit.expected(), changes.get(key));
            }
            values.put(key, edit.after().orElse(null));
            if (edit instanceof Change.Edit.Restore) {
                restored.add(key);
            }
            if (edit.after().isPresent()) {
                newChanges.put(key, stamp);
            } else {
                newChanges.remove(key);
            }
            edits.add(new AuditEntry.Edit(
                    key,
                    document.entry(key).map(DocumentWriter::entryToJson).orElse(""),
                    edit.after().map(DocumentWriter::entryToJson).orElse("")));
        });
        Snapshot next = new Snapshot(nextId, document.with(values, restored), newChanges);
        return new Applied(next, new AuditEntry(stamp, edits));
    }

    /**
     * What applying a change gives.
     *
     * @param snapshot the state after it
     * @param audit what a store writes down of it
     */
    public record Applied(Snapshot snapshot, AuditEntry audit) {}
}
