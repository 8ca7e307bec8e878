package dev.turnout.flags.jdbc.path;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.migration.DataPath;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import javax.sql.DataSource;

/** Without versions. */
final class TablePath<K, V> implements DataPath<K, V> {
    private final PathCalls calls;
    private final Function<K, List<?>> keyOf;
    private final Aggregate<V> aggregate;
    private final ManyReads<K, V> many;

    TablePath(DataSource database, Function<K, List<?>> keyOf, Aggregate<V> aggregate) {
        this.keyOf = keyOf;
        this.aggregate = aggregate;
        calls = new PathCalls(database, aggregate.rows().table().name());
        many = new ManyReads<>(calls, keyOf, aggregate);
    }

    @Override
    public Optional<V> get(K key) {
        List<?> parts = keyOf.apply(key);
        return calls.read(connection -> aggregate.read(connection, parts)).map(aggregate::record);
    }

    @Override
    public Map<K, V> getAll(Set<K> keys) {
        return aggregate.children().isEmpty() ? many.getAll(keys) : DataPath.super.getAll(keys);
    }

    @Override
    public void put(K key, V value) {
        requireNonNull(value, "value");
        Aggregate.Stored record = PathCalls.checked(() -> aggregate.stored(keyOf.apply(key), value, List.of()));
        calls.write(connection -> aggregate.write(connection, record, found -> true));
    }

    @Override
    public void delete(K key) {
        List<?> parts = keyOf.apply(key);
        calls.write(connection -> aggregate.delete(connection, parts));
    }
}
