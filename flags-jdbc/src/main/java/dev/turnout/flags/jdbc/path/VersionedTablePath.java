package dev.turnout.flags.jdbc.path;

import dev.turnout.flags.jdbc.path.TablePath.Calls;
import dev.turnout.flags.migration.Version;
import dev.turnout.flags.migration.Versioned;
import dev.turnout.flags.migration.VersionedDataPath;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** With a version in two columns, and tombstones. Of one row each write is one statement, which has its condition in it. */
final class VersionedTablePath<K, V> implements VersionedDataPath<K, V> {
    private static final int OPTIMISTIC_READS = 3;
    private static final String OLDER = "(%1$s < ? OR (%1$s = ? AND %2$s < ?))";
    private static final String EXACTLY = "%1$s = ? AND %2$s = ?";

    private final Calls<K> calls;
    private final Aggregate<V> aggregate;
    private final PathTable table;

    /** @param table whose marks are a counter, a writer, and whether the row is a tombstone */
    VersionedTablePath(DataSource database, Function<K, List<?>> keyOf, Aggregate<V> aggregate) {
        this.aggregate = aggregate;
        table = aggregate.rows().table();
        calls = new Calls<>(database, keyOf, table.name(), !aggregate.children().isEmpty());
    }

    @Override
    public Versioned<V> read(K key) {
        return calls.make("read", key, this::read);
    }

    private Versioned<V> read(Connection connection, List<?> key) throws SQLException {
        if (aggregate.children().isEmpty()) {
            return find(connection, key, false);
        }
        for (int i = 0; i < OPTIMISTIC_READS; i++) {
            Versioned<V> record = find(connection, key, false);
            if (version(connection, key).equals(record.version())) {
                return record; // so its children were not replaced between
            }
        }
        return find(connection, key, true);
    }

    private Versioned<V> find(Connection connection, List<?> key, boolean isLocked) throws SQLException {
        return table
                .find(connection, key, isLocked, row -> versioned(connection, row))
                .stream()
                .findFirst()
                .orElse(Versioned.absent());
    }

    private Version version(Connection connection, List<?> key) throws SQLException {
        return table.find(connection, key, false, VersionedTablePath::version).stream()
                .findFirst()
                .orElse(Version.ABSENT);
    }

    private Versioned<V> versioned(Connection connection, PathTable.Row row) throws SQLException {
        Version version = version(row);
        return row.isMarked(2)
                ? Versioned.deleted(version)
                : Versioned.of(version, aggregate.record(connection, row, false));
    }

    private static Version version(PathTable.Row row) throws SQLException {
        return new Version(row.mark(0), row.mark(1));
    }

    @Override
    public Map<K, V> getAll(Set<K> keys) {
        return aggregate.children().isEmpty()
                ? calls.getAll(
                        keys, table, (connection, row) -> versioned(connection, row).value())
                : VersionedDataPath.super.getAll(keys);
    }

    @Override
    public boolean writeIfNewer(K key, Versioned<V> record) {
        long counter = record.version().counter();
        List<Long> isOlder = List.of(counter, counter, record.version().writer());
        return calls.make("write", key, (connection, parts) -> {
            // The second update is for a row that came between the first two statements; it never goes away again.
            boolean isWritten = update(connection, parts, record, OLDER, isOlder)
                    || insert(connection, parts, record)
                    || update(connection, parts, record, OLDER, isOlder);
            return withChildren(connection, parts, record, isWritten);
        });
    }

    @Override
    public boolean replace(K key, Version expected, Versioned<V> record) {
        return calls.make("write", key, (connection, parts) -> {
            boolean isWritten = expected.equals(Version.ABSENT)
                    ? insert(connection, parts, record)
                    : update(connection, parts, record, EXACTLY, List.of(expected.counter(), expected.writer()));
            return withChildren(connection, parts, record, isWritten);
        });
    }

    private boolean withChildren(Connection connection, List<?> key, Versioned<V> record, boolean isWritten)
            throws SQLException {
        if (isWritten) { // so the row is locked
            aggregate.replaceChildren(connection, key, record.value().orElse(null));
        }
        return isWritten;
    }

    private boolean insert(Connection connection, List<?> key, Versioned<V> record) throws SQLException {
        return table.insert(connection, key, values(key, record), marks(record));
    }

    private boolean update(
            Connection connection,
            List<?> key,
            Versioned<V> record,
            String condition,
            List<Long> parameters)
            throws SQLException {
        return table.update(connection, key, values(key, record), marks(record), condition, parameters);
    }

    private @Nullable List<?> values(List<?> key, Versioned<V> record) {
        Optional<V> value = record.value();
        value.ifPresent(present -> aggregate.requireKey(key, present));
        return value.map(aggregate.rows()::values).orElse(null);
    }

    private static List<Object> marks(Versioned<?> record) {
        return List.of(
                record.version().counter(),
                record.version().writer(),
                record.value().isEmpty());
    }
}
