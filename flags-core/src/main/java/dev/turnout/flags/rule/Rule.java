package dev.turnout.flags.rule;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * One line of a flag: of the subjects that are in any of the cohorts and for which all conditions hold, this share
 * takes part, and is divided among the variants. The other subjects continue to the next rule.
 *
 * <p>Each variant of the split has its own part of the million, beginning where the one before would end if everyone took part, and the
 * share is taken from the beginning of each: so raising the share only adds subjects, and moves none between variants.
 *
 * @param cohorts names of cohorts; none means everyone
 * @param conditions none means everyone
 * @param share who takes part
 * @param split parts per million by the name of the variant, in order; together a million
 */
public record Rule(List<String> cohorts, List<Condition> conditions, Share share, Map<String, Integer> split) {
    /** Checks the split and copies the rest. */
    public Rule {
        cohorts = List.copyOf(cohorts);
        conditions = List.copyOf(conditions);
        requireNonNull(share, "share");
        split = Ordered.copy(split);
        long sum = split.values().stream().mapToLong(Bucketing::checkShare).sum();
        if (sum != Bucketing.PARTS) {
            throw new IllegalArgumentException("The parts of a split must be 1000000 together, but were " + sum + " in "
                    + split + ". Half each is 500000 and 500000.");
        }
    }

    /** One variant for a share of those who match. */
    public Rule(List<String> cohorts, List<Condition> conditions, int sharePpm, String variant) {
        this(cohorts, conditions, Share.of(sharePpm), Map.of(variant, Bucketing.PARTS));
    }

    /**
     * Whether the bucketing key decides: some of the subjects that match continue to the next rule, or get another
     * variant.
     */
    public boolean isSplit() {
        return !share.isEveryone() || split.size() > 1;
    }

    /**
     * Whom it is about, made ready to be asked.
     *
     * @param lookup gives the cohorts by name
     */
    public Matcher matcher(Function<String, Matcher> lookup) {
        List<Matcher> parts = new ArrayList<>();
        if (!cohorts.isEmpty()) {
            parts.add(CompoundMatcher.any(cohorts.stream().map(lookup).toList()));
        }
        conditions.forEach(condition -> parts.add(condition.matcher(lookup)));
        return CompoundMatcher.all(parts);
    }
}
