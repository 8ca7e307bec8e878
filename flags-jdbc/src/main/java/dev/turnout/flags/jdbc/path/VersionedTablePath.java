package dev.turnout.flags.jdbc.path;

import dev.turnout.flags.jdbc.path.Aggregate.Stored;
import dev.turnout.flags.migration.Version;
import dev.turnout.flags.migration.Versioned;
import dev.turnout.flags.migration.VersionedDataPath;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import javax.sql.DataSource;

/** With a version in two columns, and tombstones in a third. */
final class VersionedTablePath<K, V> implements VersionedDataPath<K, V> {
    private final PathCalls calls;
    private final Function<K, List<?>> keyOf;
    private final Aggregate<V> aggregate;
    private final ManyReads<K, V> many;

    /** @param aggregate whose row has three marks: a counter, a writer, and whether it is a tombstone */
    VersionedTablePath(DataSource database, Function<K, List<?>> keyOf, Aggregate<V> aggregate) {
        this.keyOf = keyOf;
        this.aggregate = aggregate;
        calls = new PathCalls(database, aggregate.rows().table().name());
        many = new ManyReads<>(calls, keyOf, aggregate);
    }

    @Override
    public Versioned<V> read(K key) {
        List<?> parts = keyOf.apply(key);
        return calls.read(connection -> aggregate.read(connection, parts))
                .map(this::versioned)
                .orElse(Versioned.absent());
    }

    private Versioned<V> versioned(Stored stored) {
        Version version = version(stored.row());
        return stored.row().isTombstone()
                ? Versioned.deleted(version)
                : Versioned.of(version, aggregate.record(stored));
    }

    private static Version version(PathRow row) {
        return new Version((long) row.marks().get(0), (long) row.marks().get(1));
    }

    @Override
    public Map<K, V> getAll(Set<K> keys) {
        return aggregate.children().isEmpty() ? many.getAll(keys) : VersionedDataPath.super.getAll(keys);
    }

    @Override
    public boolean writeIfNewer(K key, Versioned<V> record) {
        Version version = record.version();
        return version.isAbove(Version.ABSENT) // else whatever is there is as new, also nothing
                && write(
                        key,
                        record,
                        found -> found.map(row -> version.isAbove(version(row))).orElse(true));
    }

    @Override
    public boolean replace(K key, Version expected, Versioned<V> record) {
        if (!record.version().isAbove(Version.ABSENT)) {
            throw new IllegalArgumentException(
                    "A record or a tombstone is written with a version above that of what was never there, but it was "
                            + record.version() + ".");
        }
        boolean isNew = expected.equals(Version.ABSENT);
        return write(
                key,
                record,
                found -> isNew
                        ? found.isEmpty()
                        : found.filter(row -> version(row).equals(expected)).isPresent());
    }

    private boolean write(K key, Versioned<V> record, Predicate<Optional<PathRow>> isWanted) {
        List<Object> marks = List.of(
                record.version().counter(),
                record.version().writer(),
                record.value().isEmpty());
        Stored wanted = PathCalls.checked(
                () -> aggregate.stored(keyOf.apply(key), record.value().orElse(null), marks));
        return calls.write(connection -> aggregate.write(connection, wanted, isWanted));
    }
}
