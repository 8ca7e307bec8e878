package dev.turnout.flags.jdbc.path;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Records of one class in the tables of one side: a row each, and the rows of its children.
 *
 * @param rows the row itself
 * @param children what belongs to it
 */
record Aggregate<V>(Rows<V> rows, List<Children<?>> children) {
    /**
     * A table whose rows are records.
     *
     * @param keys by how many columns, which come first, rows are found
     * @param components which one stands for each column; -1 for a key that none stands for
     */
    record Rows<R>(RecordShape<R> shape, PathTable table, int keys, List<Integer> components) {
        @Nullable Object[] components(@Nullable Object[] values) {
            @Nullable Object[] all = new @Nullable Object[shape.size()];
            for (int i = 0; i < values.length; i++) {
                int component = components.get(i);
                if (component >= 0) {
                    all[component] = values[i];
                }
            }
            return all;
        }

        /** What a row has beside the key. */
        List<@Nullable Object> values(Object record) {
            return Arrays.asList(components.subList(keys, components.size()).stream()
                    .map(component -> shape.get(record, component))
                    .toArray());
        }
    }

    /**
     * The rows that belong to a parent.
     *
     * @param component of the parent, which is a list of them
     * @param order the components of a child that are the rest of its key
     */
    record Children<C>(Rows<C> rows, int component, List<Integer> order) {
        List<C> of(Connection connection, List<?> parent, boolean isLocked) throws SQLException {
            List<C> found = new ArrayList<>(rows.table()
                    .find(connection, parent, isLocked, row -> rows.shape()
                            .create(rows.components(row.values()))));
            found.sort(this::compare); // databases order texts in their own ways
            return List.copyOf(found);
        }

        @SuppressWarnings("unchecked") // both are of one column, whose type has an order
        private int compare(C one, C other) {
            for (int part : order) {
                Object value = rows.shape().get(one, part);
                int sign = value instanceof Comparable<?> comparable
                        ? ((Comparable<Object>) comparable).compareTo(rows.shape().get(other, part))
                        : 0;
                if (sign != 0) {
                    return sign;
                }
            }
            return 0;
        }

        void replace(Connection connection, List<?> parent, List<?> elements) throws SQLException {
            rows.table().delete(connection, parent);
            List<List<?>> all = new ArrayList<>();
            for (Object element : elements) {
                all.add(rows.values(element));
            }
            rows.table().insertAll(connection, parent, all);
        }
    }

    /** Of a row that was found. */
    V record(Connection connection, PathTable.Row row, boolean isLocked) throws SQLException {
        @Nullable Object[] values = row.values();
        @Nullable Object[] components = rows.components(values);
        for (Children<?> child : children) {
            components[child.component()] =
                    child.of(connection, Arrays.asList(values).subList(0, rows.keys()), isLocked);
        }
        return rows.shape().create(components);
    }

    /** @param record {@code null} if nothing belongs to the key any more */
    void replaceChildren(Connection connection, List<?> key, @Nullable V record) throws SQLException {
        for (Children<?> child : children) {
            Object elements = record == null ? null : rows.shape().get(record, child.component());
            child.replace(connection, key, elements instanceof List<?> list ? list : List.of());
        }
    }

    /** @throws IllegalArgumentException if the record says that it has another key */
    void requireKey(List<?> key, V record) {
        for (int i = 0; i < rows.keys(); i++) {
            int component = rows.components().get(i);
            boolean isOther = component >= 0
                    && !key.get(i)
                            .equals(ColumnValue.fitting(
                                    rows.shape().get(record, component), key.get(i).getClass()));
            if (isOther) {
                throw new IllegalArgumentException("A " + rows.shape().name()
                        + " was to be written under a key that is not its '" + rows.shape().name(component)
                        + "'. Write it under its own key.");
            }
        }
    }
}
