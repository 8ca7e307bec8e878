package dev.turnout.flags;

import dev.turnout.flags.rule.Condition;
import dev.turnout.flags.rule.Rule;
import dev.turnout.flags.rule.Subject;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Finds the rules that can be about a subject by its value of one attribute, where many rules ask for that attribute to
 * have certain values. A flag with a rule for each of a thousand customers is then decided as fast as one with a single
 * rule. Immutable.
 */
final class RuleIndex {
    private static final int FEWEST = 4;
    private static final int LARGEST = 100_000;

    private final String attribute;
    private final Map<Object, CompiledRule[]> byValue;
    private final CompiledRule[] ofOthers;

    private RuleIndex(String attribute, Map<Object, CompiledRule[]> byValue, CompiledRule[] ofOthers) {
        this.attribute = attribute.intern(); // as the names in programs are, so most comparisons end at once
        this.byValue = byValue;
        this.ofOthers = ofOthers;
    }

    /** An index for these rules; {@code null} if it would not help. */
    static @Nullable RuleIndex of(List<Rule> rules, CompiledRule[] compiled) {
        Map<String, Long> uses = rules.stream()
                .flatMap(rule -> rule.conditions().stream())
                .filter(condition -> !values(condition).isEmpty())
                .collect(Collectors.groupingBy(RuleIndex::attribute, Collectors.counting()));
        Map.Entry<String, Long> best = uses.entrySet().stream()
                .max(Map.Entry.<String, Long>comparingByValue()
                        .thenComparing(Map.Entry.comparingByKey(Comparator.reverseOrder())))
                .orElse(null);
        return best == null || best.getValue() < FEWEST ? null : on(best.getKey(), rules, compiled);
    }

    private static @Nullable RuleIndex on(String attribute, List<Rule> rules, CompiledRule[] compiled) {
        Map<Object, List<CompiledRule>> byValue = new HashMap<>();
        List<CompiledRule> ofOthers = new ArrayList<>();
        long size = 0;
        for (int i = 0; i < compiled.length && size <= LARGEST; i++) {
            CompiledRule rule = compiled[i];
            Set<Object> values = values(rules.get(i), attribute);
            if (values.isEmpty()) { // can be about any subject
                byValue.values().forEach(some -> some.add(rule));
                ofOthers.add(rule);
                size += byValue.size();
            } else {
                values.forEach(value -> byValue.computeIfAbsent(value, any -> new ArrayList<>(ofOthers))
                        .add(rule));
                size += (long) values.size() * (ofOthers.size() + 1);
            }
        }
        if (size > LARGEST) {
            return null;
        }
        Map<Object, CompiledRule[]> arrays = new HashMap<>();
        byValue.forEach((value, some) -> arrays.put(value, some.toArray(CompiledRule[]::new)));
        return new RuleIndex(attribute, arrays, ofOthers.toArray(CompiledRule[]::new));
    }

    /** The values of which the attribute must have one for the rule to be about a subject; empty if it may have any. */
    private static Set<Object> values(Rule rule, String attribute) {
        return rule.conditions().stream()
                .filter(condition ->
                        !values(condition).isEmpty() && attribute(condition).equals(attribute))
                .findFirst()
                .map(RuleIndex::values)
                .orElse(Set.of());
    }

    private static Set<Object> values(Condition condition) {
        if (condition instanceof Condition.Equals equals) {
            return Set.of(equals.value());
        }
        return condition instanceof Condition.In in ? in.values() : Set.of();
    }

    private static String attribute(Condition condition) {
        return condition instanceof Condition.Equals equals
                ? equals.attribute()
                : ((Condition.In) condition).attribute();
    }

    /** The rules that can be about the subject, in order; there may be some that are not. */
    CompiledRule[] candidates(Subject subject) {
        Object value = subject.attribute(attribute);
        CompiledRule[] candidates = value == null ? null : byValue.get(value);
        return candidates == null ? ofOthers : candidates;
    }
}
