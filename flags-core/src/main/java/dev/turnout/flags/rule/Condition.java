package dev.turnout.flags.rule;

import static java.util.Objects.requireNonNull;

import java.util.LinkedHashSet;
import java.util.Set;

/** Something that is true or false of a subject's attributes. A subject that lacks the attribute never matches. */
public sealed interface Condition {
    /** Whether it holds. Does not block, does not throw. */
    boolean matches(Subject subject);

    private static Object checked(String attribute, Object value) {
        Object canonical = Subject.canonical(value);
        if (canonical instanceof Double real && !Double.isFinite(real)) {
            throw new IllegalArgumentException("A condition compares '" + attribute
                    + "' with text, a boolean or a finite number, but was given " + real + ".");
        }
        return canonical;
    }

    /**
     * The attribute has exactly this value.
     *
     * @param attribute the attribute's name
     * @param value text, boolean or number
     */
    record Equals(String attribute, Object value) implements Condition {
        /** Brings the value to its canonical form. */
        public Equals {
            requireNonNull(attribute, "attribute");
            value = checked(attribute, value);
        }

        @Override
        public boolean matches(Subject subject) {
            return value.equals(subject.attribute(attribute));
        }
    }

    /**
     * The attribute has one of these values.
     *
     * @param attribute the attribute's name
     * @param values at least one
     */
    record In(String attribute, Set<Object> values) implements Condition {
        /** Brings the values to their canonical form. */
        public In {
            requireNonNull(attribute, "attribute");
            if (values.isEmpty()) {
                throw new IllegalArgumentException("A condition 'in' needs at least one value of '" + attribute
                        + "'; without any it could never hold.");
            }
            Set<Object> canonical = new LinkedHashSet<>();
            values.forEach(value -> canonical.add(checked(attribute, value)));
            values = Ordered.copy(canonical);
        }

        @Override
        public boolean matches(Subject subject) {
            Object actual = subject.attribute(attribute);
            return actual != null && values.contains(actual);
        }
    }
}
