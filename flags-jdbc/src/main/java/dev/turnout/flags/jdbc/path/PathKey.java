package dev.turnout.flags.jdbc.path;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.jdbc.table.TableMapping;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What keys are, and the columns of theirs.
 *
 * @param types of the columns, in their order
 * @param shape of keys that are records; {@code null} if a key is the value of its only column
 * @param components of such records, in the order of the columns
 */
record PathKey<K>(List<Class<?>> types, @Nullable RecordShape<K> shape, List<Integer> components) {
    /** @throws IllegalArgumentException if keys of that class are none of the mapping */
    static <K> PathKey<K> of(TableMapping mapping, Class<K> type) {
        List<String> columns =
                mapping.keys().stream().map(column -> column.target()).toList();
        if (!type.isRecord()) {
            if (columns.size() != 1 || !ComponentValue.isKnownOfKeys(type)) {
                throw new IllegalArgumentException("The key of " + mapping + " has " + columns.size()
                        + " columns, but was to be a " + type.getSimpleName()
                        + ". One column is a whole number, a BigDecimal, a String, a UUID, a LocalDate or an enum; several are a record with a"
                        + " component for each.");
            }
            return new PathKey<>(List.of(ComponentValue.boxed(type)), null, List.of());
        }
        RecordShape<K> shape = RecordShape.of(type);
        List<Integer> components = columns.stream().map(shape::indexOf).toList();
        boolean isWhole = !components.contains(-1)
                && components.stream().distinct().count() == columns.size()
                && shape.size() == columns.size()
                && components.stream().allMatch(component -> ComponentValue.isKnownOfKeys(shape.type(component)));
        if (!isWhole) {
            throw new IllegalArgumentException(
                    "The key of " + mapping + " has the columns " + columns + ", and "
                            + type.getSimpleName()
                            + " does not have just one component for each, which is a whole number, a BigDecimal, a String, a UUID, a LocalDate or an enum.");
        }
        List<Class<?>> types = new ArrayList<>();
        components.forEach(component -> types.add(ComponentValue.boxed(shape.type(component))));
        return new PathKey<>(types, shape, components);
    }

    /** The canonical values of the columns. */
    List<?> parts(K key) {
        if (shape == null) {
            return List.of(canonical(requireNonNull(key, "key")));
        }
        List<Object> parts = new ArrayList<>();
        for (int component : components) {
            parts.add(canonical(requireNonNull(shape.get(key, component), shape.name(component))));
        }
        return parts;
    }

    private static Object canonical(Object part) {
        return requireNonNull(ComponentValue.canonical(part), "part");
    }
}
