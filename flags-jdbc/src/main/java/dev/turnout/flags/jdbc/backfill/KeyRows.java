package dev.turnout.flags.jdbc.backfill;

import dev.turnout.flags.jdbc.backfill.TablePair.End;
import dev.turnout.flags.jdbc.table.MappedColumn;
import dev.turnout.flags.jdbc.table.TableMapping;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One of two tables, of which nothing is read but keys and versions. */
final class KeyRows {
    final SourceTable table;
    private final End end;
    private final FetchedReader rows;

    private KeyRows(End end, TableMapping mapping, Function<MappedColumn, String> name) {
        this.end = end;
        TableMapping.Builder builder = TableMapping.from(end.table()).into(end.table());
        List<String> keys = mapping.keys().stream().map(name).toList();
        keys.forEach(builder::key);
        mapping.versions().stream().map(name).forEach(builder::version);
        table = new SourceTable(builder.build(), end.names(), end.shape());
        rows = new FetchedReader(table);
    }

    static KeyRows ofSource(TablePair pair) {
        return new KeyRows(
                pair.source,
                pair.mapping,
                column -> TablePair.sourceColumn(column)
                        .orElseThrow(() -> new IllegalStateException("Keys and versions are copied as they are.")));
    }

    static KeyRows ofTarget(TablePair pair) {
        return new KeyRows(pair.target, pair.mapping, MappedColumn::target);
    }

    /** Those that follow a key, in the order of this table. */
    List<FetchedRow> read(Connection connection, @Nullable TableKey after, TableKey upTo, int limit)
            throws SQLException {
        List<FetchedRow> found = rows.read(connection, after, upTo, new RowReader.Limit(limit, Long.MAX_VALUE), false)
                .rows();
        end.checkUnchanged(connection);
        return found;
    }

    /** What there is of these keys, as {@link #comparable} has it. */
    Set<List<Object>> find(Connection connection, List<TableKey> keys) throws SQLException {
        Set<List<Object>> found = new HashSet<>();
        rows.find(connection, keys).forEach(row -> found.add(comparable(row)));
        end.checkUnchanged(connection);
        return found;
    }

    /** Key and version of a row, equal if they are the same in two tables whose types differ a little, such as INT and DECIMAL. */
    static List<Object> comparable(FetchedRow row) {
        List<Object> values = new ArrayList<>();
        for (Object value : row.values()) {
            values.add(
                    value == null ? "NULL" : comparable(value)); // a version is never NULL, and a key has been checked
        }
        return values;
    }

    private static Object comparable(Object value) {
        if (value instanceof Float || value instanceof Double) {
            return value; // has values which no BigDecimal has
        }
        if (value instanceof Number) {
            return new BigDecimal(value.toString()).stripTrailingZeros();
        }
        if (value instanceof OffsetDateTime time) {
            return time.toInstant();
        }
        return value instanceof byte[] bytes ? ByteBuffer.wrap(bytes) : value;
    }
}
