package dev.turnout.flags.jdbc.diff;

import dev.turnout.flags.jdbc.table.MappedColumn;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * A column of one of the two tables, and what it is compared as.
 *
 * @param name in the target, for messages
 * @param sql what selects it
 * @param conversion what makes of it what the other table should have; {@code null} if it has to be the same
 */
record TableColumn(
        String name,
        String sql,
        ColumnType type,
        ValueKind kind,
        @Nullable MappedColumn conversion) {
    CanonicalSql.Part part() {
        return new CanonicalSql.Part(sql, type, kind);
    }

    /** Its value, not yet converted. */
    @Nullable
    Object read(ResultSet row, int column) throws SQLException {
        return conversion == null
                ? JdbcValue.read(row, column, type, kind)
                : row.getObject(column, conversion.selectedType());
    }

    /**
     * In canonical form.
     *
     * @throws NotTransformableException if the function of the mapping fails, or its result is no such value
     */
    String canonical(ResultSet row, int column) throws SQLException {
        Object value = read(row, column);
        try {
            return CanonicalForm.of(kind, conversion == null ? value : conversion.convert(value));
        } catch (RuntimeException e) {
            throw new NotTransformableException(name, e);
        }
    }

    /** Of one row; has no values, as messages of other people's functions might. */
    static final class NotTransformableException extends RuntimeException {
        private static final long serialVersionUID = 1;

        private final String column;

        NotTransformableException(String column, RuntimeException cause) {
            super(
                    "Column '" + column + "' can't be transformed: "
                            + cause.getClass().getName(),
                    null,
                    false,
                    false);
            this.column = column;
        }

        String column() {
            return column;
        }
    }
}
