package dev.turnout.flags.jdbc.type;

import dev.turnout.flags.jdbc.sql.Dialect;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Types;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The type of something that a database can select.
 *
 * @param jdbc of {@link Types}
 * @param name as the database calls it, in small letters
 * @param nullable whether it may be {@code NULL}, as far as is known
 * @param isShort whether its declaration keeps a text to few characters: then it is compared as it is, and not by its hash; as far as is known
 */
public record ColumnType(Dialect dialect, int jdbc, String name, boolean nullable, boolean isShort) {
    private static final int FEW_CHARACTERS =
            200_000; // of four bytes at most, beside their length: less than a megabyte

    /** Of a column of what was selected, counted from 1. */
    public static ColumnType of(Dialect dialect, ResultSetMetaData columns, int column) throws SQLException {
        int jdbc = columns.getColumnType(column);
        String name = columns.getColumnTypeName(column).toLowerCase(Locale.ROOT);
        int precision = columns.getPrecision(column);
        ColumnType type = new ColumnType(
                dialect,
                jdbc,
                name,
                columns.isNullable(column) != ResultSetMetaData.columnNoNulls,
                (name.equals("varchar") || name.equals("bpchar")) && precision > 0 && precision <= FEW_CHARACTERS);
        // What MySQL's driver calls a bit is a TINYINT(1), or one bit in fact.
        boolean isOneBit = type.isMySql() && jdbc == Types.BIT && precision == 1;
        return isOneBit ? new ColumnType(dialect, Types.BOOLEAN, name, type.nullable, false) : type;
    }

    /** What its values are; empty if nothing is known that would compare them rightly. */
    public Optional<ValueKind> kind() {
        return Optional.ofNullable(
                switch (jdbc) {
                    case Types.TINYINT, Types.SMALLINT, Types.INTEGER, Types.BIGINT -> ValueKind.NUMBER;
                    case Types.NUMERIC, Types.DECIMAL -> ValueKind.NUMBER;
                    case Types.REAL, Types.FLOAT -> ValueKind.DOUBLE;
                    case Types.DOUBLE -> name.equals("money") ? null : ValueKind.DOUBLE;
                    case Types.CHAR, Types.VARCHAR, Types.LONGVARCHAR, Types.NCHAR, Types.NVARCHAR, Types.CLOB ->
                        text();
                    case Types.BINARY, Types.VARBINARY, Types.LONGVARBINARY, Types.BLOB -> binary();
                    case Types.BOOLEAN -> ValueKind.BOOLEAN;
                    case Types.BIT -> isBoolean() ? ValueKind.BOOLEAN : null;
                    case Types.DATE -> isMySql() && name.startsWith("year") ? null : ValueKind.DATE;
                    case Types.TIME -> name.equals("timetz") ? null : ValueKind.TIME;
                    case Types.TIMESTAMP -> isInstant() ? ValueKind.INSTANT : ValueKind.TIMESTAMP;
                    case Types.TIMESTAMP_WITH_TIMEZONE -> ValueKind.INSTANT;
                    default -> other();
                });
    }

    private @Nullable ValueKind text() {
        // What PostgreSQL's driver does not know, such as an enum's type, is a text by its code; these are not.
        return switch (name) {
            case "name", "citext", "xml" -> null;
            case "uuid" -> ValueKind.UUID;
            default -> ValueKind.TEXT;
        };
    }

    private @Nullable ValueKind binary() {
        return name.equals("uuid") ? ValueKind.UUID : isGeometry() ? null : ValueKind.BINARY;
    }

    private boolean isGeometry() {
        return isMySql() && (name.equals("geometry") || name.equals("point") || name.equals("polygon"));
    }

    // PostgreSQL's bit(n) has the same code, as has MariaDB's; a TINYINT(1) too.
    private boolean isBoolean() {
        return name.equals("bool") || name.startsWith("tinyint") || name.equals("boolean");
    }

    private boolean isInstant() {
        return name.equals("timestamptz") || (isMySql() && name.startsWith("timestamp"));
    }

    private @Nullable ValueKind other() {
        if (dialect == Dialect.H2 && name.startsWith("enum")) {
            return ValueKind.TEXT;
        }
        return switch (name) {
            case "uuid" -> ValueKind.UUID;
            case "json" -> dialect == Dialect.POSTGRES ? ValueKind.TEXT : null;
            default -> null;
        };
    }

    /** What values of both are compared as; empty if that would have to be guessed. */
    public Optional<ValueKind> kindWith(ColumnType other) {
        Optional<ValueKind> ours = kind();
        Optional<ValueKind> theirs = other.kind();
        if (ours.isEmpty() && theirs.isEmpty()) {
            boolean isSame = name.equals(other.name) && (dialect == other.dialect || (isMySql() && other.isMySql()));
            return isSame ? Optional.of(ValueKind.OWN) : Optional.empty();
        }
        if (ours.isEmpty() || ours.equals(theirs)) {
            return ours;
        }
        return theirs.flatMap(kind -> between(ours.get(), kind).or(() -> between(kind, ours.get())));
    }

    private static Optional<ValueKind> between(ValueKind one, ValueKind other) {
        boolean sameContent = (one == ValueKind.UUID && other == ValueKind.TEXT)
                || (one == ValueKind.BOOLEAN && other == ValueKind.NUMBER)
                || (one == ValueKind.NUMBER && other == ValueKind.DOUBLE);
        return sameContent ? Optional.of(one) : Optional.empty();
    }

    /** Whether the database would take what is in it for a text, and need not. */
    public boolean isBits() {
        return jdbc == Types.BIT || jdbc == Types.BINARY || jdbc == Types.VARBINARY || isGeometry();
    }

    /** Whether its values are binary fractions. */
    public boolean isFloating() {
        return jdbc == Types.REAL || jdbc == Types.FLOAT || jdbc == Types.DOUBLE;
    }

    /** Whether it is MariaDB's or MySQL's. */
    public boolean isMySql() {
        return dialect.isMySql();
    }

    /** Whether trailing spaces are what the database fills it up with. */
    public boolean isPadded() {
        return name.equals("bpchar") || jdbc == Types.CHAR || jdbc == Types.NCHAR;
    }

    @Override
    public String toString() {
        return name + " (" + dialect + ")";
    }
}
