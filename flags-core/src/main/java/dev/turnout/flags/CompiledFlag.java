package dev.turnout.flags;

import dev.turnout.flags.rule.Cohort;
import dev.turnout.flags.rule.Flag;
import dev.turnout.flags.rule.Rule;
import dev.turnout.flags.rule.Subject;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A flag made ready to decide: cohorts looked up, answers built. Immutable; never blocks, allocates or throws. */
final class CompiledFlag {
    private record CompiledRule(Rule rule, List<Cohort> cohorts, Outcome outcome) {
        boolean matches(Subject subject) {
            return isInCohorts(subject) && Rule.allMatch(rule.conditions(), subject);
        }

        private boolean isInCohorts(Subject subject) {
            for (int i = 0; i < cohorts.size(); i++) { // no iterator: this is the deciding path
                if (cohorts.get(i).contains(subject)) {
                    return true;
                }
            }
            return cohorts.isEmpty();
        }
    }

    private final Flag flag;
    private final CompiledRule[] rules;
    private final Outcome byDefault;
    private final Outcome byDefaultWithoutKey;

    CompiledFlag(Flag flag, Map<String, Cohort> cohorts) {
        this.flag = flag;
        List<Rule> all = flag.rules();
        rules = new CompiledRule[all.size()];
        for (int i = 0; i < rules.length; i++) {
            Rule rule = all.get(i);
            Reason reason = rule.isSplit() ? Reason.SPLIT : Reason.TARGETING_MATCH;
            rules[i] = new CompiledRule(
                    rule,
                    rule.cohorts().stream()
                            .map(name -> Objects.requireNonNull(cohorts.get(name), name))
                            .toList(),
                    outcome(rule.variant(), reason, i, null));
        }
        Reason reason = all.isEmpty() ? Reason.STATIC : Reason.DEFAULT;
        byDefault = outcome(flag.defaultVariant(), reason, Outcome.NO_RULE, null);
        byDefaultWithoutKey = outcome(flag.defaultVariant(), reason, Outcome.NO_RULE, ErrorCode.TARGETING_KEY_MISSING);
    }

    private Outcome outcome(String variant, Reason reason, int rule, @Nullable ErrorCode error) {
        return new Outcome(variant, flag.variants().get(variant), reason, rule, error);
    }

    Flag flag() {
        return flag;
    }

    Outcome decide(Subject subject) {
        if (!flag.enabled()) {
            return Outcome.DISABLED;
        }
        boolean keyMissed = false;
        int bucket = -1;
        for (CompiledRule rule : rules) {
            if (!rule.matches(subject)) {
                continue;
            }
            if (!rule.rule().isSplit()) {
                return rule.outcome();
            }
            String key = subject.targetingKey();
            if (key.isBlank()) {
                keyMissed = true; // nobody, never everybody
                continue;
            }
            if (bucket < 0) {
                bucket = flag.bucketing().bucket(key);
            }
            if (bucket < rule.rule().sharePpm()) {
                return rule.outcome();
            }
        }
        return keyMissed ? byDefaultWithoutKey : byDefault;
    }

    /** Whether it would answer as the flag compiled from these. */
    boolean isOf(Flag other, Map<String, Cohort> before, Map<String, Cohort> after) {
        return flag.equals(other)
                && other.rules().stream()
                        .flatMap(rule -> rule.cohorts().stream())
                        .allMatch(name -> Objects.equals(before.get(name), after.get(name)));
    }
}
