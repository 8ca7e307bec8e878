package dev.turnout.flags.jdbc.path;

import dev.turnout.flags.jdbc.sql.SqlFailure;
import dev.turnout.flags.jdbc.sql.Transactions;
import dev.turnout.flags.migration.DataPath;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import javax.sql.DataSource;

/** Without versions. */
final class TablePath<K, V> implements DataPath<K, V> {
    private final Calls<K> calls;
    private final Aggregate<V> aggregate;

    TablePath(DataSource database, Function<K, List<?>> keyOf, Aggregate<V> aggregate) {
        this.aggregate = aggregate;
        this.calls = new Calls<>(database, keyOf, aggregate.rows().table().name(), !aggregate.children().isEmpty());
    }

    /** What both kinds of paths have in common: how a call is made, and what is said if it fails. */
    static final class Calls<K> {
        private static final int MOST_AT_ONCE = 500;

        private final DataSource database;
        private final Function<K, List<?>> keyOf;
        private final String table;
        private final boolean isOfSeveralTables;

        Calls(DataSource database, Function<K, List<?>> keyOf, String table, boolean isOfSeveralTables) {
            this.database = database;
            this.keyOf = keyOf;
            this.table = table;
            this.isOfSeveralTables = isOfSeveralTables;
        }

        /** Does something to a key. */
        interface Work<T> {
            T in(Connection connection, List<?> key) throws SQLException;
        }

        /** In a transaction, or without one where a statement is all. */
        <T> T make(String what, K key, Work<T> work) {
            List<?> parts = keyOf.apply(key);
            return make(what + " a record", connection -> work.in(connection, parts));
        }

        private <T> T make(String what, Transactions.Work<T> work) {
            try {
                return isOfSeveralTables ? Transactions.run(database, work) : Transactions.single(database, work);
            } catch (SQLException e) {
                throw new JdbcPath.PathException(
                        "Table " + table + " cannot " + what + ": " + SqlFailure.describe(e), e);
            }
        }

        /** Makes a record of a row, if it has one. */
        interface RecordReader<V> {
            Optional<V> of(Connection connection, PathTable.Row row) throws SQLException;
        }

        /** Those of the keys that there are. */
        <V> Map<K, V> getAll(Set<K> keys, PathTable rows, RecordReader<V> reader) {
            Map<List<?>, K> byParts = new HashMap<>();
            keys.forEach(key -> byParts.put(keyOf.apply(key), key));
            List<List<?>> wanted = new ArrayList<>(byParts.keySet());
            Map<K, V> found = new HashMap<>();
            for (int from = 0; from < wanted.size(); from += MOST_AT_ONCE) {
                List<List<?>> some = wanted.subList(from, Math.min(wanted.size(), from + MOST_AT_ONCE));
                found.putAll(make("read records", connection -> {
                    Map<K, V> records = new HashMap<>();
                    rows.findAll(connection, some, row -> {
                        K key = byParts.get(row.key());
                        reader.of(connection, row).ifPresent(record -> records.put(key, record));
                        return key;
                    });
                    return records;
                }));
            }
            return found;
        }
    }

    private PathTable table() {
        return aggregate.rows().table();
    }

    @Override
    public Optional<V> get(K key) {
        boolean isLocked = !aggregate.children().isEmpty(); // else a write could come between its tables
        return calls.make("read", key, (connection, parts) -> table()
                .find(
                        connection,
                        parts,
                        isLocked,
                        row -> aggregate.record(connection, row, false))
                .stream()
                .findFirst());
    }

    @Override
    public Map<K, V> getAll(Set<K> keys) {
        return aggregate.children().isEmpty()
                ? calls.getAll(
                        keys, table(), (connection, row) -> Optional.of(aggregate.record(connection, row, false)))
                : DataPath.super.getAll(keys);
    }

    @Override
    public void put(K key, V value) {
        calls.make("write", key, (connection, parts) -> {
            aggregate.requireKey(parts, value);
            List<?> values = aggregate.rows().values(value);
            boolean isThere = table().update(connection, parts, values, List.of(), "", List.of())
                    || table().insert(connection, parts, values, List.of())
                    || table().update(connection, parts, values, List.of(), "", List.of()); // it has just come
            aggregate.replaceChildren(connection, parts, value);
            return isThere;
        });
    }

    @Override
    public void delete(K key) {
        calls.make("delete", key, (connection, parts) -> {
            aggregate.replaceChildren(connection, parts, null);
            return table().delete(connection, parts);
        });
    }
}
