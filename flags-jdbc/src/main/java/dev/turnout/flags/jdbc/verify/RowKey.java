package dev.turnout.flags.jdbc.verify;

import java.util.List;
import java.util.stream.Collectors;

/**
 * The key of a row, as both tables have it: integers as {@link Long} whatever their type, {@link String}, {@link java.util.UUID},
 * {@link java.math.BigDecimal}, {@link java.time.LocalDate}, {@link java.time.LocalDateTime}, {@link java.time.Instant} or {@link Boolean}; bytes as a
 * {@link String} of hexadecimal digits. What PostgreSQL has
 * beyond these is the {@link Double} that is no number or infinite, and the type's {@code MIN} or {@code MAX} for an infinite date or timestamp.
 *
 * @param values one for each column of the key, in the order of the mapping; of a table without a key, a text that stands for all rows that are equal, and is
 *     another one in each run
 */
public record RowKey(List<Object> values) {
    /** Copies. */
    public RowKey {
        values = List.copyOf(values);
    }

    /** That of these columns. */
    public static RowKey of(Object... values) {
        return new RowKey(List.of(values));
    }

    /**
     * The only column of the key.
     *
     * @throws IllegalStateException if there are several
     * @throws ClassCastException if it is of another type
     */
    public <T> T only(Class<T> type) {
        if (values.size() != 1) {
            throw new IllegalStateException(
                    "The key has " + values.size() + " columns, not one. Take them from values().");
        }
        return type.cast(values.get(0));
    }

    @Override
    public String toString() {
        return values.stream().map(Object::toString).collect(Collectors.joining("/"));
    }
}
