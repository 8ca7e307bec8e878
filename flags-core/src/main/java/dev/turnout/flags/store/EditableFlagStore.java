package dev.turnout.flags.store;

import dev.turnout.flags.document.DocumentException;
import dev.turnout.flags.document.EntryKey;
import java.util.List;

/** A store that can be changed through the library. */
public interface EditableFlagStore extends FlagStore {
    /**
     * Applies a change as a whole, or not at all. Its audit entry is kept together with it. Blocks.
     *
     * @return the state of which this change is part, its revision the change's own
     * @throws StaleRevisionException if an entry's last change is another one than the change was made from
     * @throws DocumentException if the result would not be valid
     * @throws FlagStoreException if it cannot be stored now; it may then have been applied all the same, which a read
     *     shows
     */
    Snapshot apply(Change change);

    /**
     * What was changed last, newest first. Blocks.
     *
     * @param limit how many at most
     */
    List<AuditEntry> history(int limit);

    /**
     * What was changed last of one entry, newest first, as far as the store remembers it: each change with its edit of this entry alone. Blocks.
     *
     * @param limit how many at most
     */
    default List<AuditEntry> history(EntryKey key, int limit) {
        return history(Integer.MAX_VALUE).stream()
                .map(entry -> entry.of(key))
                .filter(entry -> !entry.edits().isEmpty())
                .limit(limit)
                .toList();
    }
}
