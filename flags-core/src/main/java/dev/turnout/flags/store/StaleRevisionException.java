package dev.turnout.flags.store;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.document.EntryKey;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** An entry is not the one that an edit was made from: it was changed since, or the store was set back. Nothing was applied. */
public final class StaleRevisionException extends FlagStoreException {
    private static final long serialVersionUID = 1;

    private final transient EntryKey key;
    private final transient ChangeId expected;
    private final transient @Nullable LastChange current;

    /**
     * With the entry.
     *
     * @param expected its last change, that the edit was made from
     * @param current its last change; {@code null} if it is not there
     */
    public StaleRevisionException(EntryKey key, ChangeId expected, @Nullable LastChange current) {
        super(message(key, expected, current));
        this.key = key;
        this.expected = requireNonNull(expected, "expected");
        this.current = current;
    }

    private static String message(EntryKey key, ChangeId expected, @Nullable LastChange current) {
        String edited = expected.equals(Change.ABSENT)
                ? "The edit expects no " + key
                : "The edit was made from revision " + expected.revision() + " of " + key;
        return edited + now(expected.revision(), current) + ". Read it again and repeat the edit.";
    }

    private static String now(long expected, @Nullable LastChange current) {
        if (current == null) {
            return ", but it is not there";
        }
        String change = current.by() + " changed it at revision " + current.revision() + " (" + current.reason() + ")";
        if (current.revision() > expected) {
            return ", but " + change;
        }
        return ", which the flag store does not have: it was set back, or is another one; there, " + change;
    }

    /** The entry. */
    public EntryKey key() {
        return key;
    }

    /** Its last change that the edit was made from; {@link Change#ABSENT} if it was not to be there. */
    public ChangeId expected() {
        return expected;
    }

    /** Its last change; empty if it is not there. */
    public Optional<LastChange> current() {
        return Optional.ofNullable(current);
    }
}
