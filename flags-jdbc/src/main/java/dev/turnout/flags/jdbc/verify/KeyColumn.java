package dev.turnout.flags.jdbc.verify;

import dev.turnout.flags.jdbc.sql.Dialect;
import dev.turnout.flags.jdbc.type.ColumnType;
import dev.turnout.flags.jdbc.type.ValueKind;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;

/** The values of one column of the key, as {@link RowKey} has them, as a statement takes them, and as text. */
record KeyColumn(ValueKind kind) {
    private static final String BEFORE_CHRIST = " BC";
    private static final LocalDate FIRST_OF_MYSQL = LocalDate.of(1, 1, 1);
    private static final LocalDate LAST_OF_MYSQL = LocalDate.of(9999, 12, 31);
    // MariaDB's have 65 digits.
    private static final BigDecimal MOST_OF_OTHERS = BigDecimal.TEN.pow(65).subtract(BigDecimal.ONE);

    /** As {@link RowKey} has it. */
    Object normal(Object value) {
        return switch (kind) {
            case NUMBER -> number(value);
            case UUID -> value instanceof String text ? UUID.fromString(text) : value;
            case INSTANT -> value instanceof OffsetDateTime time ? instant(time) : value;
            case BINARY -> value instanceof byte[] bytes ? HexFormat.of().formatHex(bytes) : value;
            case BOOLEAN -> bool(value);
            default -> value;
        };
    }

    /** Of databases whose booleans are numbers; those that are neither 0 nor 1 stay numbers. */
    private static Object bool(Object value) {
        if (!(value instanceof Number)) {
            return value;
        }
        Object number = number(value instanceof Integer small ? (Long) small.longValue() : value);
        return number.equals(1L) ? (Object) true : number.equals(0L) ? (Object) false : number;
    }

    // The first and the last stand for those that are infinitely early or late.
    private static Instant instant(OffsetDateTime time) {
        if (time.equals(OffsetDateTime.MAX) || time.equals(OffsetDateTime.MIN)) {
            return time.equals(OffsetDateTime.MAX) ? Instant.MAX : Instant.MIN;
        }
        return time.toInstant();
    }

    private static Object number(Object value) {
        if (!(value instanceof BigDecimal decimal)) {
            return value;
        }
        BigDecimal stripped = decimal.stripTrailingZeros();
        boolean fits = stripped.scale() <= 0 && stripped.toBigInteger().bitLength() < Long.SIZE;
        if (fits) {
            return stripped.longValueExact();
        }
        return stripped.scale() < 0 ? stripped.setScale(0) : stripped;
    }

    /** What is set as the parameter of a statement. */
    Object bound(Object value, ColumnType type) {
        return switch (kind) {
            case UUID -> type.name().equals("uuid") && !type.isMySql() ? value : value.toString();
            case INSTANT ->
                value.equals(Instant.MAX)
                        ? OffsetDateTime.MAX
                        : value.equals(Instant.MIN) ? OffsetDateTime.MIN : ((Instant) value).atOffset(ZoneOffset.UTC);
            case NUMBER -> value instanceof Double other ? notFinite(other, type) : value;
            case DATE, TIMESTAMP -> type.isMySql() ? forMySql(value) : value;
            case BINARY -> HexFormat.of().parseHex((String) value);
            case TEXT -> isEnumOfPostgres(type) ? new Untyped((String) value) : value;
            case BOOLEAN ->
                value instanceof Boolean bool && !type.name().startsWith("bool") ? (Object) (bool ? 1 : 0) : value;
            default -> value;
        };
    }

    /** What only PostgreSQL's {@code NUMERIC} has, or for other types what they have at most on this side of it. */
    private static Object notFinite(Double value, ColumnType type) {
        if (type.name().equals("numeric") && type.dialect() == Dialect.POSTGRES) {
            return new Untyped(value.toString());
        }
        return value == Double.NEGATIVE_INFINITY ? MOST_OF_OTHERS.negate() : MOST_OF_OTHERS;
    }

