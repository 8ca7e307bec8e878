package dev.turnout.flags.jdbc.backfill;

import dev.turnout.flags.jdbc.sql.Dialect;
import dev.turnout.flags.jdbc.sql.FetchSize;
import dev.turnout.flags.jdbc.sql.Transactions;
import dev.turnout.flags.jdbc.table.MappedColumn;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Types;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Rows of any source, as Java values that every target takes. */
final class FetchedReader implements RowReader<FetchedRow> {
    // About what an object takes beside its contents.
    private static final long OVERHEAD = 24;

    private static final int MOST_FETCHED_AT_ONCE = 100;

    private final SourceTable source;
    private final boolean isMySql;
    private final boolean isPostgres;
    private final FetchSize fetchSize = new FetchSize(MOST_FETCHED_AT_ONCE);

    FetchedReader(SourceTable source) {
        this.source = source;
        isMySql = source.names.dialect().isMySql();
        isPostgres = source.names.dialect() == Dialect.POSTGRES;
    }

    @Override
    public Rows<FetchedRow> read(
            Connection connection, @Nullable TableKey after, TableKey upTo, Limit limit, boolean isLocked)
            throws SQLException {
        try (PreparedStatement statement = source.prepareChunk(connection, after, upTo, limit.rows(), isLocked)) {
            return rows(statement, limit);
        }
    }

    /** Those of these keys that there are, in any order. */
    List<FetchedRow> find(Connection connection, List<TableKey> keys) throws SQLException {
        try (PreparedStatement statement = source.prepareKeys(connection, keys)) {
            return rows(statement, Limit.NONE).rows();
        }
    }

