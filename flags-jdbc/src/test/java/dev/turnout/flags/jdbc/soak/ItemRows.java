package dev.turnout.flags.jdbc.soak;

import dev.turnout.flags.jdbc.rows.Row;
import dev.turnout.flags.jdbc.rows.RowSource;
import dev.turnout.flags.jdbc.rows.RowTarget;
import dev.turnout.flags.jdbc.table.TableMapping;
import dev.turnout.flags.migration.Version;
import dev.turnout.flags.migration.Versioned;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The table that both databases have. */
final class ItemRows implements RowSource<Long, String>, RowTarget<Long, String> {
    static final String CREATE =
            "CREATE TABLE item (id bigint PRIMARY KEY, value text, deleted boolean NOT NULL, counter bigint NOT NULL, writer bigint NOT NULL)";
    static final String INSERT = "INSERT INTO item (id, value, deleted, counter, writer) VALUES (?, ?, ?, ?, ?)";
    static final String UPSERT = INSERT
            + " ON CONFLICT (id) DO UPDATE SET value = excluded.value, deleted = excluded.deleted, counter = excluded.counter,"
            + " writer = excluded.writer";
    static final String UPSERT_IF_NEWER =
            UPSERT + " WHERE (item.counter, item.writer) < (excluded.counter, excluded.writer)";

    /** The same table, where it keeps no versions. */
    static final TableMapping PLAIN = TableMapping.from("item")
            .into("item")
            .key("id")
            .column("value")
            .column("deleted")
            .column("counter")
            .column("writer")
            .build();

    private static final String SELECT = "SELECT id, value, deleted, counter, writer FROM item";

    @Override
    public List<Row<Long, String>> scan(Connection connection, @Nullable Long after, int limit) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(SELECT + " WHERE id > ? ORDER BY id LIMIT ?")) {
            select.setLong(1, after == null ? Long.MIN_VALUE : after);
            select.setInt(2, limit);
            return rows(select);
        }
    }

    @Override
    public Versioned<String> read(Connection connection, Long key) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(SELECT + " WHERE id = ?")) {
            select.setLong(1, key);
            List<Row<Long, String>> rows = rows(select);
            return rows.isEmpty() ? Versioned.absent() : rows.get(0).record();
        }
    }

    private static List<Row<Long, String>> rows(PreparedStatement select) throws SQLException {
        List<Row<Long, String>> rows = new ArrayList<>();
        try (ResultSet row = select.executeQuery()) {
            while (row.next()) {
                Version version = new Version(row.getLong(4), row.getLong(5));
                rows.add(new Row<>(
                        row.getLong(1),
                        row.getBoolean(3) ? Versioned.deleted(version) : Versioned.of(version, row.getString(2))));
            }
        }
        return rows;
    }

    @Override
    public int writeIfNewer(Connection connection, List<Row<Long, String>> rows) throws SQLException {
        try (PreparedStatement upsert = connection.prepareStatement(UPSERT_IF_NEWER)) {
            for (Row<Long, String> row : rows) {
                set(upsert, row.key(), row.record());
                upsert.addBatch();
            }
            return IntStream.of(upsert.executeBatch()).sum();
        }
    }

    static void set(PreparedStatement insert, long key, Versioned<String> record) throws SQLException {
        insert.setLong(1, key);
        insert.setString(2, record.value().orElse(null));
        insert.setBoolean(3, record.value().isEmpty());
        insert.setLong(4, record.version().counter());
        insert.setLong(5, record.version().writer());
    }
}
