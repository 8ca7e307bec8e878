package dev.turnout.flags.jdbc.path;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A table whose rows are records of one class.
 *
 * @param parent how many columns of the key, which come first, are those by which rows are found
 * @param keys how many columns the key has
 * @param components which one stands for each column; -1 for one of the parent's key that none stands for
 */
record Rows<R>(RecordShape<R> shape, PathTable table, int parent, int keys, List<Integer> components) {
    /**
     * That of a record.
     *
     * @param value {@code null} for a tombstone
     * @throws IllegalArgumentException if the record has another key, or no whole one
     */
    PathRow row(List<?> key, @Nullable Object value, List<?> marks) {
        if (value == null) {
            return new PathRow(key, null, marks);
        }
        List<@Nullable Object> all = new ArrayList<>();
        for (int i = 0; i < components.size(); i++) {
            int component = components.get(i);
            Object part = component < 0 ? key.get(i) : ComponentValue.canonical(shape.get(value, component));
            if (i < parent && !key.get(i).equals(part)) {
                throw new IllegalArgumentException(
                        "The record " + shape.name() + " cannot be written under a key that is not its '"
                                + shape.name(component) + "'. Write it under its own key.");
            }
            if (i < keys && part == null) {
                throw new IllegalArgumentException("The record " + shape.name() + " has no '" + shape.name(component)
                        + "', which belongs to its key. Give it one.");
            }
            all.add(part);
        }
        return new PathRow(all.subList(0, keys), all.subList(keys, all.size()), marks);
    }

    /** What its components are; {@code null} for those that stand for no column. */
    @Nullable
    Object[] components(PathRow row) {
        @Nullable Object[] all = new @Nullable Object[shape.size()];
        for (int i = 0; i < components.size(); i++) {
            int component = components.get(i);
            if (component >= 0) {
                all[component] = i < keys ? row.key().get(i) : row.given().get(i - keys);
            }
        }
        return all;
    }
}
