package dev.turnout.flags.rule;

import static java.util.Objects.requireNonNull;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Something that is true or false of a subject. A condition on an attribute never holds for a subject that lacks it, or
 * has it in another type; use {@link Not} for subjects that do not match. As text it reads as a plain phrase.
 */
public sealed interface Condition {
    /** The attribute that stands for the targeting key. */
    String TARGETING_KEY = "targetingKey";

    /** How deep conditions may be nested. */
    int DEEPEST = 10;

    /**
     * Made ready to be asked.
     *
     * @param cohorts gives the cohorts that {@link InCohort} names
     */
    Matcher matcher(Function<String, Matcher> cohorts);

    /** Those that it is made of; none if it is about an attribute or a cohort. */
    default List<Condition> parts() {
        return List.of();
    }

    /** The names of the cohorts that conditions refer to, at any depth. */
    static Set<String> cohorts(Collection<Condition> conditions) {
        Set<String> names = new LinkedHashSet<>();
        for (Condition condition : conditions) {
            if (condition instanceof InCohort in) {
                names.add(in.cohort());
            }
            names.addAll(cohorts(condition.parts()));
        }
        return names;
    }

    private static Object checked(String attribute, Object value) {
        Object canonical = Subject.canonical(value);
        boolean comparable = canonical instanceof String
                || canonical instanceof Boolean
                || (canonical instanceof Number number && Numbers.isWritable(number));
        if (!comparable) {
            throw new IllegalArgumentException("A condition compares '" + attribute
                    + "' with text, a boolean or a finite number, but was given " + value + ".");
        }
        return canonical;
    }

    private static <T> Set<T> atLeastOne(String attribute, String operator, Collection<T> values) {
        if (values.isEmpty()) {
            throw new IllegalArgumentException("A condition '" + operator + "' needs at least one value of '"
                    + attribute + "'; without any it could never hold.");
        }
        return Ordered.copy(new LinkedHashSet<>(values));
    }

    // Not through a set: conditions have no order, so as its keys those of one hash would be compared each with each.
    private static List<Condition> atLeastOne(String operator, List<Condition> parts) {
        if (parts.isEmpty()) {
            throw new IllegalArgumentException("A condition '" + operator + "' needs at least one part.");
        }
        return List.copyOf(parts);
    }

    private static void checkDepth(List<Condition> parts) {
        List<Condition> level = parts;
        for (int depth = 1; !level.isEmpty(); depth++) {
            if (depth >= DEEPEST) {
                throw new IllegalArgumentException("Conditions may be nested " + DEEPEST
                        + " deep at most. Give what is inside a name, as a cohort.");
            }
            level = level.stream().flatMap(part -> part.parts().stream()).toList();
        }
    }

    private static List<Matcher> matchers(List<Condition> parts, Function<String, Matcher> cohorts) {
        return parts.stream().map(part -> part.matcher(cohorts)).toList();
    }

    private static String quoted(Object value) {
        return value instanceof String ? "'" + value + "'" : String.valueOf(value);
    }

    private static String listed(Collection<?> values) {
        String shown = values.stream().limit(5).map(Condition::quoted).collect(Collectors.joining(" or "));
        return values.size() <= 5 ? shown : shown + " or " + (values.size() - 5) + " others";
    }

    private static String joined(List<Condition> parts, String word) {
        return parts.stream().map(Condition::toString).collect(Collectors.joining(" " + word + " ", "(", ")"));
    }

