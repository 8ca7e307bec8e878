package dev.turnout.flags.jdbc.sql;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** How many rows a driver is to keep in memory at once: few where those before were large, one as long as nothing is known. Thread-safe. */
public final class FetchSize {
    private static final long MOST_BYTES = 1L << 20;
    private static final int FORGETS = 16; // one of so many parts, with each row

    private final int most;
    // Each thread learns from the others, and may miss something of it.
    private volatile long large;
    private volatile int rows = 1;

    /** Of rows that may be large. */
    public FetchSize(int most) {
        this.most = most;
    }

    /** Before the query. */
    public void begin(Statement statement) throws SQLException {
        // MySQL's driver keeps all rows of a result, with any fetch size but this one, with which it keeps one.
        boolean isMySql =
                statement.getConnection().getMetaData().getDriverName().startsWith("MySQL Connector");
        statement.setFetchSize(isMySql ? Integer.MIN_VALUE : rows);
    }

    /** After each row. */
    public void read(ResultSet result, long bytes) throws SQLException {
        long known = large;
        large = Math.max(bytes, known - known / FORGETS);
        int next = (int) Math.max(1, Math.min(most, MOST_BYTES / Math.max(1, large)));
        if (next != rows) {
            rows = next;
            if (result.getFetchSize() > 0) {
                result.setFetchSize(next);
            }
        }
    }
}
