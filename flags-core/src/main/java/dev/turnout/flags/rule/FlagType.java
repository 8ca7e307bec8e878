package dev.turnout.flags.rule;

/** What a flag's variants are. */
public enum FlagType {
    /** Variants are {@code true} and {@code false}. */
    BOOLEAN(Boolean.class),
    /** Variants are text. */
    STRING(String.class);

    private final Class<?> valueType;

    FlagType(Class<?> valueType) {
        this.valueType = valueType;
    }

    /** Whether a variant, or a default, of this type can have that value. */
    public boolean accepts(Object value) {
        return valueType.isInstance(value);
    }
}
