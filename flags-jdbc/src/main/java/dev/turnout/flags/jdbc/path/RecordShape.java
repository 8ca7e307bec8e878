package dev.turnout.flags.jdbc.path;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The components of a class of records, which stand for columns: {@code shortName} for {@code short_name}. */
final class RecordShape<R> {
    private final Class<R> type;
    private final List<RecordComponent> components;
    private final Constructor<R> constructor;

    private RecordShape(Class<R> type) {
        this.type = type;
        components = List.of(type.getRecordComponents());
        Class<?>[] types = components.stream().map(RecordComponent::getType).toArray(Class<?>[]::new);
        try {
            constructor = type.getDeclaredConstructor(types);
            constructor.setAccessible(true); // of a class that is nested, and not public
            components.forEach(component -> component.getAccessor().setAccessible(true));
        } catch (ReflectiveOperationException | RuntimeException e) {
            throw new IllegalArgumentException(
                    type.getName() + " cannot be made by this library: " + e.getMessage()
                            + ". Make the record public, or let its module open the package to dev.turnout.flags.jdbc.",
                    e);
        }
    }

    /** @throws IllegalArgumentException if it is no record, or is out of reach */
    static <R> RecordShape<R> of(Class<R> type) {
        if (!type.isRecord()) {
            throw new IllegalArgumentException(
                    "A record's class was expected, whose components are columns, but " + type.getName() + " is none.");
        }
        return new RecordShape<>(type);
    }

    int size() {
        return components.size();
    }

    String name() {
        return type.getSimpleName();
    }

    String name(int component) {
        return components.get(component).getName();
    }

    Class<?> type(int component) {
        return components.get(component).getType();
    }

    /** Of what a list is. */
    Optional<Class<?>> elementType(int component) {
        boolean isList = type(component) == List.class
                && components.get(component).getGenericType() instanceof ParameterizedType generic
                && generic.getActualTypeArguments()[0] instanceof Class<?>;
        return isList
                ? Optional.of((Class<?>)
                        ((ParameterizedType) components.get(component).getGenericType()).getActualTypeArguments()[0])
                : Optional.empty();
    }

    /** The component that stands for a column; -1 if none does. */
    int indexOf(String column) {
        String plain = column.replace("\"", "");
        for (int i = 0; i < components.size(); i++) {
            String name = components.get(i).getName();
            if (name.equalsIgnoreCase(plain) || snakeCase(name).equalsIgnoreCase(plain)) {
                return i;
            }
        }
        return -1;
    }

    private static String snakeCase(String name) {
        return name.replaceAll("(?<=[a-z0-9])(?=[A-Z])", "_").toLowerCase(Locale.ROOT);
    }

    @Nullable
    Object get(Object value, int component) {
        try {
            return components.get(component).getAccessor().invoke(value);
        } catch (InvocationTargetException e) {
            throw thrown(e);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What its constructor throws comes through. */
    R create(@Nullable Object[] values) {
        try {
            return constructor.newInstance(values);
        } catch (InvocationTargetException e) {
            throw thrown(e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(type.getName() + " " + Arrays.toString(constructor.getParameterTypes()), e);
        }
    }

    private static RuntimeException thrown(InvocationTargetException e) {
        if (e.getCause() instanceof Error error) {
            throw error;
        }
        return e.getCause() instanceof RuntimeException failure ? failure : new IllegalStateException(e.getCause());
    }
}
