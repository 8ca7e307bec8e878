package dev.turnout.flags.jdbc.path;

import dev.turnout.flags.jdbc.sql.Names;
import dev.turnout.flags.jdbc.table.MappedColumn;
import dev.turnout.flags.stage.Side;
import java.lang.invoke.MethodType;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A column of a table on one side, and what stands for it in Java.
 *
 * @param name as a mapping has it
 * @param type of the component
 * @param stored what the driver is asked for
 * @param read makes the component's value of what the driver gave, which is not {@code null}
 * @param write makes of the component's value, which is not {@code null}, what is given to the driver
 */
record PathColumn(
        String name,
        Class<?> type,
        Class<?> stored,
        Function<Object, @Nullable Object> read,
        Function<Object, @Nullable Object> write) {

    static PathColumn same(String name, Class<?> type) {
        return new PathColumn(name, type, type, value -> value, value -> value);
    }

    /**
     * That of a mapping.
     *
     * @throws IllegalArgumentException if nothing says how the side is written
     */
    static PathColumn of(MappedColumn column, Side side, Class<?> type) {
        if (side == Side.NEW) {
            return same(column.target(), type);
        }
        if (column instanceof MappedColumn.Copied copied) {
            return same(copied.source(), type);
        }
        if (column instanceof MappedColumn.Converted<?> converted && converted.isInvertible()) {
            return new PathColumn(
                    converted.source(), type, converted.type(), converted::convert, converted::revert);
        }
        throw new IllegalArgumentException("Column '" + column.target()
                + "' cannot be written to the source, as nothing says how it is made there. Give the mapping a function for each direction, by"
                + " column(source, target, type, function, targetType, inverse).");
    }

    /** What to select, such that no digit is lost on its way to the driver. */
    String selected(Names names) {
        Class<?> boxed = MethodType.methodType(stored).wrap().returnType();
        boolean isFloating = boxed == Float.class || boxed == Double.class;
        return names.dialect().exactly(names.quote(name), isFloating ? Types.REAL : Types.OTHER);
    }

    @Nullable
    Object value(ResultSet row, int at, String table) throws SQLException {
        try {
            if (stored == type) {
                return ColumnValue.read(row, at, type);
            }
            Object found = ColumnValue.isKnown(stored) ? ColumnValue.read(row, at, stored) : row.getObject(at, stored);
            return ColumnValue.fitting(found == null ? null : read.apply(found), type);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "Column '" + name + "' of " + table + " cannot be read as " + type.getSimpleName() + ": "
                            + e.getMessage() + ".",
                    e);
        }
    }
}
