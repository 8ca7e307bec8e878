package dev.turnout.flags.jdbc.copy;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** Lets a PostgreSQL take by {@code COPY} what Java has in its hands. */
final class EncodedTarget implements RowWriter<FetchedRow> {
    private static final PostgresTarget.Encoder<FetchedRow> VALUES = new PostgresTarget.Encoder<>() {
        @Override
        public void write(FetchedRow row, CopyText.Sink sink) throws SQLException {
            CopyText.write(row.values(), sink);
        }

        @Override
        public List<String> fields(FetchedRow row, int count) throws SQLException {
            return CopyText.fields(CopyText.line(row.values().subList(0, count)), count);
        }
    };

    private final PostgresTarget target;

    EncodedTarget(PostgresTarget target) {
        this.target = target;
    }

    @Override
    public long write(Connection connection, List<FetchedRow> rows) throws SQLException {
        return target.write(connection, rows, VALUES);
    }

    @Override
    public void delete(Connection connection, List<FetchedRow> rows) throws SQLException {
        target.delete(connection, rows, VALUES);
    }
}