    /**
     * The attribute has exactly this value; numbers are compared by value.
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
        public Matcher matcher(Function<String, Matcher> cohorts) {
            return AttributeMatcher.equal(this);
        }

        @Override
        public String toString() {
            return attribute + " is " + quoted(value);
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
            Set<Object> canonical = new LinkedHashSet<>();
            values.forEach(value -> canonical.add(checked(attribute, value)));
            values = atLeastOne(attribute, "in", canonical);
        }

        @Override
        public Matcher matcher(Function<String, Matcher> cohorts) {
            return AttributeMatcher.in(this);
        }

        @Override
        public String toString() {
            return attribute + " is " + listed(values);
        }
    }

    /** How a {@link Text} condition looks at text. */
    enum TextOperator {
        /** It stands anywhere in the text; in a list of texts: it is one of them. */
        CONTAINS("contains"),
        /** The text begins with it. */
        STARTS_WITH("startsWith"),
        /** The text ends with it. */
        ENDS_WITH("endsWith");

        private final String word;

        TextOperator(String word) {
            this.word = word;
        }

        /** As documents write it. */
        public String word() {
            return word;
        }
    }

    /**
     * The attribute is text that contains, starts or ends with one of these; or a list that contains one of them. Case matters.
     *
     * @param attribute the attribute's name
     * @param operator which of it
     * @param texts at least one, none of them empty
     */
    record Text(String attribute, TextOperator operator, Set<String> texts) implements Condition {
        /** Checks and copies. */
        public Text {
            requireNonNull(attribute, "attribute");
            texts = atLeastOne(attribute, operator.word(), texts);
            if (texts.contains("")) {
                throw new IllegalArgumentException("A condition '" + operator.word() + "' on '" + attribute
                        + "' must not be given an empty text: it would hold for every text.");
            }
        }

        @Override
        public Matcher matcher(Function<String, Matcher> cohorts) {
            return AttributeMatcher.text(this);
        }

        @Override
        public String toString() {
            String verb = operator.name().toLowerCase(Locale.ROOT).replace('_', ' ');
            return attribute + " " + verb.replace("start ", "starts ").replace("end ", "ends ") + " " + listed(texts);
        }
    }

    /**
     * The attribute lies between two bounds, of which one may be missing.
     *
     * @param attribute the attribute's name
     * @param scale how values are ordered
     * @param lower {@code null} for none
     * @param upper {@code null} for none
     */
    record Range(
            String attribute,
            Scale scale,
            @Nullable Bound lower,
            @Nullable Bound upper) implements Condition {
        /** Checks that the bounds are values of the scale, and that something can lie between them. */
        public Range {
            requireNonNull(attribute, "attribute");
            if (lower == null && upper == null) {
                throw new IllegalArgumentException("A condition '" + scale.word() + "' on '" + attribute
                        + "' needs at least one of 'above', 'atLeast', 'below' and 'atMost'.");
            }
            lower = lower == null ? null : new Bound(scale.checked(lower.value()), lower.inclusive());
            upper = upper == null ? null : new Bound(scale.checked(upper.value()), upper.inclusive());
            if (lower != null && upper != null) {
                int order = scale.compare(lower.value(), upper.value());
                if (order > 0 || (order == 0 && !(lower.inclusive() && upper.inclusive()))) {
                    throw new IllegalArgumentException("Nothing lies between " + lower.value() + " and " + upper.value()
                            + ", so the condition on '" + attribute + "' could never hold.");
                }
            }
        }

        @Override
        public Matcher matcher(Function<String, Matcher> cohorts) {
            return AttributeMatcher.range(this);
        }

        @Override
        public String toString() {
            String low = lower == null ? "" : (lower.inclusive() ? " at least " : " above ") + lower.value();
            String high = upper == null ? "" : (upper.inclusive() ? " at most " : " below ") + upper.value();
            return attribute + " is" + low + (low.isEmpty() || high.isEmpty() ? "" : " and") + high;
        }
    }

    /**
     * The end of a {@link Range}.
     *
     * @param value a number, a semantic version or a date, as the scale wants it
     * @param inclusive whether the value itself is still inside
     */
    record Bound(Object value, boolean inclusive) {
        /** Checks. */
        public Bound {
            requireNonNull(value, "value");
        }
    }

