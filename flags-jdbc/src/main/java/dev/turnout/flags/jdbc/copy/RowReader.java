package dev.turnout.flags.jdbc.copy;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads rows of a source in the form in which a {@link RowWriter} takes them. Thread-safe. */
interface RowReader<R> {
    /**
     * The rows that follow a key, up to another one, in the order of the source.
     *
     * @param after {@code null} for the first
     * @param limit how many at most; fewer mean that there are no more of them
     * @param isLocked whether nobody may change them before the transaction ends
     */
    List<R> read(Connection source, @Nullable TableKey after, TableKey upTo, int limit, boolean isLocked)
            throws SQLException;

    /** The key of a row, in the source. */
    TableKey key(R row);

    /** Whether two rows of one key would be the same in the target. */
    boolean isSame(R one, R other);

    /** About how much memory a row takes. */
    long bytes(R row);
}
