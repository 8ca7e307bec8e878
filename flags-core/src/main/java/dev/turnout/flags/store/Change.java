package dev.turnout.flags.store;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.document.Entry;
import dev.turnout.flags.document.EntryKey;
import dev.turnout.flags.rule.Cohort;
import dev.turnout.flags.rule.Flag;
import dev.turnout.flags.stage.MigrationState;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A wish to change some entries, all or none of them, each on condition that its last change is a known one. Immutable.
 *
 * <pre>{@code
 * store.apply(Change.by("ana", "half of the users now").put(flag.withRules(rules), snapshot.idOf(EntryKey.flag("checkout"))));
 * }</pre>
 */
public final class Change {
    /** The expected last change of an entry that is not there yet. */
    public static final ChangeId ABSENT = new ChangeId(0, "");

    private static final int LONGEST = 1_000;

    private final String by;
    private final String reason;
    private final String step;
    private final Map<EntryKey, Edit> edits;

    /** What becomes of an entry, if its last change is the expected one. */
    public sealed interface Edit {
        /** {@link Snapshot#idOf} the entry, or {@link #ABSENT}. */
        ChangeId expected();

        /** The entry afterwards; empty if it is removed. */
        Optional<Entry> after();

        /** It is created or replaced. */
        record Put(Entry entry, ChangeId expected) implements Edit {
            @Override
            public Optional<Entry> after() {
                return Optional.of(entry);
            }
        }

        /** It is removed. */
        record Remove(ChangeId expected) implements Edit {
            @Override
            public Optional<Entry> after() {
                return Optional.empty();
            }
        }

        /** The store has had it and lost it; see {@link Change#restore}. */
        record Restore(MigrationState lost, ChangeId expected) implements Edit {
            @Override
            public Optional<Entry> after() {
                return Optional.of(new Entry.OfMigration(lost));
            }
        }
    }

    private Change(String by, String reason, String step, Map<EntryKey, Edit> edits) {
        this.by = by;
        this.reason = reason;
        this.step = step;
        this.edits = Collections.unmodifiableMap(edits);
    }

    /**
     * Begins a change.
     *
     * @param by a person or a program; not blank
     * @param reason for the audit, and for an operator during an incident; not blank
     */
    public static Change by(String by, String reason) {
        return new Change(checkText("by", by), checkText("reason", reason), "", Map.of());
    }

    private static String checkText(String what, String text) {
        requireNonNull(text, what);
        if (text.isBlank() || text.length() > LONGEST) {
            throw new IllegalArgumentException("A change needs '" + what + "', 1 to 1000 characters that state "
                    + (what.equals("by") ? "who makes it" : "why") + ".");
        }
        return text.strip();
    }

    /**
     * Marks that a controller makes this change by itself, as a step towards what {@link #by} asked for.
     *
     * @param newStep what it does, in words; of more than 1000 characters, the first ones are kept
     */
    public Change step(String newStep) {
        String kept = newStep.length() > LONGEST ? newStep.substring(0, LONGEST) : newStep;
        return new Change(by, reason, kept.strip(), edits);
    }

    /**
     * Puts an entry.
     *
     * @param expected its last change, {@link Snapshot#idOf}, or {@link #ABSENT}
     */
    public Change put(Entry entry, ChangeId expected) {
        return with(entry.key(), new Edit.Put(entry, expected));
    }

    /** Puts a flag; see {@link #put(Entry, ChangeId)}. */
    public Change put(Flag flag, ChangeId expected) {
        return put(new Entry.OfFlag(flag), expected);
    }

    /** Puts a cohort; see {@link #put(Entry, ChangeId)}. */
    public Change put(Cohort cohort, ChangeId expected) {
        return put(new Entry.OfCohort(cohort), expected);
    }

    /** Puts a migration's state; see {@link #put(Entry, ChangeId)}. */
    public Change put(MigrationState state, ChangeId expected) {
        return put(new Entry.OfMigration(state), expected);
    }

    /** Removes an entry whose last change is this one. */
    public Change remove(EntryKey key, ChangeId expected) {
        return with(key, new Edit.Remove(expected));
    }

    /**
     * Puts a state of a migration that the store has lost, as in a failover, while nodes still routed by it: its position need not be the next
     * one, only of the same entry and of a later version. A store over HTTP does not take it, as a server cannot know where keys are.
     *
     * @param expected its last change, {@link Snapshot#idOf}
     */
    public Change restore(MigrationState lost, ChangeId expected) {
        return with(EntryKey.migration(lost.name()), new Edit.Restore(lost, expected));
    }

    private Change with(EntryKey key, Edit edit) {
        Map<EntryKey, Edit> more = new LinkedHashMap<>(edits);
        if (more.put(key, edit) != null) {
            throw new IllegalArgumentException(
                    "This change edits " + key + " already; a change has one edit of each entry.");
        }
        return new Change(by, reason, step, more);
    }

    /** Who. */
    public String by() {
        return by;
    }

    /** Why. */
    public String reason() {
        return reason;
    }

    /** What a controller does by itself; empty if {@link #by} makes the change. */
    public String step() {
        return step;
    }

    /** What, in the order in which it was given. */
    public Map<EntryKey, Edit> edits() {
        return edits;
    }
}
