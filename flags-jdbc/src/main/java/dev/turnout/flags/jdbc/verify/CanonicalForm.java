package dev.turnout.flags.jdbc.verify;

import dev.turnout.flags.jdbc.type.JdbcValue;
import dev.turnout.flags.jdbc.type.ValueKind;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.HexFormat;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Values as text, in one way only, so two of them are equal exactly if their texts are; {@link CanonicalSql} makes databases write the same.
 * Texts have their length before them: {@code s4:name}. The others end with a {@code ;}, which they never contain: {@code n12;}. Without a value
 * there is the tag alone, {@code s:} or {@code n;}, and an empty text is {@code s0:}. For a text or bytes of more than a million bytes stand their
 * number and their hash, {@code s#1000001:0cc1...;}, as a database has no room for the form of any number of them. So the texts of a row, one after the other, can be taken
 * apart in one way only. It is what verification compares by, and shares nothing with what copies rows.
 */
final class CanonicalForm {
    /** How many bytes a text, in UTF-8, or a binary value may have to be written as it is; of a larger one, its hash is. */
    static final int MOST_BYTES = 1_000_000;

    private static final BigDecimal ZERO = BigDecimal.ZERO;

    private CanonicalForm() {}

    /**
     * A value, with its tag.
     *
     * @throws IllegalArgumentException if it cannot be one of that kind; the message has its class, never the value
     */
    static String of(ValueKind kind, @Nullable Object value) {
        if (value instanceof byte[] bytes && kind == ValueKind.BINARY && bytes.length > MOST_BYTES) {
            return large(kind, bytes);
        }
        if (value instanceof String text && kind.isPrefixed() && lengthInUtf8(text) > MOST_BYTES) {
            return large(kind, text(kind, text).getBytes(StandardCharsets.UTF_8));
        }
        return whole(kind, value);
    }

    /** As {@link #of}, but with all of the value, however large: what can be taken apart again. */
    static String whole(ValueKind kind, @Nullable Object value) {
        if (kind.isPrefixed()) {
            return value == null ? kind.tag + ":" : prefixed(kind, text(kind, value));
        }
        return value == null ? kind.tag + ";" : kind.tag + text(kind, value) + ";";
    }

    private static String large(ValueKind kind, byte[] bytes) {
        return kind.tag + "#" + bytes.length + ":" + HexFormat.of().formatHex(md5().digest(bytes)) + ";";
    }

    /** About how many bytes the value has that this is the form of. */
    static long bytes(String form) {
        return form.startsWith("#", 1) ? Long.parseLong(form, 2, form.indexOf(':'), 10) : form.length();
    }

    /** MD5, because every database has it. It is here to find accidents, not to stop intentional collisions. */
    static MessageDigest md5() {
        try {
            return MessageDigest.getInstance("MD5");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String prefixed(ValueKind kind, String text) {
        return kind.tag + String.valueOf(lengthInUtf8(text)) + ":" + text;
    }

    private static int lengthInUtf8(String text) {
        int length = text.length();
        for (int i = 0; i < text.length(); i++) {
            char each = text.charAt(i);
            if (each >= 0x800 && !Character.isSurrogate(each)) {
                length += 2;
            } else if (each >= 0x80) {
                length += 1; // of the two surrogates, each has half of the four bytes
            }
        }
        return length;
    }

    private static String text(ValueKind kind, Object value) {
        String text = switch (kind) {
            case NUMBER -> number(value);
            case DOUBLE -> bits(value);
            case TEXT, OWN -> unicode(value);
            case BINARY ->
                value instanceof byte[] bytes ? "\\x" + HexFormat.of().formatHex(bytes) : null;
            case BOOLEAN -> bool(value);
            case DATE -> value instanceof LocalDate date ? date(date) : noDay(value, "");
            case TIME ->
                value instanceof LocalTime time
                        ? time(time)
                        : value instanceof String shown ? withoutZeros(shown) : null;
            case TIMESTAMP -> value instanceof LocalDateTime timestamp ? timestamp(timestamp, "") : noDay(value, "");
            case INSTANT -> instant(value);
            case UUID -> value instanceof UUID || value instanceof String ? lower(value.toString()) : null;
        };
        if (text == null) {
            throw new IllegalArgumentException(
                    "A " + value.getClass().getName() + " cannot be compared as " + kind + ".");
        }
        return text;
    }

    private static @Nullable String number(Object value) {
        if (value instanceof Long || value instanceof Integer || value instanceof Short || value instanceof Byte) {
            return value.toString();
        }
        if (value instanceof BigInteger) {
            return value.toString();
        }
        if (value instanceof BigDecimal decimal) {
            // Not stripped, zero would keep its scale.
            return decimal.signum() == 0
                    ? ZERO.toPlainString()
                    : decimal.stripTrailingZeros().toPlainString();
        }
        if (value instanceof Double || value instanceof Float) {
            // Exact, as the other side may be. PostgreSQL's NUMERIC also has NaN and the infinities.
            double number = ((Number) value).doubleValue();
            if (!Double.isFinite(number)) {
                return String.valueOf(number);
            }
            boolean isNegativeZero = number == 0 && 1 / number < 0;
            return isNegativeZero ? "-0" : number(new BigDecimal(number));
        }
        return null;
    }

    private static @Nullable String bits(Object value) {
        if (value instanceof Double || value instanceof Float) {
            double number = ((Number) value).doubleValue();
            return Double.isNaN(number) ? "NaN" : HexFormat.of().toHexDigits(Double.doubleToLongBits(number));
        }
        return null;
    }

    private static @Nullable String unicode(Object value) {
        if (!(value instanceof String text)) {
            return null;
        }
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
            throw new IllegalArgumentException(
                    "A text with half a surrogate pair cannot be compared: no UTF-8 has it.");
        }
        return text;
    }

    private static @Nullable String bool(Object value) {
        if (value instanceof Boolean bool) {
            return bool ? "t" : "f";
        }
        // Of databases that have no booleans; any other number than these two stays what it is.
        String number = number(value);
        return "1".equals(number) ? "t" : "0".equals(number) ? "f" : number;
    }

    private static @Nullable String instant(Object value) {
        if (value.equals(Instant.MAX) || value.equals(Instant.MIN)) {
            return infinity(value.equals(Instant.MAX));
        }
        if (value instanceof Instant instant) {
            return instant(instant.atOffset(ZoneOffset.UTC));
        }
        if (value instanceof ZonedDateTime zoned) {
            return instant(zoned.toOffsetDateTime());
        }
        return value instanceof OffsetDateTime offset ? instant(offset) : noDay(value, "+00");
    }

    private static @Nullable String noDay(Object value, String zone) {
        return value instanceof JdbcValue.NoDay other ? other.text() + zone : null;
    }

    private static String instant(OffsetDateTime value) {
        if (value.equals(OffsetDateTime.MAX) || value.equals(OffsetDateTime.MIN)) {
            return infinity(value.equals(OffsetDateTime.MAX));
        }
        return timestamp(value.withOffsetSameInstant(ZoneOffset.UTC).toLocalDateTime(), "+00");
    }

    private static String timestamp(LocalDateTime value, String zone) {
        if (value.equals(LocalDateTime.MAX) || value.equals(LocalDateTime.MIN)) {
            return infinity(value.equals(LocalDateTime.MAX));
        }
        return day(value.toLocalDate()) + " " + time(value.toLocalTime()) + zone + era(value.toLocalDate());
    }

    private static String date(LocalDate value) {
        if (value.equals(LocalDate.MAX) || value.equals(LocalDate.MIN)) {
            return infinity(value.equals(LocalDate.MAX));
        }
        return day(value) + era(value);
    }

    // PostgreSQL has them, and its driver gives the last and the first for them.
    private static String infinity(boolean late) {
        return late ? "infinity" : "-infinity";
    }

    private static String day(LocalDate value) {
        int year = value.getYear() > 0 ? value.getYear() : 1 - value.getYear();
        StringBuilder text = new StringBuilder(12);
        digits(text, year, 4).append('-');
        digits(text, value.getMonthValue(), 2).append('-');
        return digits(text, value.getDayOfMonth(), 2).toString();
    }

    private static String era(LocalDate value) {
        return value.getYear() > 0 ? "" : " BC";
    }

    private static String time(LocalTime value) {
        StringBuilder text = new StringBuilder(16);
        digits(text, value.getHour(), 2).append(':');
        digits(text, value.getMinute(), 2).append(':');
        digits(text, value.getSecond(), 2);
        if (value.getNano() == 0) {
            return text.toString();
        }
        return withoutZeros(digits(text.append('.'), value.getNano(), 9));
    }

    /** Without those at the end of a fraction, which say nothing. */
    private static String withoutZeros(CharSequence time) {
        String text = time.toString();
        if (text.indexOf('.') < 0) {
            return text;
        }
        int end = text.length();
        while (text.charAt(end - 1) == '0') {
            end--;
        }
        return text.substring(0, text.charAt(end - 1) == '.' ? end - 1 : end);
    }

    private static StringBuilder digits(StringBuilder text, int number, int least) {
        String digits = Integer.toString(number);
        return text.append("0".repeat(Math.max(0, least - digits.length()))).append(digits);
    }

    private static String lower(String text) {
        return text.toLowerCase(Locale.ROOT);
    }

    /** The first and the last eight bytes of a row's hash, from its values one after the other. */
    static long[] halves(byte[] digest) {
        ByteBuffer bytes = ByteBuffer.wrap(digest);
        return new long[] {bytes.getLong(), bytes.getLong()};
    }
}
