package dev.turnout.flags.rule;

import java.util.List;
import java.util.Set;

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

    /** Whether the subject belongs to it. Does not block. */
    public boolean contains(Subject subject) {
        return members.contains(subject.targetingKey())
                || (!conditions.isEmpty() && Rule.allMatch(conditions, subject));
    }
}
