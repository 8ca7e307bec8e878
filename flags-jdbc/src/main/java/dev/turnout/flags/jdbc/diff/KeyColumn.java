package dev.turnout.flags.jdbc.diff;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** The values of one column of the key, as {@link RowKey} has them, as a statement takes them, and as text. */
record KeyColumn(ValueKind kind) {
    /** As {@link RowKey} has it. */
    Object normal(Object value) {
        return switch (kind) {
            case NUMBER -> number(value);
            case UUID -> value instanceof String text ? UUID.fromString(text) : value;
            case INSTANT -> ((OffsetDateTime) value).toInstant();
            default -> value;
        };
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
            case INSTANT -> ((Instant) value).atOffset(ZoneOffset.UTC);
            default -> value;
        };
    }

    /** A key as text, which {@link #parse} takes apart. */
    static String text(List<KeyColumn> columns, RowKey key) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < columns.size(); i++) {
            text.append(CanonicalForm.of(columns.get(i).kind, key.values().get(i)));
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
            case NUMBER -> number(new BigDecimal(text));
            case UUID -> UUID.fromString(text);
            case DATE -> LocalDate.parse(text);
            case TIMESTAMP -> LocalDateTime.parse(text.replace(' ', 'T'));
            case INSTANT -> Instant.parse(text.replace(' ', 'T').replace("+00", "Z"));
            default -> text;
        };
    }
}
