package dev.turnout.flags.jdbc.backfill;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyOut;

/** Rows of a PostgreSQL as lines of its {@code COPY}, which are never decoded but for their keys. */
final class PostgresReader implements RowReader<byte[]> {
    // What a list has to keep for a line beside its bytes.
    private static final long OVERHEAD = 24;

    private final SourceTable source;

    PostgresReader(SourceTable source) {
        this.source = source;
    }

    @Override
    public Rows<byte[]> read(
            Connection connection, @Nullable TableKey after, TableKey upTo, Limit limit, boolean isLocked)
            throws SQLException {
        List<byte[]> lines = new ArrayList<>();
        long bytes = 0;
        int rows = 0;
        PGConnection session = connection.unwrap(PGConnection.class);
        CopyOut copy = session.getCopyAPI()
                .copyOut("COPY (" + source.chunk(after, upTo, limit.rows(), isLocked) + ") TO STDOUT");
        try {
            for (byte[] line = copy.readFromCopy(); line != null; line = copy.readFromCopy()) {
                rows++;
                if (bytes <= limit.bytes()) {
                    lines.add(line);
                    bytes += bytes(line);
                } // else it is left for the next chunk: to cancel it would end the transaction
            }
        } catch (SQLException | RuntimeException | Error e) {
            PostgresCopy.end(session, copy, e);
            throw e;
        }
        return new Rows<>(lines, rows == lines.size() && rows < limit.rows());
    }

    @Override
    public void readAll(Connection connection, long bytes, Some<byte[]> each) throws SQLException {
        PGConnection session = connection.unwrap(PGConnection.class);
        CopyOut copy = session.getCopyAPI().copyOut("COPY (" + source.all() + ") TO STDOUT");
        try {
            Portions<byte[]> portions = new Portions<>(this, bytes, each);
            for (byte[] line = copy.readFromCopy(); line != null; line = copy.readFromCopy()) {
                portions.add(line);
            }
            portions.end();
        } catch (SQLException | RuntimeException | Error e) {
            PostgresCopy.end(session, copy, e);
            throw e;
        }
    }

    @Override
    public TableKey key(byte[] line) {
        List<String> parts = CopyText.fields(line, source.keys.size());
        return new TableKey(parts);
    }

    @Override
    public boolean isSame(byte[] one, byte[] other) {
        return Arrays.equals(one, other);
    }

    @Override
    public long bytes(byte[] line) {
        return line.length + OVERHEAD;
    }
}
