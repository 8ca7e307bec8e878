package dev.turnout.flags.jdbc.path;

import dev.turnout.flags.jdbc.type.ColumnType;
import dev.turnout.flags.jdbc.type.ValueKind;
import java.lang.invoke.MethodType;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The classes that components of records may have, and their values in one form, in which those that say the same are equal, from whichever database they
 * come: a decimal has no zeros at its end, a moment is in UTC.
 */
final class ComponentValue {
    private static final Set<Class<?>> WHOLE_NUMBERS =
            Set.of(Byte.class, Short.class, Integer.class, Long.class, BigInteger.class);

    private static final Set<Class<?>> OTHERS = Set.of(
            Float.class,
            Double.class,
            BigDecimal.class,
            Boolean.class,
            String.class,
            UUID.class,
            ByteBuffer.class,
            LocalDate.class,
            LocalTime.class,
            LocalDateTime.class,
            OffsetDateTime.class,
            Instant.class);

    private static final Set<Class<?>> OTHERS_OF_KEYS =
            Set.of(BigDecimal.class, String.class, UUID.class, LocalDate.class);

    // A number of more zeros than that is left as it is, and never fits a column.
    private static final int MOST_ZEROS = 10_000;

    private ComponentValue() {}

    static Class<?> boxed(Class<?> type) {
        return MethodType.methodType(type).wrap().returnType();
    }

    static boolean isKnown(Class<?> type) {
        Class<?> boxed = boxed(type);
        return WHOLE_NUMBERS.contains(boxed) || OTHERS.contains(boxed) || boxed.isEnum();
    }

    /** Whether keys may be made of it: what has one text, by which it is found again. */
    static boolean isKnownOfKeys(Class<?> type) {
        Class<?> boxed = boxed(type);
        return WHOLE_NUMBERS.contains(boxed) || OTHERS_OF_KEYS.contains(boxed) || boxed.isEnum();
    }

    /** Whether a column of that type gives and takes the values of a class as they are. What is not certain does not. */
    static boolean isFitting(Class<?> type, ColumnType column, ValueKind kind, boolean isTiny) {
        Class<?> boxed = boxed(type);
        boolean isTinyBoolean = kind == ValueKind.BOOLEAN && isTiny; // MariaDB's and MySQL's TINYINT(1) has numbers
        return switch (kind) {
            case NUMBER -> WHOLE_NUMBERS.contains(boxed) || boxed == BigDecimal.class;
            case BOOLEAN -> boxed == Boolean.class || (isTinyBoolean && WHOLE_NUMBERS.contains(boxed));
            case DOUBLE -> boxed == (column.jdbc() == java.sql.Types.REAL ? Float.class : Double.class);
            case TEXT -> boxed == String.class || boxed == UUID.class || boxed.isEnum();
            case UUID -> boxed == UUID.class;
            case BINARY -> boxed == ByteBuffer.class;
            case DATE -> boxed == LocalDate.class;
            case TIME -> boxed == LocalTime.class;
            case TIMESTAMP -> boxed == LocalDateTime.class || boxed == Instant.class;
            case INSTANT -> boxed == OffsetDateTime.class || boxed == Instant.class;
            case OWN -> false;
        };
    }

    /** The same value in the form in which those that say the same are equal. */
    static @Nullable Object canonical(@Nullable Object value) {
        if (value instanceof BigDecimal number) {
            BigDecimal shortest = number.stripTrailingZeros();
            return shortest.scale() < 0 && shortest.scale() > -MOST_ZEROS ? shortest.setScale(0) : shortest;
        }
        if (value instanceof OffsetDateTime moment) {
            return moment.withOffsetSameInstant(ZoneOffset.UTC);
        }
        return value instanceof ByteBuffer bytes ? ByteBuffer.wrap(bytes(bytes)).asReadOnlyBuffer() : value;
    }

    static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }

    /**
     * The canonical value of a component, from what a database gave.
     *
     * @throws IllegalArgumentException if the component cannot have the value, with the reason; the value is not in it
     */
    static @Nullable Object of(@Nullable Object value, Class<?> type) {
        if (value == null) {
            if (type.isPrimitive()) {
                throw new IllegalArgumentException("it is NULL, which " + type + " does not have. Use "
                        + boxed(type).getSimpleName());
            }
            return null;
        }
        try {
            return canonical(converted(value, boxed(type)));
        } catch (ArithmeticException | ClassCastException | NumberFormatException | DateTimeException e) {
            throw new IllegalArgumentException(
                    "it has a " + value.getClass().getSimpleName() + " that " + type.getSimpleName() + " cannot hold",
                    e);
        }
    }

    private static Object converted(Object value, Class<?> type) {
        if (WHOLE_NUMBERS.contains(type) || type == BigDecimal.class) {
            return number(new BigDecimal(value.toString()), type);
        }
        if (type == Boolean.class && value instanceof Number number) {
            return truth(number);
        }
        if (type == UUID.class && value instanceof String text) {
            UUID uuid = UUID.fromString(text);
            if (!uuid.toString().equalsIgnoreCase(text)) {
                throw new NumberFormatException("a UUID that is written in another way");
            }
            return uuid;
        }
        if (type.isEnum() && value instanceof String text) {
            return constant(type, text);
        }
        if (type == ByteBuffer.class && value instanceof byte[] bytes) {
            return ByteBuffer.wrap(bytes);
        }
        if (type == LocalTime.class && value instanceof String text) {
            return LocalTime.parse(text);
        }
        return type == Instant.class ? instant(value) : type.cast(finite(value));
    }

    private static Object number(BigDecimal exact, Class<?> type) {
        if (type == Byte.class) {
            return exact.byteValueExact();
        }
        if (type == Short.class) {
            return exact.shortValueExact();
        }
        if (type == Integer.class) {
            return exact.intValueExact();
        }
        if (type == Long.class) {
            return exact.longValueExact();
        }
        return type == BigInteger.class ? exact.toBigIntegerExact() : exact;
    }

    private static boolean truth(Number number) {
        return switch (number.toString()) {
            case "0" -> false;
            case "1" -> true;
            default -> throw new ArithmeticException("neither true nor false");
        };
    }

    private static Object constant(Class<?> type, String name) {
        for (Object constant : type.getEnumConstants()) {
            if (((Enum<?>) constant).name().equals(name)) {
                return constant;
            }
        }
        throw new IllegalArgumentException("it has a text that is no constant of " + type.getSimpleName());
    }

    private static Instant instant(Object value) {
        return finite(value) instanceof LocalDateTime utc
                ? utc.toInstant(ZoneOffset.UTC)
                : ((OffsetDateTime) value).toInstant();
    }

    /** Java's first and last days and moments stand for PostgreSQL's infinity. */
    private static Object finite(Object value) {
        boolean isInfinite = value.equals(LocalDate.MIN)
                || value.equals(LocalDate.MAX)
                || value.equals(LocalDateTime.MIN)
                || value.equals(LocalDateTime.MAX)
                || value.equals(OffsetDateTime.MIN)
                || value.equals(OffsetDateTime.MAX);
        if (isInfinite) {
            throw new DateTimeException("infinity");
        }
        return value;
    }
}
