package dev.turnout.flags.jdbc.backfill;

import dev.turnout.flags.jdbc.sql.CatalogColumn;
import dev.turnout.flags.jdbc.sql.Dialect;
import java.util.Objects;
import java.util.Optional;

/** Which types take all values of which other types as they are. A pair that is not known to do so is a finding. */
final class LosslessTypes {
    private static final String AS_MANY = "Give it as many, or be sure.";
    private static final Optional<Loss> NONE = Optional.empty();
    private static final Optional<Loss> OTHER_KIND = loss(
            "The types differ in kind, and what one database makes of the other's values is its own affair.",
            "Map it by a function.");
    private static final Optional<Loss> NOT_KNOWN = loss(
            "It is not known that values of this type come through as they are.", "Map it by a function, or be sure.");
    private static final Optional<Loss> ROUNDED = loss(
            "The target rounds the numbers that it cannot hold, without an error.",
            "Give it the source's type, or be sure.");
    private static final Optional<Loss> FEWER_DIGITS =
            loss("The target keeps fewer digits: a number would be refused, or rounded without an error.", AS_MANY);
    private static final Optional<Loss> FEWER_FRACTIONS =
            loss("The target keeps fewer fractions of a second: it rounds them without an error.", AS_MANY);
    private static final Optional<Loss> SHORTER = loss(
            "The target takes shorter texts: a longer one would be refused, or cut off.",
            "Make it as long, or be sure.");
    private static final Optional<Loss> SHORTER_BYTES = loss(
            "The target takes fewer bytes: a longer value would be refused, or cut off.",
            "Make it as long, or be sure.");
    private static final Optional<Loss> FILLED_UP = loss(
            "The target fills a value up to its whole length, so the original end of the value cannot be distinguished from that.",
            "Give it a type of varying length, or be sure.");
    private static final Optional<Loss> FEWER_CHARACTERS = loss(
            "The target's character set does not have all characters: another one would be refused, or become '?'.",
            "Give it CHARACTER SET utf8mb4.");
    private static final Optional<Loss> OTHER_ZONE = loss(
            "A time zone on one side only: the same value means another moment after it.", "Map it by AT TIME ZONE.");
    private static final Optional<Loss> ONLY_TRUE =
            loss("Numbers other than 0 and 1 become true.", "Give it a SMALLINT, or be sure that there are none.");

    private static final int REAL_BITS = 24;
    private static final int DOUBLE_BITS = 53;
    private static final int LONGEST_CHARACTER = 4; // bytes, in utf8mb4

    /**
     * What may be lost.
     *
     * @param hazard what may come of it
     * @param remedy what to do
     */
    record Loss(String hazard, String remedy) {}

    private enum Kind {
        INTEGER,
        DECIMAL,
        REAL,
        DOUBLE,
        TEXT,
        BOOLEAN,
        /** MariaDB's and MySQL's {@code TINYINT(1)}, which is their boolean, but holds other numbers too. */
        TINY_BOOLEAN,
        DATE,
        TIME,
        /** MariaDB's and MySQL's {@code TIME}, of more hours than a day has. */
        LONG_TIME,
        TIMESTAMP,
        INSTANT,
        /** MariaDB's and MySQL's {@code TIMESTAMP}, which is shown in the session's time zone, and ends early. */
        SHORT_INSTANT,
        BINARY,
        UUID,
        OTHER
    }

    private LosslessTypes() {}

    private static Optional<Loss> loss(String hazard, String remedy) {
        return Optional.of(new Loss(hazard, remedy));
    }

    /** What may get lost between two columns; empty if nothing is known to. */
    static Optional<Loss> loss(CatalogColumn from, CatalogColumn into) {
        if (from.isLike(into)
                && from.declared().equals(into.declared())
                && Objects.equals(from.characters(), into.characters())) {
            return NONE;
        }
        Kind kind = kind(from);
        Kind other = kind(into);
        if (isMoment(kind) && isMoment(other) && (kind == Kind.TIMESTAMP) != (other == Kind.TIMESTAMP)) {
            return OTHER_ZONE;
        }
        return switch (kind) {
            case INTEGER -> ofInteger(from, into, other);
            case DECIMAL -> ofDecimal(from, into, other);
            case REAL, DOUBLE -> ofFloating(kind, other);
            case TEXT -> ofText(from, into, other);
            case BINARY -> ofBinary(from, into, other);
            case BOOLEAN -> other == Kind.TINY_BOOLEAN ? NONE : ofSame(kind, other);
            case TINY_BOOLEAN -> other == Kind.BOOLEAN ? ONLY_TRUE : ofSame(kind, other);
            case DATE, UUID -> ofSame(kind, other);
            case TIME, LONG_TIME, TIMESTAMP, INSTANT, SHORT_INSTANT ->
                kind == other && into.scale() < from.scale() ? FEWER_FRACTIONS : ofSame(kind, other);
            case OTHER -> other == Kind.TEXT && from.isEnum() ? ofText(from, into, other) : NOT_KNOWN;
        };
    }

