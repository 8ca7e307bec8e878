package dev.turnout.flags.jdbc.backfill;

import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
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
    private static final int PIECE = 1 << 15;

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

    /** Takes the bytes of lines, in pieces of any size. */
    @FunctionalInterface
    interface Sink {
        void write(byte[] bytes) throws SQLException;
    }

    /** The line of a row. */
    static byte[] line(List<? extends @Nullable Object> values) throws SQLException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        write(values, line::writeBytes);
        return line.toByteArray();
    }

    /** Writes the line of a row, of which no more than a small piece is in memory. */
    static void write(List<? extends @Nullable Object> values, Sink sink) throws SQLException {
        StringBuilder piece = new StringBuilder();
        for (int i = 0; i < values.size(); i++) {
            if (i > 0) {
                piece.append('\t');
            }
            append(piece, values.get(i), sink);
        }
        flush(piece.append('\n'), sink);
    }

    private static void append(StringBuilder piece, @Nullable Object value, Sink sink) throws SQLException {
        if (value == null) {
            piece.append("\\N");
        } else if (value instanceof byte[] bytes) {
            piece.append("\\\\x");
            for (int from = 0; from < bytes.length; from += PIECE) {
                piece.append(HexFormat.of().formatHex(bytes, from, Math.min(bytes.length, from + PIECE)));
                flushIfLong(piece, sink);
            }
        } else if (value instanceof Object[] elements) {
            escape(piece, Arrays.deepToString(elements), sink);
        } else if (value instanceof BigDecimal number) {
            piece.append(number.toPlainString());
        } else if (value instanceof LocalDate || value instanceof LocalDateTime || value instanceof OffsetDateTime) {
            piece.append(PostgresTime.of((Temporal) value));
        } else {
            escape(piece, value.toString(), sink);
        }
    }

    private static void escape(StringBuilder piece, String text, Sink sink) throws SQLException {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '\\' -> piece.append("\\\\");
                case '\n' -> piece.append("\\n");
                case '\r' -> piece.append("\\r");
                case '\t' -> piece.append("\\t");
                default -> piece.append(c);
            }
            if (!Character.isHighSurrogate(c)) { // both halves make one character
                flushIfLong(piece, sink);
            }
        }
    }

    private static void flushIfLong(StringBuilder piece, Sink sink) throws SQLException {
        if (piece.length() >= PIECE) {
            flush(piece, sink);
        }
    }

    private static void flush(StringBuilder piece, Sink sink) throws SQLException {
        sink.write(piece.toString().getBytes(StandardCharsets.UTF_8));
        piece.setLength(0);
    }
}
