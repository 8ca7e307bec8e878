package dev.turnout.flags.jdbc.table;

import static java.util.Objects.requireNonNull;

import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A column of the target, and what it is made of. */
public sealed interface MappedColumn {
    /** Its name in the target. */
    String target();

    /**
     * What to select from the source for it, as SQL.
     *
     * @param quote makes an identifier of a name, as the source's database writes it
     */
    String selected(UnaryOperator<String> quote);

    /** As text, which is equal for columns that are made in the same way, as far as that can be determined. */
    String description();

    /** Its value in the target, from what was selected. What a function throws comes through. */
    default @Nullable Object convert(@Nullable Object selected) {
        return selected;
    }

    /** What Java has to read for {@link #convert}; {@code Object} where it has nothing to do. */
    default Class<?> selectedType() {
        return Object.class;
    }

    /** Whether {@link #convert} does something: then rows cannot go from one database to the other undecoded. */
    default boolean isConvertedInJava() {
        return false;
    }

    /**
     * The same value under the same or another name.
     *
     * @param source the column in the source
     */
    record Copied(String source, String target) implements MappedColumn {
        /** Checks both names. */
        public Copied {
            requireName(source);
            requireName(target);
        }

        @Override
        public String selected(UnaryOperator<String> quote) {
            return quote.apply(source);
        }

        @Override
        public String description() {
            return source + "->" + target;
        }
    }

    /**
     * The inverse of a function: what makes the value of the source again. For data paths, which write the source as well.
     *
     * @param type what the function takes: the class of the values of the target
     * @param function deterministic, and safe to call from any thread
     */
    record Inverse<T>(Class<T> type, Function<? super T, ? extends @Nullable Object> function) {
        /** Checks what is there. */
        public Inverse {
            requireNonNull(function, "function");
            if (type.isPrimitive()) {
                throw new IllegalArgumentException(
                        "A function takes values of a class, such as Long, but the type was " + type + ".");
            }
        }

        /** The value of the source. What the function throws comes through. */
        public @Nullable Object apply(Object value) {
            return function.apply(type.cast(value));
        }
    }

    /**
     * What a function in Java makes of a column. {@code NULL} stays {@code NULL}, without asking the function: for
     * another result use a {@link Computed} one, with {@code COALESCE}.
     *
     * @param source the column in the source
     * @param type what the function takes; the driver is asked for it
     * @param function deterministic, and safe to call from any thread
     * @param inverse the opposite function; {@code null} if nothing writes the source
     */
    record Converted<S>(
            String source,
            String target,
            Class<S> type,
            Function<? super S, ? extends @Nullable Object> function,
            @Nullable Inverse<?> inverse)
            implements MappedColumn {
        /** Checks what is there. */
        public Converted {
            requireName(source);
            requireName(target);
            requireNonNull(type, "type");
            requireNonNull(function, "function");
        }

        @Override
        public String selected(UnaryOperator<String> quote) {
            return quote.apply(source);
        }

        @Override
        public String description() {
            return source + "->" + type.getName() + "->" + target;
        }

        @Override
        public @Nullable Object convert(@Nullable Object selected) {
            return selected == null ? null : function.apply(type.cast(selected));
        }

        @Override
        public Class<?> selectedType() {
            return type;
        }

        @Override
        public boolean isConvertedInJava() {
            return true;
        }
    }

    /**
     * What the source's database computes.
     *
     * @param expression SQL over the columns of the source, in the SQL of its database; deterministic; taken as it is,
     *     so never from an untrusted source
     */
    record Computed(String target, String expression) implements MappedColumn {
        /** Checks what is there. */
        public Computed {
            requireName(target);
            if (expression.isBlank()) {
                throw new IllegalArgumentException("The expression of column '" + target + "' is empty.");
            }
        }

        @Override
        public String selected(UnaryOperator<String> quote) {
            return "(" + expression + ")";
        }

        @Override
        public String description() {
            return "(" + expression + ")->" + target;
        }
    }

    private static void requireName(String name) {
        if (name.isBlank() || name.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("The name of a column must not be empty, but was '" + name + "'.");
        }
    }
}