    @Override
    public void readAll(Connection connection, long bytes, Some<FetchedRow> each) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(source.all())) {
            fetchSize.begin(statement);
            try (ResultSet row = statement.executeQuery()) {
                readAll(row, new Portions<>(this, bytes, each));
            } catch (Error e) {
                Transactions.abort(connection, e);
                throw e;
            }
        }
    }

    private void readAll(ResultSet row, Portions<FetchedRow> portions) throws SQLException {
        ResultSetMetaData types = row.getMetaData();
        while (row.next()) {
            FetchedRow next = row(row, types);
            portions.add(next);
            fetchSize.read(row, bytes(next));
        }
        portions.end();
    }

    private Rows<FetchedRow> rows(PreparedStatement statement, Limit limit) throws SQLException {
        fetchSize.begin(statement);
        try (ResultSet row = statement.executeQuery()) {
            return rows(row, limit);
        }
    }

    private Rows<FetchedRow> rows(ResultSet row, Limit limit) throws SQLException {
        List<FetchedRow> rows = new ArrayList<>();
        long bytes = 0;
        try {
            ResultSetMetaData types = row.getMetaData();
            while (row.next()) {
                if (bytes > limit.bytes()) {
                    return new Rows<>(rows, false);
                }
                FetchedRow next = row(row, types);
                rows.add(next);
                bytes += bytes(next);
                fetchSize.read(row, bytes(next));
            }
        } catch (Error e) {
            Transactions.abort(row.getStatement().getConnection(), e);
            throw e;
        }
        return new Rows<>(rows, rows.size() < limit.rows());
    }

    private FetchedRow row(ResultSet row, ResultSetMetaData types) throws SQLException {
        TableKey key = source.key(row);
        List<@Nullable Object> values = new ArrayList<>();
        int at = 1;
        for (MappedColumn column : source.mapping.all()) {
            Object value =
                    column.isConvertedInJava() ? converted(row, at, column, key) : value(row, at, column, types, key);
            values.add(isPostgres ? PostgresValue.of(value) : value);
            at++;
        }
        return new FetchedRow(key, values);
    }

    private @Nullable Object converted(ResultSet row, int at, MappedColumn column, TableKey key) throws SQLException {
        try {
            return column.convert(row.getObject(at, column.selectedType()));
        } catch (RuntimeException e) {
            // The value stays out of the message, as it may be confidential.
            throw new BackfillException(
                    "Column '" + column.target() + "' of " + FetchedRow.named(source.mapping, key)
                            + " cannot be converted: its function threw "
                            + e.getClass().getName()
                            + ". Let the function take such values, or change the row.",
                    e);
        }
    }

    private @Nullable Object value(ResultSet row, int at, MappedColumn column, ResultSetMetaData types, TableKey key)
            throws SQLException {
        Object value;
        try {
            value = isMySql ? valueOfMySql(row, at, types) : value(row, at, types);
        } catch (SQLException e) {
            if (row.isClosed() || isOfConnection(e)) {
                throw e;
            }
            BackfillException refused = FetchedRow.refused(
                    source.mapping,
                    column,
                    key,
                    "a value that the driver cannot read. Change it, or map the column by computed(...)");
            refused.initCause(e);
            throw refused;
        }
        if (value instanceof String text && hasHalfAPair(text)) {
            throw FetchedRow.refused(
                    source.mapping,
                    column,
                    key,
                    "half a surrogate pair, which is no character and would become '?'. Change it, or map the column by a function");
        }
        if (value == null && isMySql && row.getString(at) != null) {
            throw FetchedRow.refused(
                    source.mapping,
                    column,
                    key,
                    "a date that is none, such as 0000-00-00, and would become NULL. Change it, or map the column by computed(...)");
        }
        return value;
    }

    /** Whether it is not of the value, but of what brings it. */
    private static boolean isOfConnection(SQLException e) {
        return e.getSQLState() == null
                || e.getSQLState().startsWith("08")
                || e.getSQLState().startsWith("57");
    }

    private static boolean hasHalfAPair(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                if (Character.charCount(text.codePointAt(i)) == 1) {
                    return true;
                }
                i++;
            }
        }
        return false;
    }

    /** What MariaDB and MySQL call otherwise, or keep more of than Java's type for it. */
    private @Nullable Object valueOfMySql(ResultSet row, int at, ResultSetMetaData types) throws SQLException {
        String type = types.getColumnTypeName(at).toLowerCase(Locale.ROOT);
        return switch (types.getColumnType(at)) {
            case Types.TIME -> row.getString(at); // a length of up to 838 hours, and less than none
            case Types.BOOLEAN -> number(row, at); // a TINYINT(1), which has other numbers than 0 and 1
            case Types.BIT ->
                type.startsWith("tinyint") || types.getPrecision(at) == 1 ? number(row, at) : row.getObject(at);
            case Types.TIMESTAMP -> {
                LocalDateTime time = row.getObject(at, LocalDateTime.class);
                yield time != null && type.startsWith("timestamp")
                        ? time.atOffset(ZoneOffset.UTC)
                        : time; // see ExactSession
            }
            default -> value(row, at, types);
        };
    }

    private static @Nullable Object number(ResultSet row, int at) throws SQLException {
        int number = row.getInt(at);
        return row.wasNull() ? null : number;
    }

    /** Times without the machine's time zone; texts of what only databases know. */
    private @Nullable Object value(ResultSet row, int at, ResultSetMetaData types) throws SQLException {
        String type = types.getColumnTypeName(at);
        if ("UUID".equalsIgnoreCase(type) || "DECFLOAT".equals(type)) {
            return row.getString(at); // H2 calls the one bytes, the other a decimal, which has no NaN
        }
        return switch (types.getColumnType(at)) {
            case Types.TIMESTAMP ->
                "timestamptz".equals(type)
                        ? row.getObject(at, OffsetDateTime.class)
                        : row.getObject(at, LocalDateTime.class);
            case Types.TIMESTAMP_WITH_TIMEZONE -> row.getObject(at, OffsetDateTime.class);
            case Types.DATE -> row.getObject(at, LocalDate.class);
            case Types.TIME -> "timetz".equals(type) ? row.getString(at) : row.getObject(at, LocalTime.class);
            case Types.BINARY, Types.VARBINARY, Types.LONGVARBINARY, Types.BLOB -> row.getBytes(at);
            case Types.DECIMAL, Types.NUMERIC -> {
                Object number = row.getObject(at);
                yield number instanceof Double ? new PostgresValue(number.toString()) : number; // NaN and the like
            }
            case Types.ARRAY -> {
                Object elements = isPostgres ? null : row.getObject(at);
                yield elements instanceof Array array ? array.getArray() : row.getString(at);
            }
            case Types.BIGINT,
                    Types.INTEGER,
                    Types.SMALLINT,
                    Types.TINYINT,
                    Types.DOUBLE,
                    Types.FLOAT,
                    Types.REAL,
                    Types.BOOLEAN -> row.getObject(at);
            case Types.BIT -> "bit".equals(type) ? row.getString(at) : row.getObject(at);
            default -> row.getString(at);
        };
    }

    @Override
    public TableKey key(FetchedRow row) {
        return row.key();
    }

    @Override
    public boolean isSame(FetchedRow one, FetchedRow other) {
        for (int i = 0; i < one.values().size(); i++) {
            if (!Objects.deepEquals(one.values().get(i), other.values().get(i))) {
                return false;
            }
        }
        return true;
    }

    @Override
    public long bytes(FetchedRow row) {
        return size(row);
    }

    static long size(FetchedRow row) {
        long bytes = OVERHEAD;
        for (Object value : row.values()) {
            bytes += OVERHEAD;
            if (value instanceof String text) {
                bytes += text.length();
            } else if (value instanceof byte[] binary) {
                bytes += binary.length;
            }
        }
        return bytes;
    }
}
