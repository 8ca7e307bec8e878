package dev.turnout.flags.jdbc.backfill;

import dev.turnout.flags.jdbc.table.TableMapping;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** Lets a PostgreSQL take by {@code COPY} what Java has in its hands. */
final class EncodingWriter implements RowWriter<FetchedRow> {
    private static final PostgresWriter.Encoder<FetchedRow> VALUES = new PostgresWriter.Encoder<>() {
        @Override
        public void write(FetchedRow row, CopyText.Sink sink) throws SQLException {
            CopyText.write(row.values(), sink);
        }

        @Override
        public List<String> fields(FetchedRow row, int count) throws SQLException {
            return CopyText.fields(CopyText.line(row.values().subList(0, count)), count);
        }
    };

    private final TableMapping mapping;
    private final PostgresWriter target;

    EncodingWriter(TableMapping mapping, PostgresWriter target) {
        this.mapping = mapping;
        this.target = target;
    }

    @Override
    public long write(Connection connection, List<FetchedRow> rows) throws SQLException {
        rows.forEach(this::refuseNul);
        return target.write(connection, rows, VALUES);
    }

    @Override
    public long insert(Connection connection, List<FetchedRow> rows) throws SQLException {
        rows.forEach(this::refuseNul);
        return target.insert(connection, rows, VALUES);
    }

    @Override
    public void delete(Connection connection, List<FetchedRow> rows) throws SQLException {
        target.delete(connection, rows, VALUES);
    }

    private void refuseNul(FetchedRow row) {
        for (int column = 0; column < row.values().size(); column++) {
            if (row.values().get(column) instanceof String text && text.indexOf('\0') >= 0) {
                throw row.refused(
                        mapping,
                        column,
                        "the character U+0000, which PostgreSQL has not. Change it, or map the column by a function");
            }
        }
    }
}
