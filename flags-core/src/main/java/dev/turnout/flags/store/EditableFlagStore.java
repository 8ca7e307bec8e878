package dev.turnout.flags.store;

import dev.turnout.flags.document.DocumentException;
import java.util.List;

/** A store that can be changed through the library. */
public interface EditableFlagStore extends FlagStore {
    /**
     * Applies a change as a whole, or not at all. Its audit entry is kept together with it. Blocks.
     *
     * @return the state of which this change is part, its revision the change's own
     * @throws StaleRevisionException if an entry's last change is another one than the change was made from
     * @throws DocumentException if the result would not be valid
     * @throws FlagStoreException if it can't be stored now; it may then have been applied all the same, which reading tells
     */
    Snapshot apply(Change change);

    /**
     * What was changed last, newest first. Blocks.
     *
     * @param limit how many at most
     */
    List<AuditEntry> history(int limit);
}
