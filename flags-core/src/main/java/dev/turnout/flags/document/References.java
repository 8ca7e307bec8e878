package dev.turnout.flags.document;

import dev.turnout.flags.rule.Cohort;
import dev.turnout.flags.rule.Condition;
import dev.turnout.flags.rule.Flag;
import dev.turnout.flags.rule.Rule;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;

/**
 * What flags and cohorts refer to: it must be there, must not lead back, and must not make a decision long. A decision's cost is the number of
 * rules and conditions that it may have to look at, with those of the cohorts and prerequisites that it refers to, as
 * often as it refers to them. So no document, however it doubles its references, can hang a service that asks. All
 * entries are looked at for each change, so pointers, which are for messages only, are made when there is one.
 */
final class References {
    private static final int DEEPEST = 20;
    private static final int DEAREST = 10_000;

    /** What deciding an entry takes, and how deep its references go. */
    private record Cost(int steps, int depth) {
        static final Cost ONE = new Cost(1, 0);

        Cost and(Cost other) {
            return new Cost(Math.min(DEAREST + 1, steps + other.steps), Math.max(depth, other.depth));
        }
    }

    private final Map<String, Cohort> cohorts;
    private final Map<String, Flag> flags;
    private final Map<EntryKey, Cost> known;
    private final Set<EntryKey> underWay = new LinkedHashSet<>();

    References(Map<String, Cohort> cohorts, Map<String, Flag> flags) {
        this.cohorts = cohorts;
        this.flags = flags;
        known = new HashMap<>(2 * (cohorts.size() + flags.size()));
    }

    void check() {
        cohorts.keySet().forEach(name -> cost(EntryKey.cohort(name), () -> ""));
        flags.keySet().forEach(key -> cost(EntryKey.flag(key), () -> ""));
    }

    static void checkNames(String kind, Map<String, ?> there, Collection<String> names, Supplier<String> pointer) {
        for (String name : names) {
            if (!there.containsKey(name)) {
                throw new DocumentException(
                        pointer.get(),
                        kind + " '" + name + "' is not defined; the " + kind + "s are " + some(there.keySet()));
            }
        }
    }

    private static String some(Set<String> names) {
        return names.size() <= 20
                ? names.toString()
                : names.stream().limit(20).toList() + " and " + (names.size() - 20) + " others";
    }

    /**
     * What an entry costs, which is counted once.
     *
     * @param from the pointer of what refers to it
     */
    private Cost cost(EntryKey key, Supplier<String> from) {
        Cost before = known.get(key);
        if (before != null) {
            return before;
        }
        if (!underWay.add(key)) {
            throw new DocumentException(from.get(), key + " must not refer to itself, but does: " + path(key));
        }
        if (underWay.size() > DEEPEST) {
            throw tooDeep(from.get());
        }
        Cost cost = key.kind() == EntryKey.Kind.COHORT
                ? ofCohort(Objects.requireNonNull(cohorts.get(key.name())), key::pointer)
                : ofFlag(Objects.requireNonNull(flags.get(key.name())), key::pointer);
        if (cost.steps() > DEAREST) {
            throw new DocumentException(
                    key.pointer(),
                    "deciding it may take more than " + DEAREST + " steps (rules and conditions, with those of the"
                            + " cohorts and flags that it refers to, each time that it does); use fewer, or a cohort"
                            + " with members");
        }
        if (cost.depth() + 1 > DEEPEST) {
            throw tooDeep(key.pointer());
        }
        underWay.remove(key);
        Cost deeper = new Cost(cost.steps(), cost.depth() + 1);
        known.put(key, deeper);
        return deeper;
    }

    private static DocumentException tooDeep(String pointer) {
        return new DocumentException(pointer, "references go more than " + DEEPEST + " deep");
    }

    private String path(EntryKey key) {
        StringBuilder path = new StringBuilder();
        boolean inside = false;
        for (EntryKey one : underWay) {
            inside |= one.equals(key);
            path.append(inside ? one.name() + " -> " : "");
        }
        return path + key.name();
    }

    private Cost ofCohort(Cohort cohort, Supplier<String> pointer) {
        return Cost.ONE.and(ofConditions(cohort.conditions(), () -> pointer.get() + "/when"));
    }

    private Cost ofFlag(Flag flag, Supplier<String> pointer) {
        Cost sum = Cost.ONE;
        for (Map.Entry<String, Set<String>> required : flag.prerequisites().entrySet()) {
            Supplier<String> at = () -> pointer.get() + "/requires/" + required.getKey();
            checkNames("flag", flags, List.of(required.getKey()), at);
            Flag other = Objects.requireNonNull(flags.get(required.getKey()));
            checkNames("variant", other.variants(), required.getValue(), at);
            sum = sum.and(cost(EntryKey.flag(required.getKey()), at));
        }
        for (int i = 0; i < flag.rules().size() && sum.steps() <= DEAREST; i++) {
            Rule rule = flag.rules().get(i);
            int number = i;
            Supplier<String> at = () -> pointer.get() + "/rules/" + number;
            checkNames("cohort", cohorts, rule.cohorts(), () -> at.get() + "/cohorts");
            for (String cohort : rule.cohorts()) {
                sum = sum.and(cost(EntryKey.cohort(cohort), () -> at.get() + "/cohorts"));
            }
            sum = sum.and(Cost.ONE).and(ofConditions(rule.conditions(), () -> at.get() + "/when"));
        }
        return sum;
    }

    private Cost ofConditions(List<Condition> conditions, Supplier<String> pointer) {
        Cost sum = new Cost(0, 0);
        for (Condition condition : conditions) {
            if (condition instanceof Condition.InCohort in) {
                checkNames("cohort", cohorts, List.of(in.cohort()), pointer);
                sum = sum.and(cost(EntryKey.cohort(in.cohort()), pointer));
            } else {
                sum = sum.and(ofLeaf(condition)).and(ofConditions(condition.parts(), pointer));
            }
        }
        return sum;
    }

    private static Cost ofLeaf(Condition condition) {
        if (condition instanceof Condition.Text text) {
            return new Cost(text.texts().size(), 0);
        }
        return condition instanceof Condition.Cidr cidr
                ? new Cost(cidr.networks().size(), 0)
                : Cost.ONE;
    }
}
