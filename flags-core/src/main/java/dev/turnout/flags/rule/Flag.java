package dev.turnout.flags.rule;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A flag: its variants, and the rules that say who gets which. The first rule that takes a subject decides; nobody's rule means the
 * default variant.
 *
 * @param key what callers ask for
 * @param type of all variants
 * @param enabled if not, callers get their own default
 * @param variants values by name, in the order in which they were written
 * @param defaultVariant the name of one of them
 * @param rules in order
 * @param bucketing how shares are taken; the salt is the flag's key unless it says otherwise
 * @param description for people; may be empty
 */
public record Flag(
        String key,
        FlagType type,
        boolean enabled,
        Map<String, Object> variants,
        String defaultVariant,
        List<Rule> rules,
        Bucketing bucketing,
        String description) {
    /** The variants of a boolean flag that names none. */
    public static final Map<String, Object> ON_OFF = onOff();

    /** Checks that the parts fit together, and copies them. */
    public Flag {
        Keys.check("flag", key);
        variants = Ordered.copy(variants);
        rules = List.copyOf(rules);
        requireNonNull(bucketing, "bucketing");
        requireNonNull(description, "description");
        for (Map.Entry<String, Object> variant : variants.entrySet()) {
            if (!type.accepts(variant.getValue())) {
                throw new IllegalArgumentException("Variant '" + variant.getKey() + "' of flag '" + key + "' must be a "
                        + type + ", but was '" + variant.getValue() + "'.");
            }
        }
        checkVariant(key, variants, defaultVariant);
        for (Rule rule : rules) {
            checkVariant(key, variants, rule.variant());
        }
    }

    private static void checkVariant(String key, Map<String, Object> variants, String name) {
        if (!variants.containsKey(name)) {
            throw new IllegalArgumentException(
                    "Flag '" + key + "' has no variant '" + name + "'; its variants are " + variants.keySet() + ".");
        }
    }

    private static Map<String, Object> onOff() {
        Map<String, Object> variants = new LinkedHashMap<>();
        variants.put("on", true);
        variants.put("off", false);
        return Ordered.copy(variants);
    }

    /** Begins a boolean flag with the variants {@code on} and {@code off}; the default is {@code off}. */
    public static Builder bool(String key) {
        return new Builder(key, FlagType.BOOLEAN, ON_OFF, "off");
    }

    /** Begins a string flag whose only variant is called {@code defaultVariant}. */
    public static Builder string(String key, String defaultVariant, String value) {
        return new Builder(key, FlagType.STRING, Map.of(defaultVariant, value), defaultVariant);
    }

    /** The same flag with other rules. */
    public Flag withRules(List<Rule> newRules) {
        return new Flag(key, type, enabled, variants, defaultVariant, newRules, bucketing, description);
    }

    /** Builds a {@link Flag} in code; most flags come from a document. Not thread-safe. */
    public static final class Builder {
        private final String key;
        private final FlagType type;
        private final Map<String, Object> variants;
        private final List<Rule> rules = new ArrayList<>();
        private String defaultVariant;
        private boolean enabled = true;

        private Builder(String key, FlagType type, Map<String, Object> variants, String defaultVariant) {
            this.key = key;
            this.type = type;
            this.variants = new LinkedHashMap<>(variants);
            this.defaultVariant = defaultVariant;
        }

        /** Adds a variant. */
        public Builder variant(String name, Object value) {
            variants.put(name, value);
            return this;
        }

        /** Names the default variant. */
        public Builder byDefault(String variant) {
            defaultVariant = variant;
            return this;
        }

        /** Adds a rule after those there are. */
        public Builder rule(Rule rule) {
            rules.add(rule);
            return this;
        }

        /** Adds a rule: this share of everyone gets {@code variant}. */
        public Builder share(int sharePpm, String variant) {
            return rule(new Rule(List.of(), List.of(), sharePpm, variant));
        }

        /** Turns the flag off: callers get their own default. */
        public Builder disabled() {
            enabled = false;
            return this;
        }

        /**
         * Builds it.
         *
         * @throws IllegalArgumentException if the parts do not fit together
         */
        public Flag build() {
            return new Flag(key, type, enabled, variants, defaultVariant, rules, new Bucketing(key), "");
        }
    }
}
