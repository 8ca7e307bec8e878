package dev.turnout.flags.store;

import dev.turnout.flags.document.EntryKey;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Somebody else has changed an entry since. Nothing was applied. */
public final class StaleRevisionException extends FlagStoreException {
    private static final long serialVersionUID = 1;

    private final transient EntryKey key;
    private final transient @Nullable LastChange current;

    /** With the entry and its last change; {@code null} if it is not there. */
    public StaleRevisionException(EntryKey key, long expected, @Nullable LastChange current) {
        super(message(key, expected, current));
        this.key = key;
        this.current = current;
    }

    private static String message(EntryKey key, long expected, @Nullable LastChange current) {
        String edited = expected == Change.ABSENT
                ? "The edit expects no " + key
                : "The edit was made from revision " + expected + " of " + key;
        String now = current == null
                ? ", but it is not there"
                : ", but " + current.by() + " changed it at revision " + current.revision() + " (" + current.reason()
                        + ")";
        return edited + now + ". Read it again and repeat the edit.";
    }

    /** The entry. */
    public EntryKey key() {
        return key;
    }

    /** Its last change; empty if it is not there. */
    public Optional<LastChange> current() {
        return Optional.ofNullable(current);
    }
}
