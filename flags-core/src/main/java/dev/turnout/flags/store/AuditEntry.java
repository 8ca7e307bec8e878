package dev.turnout.flags.store;

import dev.turnout.flags.document.EntryKey;
import java.util.List;

/**
 * One change that was applied.
 *
 * @param change who, when, why, and the revision that it made
 * @param edits what it did; without edits of kinds of entries that only a newer build knows
 */
public record AuditEntry(LastChange change, List<Edit> edits) {
    /** Copies. */
    public AuditEntry {
        edits = List.copyOf(edits);
    }

    /** The same change, with what it did to this entry alone. */
    public AuditEntry of(EntryKey key) {
        return new AuditEntry(
                change, edits.stream().filter(edit -> edit.key().equals(key)).toList());
    }

    /**
     * One entry, before and after.
     *
     * @param key which
     * @param before as canonical JSON; empty if it was not there
     * @param after as canonical JSON; empty if it was removed
     */
    public record Edit(EntryKey key, String before, String after) {}
}