    private static boolean isEnumOfPostgres(ColumnType type) {
        return type.dialect() == Dialect.POSTGRES
                && switch (type.name()) {
                    case "text", "varchar", "bpchar", "json" -> false;
                    default -> true;
                };
    }

    /** What a database is to take for a value of whatever it is compared with. */
    record Untyped(String text) {}

    /** It cannot read years that it does not have. */
    private static Object forMySql(Object value) {
        if (value instanceof LocalDate date) {
            return date.isBefore(FIRST_OF_MYSQL) ? FIRST_OF_MYSQL : date.isAfter(LAST_OF_MYSQL) ? LAST_OF_MYSQL : date;
        }
        LocalDateTime time = (LocalDateTime) value;
        LocalDateTime last = LAST_OF_MYSQL.atTime(23, 59, 59, 999_999_000);
        return time.isBefore(FIRST_OF_MYSQL.atStartOfDay())
                ? FIRST_OF_MYSQL.atStartOfDay()
                : time.isAfter(last) ? last : time;
    }

    /** A key as text, which {@link #parse} takes apart. */
    static String text(List<KeyColumn> columns, RowKey key) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < columns.size(); i++) {
            Object value = key.values().get(i);
            ValueKind kind = columns.get(i).kind;
            text.append(CanonicalForm.whole(
                    kind, kind == ValueKind.BINARY ? HexFormat.of().parseHex((String) value) : value));
        }
        return text.toString();
    }

    static RowKey parse(List<KeyColumn> columns, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        List<Object> values = new ArrayList<>();
        int at = 0;
        for (KeyColumn column : columns) {
            boolean prefixed = column.kind.isPrefixed();
            int end = at + 1;
            while (bytes[end] != (prefixed ? ':' : ';')) {
                end++;
            }
            String before = new String(bytes, at + 1, end - at - 1, StandardCharsets.UTF_8);
            int length = prefixed ? Integer.parseInt(before) : 0;
            values.add(column.value(prefixed ? new String(bytes, end + 1, length, StandardCharsets.UTF_8) : before));
            at = end + 1 + length;
        }
        return new RowKey(values);
    }

    private Object value(String text) {
        return switch (kind) {
            case NUMBER ->
                text.endsWith("N") || text.endsWith("y") ? Double.valueOf(text) : number(new BigDecimal(text));
            case UUID -> UUID.fromString(text);
            case DATE -> isInfinite(text) ? infinite(text, LocalDate.MIN, LocalDate.MAX) : date(text);
            case TIMESTAMP -> isInfinite(text) ? infinite(text, LocalDateTime.MIN, LocalDateTime.MAX) : time(text);
            case INSTANT ->
                isInfinite(text)
                        ? infinite(text, Instant.MIN, Instant.MAX)
                        : time(text.replace("+00", "")).toInstant(ZoneOffset.UTC);
            case BINARY -> text.substring("\\x".length());
            case BOOLEAN ->
                text.equals("t") ? (Object) true : text.equals("f") ? (Object) false : number(new BigDecimal(text));
            default -> text;
        };
    }

    private static boolean isInfinite(String text) {
        return text.endsWith("infinity");
    }

    private static <T> T infinite(String text, T early, T late) {
        return text.startsWith("-") ? early : late;
    }

    private static LocalDate date(String text) {
        boolean isBeforeChrist = text.endsWith(BEFORE_CHRIST);
        String[] day = (isBeforeChrist ? text.substring(0, text.length() - BEFORE_CHRIST.length()) : text).split("-");
        int year = Integer.parseInt(day[0]);
        return LocalDate.of(isBeforeChrist ? 1 - year : year, Integer.parseInt(day[1]), Integer.parseInt(day[2]));
    }

    private static LocalDateTime time(String text) {
        String[] parts = text.split(" ", 3);
        String era = parts.length == 3 ? BEFORE_CHRIST : "";
        return LocalDateTime.of(date(parts[0] + era), LocalTime.parse(parts[1]));
    }
}
