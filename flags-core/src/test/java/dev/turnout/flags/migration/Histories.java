package dev.turnout.flags.migration;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/** What callers saw of each key: a history is linearizable if that of each key is. */
final class Histories {
    private final Map<Integer, Oracle> oracles = new TreeMap<>();
    private final List<String> wrong = new ArrayList<>();

    Histories(Scope scope) {
        String first = scope.absent ? Oracle.NOTHING : Oracle.FIRST;
        scope.keys().forEach(key -> oracles.put(key, new Oracle(scope.linearizable, first)));
    }

    Oracle of(int key) {
        return Objects.requireNonNull(oracles.get(key));
    }

    boolean haveEnded(Set<String> operations) {
        return operations.stream()
                .allMatch(operation -> oracles.values().stream().anyMatch(oracle -> oracle.hasEnded(operation)));
    }

    /** Something that no caller could see went wrong all the same. */
    void isWrong(String problem) {
        wrong.add(problem);
    }

    /** What is wrong; empty if nothing is. */
    List<String> problems() {
        List<String> problems = new ArrayList<>(wrong);
        oracles.values().forEach(oracle -> problems.addAll(oracle.problems()));
        return problems;
    }

    /** All that later answers depend on. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        oracles.forEach((key, oracle) -> text.append(key).append(oracle.state()));
        return text.toString();
    }
}
