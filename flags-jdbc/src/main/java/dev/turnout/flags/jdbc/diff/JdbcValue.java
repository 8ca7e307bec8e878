package dev.turnout.flags.jdbc.diff;

import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import org.jspecify.annotations.Nullable;

/** Reads values so that nothing of them is lost or changed on the way: neither scale, nor bits, nor zone. */
final class JdbcValue {
    private JdbcValue() {}

    /** What {@link CanonicalForm} takes for that kind; {@code null} for {@code NULL}. */
    static @Nullable Object read(ResultSet row, int column, ColumnType type, ValueKind kind) throws SQLException {
        Object value = switch (kind) {
            case NUMBER -> number(row, column, type);
            case DOUBLE -> type.jdbc() == Types.REAL ? (Object) row.getFloat(column) : (Object) row.getDouble(column);
            case TEXT -> text(row, column, type);
            case JSON, UUID -> row.getString(column);
            case BINARY -> row.getBytes(column);
            case BOOLEAN -> bool(row, column, type);
            case DATE -> row.getObject(column, LocalDate.class);
            case TIME -> row.getObject(column, LocalTime.class);
            case TIMESTAMP -> row.getObject(column, LocalDateTime.class);
            case INSTANT -> instant(row, column, type);
        };
        return row.wasNull() ? null : value;
    }

    private static @Nullable Object number(ResultSet row, int column, ColumnType type) throws SQLException {
        if (!type.isMySql() && type.jdbc() != Types.NUMERIC && type.jdbc() != Types.DECIMAL) {
            return row.getLong(column);
        }
        String text = row.getString(column);
        if (text == null) {
            return null;
        }
        return text.endsWith("N") || text.endsWith("y")
                ? new CanonicalForm.NotFinite(text) // NaN and Infinity, which PostgreSQL has
                : new BigDecimal(text);
    }

    private static @Nullable String text(ResultSet row, int column, ColumnType type) throws SQLException {
        String text = row.getString(column);
        if (text == null || !type.isPadded()) {
            return text;
        }
        int end = text.length();
        while (end > 0 && text.charAt(end - 1) == ' ') {
            end--;
        }
        return text.substring(0, end);
    }

    private static @Nullable Object bool(ResultSet row, int column, ColumnType type) throws SQLException {
        if (type.kind().filter(kind -> kind == ValueKind.NUMBER).isPresent()) {
            return number(row, column, type);
        }
        // MariaDB's are small integers; as a boolean, 2 would be like 1.
        return type.isMySql() ? (Object) row.getInt(column) : (Object) row.getBoolean(column);
    }

    private static @Nullable Object instant(ResultSet row, int column, ColumnType type) throws SQLException {
        if (type.isMySql()) {
            LocalDateTime utc = row.getObject(column, LocalDateTime.class); // see Layout
            return utc == null ? null : utc.atOffset(java.time.ZoneOffset.UTC);
        }
        return row.getObject(column, OffsetDateTime.class);
    }
}
