package dev.turnout.flags.rule;

import static java.util.Objects.requireNonNull;

import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A flag: its variants, and the rules that define which subject gets which. The first rule that takes a subject
 * decides; without such a rule it gets the default variant.
 *
 * @param key what callers ask for
 * @param type of all variants
 * @param enabled if not, callers get their own default, whatever else the flag defines: the kill switch
 * @param variants values by name, in the order in which they were written
 * @param defaultVariant the name of one of them
 * @param prerequisites variants by the key of another flag: everyone for whom that flag answers otherwise gets the default variant
 * @param schedule when the rules are used
 * @param rules in order
 * @param bucketing how shares are taken; the salt is the flag's key unless it has another one
 * @param bucketBy the attribute that is the bucketing key; {@link Condition#TARGETING_KEY} unless it names another one
 * @param about for operators
 */
public record Flag(
        String key,
        FlagType type,
        boolean enabled,
        Map<String, Object> variants,
        String defaultVariant,
        Map<String, Set<String>> prerequisites,
        Schedule schedule,
        List<Rule> rules,
        Bucketing bucketing,
        String bucketBy,
        About about) {
    /** The variants of a boolean flag that names none. */
    public static final Map<String, Object> ON_OFF = onOff();

    /**
     * What operators should know of a flag; decides nothing.
     *
     * @param description may be empty
     * @param owner a person or a team; may be empty
     * @param tags may be empty
     * @param expires after this day the flag should be gone from code and store; {@code null} if it is meant to stay
     */
    public record About(
            String description,
            String owner,
            Set<String> tags,
            @Nullable LocalDate expires) {
        /** Nothing is known. */
        public static final About NOTHING = new About("", "", Set.of(), null);

        /** Checks and copies. */
        public About {
            requireNonNull(description, "description");
            requireNonNull(owner, "owner");
            tags = Ordered.copy(tags);
        }
    }

    /** Checks that the parts fit together, and copies them. */
    public Flag {
        Keys.check("flag", key);
        Map<String, Object> values = new LinkedHashMap<>();
        variants.forEach((name, value) -> values.put(
                Keys.checkWhole("The name of a variant", name),
                type.checked("Variant '" + name + "' of " + type.word() + " flag '" + key + "'", value)));
        variants = Ordered.copy(values);
        prerequisites = copyOf(key, prerequisites);
        requireNonNull(schedule, "schedule");
        rules = List.copyOf(rules);
        requireNonNull(bucketing, "bucketing");
        requireNonNull(bucketBy, "bucketBy");
        requireNonNull(about, "about");
        checkVariant(key, variants, defaultVariant);
        for (Rule rule : rules) {
            for (String variant : rule.split().keySet()) {
                checkVariant(key, variants, variant);
            }
        }
    }

    private static Map<String, Set<String>> copyOf(String key, Map<String, Set<String>> prerequisites) {
        Map<String, Set<String>> copy = new LinkedHashMap<>();
        prerequisites.forEach((other, names) -> {
            if (names.isEmpty()) {
                throw new IllegalArgumentException("Flag '" + key + "' needs at least one variant of its prerequisite '"
                        + other + "'; without any it could never be met.");
            }
            copy.put(other, Ordered.copy(names));
        });
        return Ordered.copy(copy);
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
        return of(FlagType.STRING, key, defaultVariant, value);
    }

    /** Begins a flag of any type whose only variant is called {@code defaultVariant}. */
    public static Builder of(FlagType type, String key, String defaultVariant, Object value) {
        return new Builder(key, type, Map.of(defaultVariant, value), defaultVariant);
    }

    /** Begins a flag that is like this one. */
    public Builder toBuilder() {
        Builder builder = new Builder(key, type, variants, defaultVariant);
        builder.enabled = enabled;
        builder.prerequisites.putAll(prerequisites);
        builder.schedule = schedule;
        builder.rules.addAll(rules);
        builder.bucketing = bucketing;
        builder.bucketBy = bucketBy;
        builder.about = about;
        return builder;
    }

    /** The same flag with other rules. */
    public Flag withRules(List<Rule> newRules) {
        Builder builder = toBuilder();
        builder.rules.clear();
        builder.rules.addAll(newRules);
        return builder.build();
    }

    /** Builds a {@link Flag} in code; most flags come from a document. Not thread-safe. */
    public static final class Builder {
        private final String key;
        private final FlagType type;
        private final Map<String, Object> variants;
        private final Map<String, Set<String>> prerequisites = new LinkedHashMap<>();
        private final List<Rule> rules = new ArrayList<>();
        private String defaultVariant;
        private boolean enabled = true;
        private Schedule schedule = Schedule.ALWAYS;
        private Bucketing bucketing;
        private String bucketBy = Condition.TARGETING_KEY;
        private About about = About.NOTHING;

        private Builder(String key, FlagType type, Map<String, Object> variants, String defaultVariant) {
            this.key = Keys.check("flag", key);
            this.type = type;
            this.variants = new LinkedHashMap<>(variants);
            this.defaultVariant = defaultVariant;
            bucketing = new Bucketing(key);
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

        /**
         * Only subjects for which flag {@code other} answers one of these variants come to the rules; default: nothing
         * is required.
         */
        public Builder requires(String other, String... anyOf) {
            prerequisites.put(other, Set.of(anyOf));
            return this;
        }

        /** When the rules are used; default: always. */
        public Builder schedule(Schedule when) {
            schedule = when;
            return this;
        }

        /** How shares are taken; default: with the key as the salt. */
        public Builder bucketing(Bucketing how) {
            bucketing = how;
            return this;
        }

        /** The attribute that is the bucketing key; default: the targeting key. */
        public Builder bucketBy(String attribute) {
            bucketBy = attribute;
            return this;
        }

        /** What operators should know of it; default: nothing. */
        public Builder about(About what) {
            about = what;
            return this;
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
            return new Flag(
                    key,
                    type,
                    enabled,
                    variants,
                    defaultVariant,
                    prerequisites,
                    schedule,
                    rules,
                    bucketing,
                    bucketBy,
                    about);
        }
    }
}
