package dev.turnout.examples.places;

import dev.turnout.examples.places.store.NewRows;
import dev.turnout.examples.places.store.Place;
import dev.turnout.flags.jdbc.rows.Row;
import dev.turnout.flags.jdbc.rows.RowTarget;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Sabotage: writes the rows that were read, whatever is stored. With each of the first few chunks it waits until users have written one of its
 * rows, as a backfill of a small table would be over before any user does.
 */
final class BlindRows implements RowTarget<Long, Place> {
    private static final int CHUNKS_TO_WAIT_WITH = 5;
    private static final long LONGEST_WAIT_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final NewRows rows;
    private int chunks;

    BlindRows(NewRows rows) {
        this.rows = rows;
    }

    @Override
    public int writeIfNewer(Connection connection, List<Row<Long, Place>> chunk) throws SQLException {
        if (chunks++ < CHUNKS_TO_WAIT_WITH) {
            long began = System.nanoTime();
            while (!isSomeNewer(connection, chunk) && System.nanoTime() - began < LONGEST_WAIT_NANOS) {
                LockSupport.parkNanos(LOOK_NANOS);
            }
        }
        return rows.writeBlindly(connection, chunk);
    }

    private boolean isSomeNewer(Connection connection, List<Row<Long, Place>> chunk) throws SQLException {
        for (Row<Long, Place> row : chunk) {
            if (rows.read(connection, row.key()).isNewerThan(row.record())) {
                return true;
            }
        }
        return false;
    }
}
