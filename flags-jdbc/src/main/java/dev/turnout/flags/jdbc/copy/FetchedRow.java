package dev.turnout.flags.jdbc.copy;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A row that Java has in its hands.
 *
 * @param key in the source
 * @param values of all columns of the target; never changed
 */
record FetchedRow(TableKey key, List<@Nullable Object> values) {}
