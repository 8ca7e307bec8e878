package dev.turnout.flags.jdbc.path;

import dev.turnout.flags.jdbc.table.MappedColumn;
import dev.turnout.flags.jdbc.table.TableMapping;
import dev.turnout.flags.stage.Side;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/** Whether the components of a class of records fit the columns of a mapping, as far as that is known without a database. */
record Fit(TableMapping mapping, RecordShape<?> shape, Side side) {
    /**
     * Requires it.
     *
     * @param columns those of the key, then the others
     * @param components which one stands for each column
     * @param parent the classes of the key by which rows are found, which needs no components
     * @param keys how many columns the key has
     * @param lists the components that stand for children
     * @throws IllegalArgumentException if they do not fit, with all that does not
     */
    void require(
            List<MappedColumn> columns,
            List<Integer> components,
            List<Class<?>> parent,
            int keys,
            List<PathColumn> marks,
            Set<Integer> lists) {
        List<String> problems = new ArrayList<>();
        Set<Integer> used = new HashSet<>(lists);
        Set<String> names = new HashSet<>();
        marks.forEach(mark -> names.add(mark.name()));
        for (int i = 0; i < columns.size(); i++) {
            MappedColumn column = columns.get(i);
            int component = components.get(i);
            if (!names.add(PathColumn.name(column, side))) {
                problems.add("column '" + PathColumn.name(column, side) + "' is used twice, so it cannot be written");
            }
            if (component >= 0 && !used.add(component)) {
                problems.add("component '" + shape.name(component) + "' stands for several columns or lists");
            } else if (component >= 0 && i < parent.size()) {
                addMisfitOfKey(component, parent.get(i), problems);
            } else if (component >= 0) {
                addMisfit(column, component, i < keys, problems);
            } else if (i >= parent.size()) {
                problems.add("no component is for column '" + column.target() + "'");
            }
        }
        IntStream.range(0, shape.size())
                .filter(i -> !used.contains(i))
                .forEach(i -> problems.add("component '" + shape.name(i) + "' is for no column, nor for children"));
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException("The record " + shape.name() + " and the mapping " + mapping
                    + " do not fit each other: " + String.join("; ", problems) + ".");
        }
    }

    private void addMisfitOfKey(int component, Class<?> type, List<String> problems) {
        if (ComponentValue.boxed(shape.type(component)) != type) {
            problems.add("component '" + shape.name(component) + "' is a "
                    + shape.type(component).getSimpleName() + ", but the key has a " + type.getSimpleName());
        }
    }

    private void addMisfit(MappedColumn column, int component, boolean isKey, List<String> problems) {
        Class<?> type = shape.type(component);
        if (!(isKey ? ComponentValue.isKnownOfKeys(type) : ComponentValue.isKnown(type))) {
            problems.add("component '" + shape.name(component) + "' is a " + type.getSimpleName()
                    + (isKey ? ", which no key has" : ", which no column is read as"));
        } else {
            PathColumn.misfit(column, side, type).ifPresent(problems::add);
        }
    }
}
