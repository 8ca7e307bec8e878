package dev.turnout.flags.jdbc.copy;

import dev.turnout.flags.jdbc.table.MappedColumn;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Rows of any source, as Java values that every target takes. */
final class FetchedRows implements RowReader<FetchedRow> {
    // About what an object takes beside its contents.
    private static final long OVERHEAD = 24;

    private final SourceTable source;

    FetchedRows(SourceTable source) {
        this.source = source;
    }

    @Override
    public List<FetchedRow> read(
            Connection connection, @Nullable TableKey after, TableKey upTo, int limit, boolean isLocked)
            throws SQLException {
        try (PreparedStatement statement = source.prepareChunk(connection, after, upTo, limit, isLocked)) {
            return rows(statement);
        }
    }

    /** Those of these keys that there are, in any order. */
    List<FetchedRow> find(Connection connection, List<TableKey> keys) throws SQLException {
        try (PreparedStatement statement = source.prepareKeys(connection, keys)) {
            return rows(statement);
        }
    }

    private List<FetchedRow> rows(PreparedStatement statement) throws SQLException {
        List<FetchedRow> rows = new ArrayList<>();
        try (ResultSet row = statement.executeQuery()) {
            ResultSetMetaData types = row.getMetaData();
            while (row.next()) {
                rows.add(row(row, types));
            }
        }
        return rows;
    }

    private FetchedRow row(ResultSet row, ResultSetMetaData types) throws SQLException {
        TableKey key = source.key(row);
        List<@Nullable Object> values = new ArrayList<>();
        int at = 1;
        for (MappedColumn column : source.mapping.all()) {
            values.add(column.isConvertedInJava() ? converted(row, at, column, key) : value(row, at, types));
            at++;
        }
        return new FetchedRow(key, values);
    }

    private @Nullable Object converted(ResultSet row, int at, MappedColumn column, TableKey key) throws SQLException {
        try {
            return column.convert(row.getObject(at, column.selectedType()));
        } catch (RuntimeException e) {
            // The value stays out of the message, as it may be nobody's business.
            throw new CopyException(
                    "Column '" + column.target() + "' of the row with key '" + key + "' of "
                            + source.mapping.sourceTable() + " can't be converted: its function threw " + e
                            + ". Let the function take such values, or change the row.",
                    e);
        }
    }

    /** Times without the machine's time zone; texts of what only databases know. */
    private static @Nullable Object value(ResultSet row, int at, ResultSetMetaData types) throws SQLException {
        String type = types.getColumnTypeName(at);
        return switch (types.getColumnType(at)) {
            case Types.TIMESTAMP ->
                "timestamptz".equals(type)
                        ? row.getObject(at, OffsetDateTime.class)
                        : row.getObject(at, LocalDateTime.class);
            case Types.TIMESTAMP_WITH_TIMEZONE -> row.getObject(at, OffsetDateTime.class);
            case Types.DATE -> row.getObject(at, LocalDate.class);
            case Types.TIME -> "timetz".equals(type) ? row.getString(at) : row.getObject(at, LocalTime.class);
            case Types.BINARY, Types.VARBINARY, Types.LONGVARBINARY, Types.BLOB -> row.getBytes(at);
            case Types.DECIMAL,
                    Types.NUMERIC,
                    Types.BIGINT,
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
