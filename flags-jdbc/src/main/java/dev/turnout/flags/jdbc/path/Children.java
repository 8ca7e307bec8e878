package dev.turnout.flags.jdbc.path;

import dev.turnout.flags.jdbc.path.TableStatements.Lock;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The rows that belong to a parent, whose row is locked when they are written.
 *
 * @param component of the parent's record, which is a list of them
 */
record Children<C>(Rows<C> rows, int component) {
    /**
     * Those of a list.
     *
     * @throws IllegalArgumentException if there is no list, or one of its elements is null, is there twice or names another parent
     */
    List<PathRow> of(List<?> parent, @Nullable Object list, String name) {
        if (!(list instanceof List<?> elements)) {
            throw new IllegalArgumentException(
                    "The list '" + name + "' is null. A record without children has an empty one.");
        }
        Set<List<?>> seen = new HashSet<>();
        List<PathRow> all = new ArrayList<>();
        for (Object element : elements) {
            if (element == null) {
                throw new IllegalArgumentException(
                        "The list '" + name + "' has an element that is null. Leave it out.");
            }
            PathRow row = rows.row(parent, element, List.of());
            if (!seen.add(row.key())) {
                throw new IllegalArgumentException(
                        "The list '" + name + "' has two elements of one key. Give each a key of its own.");
            }
            all.add(row);
        }
        return all;
    }

    List<PathRow> find(Connection connection, List<?> parent, Lock lock) throws SQLException {
        return rows.table().on(connection).find(connection, parent, lock);
    }

    /** Records in the order of their keys, whatever the order in which the database has texts. */
    List<C> list(List<PathRow> found) {
        List<PathRow> sorted = new ArrayList<>(found);
        sorted.sort(this::compare);
        return sorted.stream()
                .map(row -> rows.shape().create(rows.components(row)))
                .toList();
    }

    @SuppressWarnings("unchecked") // values of one class, that of a component of keys, which has an order
    private int compare(PathRow one, PathRow other) {
        for (int i = rows.parent(); i < rows.keys(); i++) {
            int sign = ((Comparable<Object>) one.key().get(i))
                    .compareTo(other.key().get(i));
            if (sign != 0) {
                return sign;
            }
        }
        return 0;
    }

    /** Changes those that are there; so what else they have, and what refers to them, stays. */
    void replace(Connection connection, List<?> parent, List<PathRow> wanted) throws SQLException {
        TableStatements table = rows.table().on(connection);
        if (wanted.isEmpty()) {
            table.delete(connection, parent);
        } else {
            Map<List<?>, PathRow> missing = new LinkedHashMap<>();
            wanted.forEach(row -> missing.put(row.key(), row));
            List<List<?>> superfluous = new ArrayList<>();
            List<PathRow> kept = new ArrayList<>();
            for (List<?> key : table.findKeys(connection, parent)) {
                PathRow row = missing.remove(key);
                if (row == null) {
                    superfluous.add(key);
                } else {
                    kept.add(row);
                }
            }
            table.deleteAll(connection, superfluous);
            table.updateAll(connection, kept);
            table.insertAll(connection, List.copyOf(missing.values()));
        }
        requireKept(table.find(connection, parent, Lock.NONE), wanted);
    }

    private void requireKept(List<PathRow> found, List<PathRow> wanted) {
        Map<List<?>, PathRow> byKey = new LinkedHashMap<>();
        found.forEach(row -> byKey.put(row.key(), row));
        boolean isKept = found.size() == wanted.size()
                && wanted.stream().allMatch(row -> {
                    PathRow read = byKey.get(row.key());
                    return read != null && row.isKeptBy(read);
                });
        if (!isKept) {
            throw Aggregate.changed(rows.table().name());
        }
    }
}
