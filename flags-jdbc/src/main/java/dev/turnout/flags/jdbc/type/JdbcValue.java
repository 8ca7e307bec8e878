package dev.turnout.flags.jdbc.type;

import dev.turnout.flags.jdbc.sql.Dialect;
import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads values exactly: neither scale, nor bits, nor zone is lost or changed. */
public final class JdbcValue {
    private static final Pattern NO_DAY = Pattern.compile("\\d{4}-(00-|\\d\\d-00)");

    /** What MariaDB may have for a day, or a day and a time, that no calendar has, such as {@code 0000-00-00}, and Java has no value for. */
    public record NoDay(String text) {}

    private JdbcValue() {}

    /** What a canonical form takes for that kind; {@code null} for {@code NULL}. */
    public static @Nullable Object read(ResultSet row, int column, ColumnType type, ValueKind kind)
            throws SQLException {
        Object value = switch (kind) {
            case NUMBER -> number(row, column, type);
            case DOUBLE -> floating(row, column, type);
            case TEXT -> text(row, column, type);
            case OWN, UUID -> row.getString(column);
            case BINARY -> row.getBytes(column);
            case BOOLEAN -> bool(row, column, type);
            case DATE -> temporal(row, column, type, LocalDate.class);
            // What MariaDB has is a length; of what PostgreSQL has, 24:00:00 is none that Java has.
            case TIME -> type.dialect() == Dialect.H2 ? row.getObject(column, LocalTime.class) : row.getString(column);
            case TIMESTAMP -> temporal(row, column, type, LocalDateTime.class);
            case INSTANT -> instant(row, column, type);
        };
        return row.wasNull() ? null : type.dialect() == Dialect.H2 ? ofH2(value) : value;
    }

    /** Its first and last days and moments are days like others, not what Java's stand for in PostgreSQL. */
    private static @Nullable Object ofH2(@Nullable Object value) {
        boolean isFirstOrLast = value instanceof LocalDate date
                ? date.equals(LocalDate.MIN) || date.equals(LocalDate.MAX)
                : value instanceof LocalDateTime local
                        ? local.equals(LocalDateTime.MIN) || local.equals(LocalDateTime.MAX)
                        : value instanceof OffsetDateTime time
                                && (time.equals(OffsetDateTime.MIN) || time.equals(OffsetDateTime.MAX));
        return isFirstOrLast ? new NoDay(String.valueOf(value)) : value;
    }

    private static Object floating(ResultSet row, int column, ColumnType type) throws SQLException {
        return type.jdbc() == Types.REAL ? (Object) row.getFloat(column) : (Object) row.getDouble(column);
    }

    private static @Nullable Object number(ResultSet row, int column, ColumnType type) throws SQLException {
        if (type.isFloating()) {
            return floating(row, column, type);
        }
        if (!type.isMySql() && type.jdbc() != Types.NUMERIC && type.jdbc() != Types.DECIMAL) {
            return row.getLong(column);
        }
        String text = row.getString(column);
        if (text == null) {
            return null;
        }
        return text.endsWith("N") || text.endsWith("y")
                ? Double.valueOf(text) // NaN and Infinity, which PostgreSQL has
                : new BigDecimal(text);
    }

    private static @Nullable Object text(ResultSet row, int column, ColumnType type) throws SQLException {
        return unpadded(row.getString(column), type);
    }

    /** A text without what the database fills it up with, if it is of such a type. */
    public static @Nullable Object unpadded(@Nullable Object value, ColumnType type) {
        if (!(value instanceof String text) || !type.isPadded()) {
            return value;
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
            Object utc = temporal(row, column, type, LocalDateTime.class); // the session is in UTC
            return utc instanceof LocalDateTime time ? time.atOffset(ZoneOffset.UTC) : utc;
        }
        return row.getObject(column, OffsetDateTime.class);
    }

    // For what no calendar has, the drivers give null, or an error.
    private static @Nullable Object temporal(ResultSet row, int column, ColumnType type, Class<?> javaType)
            throws SQLException {
        if (type.isMySql()) {
            String text = row.getString(column);
            if (text == null) {
                return null;
            }
            if (NO_DAY.matcher(text).lookingAt()) {
                return new NoDay(text.contains(".") ? text.replaceFirst("\\.?0*$", "") : text);
            }
        }
        // Not from the text: MariaDB's driver moves one that the machine's time zone leaves out, such as
        // midnight in summer.
        return row.getObject(column, javaType);
    }
}
