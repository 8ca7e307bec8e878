package dev.turnout.flags.jdbc.soak;

import dev.turnout.flags.jdbc.JdbcFence;
import dev.turnout.flags.migration.Version;
import dev.turnout.flags.migration.Versioned;
import dev.turnout.flags.migration.VersionedDataPath;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.concurrent.ThreadLocalRandom;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Records in the table of one database. With a fence all writes are transactions with a {@code COMMIT}
 * that can be cut, without one some. */
final class ItemPath implements VersionedDataPath<Long, String> {
    private static final String REPLACE =
            "UPDATE item SET value = ?, deleted = ?, counter = ?, writer = ? WHERE id = ? AND counter = ? AND writer = ?";
    private static final int ONE_IN = 4;

    private final DataSource database;
    private final @Nullable JdbcFence fence;
    private final ItemRows rows = new ItemRows();

    /** @param fenced the migration of which a fence in the database is looked at with each write; none if it is empty */
    ItemPath(DataSource database, String fenced) {
        this.database = database;
        this.fence = fenced.isEmpty() ? null : JdbcFence.in(database, fenced);
    }

    private interface Work<T> {
        T in(Connection connection) throws SQLException;
    }

    private <T> T run(Work<T> work) {
        try (Connection connection = database.getConnection()) {
            return work.in(connection);
        } catch (SQLException e) {
            throw new StoreException(e);
        }
    }

    private boolean write(Work<Integer> work) {
        return run(connection -> {
            if (fence == null && ThreadLocalRandom.current().nextInt(ONE_IN) > 0) {
                return work.in(connection) > 0;
            }
            connection.setAutoCommit(false); // the pool sets it back, and rolls back what has not been committed
            if (fence != null) {
                fence.check(connection);
            }
            boolean written = work.in(connection) > 0;
            connection.commit();
            return written;
        });
    }

    @Override
    public Versioned<String> read(Long key) {
        return run(connection -> rows.read(connection, key));
    }

    @Override
    public boolean writeIfNewer(Long key, Versioned<String> record) {
        return write(connection -> insert(connection, ItemRows.UPSERT_IF_NEWER, key, record));
    }

    /** Whatever is stored: how paths without versions write. */
    void overwrite(long key, Versioned<String> record) {
        write(connection -> insert(connection, ItemRows.UPSERT, key, record));
    }

    @Override
    public boolean replace(Long key, Version expected, Versioned<String> record) {
        return write(connection -> expected.equals(Version.ABSENT)
                ? insert(connection, ItemRows.INSERT + " ON CONFLICT DO NOTHING", key, record)
                : update(connection, key, expected, record));
    }

    private static int insert(Connection connection, String sql, long key, Versioned<String> record)
            throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(sql)) {
            ItemRows.set(insert, key, record);
            return insert.executeUpdate();
        }
    }

    private static int update(Connection connection, long key, Version expected, Versioned<String> record)
            throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(REPLACE)) {
            update.setString(1, record.value().orElse(null));
            update.setBoolean(2, record.value().isEmpty());
            update.setLong(3, record.version().counter());
            update.setLong(4, record.version().writer());
            update.setLong(5, key);
            update.setLong(6, expected.counter());
            update.setLong(7, expected.writer());
            return update.executeUpdate();
        }
    }
}
