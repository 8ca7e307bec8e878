package dev.turnout.flags.rule;

import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * A named group: explicit members, and everyone for whom all conditions hold. With neither it is empty.
 *
 * @param name as rules refer to it
 * @param members targeting keys
 * @param conditions none means: only the members
 */
public record Cohort(String name, Set<String> members, List<Condition> conditions) {
    /** Checks the name and copies the rest. */
    public Cohort {
        Keys.check("cohort", name);
        members = Ordered.copy(members);
        conditions = List.copyOf(conditions);
    }

    /** A cohort of explicit members. */
    public static Cohort of(String name, String... members) {
        return new Cohort(name, Set.of(members), List.of());
    }

    /**
     * Made ready to be asked.
     *
     * @param cohorts gives the cohorts that its conditions name
     */
    public Matcher matcher(Function<String, Matcher> cohorts) {
        Members byName = new Members(this);
        if (conditions.isEmpty()) {
            return byName;
        }
        Matcher byCondition = CompoundMatcher.all(
                conditions.stream().map(condition -> condition.matcher(cohorts)).toList());
        return members.isEmpty() ? byCondition : CompoundMatcher.any(List.of(byName, byCondition));
    }

    private static final class Members implements Matcher {
        private final String cohort;
        private final KeySet members;

        Members(Cohort cohort) {
            this.cohort = cohort.name();
            members = new KeySet(cohort.members());
        }

        @Override
        public boolean matches(Subject subject) {
            return members.contains(subject.targetingKey());
        }

        @Override
        public String why(Subject subject) {
            return "the targeting key is " + (matches(subject) ? "" : "not ") + "a member of cohort '" + cohort + "'";
        }
    }
}
