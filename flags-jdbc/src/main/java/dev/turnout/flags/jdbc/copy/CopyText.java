package dev.turnout.flags.jdbc.copy;

import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.temporal.Temporal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The text form of PostgreSQL's {@code COPY}: a line for each row, tabs between its fields. */
final class CopyText {
    private CopyText() {}

    /** The first fields of a line. */
    static List<String> fields(byte[] line, int count) {
        List<String> fields = new ArrayList<>(count);
        ByteArrayOutputStream field = new ByteArrayOutputStream();
        for (int at = 0; at < line.length && fields.size() < count; at++) {
            byte next = line[at];
            if (next == '\t' || next == '\n') {
                fields.add(field.toString(StandardCharsets.UTF_8));
                field.reset();
            } else if (next == '\\') {
                field.write(unescaped(line[++at]));
            } else {
                field.write(next);
            }
        }
        return fields;
    }

    private static int unescaped(byte escaped) {
        return switch (escaped) {
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'v' -> 0x0b;
            default -> escaped;
        };
    }

    /** The line of a row. */
    static byte[] line(List<? extends @Nullable Object> values) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < values.size(); i++) {
            if (i > 0) {
                line.append('\t');
            }
            append(line, values.get(i));
        }
        return line.append('\n').toString().getBytes(StandardCharsets.UTF_8);
    }

    private static void append(StringBuilder line, @Nullable Object value) {
        if (value == null) {
            line.append("\\N");
        } else if (value instanceof byte[] bytes) {
            line.append("\\\\x").append(HexFormat.of().formatHex(bytes));
        } else if (value instanceof Object[] elements) {
            escape(line, Arrays.deepToString(elements));
        } else if (value instanceof BigDecimal number) {
            line.append(number.toPlainString());
        } else if (value instanceof LocalDate || value instanceof LocalDateTime || value instanceof OffsetDateTime) {
            line.append(PostgresTime.of((Temporal) value));
        } else {
            escape(line, value.toString());
        }
    }

    private static void escape(StringBuilder line, String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '\\' -> line.append("\\\\");
                case '\n' -> line.append("\\n");
                case '\r' -> line.append("\\r");
                case '\t' -> line.append("\\t");
                default -> line.append(c);
            }
        }
    }
}