    private static Kind kind(CatalogColumn column) {
        boolean isMySql = column.isMySql();
        return switch (column.type()) {
            case "tinyint" -> isMySql && column.declared().startsWith("tinyint(1)") ? Kind.TINY_BOOLEAN : Kind.INTEGER;
            case "smallint", "mediumint", "int", "integer", "bigint", "int2", "int4", "int8" -> Kind.INTEGER;
            case "numeric", "decimal" -> Kind.DECIMAL;
            case "real", "float4" -> Kind.REAL;
            case "double precision", "float8" -> Kind.DOUBLE;
            // With sizes they round, as decimals do.
            case "float" -> column.declared().equals("float") ? Kind.REAL : Kind.OTHER;
            case "double" -> column.declared().equals("double") ? Kind.DOUBLE : Kind.OTHER;
            case "char" -> isMySql ? Kind.TEXT : Kind.OTHER;
            case "character", "bpchar", "character varying", "varchar", "text", "character large object" -> Kind.TEXT;
            case "varchar_ignorecase", "citext", "tinytext", "mediumtext", "longtext" -> Kind.TEXT;
            case "bool", "boolean" -> Kind.BOOLEAN;
            case "bit" -> isMySql && column.declared().equals("bit(1)") ? Kind.BOOLEAN : Kind.OTHER;
            case "date" -> Kind.DATE;
            case "time" -> isMySql ? Kind.LONG_TIME : Kind.TIME;
            case "timestamp" -> isMySql ? Kind.SHORT_INSTANT : Kind.TIMESTAMP;
            case "datetime" -> Kind.TIMESTAMP;
            case "timestamptz", "timestamp with time zone" -> Kind.INSTANT;
            case "binary", "varbinary", "binary varying", "binary large object", "bytea" -> Kind.BINARY;
            case "tinyblob", "blob", "mediumblob", "longblob" -> Kind.BINARY;
            case "uuid" -> Kind.UUID;
            default -> Kind.OTHER;
        };
    }

    private static boolean isMoment(Kind kind) {
        return kind == Kind.TIMESTAMP || kind == Kind.INSTANT || kind == Kind.SHORT_INSTANT;
    }

    private static Optional<Loss> ofSame(Kind kind, Kind other) {
        return kind == other ? NONE : OTHER_KIND;
    }

    /** In bits, without the one for the sign. */
    private static int bits(CatalogColumn column) {
        int signed = switch (column.type()) {
            case "tinyint" -> Byte.SIZE;
            case "smallint", "int2" -> Short.SIZE;
            case "mediumint" -> Byte.SIZE + Short.SIZE;
            case "int", "integer", "int4" -> Integer.SIZE;
            default -> Long.SIZE;
        };
        return isUnsigned(column) ? signed : signed - 1;
    }

    private static boolean isUnsigned(CatalogColumn column) {
        return column.declared().contains("unsigned");
    }

    /** How many decimal digits the greatest number of so many bits has. */
    private static int digits(int bits) {
        return (int) (bits * Math.log10(2)) + 1;
    }

    private static Optional<Loss> ofInteger(CatalogColumn from, CatalogColumn into, Kind other) {
        boolean losesSign = !isUnsigned(from) && isUnsigned(into);
        return switch (other) {
            case INTEGER -> bits(into) < bits(from) || losesSign ? FEWER_DIGITS : NONE;
            case DECIMAL -> front(into) < digits(bits(from)) || into.scale() < 0 || losesSign ? FEWER_DIGITS : NONE;
            case REAL -> bits(from) > REAL_BITS ? ROUNDED : NONE;
            case DOUBLE -> bits(from) > DOUBLE_BITS ? ROUNDED : NONE;
            default -> OTHER_KIND;
        };
    }

    /** How many digits stand before the point. */
    private static long front(CatalogColumn decimal) {
        return decimal.size() == CatalogColumn.UNLIMITED ? decimal.size() : decimal.size() - decimal.scale();
    }

    private static Optional<Loss> ofDecimal(CatalogColumn from, CatalogColumn into, Kind other) {
        boolean losesSign = !isUnsigned(from) && isUnsigned(into);
        return switch (other) {
            case DECIMAL -> front(into) < front(from) || into.scale() < from.scale() || losesSign ? FEWER_DIGITS : NONE;
            case INTEGER -> front(from) >= digits(bits(into)) || from.scale() > 0 || losesSign ? FEWER_DIGITS : NONE;
            case REAL, DOUBLE -> ROUNDED;
            default -> OTHER_KIND;
        };
    }

    private static Optional<Loss> ofFloating(Kind kind, Kind other) {
        return switch (other) {
            case REAL, DOUBLE, DECIMAL, INTEGER -> kind == other ? NONE : ROUNDED;
            default -> OTHER_KIND;
        };
    }

    private static Optional<Loss> ofText(CatalogColumn from, CatalogColumn into, Kind other) {
        if (other != Kind.TEXT) {
            return OTHER_KIND;
        }
        if (characters(into) < from.size()) {
            return SHORTER;
        }
        if (into.isFixed() && !from.isFixed()) {
            return FILLED_UP;
        }
        boolean hasAll = into.characters() == null || into.characters().equals("utf8mb4");
        return hasAll || Objects.equals(into.characters(), from.characters()) ? NONE : FEWER_CHARACTERS;
    }

    /** How many it takes, whichever they are. */
    private static long characters(CatalogColumn text) {
        return switch (text.type()) {
            case "tinytext", "mediumtext" -> text.size() / LONGEST_CHARACTER;
            case "text" -> text.dialect() == Dialect.POSTGRES ? text.size() : text.size() / LONGEST_CHARACTER;
            default -> text.size();
        };
    }

    private static Optional<Loss> ofBinary(CatalogColumn from, CatalogColumn into, Kind other) {
        if (other != Kind.BINARY) {
            return OTHER_KIND;
        }
        if (into.size() < from.size()) {
            return SHORTER_BYTES;
        }
        boolean isFixed = from.type().equals("binary") && into.size() == from.size();
        return into.type().equals("binary") && !isFixed ? FILLED_UP : NONE;
    }
}
