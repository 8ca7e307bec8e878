package dev.turnout.flags.jdbc.path;

import dev.turnout.flags.jdbc.table.MappedColumn;
import dev.turnout.flags.jdbc.table.MappedColumn.Converted;
import dev.turnout.flags.jdbc.table.MappedColumn.Copied;
import dev.turnout.flags.stage.Side;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A column of a table on one side, and what stands for it in Java; nothing is known of the table yet.
 *
 * @param name as a mapping has it
 * @param type of the component
 * @param functions those between the column and the component; {@code null} if they have the same value
 */
record PathColumn(String name, Class<?> type, @Nullable Converted<?> functions) {
    // What every driver gives and takes, as backfill does.
    private static final Set<Class<?>> SOURCES_OF_FUNCTIONS = Set.of(
            Boolean.class,
            Short.class,
            Integer.class,
            Long.class,
            Float.class,
            Double.class,
            BigDecimal.class,
            String.class,
            UUID.class,
            byte[].class,
            LocalDate.class,
            LocalTime.class,
            LocalDateTime.class,
            OffsetDateTime.class);

    static PathColumn same(String name, Class<?> type) {
        return new PathColumn(name, type, null);
    }

    /** That of a mapping, which has been checked. */
    static PathColumn of(MappedColumn column, Side side, Class<?> type) {
        boolean isConverted = side == Side.OLD && column instanceof Converted<?>;
        return new PathColumn(name(column, side), type, isConverted ? (Converted<?>) column : null);
    }

    /** Its name on that side. */
    static String name(MappedColumn column, Side side) {
        if (side == Side.OLD && column instanceof Copied copied) {
            return copied.source();
        }
        return side == Side.OLD && column instanceof Converted<?> converted ? converted.source() : column.target();
    }

    /** Why a component of that type cannot stand for a column on that side; empty if it can. */
    static Optional<String> misfit(MappedColumn column, Side side, Class<?> type) {
        if (!(column instanceof Converted<?> converted)) {
            return side == Side.OLD && column instanceof MappedColumn.Computed ? oneWay(column) : Optional.empty();
        }
        if (converted.inverse() == null) {
            return side == Side.OLD ? oneWay(column) : Optional.empty();
        }
        if (converted.inverse().type() != ComponentValue.boxed(type)) {
            return Optional.of("column '" + column.target() + "' is a "
                    + converted.inverse().type().getSimpleName() + " by its functions, but its component is a "
                    + type.getSimpleName());
        }
        return SOURCES_OF_FUNCTIONS.contains(converted.type())
                ? Optional.empty()
                : Optional.of("the function of column '" + column.target() + "' takes a "
                        + converted.type().getSimpleName() + ", which no driver is asked for here");
    }

    private static Optional<String> oneWay(MappedColumn column) {
        return Optional.of("column '" + column.target()
                + "' cannot be written to the source, as no function makes it there: give the mapping a function for each direction, by"
                + " column(source, target, type, function, targetType, inverse)");
    }
}
