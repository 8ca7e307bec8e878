package dev.turnout.flags.jdbc.verify;

import org.jspecify.annotations.Nullable;

/**
 * A part of a table, in the order of its key.
 *
 * @param after what comes before it; {@code null} if nothing does
 * @param upTo its last key, whether or not there is such a row; {@code null} if it has no end
 */
record KeyRange(@Nullable RowKey after, @Nullable RowKey upTo) {
    static final KeyRange ALL = new KeyRange(null, null);
}
