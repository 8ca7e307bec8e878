package dev.turnout.flags.jdbc.path;

import dev.turnout.flags.jdbc.sql.CatalogColumn;
import dev.turnout.flags.jdbc.sql.Dialect;
import dev.turnout.flags.jdbc.table.MappedColumn.Converted;
import dev.turnout.flags.jdbc.table.MappedColumn.Inverse;
import dev.turnout.flags.jdbc.type.ColumnType;
import dev.turnout.flags.jdbc.type.JdbcValue;
import dev.turnout.flags.jdbc.type.ValueKind;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.Temporal;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A column as the database describes it: how its values are read and given, in an exact session. Immutable.
 *
 * @param identifier as the database writes it
 */
record StoredColumn(PathColumn column, String identifier, CatalogColumn catalog, ColumnType type) {
    private static final String MYSQL_JSON = "json";

    /** Why it cannot be read and written exactly; empty if it can. */
    Optional<String> refusal(boolean isKey) {
        String named = "column '" + column.name() + "' is " + catalog.declared();
        if (catalog.isComputed() || catalog.isAlwaysNumbered()) {
            return Optional.of(named + ", which the database computes or numbers, so it cannot be written");
        }
        if (column.functions() != null) {
            return Optional.empty(); // what it reads is for its functions to know; what it writes is read again
        }
        Class<?> component = column.type();
        boolean isTiny = catalog.type().equals("tinyint");
        boolean isFitting = !isChangedByDatabase()
                && type.kind()
                        .filter(kind -> ComponentValue.isFitting(component, type, kind, isTiny))
                        .isPresent();
        if (!isFitting) {
            return Optional.of(named + ", which a component of the class " + component.getSimpleName()
                    + " does not stand for exactly. Choose another class, or map the column by functions");
        }
        return isKey ? refusalOfKey(named) : Optional.empty();
    }

    private boolean isChangedByDatabase() {
        boolean isSized =
                catalog.isMySql() && type.isFloating() && catalog.declared().contains("(");
        return isSized || (catalog.dialect() == Dialect.MYSQL && catalog.type().equals(MYSQL_JSON));
    }

    private Optional<String> refusalOfKey(String named) {
        if (catalog.isLoose()) {
            return Optional.of(
                    named + " in the collation " + catalog.collation()
                            + ", so the database takes keys that differ for one. Give it a collation that distinguishes all texts");
        }
        boolean isUuidInText =
                type.kind().filter(kind -> kind == ValueKind.TEXT).isPresent()
                        && ComponentValue.boxed(column.type()) == UUID.class;
        return isUuidInText
                ? Optional.of(named + ", in which a UUID may be written in several ways. Let the key be a String")
                : Optional.empty();
    }

    /** Why it cannot keep part of a version, or the mark of tombstones; empty if it can. */
    Optional<String> refusalOfMark(boolean isNullable) {
        boolean isWide = column.type() != long.class
                || ((catalog.type().equals("bigint") || catalog.type().equals("int8"))
                        && !catalog.declared().contains("unsigned"));
        return isWide && !isNullable
                ? Optional.empty()
                : Optional.of(
                        "column '" + column.name() + "' is " + catalog.declared()
                                + (isNullable ? " and may be NULL" : "")
                                + ", but the parts of a version have to be BIGINT NOT NULL, and the mark of tombstones BOOLEAN NOT NULL");
    }

    /** What to select, such that no digit is lost before the driver; as backfill selects it. */
    String selected() {
        return column.functions() == null ? catalog.dialect().exactly(identifier, type.jdbc()) : identifier;
    }

