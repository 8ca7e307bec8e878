package dev.turnout.flags.jdbc.path;

import dev.turnout.flags.jdbc.sql.Dialect;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of a value between a column and a component of a record. Values that say the same are equal, from whichever database they come: a decimal
 * has no zeros at its end, a moment is in UTC.
 */
final class ColumnValue {
    private static final Map<Class<?>, Class<?>> BOXES = Map.of(
            boolean.class, Boolean.class,
            byte.class, Byte.class,
            short.class, Short.class,
            int.class, Integer.class,
            long.class, Long.class,
            float.class, Float.class,
            double.class, Double.class);

    private static final Set<Class<?>> NUMBERS = Set.of(
            Byte.class,
            Short.class,
            Integer.class,
            Long.class,
            Float.class,
            Double.class,
            BigInteger.class,
            BigDecimal.class);

    private static final Set<Class<?>> OTHERS = Set.of(
            Boolean.class,
            String.class,
            UUID.class,
            ByteBuffer.class,
            LocalDate.class,
            LocalTime.class,
            LocalDateTime.class,
            OffsetDateTime.class,
            Instant.class);

    private ColumnValue() {}

    static boolean isKnown(Class<?> type) {
        Class<?> boxed = boxed(type);
        return NUMBERS.contains(boxed) || OTHERS.contains(boxed) || boxed.isEnum();
    }

    private static Class<?> boxed(Class<?> type) {
        return BOXES.getOrDefault(type, type);
    }

    /**
     * Of the current row.
     *
     * @throws IllegalArgumentException if that type does not have the value, with the reason; the value is not in it
     */
    static @Nullable Object read(ResultSet row, int at, Class<?> type) throws SQLException {
        Class<?> boxed = boxed(type);
        if (NUMBERS.contains(boxed) || boxed == Boolean.class) {
            return fitting(row.getObject(at), type);
        }
        if (boxed == Instant.class || boxed == OffsetDateTime.class) {
            return fitting(row.getObject(at, OffsetDateTime.class), type);
        }
        if (boxed == LocalDate.class || boxed == LocalTime.class || boxed == LocalDateTime.class) {
            return row.getObject(at, boxed);
        }
        if (boxed == ByteBuffer.class) {
            return fitting(row.getBytes(at), type);
        }
        return fitting(row.getString(at), type);
    }

    /**
     * The same value as one of that type.
     *
     * @throws IllegalArgumentException if the type does not have it
     */
    static @Nullable Object fitting(@Nullable Object value, Class<?> type) {
        if (value == null) {
            if (type.isPrimitive()) {
                throw new IllegalArgumentException("it is NULL, which " + type + " does not have. Use "
                        + boxed(type).getSimpleName());
            }
            return null;
        }
        Class<?> boxed = boxed(type);
        try {
            if (NUMBERS.contains(boxed)) {
                return number(value, boxed);
            }
            if (boxed == Boolean.class) {
                return value instanceof Number number ? truth(number) : boxed.cast(value);
            }
            if (boxed == Instant.class && value instanceof OffsetDateTime time) {
                return time.toInstant();
            }
            if (boxed == OffsetDateTime.class && value instanceof OffsetDateTime time) {
                return time.withOffsetSameInstant(ZoneOffset.UTC);
            }
            if (boxed == UUID.class && value instanceof String text) {
                return UUID.fromString(text.trim());
            }
            if (boxed.isEnum() && value instanceof String text) {
                return constant(boxed, text);
            }
            if (boxed == ByteBuffer.class && value instanceof byte[] bytes) {
                return ByteBuffer.wrap(bytes);
            }
            return boxed.cast(value);
        } catch (ArithmeticException | ClassCastException e) {
            throw new IllegalArgumentException(
                    "it has a " + value.getClass().getSimpleName() + " that " + type.getSimpleName() + " cannot hold",
                    e);
        }
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

    private static Object number(Object value, Class<?> type) {
        if (type == Double.class && (value instanceof Double || value instanceof Float)) {
            return ((Number) value).doubleValue();
        }
        if (type == Float.class && (value instanceof Double || value instanceof Float)) {
            float single = ((Number) value).floatValue();
            if (Double.compare(single, ((Number) value).doubleValue()) != 0) {
                throw new ArithmeticException("rounded");
            }
            return single;
        }
        BigDecimal exact = value instanceof Boolean truth
                ? (truth ? BigDecimal.ONE : BigDecimal.ZERO) // a TINYINT(1)
                : value instanceof Number number ? new BigDecimal(number.toString()) : notANumber(value);
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
        if (type == BigInteger.class) {
            return exact.toBigIntegerExact();
        }
        if (type == BigDecimal.class) {
            return withoutZeros(exact);
        }
        Number floating = type == Double.class ? (Number) exact.doubleValue() : (Number) exact.floatValue();
        if (new BigDecimal(floating.toString()).compareTo(exact) != 0) {
            throw new ArithmeticException("rounded");
        }
        return floating;
    }

    private static BigDecimal notANumber(Object value) {
        throw new ClassCastException(value.getClass().getName());
    }

    private static BigDecimal withoutZeros(BigDecimal number) {
        BigDecimal shortest = number.stripTrailingZeros();
        return shortest.scale() < 0 ? shortest.setScale(0) : shortest;
    }

    /** As a parameter of a statement. */
    static void bind(PreparedStatement statement, int at, @Nullable Object value, Dialect dialect)
            throws SQLException {
        if (value == null) {
            statement.setNull(at, Types.NULL);
        } else if (value instanceof Instant moment) {
            statement.setObject(at, moment.atOffset(ZoneOffset.UTC));
        } else if (value instanceof ByteBuffer buffer) {
            byte[] bytes = new byte[buffer.remaining()];
            buffer.duplicate().get(bytes);
            statement.setBytes(at, bytes);
        } else if (value instanceof BigInteger number) {
            statement.setBigDecimal(at, new BigDecimal(number));
        } else if (value instanceof Enum<?> || value instanceof String || value instanceof UUID) {
            String text = value instanceof Enum<?> constant ? constant.name() : value.toString();
            if (dialect == Dialect.POSTGRES) {
                statement.setObject(at, text, Types.OTHER); // becomes whatever its column is
            } else {
                statement.setString(at, text);
            }
        } else {
            statement.setObject(at, value);
        }
    }
}
