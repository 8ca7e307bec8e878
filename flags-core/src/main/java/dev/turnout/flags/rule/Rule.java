package dev.turnout.flags.rule;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * One line of a flag: of those who are in any of the cohorts and for whom all conditions hold, this share gets this variant. The others
 * go on to the next rule.
 *
 * @param cohorts names of cohorts; none means everyone
 * @param conditions none means everyone
 * @param sharePpm parts per million of the subjects that match, from 0 (nobody) to 1,000,000 (all of them)
 * @param variant what they get
 */
public record Rule(List<String> cohorts, List<Condition> conditions, int sharePpm, String variant) {
    /** Checks the share and copies the rest. */
    public Rule {
        cohorts = List.copyOf(cohorts);
        conditions = List.copyOf(conditions);
        Bucketing.checkShare(sharePpm);
        requireNonNull(variant, "variant");
    }

    /** Whether some of those who match go on to the next rule, so that the key decides. */
    public boolean isSplit() {
        return sharePpm < Bucketing.PARTS;
    }

    /** Whether all conditions hold. Does not block. */
    public static boolean allMatch(List<Condition> conditions, Subject subject) {
        for (int i = 0; i < conditions.size(); i++) { // no iterator: this is the deciding path
            if (!conditions.get(i).matches(subject)) {
                return false;
            }
        }
        return true;
    }
}
