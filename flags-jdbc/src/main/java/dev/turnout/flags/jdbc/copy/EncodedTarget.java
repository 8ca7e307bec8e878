package dev.turnout.flags.jdbc.copy;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** Lets a PostgreSQL take by {@code COPY} what Java has in its hands. */
final class EncodedTarget implements RowWriter<FetchedRow> {
    private final PostgresTarget target;

    EncodedTarget(PostgresTarget target) {
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

    private static List<byte[]> lines(List<FetchedRow> rows) {
        return rows.stream().map(row -> CopyText.line(row.values())).toList();
    }
}