    /**
     * The canonical value of the component.
     *
     * @throws IllegalArgumentException if the component cannot have it, or a function refuses it
     */
    @Nullable
    Object read(ResultSet row, int at, String table) throws SQLException {
        try {
            Converted<?> functions = column.functions();
            if (functions == null) {
                return ComponentValue.of(JdbcValue.read(row, at, type, kind()), column.type());
            }
            Object raw = row.getObject(at, functions.type());
            if (raw == null && type.isMySql() && row.getString(at) != null) {
                throw new IllegalArgumentException("it has a date that is none, such as 0000-00-00");
            }
            return ComponentValue.of(applied(() -> functions.convert(raw)), column.type());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "Column '" + column.name() + "' of " + table + " cannot be read as "
                            + column.type().getSimpleName() + ": " + e.getMessage() + ".",
                    e);
        }
    }

    private ValueKind kind() {
        return type.kind().orElse(ValueKind.OWN); // which has been refused
    }

    private interface Applied {
        @Nullable
        Object value();
    }

    /** The value stays out of the message, as it may be confidential. */
    private static @Nullable Object applied(Applied function) {
        try {
            return function.value();
        } catch (RuntimeException e) {
            throw new IllegalArgumentException(
                    "its function threw " + e.getClass().getName(), e);
        }
    }

    /**
     * Gives the value of a component to a statement.
     *
     * @param value canonical
     * @throws IllegalArgumentException if the column would not keep it
     */
    void bind(PreparedStatement statement, int at, @Nullable Object value) throws SQLException {
        set(statement, at, value == null ? null : parameter(value));
    }

    private @Nullable Object parameter(Object value) {
        Converted<?> functions = column.functions();
        Inverse<?> inverse = functions == null ? null : functions.inverse();
        if (functions != null && inverse != null) {
            Object raw = reverted(inverse, value);
            return raw == null ? null : functions.type().cast(raw);
        }
        if (value instanceof BigDecimal number && number.scale() > catalog.scale()) {
            throw refused("has fewer digits behind the point than its value");
        }
        if (value instanceof String text && type.isPadded() && text.endsWith(" ")) {
            throw refused("is filled up with spaces, so those at the end of its value would be lost");
        }
        if (value instanceof Instant moment) {
            OffsetDateTime utc = moment.atOffset(ZoneOffset.UTC);
            return kind() == ValueKind.TIMESTAMP ? utc.toLocalDateTime() : utc;
        }
        if (value instanceof ByteBuffer buffer) {
            return ComponentValue.bytes(buffer);
        }
        if (value instanceof BigInteger number) {
            return new BigDecimal(number);
        }
        boolean isText = value instanceof Enum<?> || (value instanceof UUID && kind() == ValueKind.TEXT);
        return !isText ? value : value instanceof Enum<?> constant ? constant.name() : value.toString();
    }

    private static @Nullable Object reverted(Inverse<?> inverse, Object value) {
        return applied(() -> inverse.apply(value));
    }

    private IllegalArgumentException refused(String why) {
        return new IllegalArgumentException("Column '" + column.name() + "' " + why + ". Nothing is rounded or cut.");
    }

    private void set(PreparedStatement statement, int at, @Nullable Object value) throws SQLException {
        if (value == null) {
            statement.setNull(at, Types.NULL);
        } else if (value instanceof byte[] bytes) {
            statement.setBytes(at, bytes);
        } else if (type.dialect() == Dialect.POSTGRES) {
            // Becomes whatever the column is; as a number or a moment it might be rounded first.
            statement.setObject(
                    at, value instanceof BigDecimal number ? number.toPlainString() : value.toString(), Types.OTHER);
        } else if (type.isMySql()) {
            setInMySql(statement, at, value);
        } else {
            statement.setObject(at, value);
        }
    }

    private void setInMySql(PreparedStatement statement, int at, Object value) throws SQLException {
        if (value instanceof Float || value instanceof Double) {
            double number = ((Number) value).doubleValue();
            if (!Double.isFinite(number)) {
                throw refused("does not have NaN nor an infinite number");
            }
            // As a number, -0 would be a decimal, which has none.
            statement.setObject(at, number == 0 && 1 / number < 0 ? "-0" : value);
        } else if (value instanceof Temporal time) {
            // As texts, drivers have nothing to convert: not to the machine's time zone, nor to the session's.
            Object utc = time instanceof OffsetDateTime moment
                    ? moment.withOffsetSameInstant(ZoneOffset.UTC).toLocalDateTime()
                    : time;
            statement.setString(
                    at, utc instanceof LocalDateTime local ? local.toString().replace('T', ' ') : utc.toString());
        } else if (value instanceof UUID) {
            statement.setString(at, value.toString());
        } else {
            statement.setObject(at, value);
        }
    }
}
