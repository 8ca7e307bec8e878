package dev.turnout.flags.jdbc.backfill;

import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.jdbc.rows.Row;
import dev.turnout.flags.jdbc.rows.RowSource;
import dev.turnout.flags.jdbc.rows.RowTarget;
import dev.turnout.flags.migration.Version;
import dev.turnout.flags.migration.Versioned;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Texts by number, with versions and tombstones: what users write for their own tables. */
public class Items implements RowSource<Long, String>, RowTarget<Long, String> {
    private static final String ROW = "SELECT id, counter, writer, content FROM item";
    private static final String MERGE = """
            MERGE INTO item t
            USING (VALUES (CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS TEXT))) s (id, counter, writer, content)
            ON t.id = s.id
            WHEN MATCHED %s THEN UPDATE SET counter = s.counter, writer = s.writer, content = s.content, writes = t.writes + 1
            WHEN NOT MATCHED THEN INSERT (id, counter, writer, content, writes) VALUES (s.id, s.counter, s.writer, s.content, 1)""";
    private static final String GUARD =
            "AND (t.counter < s.counter OR (t.counter = s.counter AND t.writer < s.writer))";

    public static void create(DataSource database) {
        Database.execute(
                database,
                "CREATE TABLE item (id BIGINT PRIMARY KEY, counter BIGINT NOT NULL, writer BIGINT NOT NULL, content TEXT, writes INT NOT NULL)");
    }

    @Override
    public List<Row<Long, String>> scan(Connection connection, @Nullable Long after, int limit) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(ROW + " WHERE id > ? ORDER BY id LIMIT ?")) {
            statement.setLong(1, after == null ? Long.MIN_VALUE : after);
            statement.setInt(2, limit);
            return rows(statement);
        }
    }

    @Override
    public Versioned<String> read(Connection connection, Long key) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(ROW + " WHERE id = ?")) {
            statement.setLong(1, key);
            List<Row<Long, String>> rows = rows(statement);
            return rows.isEmpty() ? Versioned.absent() : rows.get(0).record();
        }
    }

    private static List<Row<Long, String>> rows(PreparedStatement statement) throws SQLException {
        List<Row<Long, String>> rows = new ArrayList<>();
        try (ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                Version version = new Version(row.getLong(2), row.getLong(3));
                String content = row.getString(4);
                rows.add(new Row<>(
                        row.getLong(1), content == null ? Versioned.deleted(version) : Versioned.of(version, content)));
            }
        }
        return rows;
    }

    @Override
    public long estimatedRows(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("SELECT count(*) FROM item");
                ResultSet row = statement.executeQuery()) {
            row.next();
            return row.getLong(1);
        }
    }

    @Override
    public int writeIfNewer(Connection connection, List<Row<Long, String>> rows) throws SQLException {
        return write(connection, rows, GUARD);
    }

    static int write(Connection connection, List<Row<Long, String>> rows, String guard) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(MERGE.formatted(guard))) {
            for (Row<Long, String> row : rows) {
                statement.setLong(1, row.key());
                statement.setLong(2, row.record().version().counter());
                statement.setLong(3, row.record().version().writer());
                statement.setString(4, row.record().value().orElse(null));
                statement.addBatch();
            }
            return IntStream.of(statement.executeBatch()).sum();
        }
    }

    public static void put(DataSource database, long key, Versioned<String> record) {
        try (Connection connection = database.getConnection()) {
            new Items().writeIfNewer(connection, List.of(new Row<>(key, record)));
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    public static Versioned<String> get(DataSource database, long key) {
        try (Connection connection = database.getConnection()) {
            return new Items().read(connection, key);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What a migration does with a write in a stage that writes both: the source's version is the one that counts. */
    public static void writeBoth(DataSource source, DataSource target, long key, @Nullable String content) {
        Version version = new Version(get(source, key).version().counter() + 1, key);
        Versioned<String> record = content == null ? Versioned.deleted(version) : Versioned.of(version, content);
        put(source, key, record);
        put(target, key, record);
    }

    /** All rows as text, such as {@code a@1.0} and {@code nothing@2.0}. */
    public static Map<Long, String> all(DataSource database) {
        Map<Long, String> all = new TreeMap<>();
        try (Connection connection = database.getConnection()) {
            new Items()
                    .scan(connection, null, Integer.MAX_VALUE)
                    .forEach(row -> all.put(
                            row.key(),
                            row.record().value().orElse("nothing") + "@"
                                    + row.record().version()));
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return all;
    }
}
