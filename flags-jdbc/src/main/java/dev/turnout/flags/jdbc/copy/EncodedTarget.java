package dev.turnout.flags.jdbc.copy;

import dev.turnout.flags.jdbc.table.TableMapping;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** Lets a PostgreSQL take by {@code COPY} what Java has in its hands. */
final class EncodedTarget implements RowWriter<FetchedRow> {
    private final TableMapping mapping;
    private final PostgresTarget target;

    EncodedTarget(TableMapping mapping, PostgresTarget target) {
        this.mapping = mapping;
        this.target = target;
    }

    @Override
    public long write(Connection connection, List<FetchedRow> rows) throws SQLException {
        return target.write(connection, lines(rows));
    }

    @Override
    public void delete(Connection connection, List<FetchedRow> rows) throws SQLException {
        target.delete(connection, lines(rows));
    }

    private List<byte[]> lines(List<FetchedRow> rows) {
        return rows.stream().map(this::line).toList();
    }

    private byte[] line(FetchedRow row) {
        for (int column = 0; column < row.values().size(); column++) {
            if (row.values().get(column) instanceof String text && text.indexOf('\0') >= 0) {
                throw row.refused(
                        mapping,
                        column,
                        "the character U+0000, which PostgreSQL has not. Change it, or map the column by a function");
            }
        }
        return CopyText.line(row.values());
    }
}