    /**
     * The attribute is an IPv4 or IPv6 address in one of these networks. An IPv4 address that is written as IPv6 ({@code ::ffff:10.0.0.1})
     * is the same address.
     *
     * @param attribute the attribute's name
     * @param networks at least one, in CIDR notation ({@code 10.0.0.0/8}) or a single address
     */
    record Cidr(String attribute, Set<String> networks) implements Condition {
        /** Checks the networks. */
        public Cidr {
            requireNonNull(attribute, "attribute");
            networks = atLeastOne(attribute, "cidr", networks);
            networks.forEach(IpNetwork::parse);
        }

        @Override
        public Matcher matcher(Function<String, Matcher> cohorts) {
            return AttributeMatcher.cidr(this);
        }

        @Override
        public String toString() {
            return attribute + " is an address in " + listed(networks);
        }
    }

    /**
     * The attribute is text that the regular expression matches as a whole, in the syntax of RE2: no back references and no looking
     * around, and so in time that only grows with the length of the text.
     *
     * @param attribute the attribute's name
     * @param pattern up to 1,000 characters
     */
    record Matches(String attribute, String pattern) implements Condition {
        /** Checks the pattern. */
        public Matches {
            requireNonNull(attribute, "attribute");
            LinearRegex.compile(pattern);
        }

        @Override
        public Matcher matcher(Function<String, Matcher> cohorts) {
            return AttributeMatcher.matches(this);
        }

        @Override
        public String toString() {
            return attribute + " matches /" + pattern + "/";
        }
    }

    /**
     * The subject has the attribute, whatever its value; or has it not.
     *
     * @param attribute the attribute's name
     * @param present whether it must be there
     */
    record Present(String attribute, boolean present) implements Condition {
        /** Checks. */
        public Present {
            requireNonNull(attribute, "attribute");
        }

        @Override
        public Matcher matcher(Function<String, Matcher> cohorts) {
            return AttributeMatcher.present(this);
        }

        @Override
        public String toString() {
            return attribute + (present ? " is there" : " is not there");
        }
    }

    /**
     * The subject is in a cohort.
     *
     * @param cohort its name
     */
    record InCohort(String cohort) implements Condition {
        /** Checks. */
        public InCohort {
            requireNonNull(cohort, "cohort");
        }

        @Override
        public Matcher matcher(Function<String, Matcher> cohorts) {
            return cohorts.apply(cohort);
        }

        @Override
        public String toString() {
            return "in cohort " + cohort;
        }
    }

    /**
     * All of them hold.
     *
     * @param parts at least one
     */
    record All(List<Condition> parts) implements Condition {
        /** Checks and copies. */
        public All {
            parts = atLeastOne("all", parts);
            checkDepth(parts);
        }

        @Override
        public Matcher matcher(Function<String, Matcher> cohorts) {
            return CompoundMatcher.all(matchers(parts, cohorts));
        }

        @Override
        public String toString() {
            return joined(parts, "and");
        }
    }

    /**
     * At least one of them holds.
     *
     * @param parts at least one
     */
    record Any(List<Condition> parts) implements Condition {
        /** Checks and copies. */
        public Any {
            parts = atLeastOne("any", parts);
            checkDepth(parts);
        }

        @Override
        public Matcher matcher(Function<String, Matcher> cohorts) {
            return CompoundMatcher.any(matchers(parts, cohorts));
        }

        @Override
        public String toString() {
            return joined(parts, "or");
        }
    }

    /**
     * It does not hold; which is also so for a subject that lacks the attribute.
     *
     * @param part what must not hold
     */
    record Not(Condition part) implements Condition {
        /** Checks. */
        public Not {
            checkDepth(List.of(part));
        }

        @Override
        public List<Condition> parts() {
            return List.of(part);
        }

        @Override
        public Matcher matcher(Function<String, Matcher> cohorts) {
            return CompoundMatcher.not(part.matcher(cohorts));
        }

        @Override
        public String toString() {
            return "not " + part;
        }
    }
}
