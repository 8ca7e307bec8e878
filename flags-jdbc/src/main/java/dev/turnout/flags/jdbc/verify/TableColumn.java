package dev.turnout.flags.jdbc.verify;

import dev.turnout.flags.jdbc.table.MappedColumn;
import dev.turnout.flags.jdbc.type.ColumnType;
import dev.turnout.flags.jdbc.type.JdbcValue;
import dev.turnout.flags.jdbc.type.ValueKind;
import dev.turnout.flags.migration.Version;
import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * A column of one of the two tables, and what it is compared as.
 *
 * @param name in the target, for messages
 * @param sql what selects it
 * @param type what that is; with a conversion, the one of the other table, which it makes values of
 * @param order what its values are ordered by, and compared with the bounds of a range: itself, or its bytes
 * @param parameter that of a bound
 * @param conversion what makes of it what the other table should have; {@code null} if it has to be the same
 */
record TableColumn(
        String name,
        String sql,
        ColumnType type,
        ValueKind kind,
        String order,
        String parameter,
        @Nullable MappedColumn conversion) {
    /** One that is ordered by itself. */
    static TableColumn of(String name, String sql, ColumnType type, ValueKind kind, @Nullable MappedColumn conversion) {
        return new TableColumn(name, sql, type, kind, sql, "?", conversion);
    }

    /** This, ordered by the bytes of its text. */
    TableColumn byBytes() {
        return new TableColumn(
                name,
                sql,
                type,
                kind,
                KeyOrder.byBytes(sql, type),
                KeyOrder.parameterByBytes(type.dialect()),
                conversion);
    }

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
            return CanonicalForm.of(
                    kind, conversion == null ? value : JdbcValue.unpadded(conversion.convert(value), type));
        } catch (RuntimeException e) {
            throw new NotTransformableException(name, e);
        }
    }

    /** Of one row; has no values, as messages of users' functions might. */
    static final class NotTransformableException extends RuntimeException {
        private static final long serialVersionUID = 1;

        private final String column;

        NotTransformableException(String column, RuntimeException cause) {
            super(
                    "Column '" + column + "' cannot be transformed: "
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

    /** A part of a version, as the number that orders it. */
    static long counter(@Nullable Object version) {
        if (version instanceof LocalDateTime time) {
            return micros(time.toInstant(ZoneOffset.UTC));
        }
        if (version instanceof OffsetDateTime time) {
            return micros(time.toInstant());
        }
        if (version instanceof BigDecimal number) {
            return number.longValue();
        }
        return version instanceof Long number ? number : Version.ABSENT.counter();
    }

    private static long micros(Instant time) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, time);
    }
}
