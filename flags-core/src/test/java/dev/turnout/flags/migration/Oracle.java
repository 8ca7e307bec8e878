package dev.turnout.flags.migration;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Whether what callers saw of one key could have happened one after the other. All values are distinct, so that is decided exactly: each write
 * and the reads that returned its value are a group, and the groups have an order; group a comes before b if an operation of a ended before one
 * of b began. It is wrong as soon as a comes before b and b before a. A write that was not acknowledged may take effect at any later time.
 */
final class Oracle {
    static final String FIRST = "v0";

    private static final long NEVER = Long.MAX_VALUE;

    private static final class Group {
        long firstEnd = NEVER;
        long acknowledged = NEVER;
        long lastBegin = -1;
        long written = NEVER; // when the write began
        boolean refused;

        @Nullable
        String base; // what an update has replaced
    }

    private final boolean linearizable;
    private final Map<String, Group> groups = new TreeMap<>();
    private final Map<String, Long> begun = new LinkedHashMap<>();
    private final Map<String, String> results = new TreeMap<>();
    private long moment;

    /** @param linearizable whether all is to be so; if not, only what was acknowledged counts: it must not be lost, nor read over */
    Oracle(boolean linearizable) {
        this.linearizable = linearizable;
        Group first = group(FIRST);
        first.firstEnd = 0;
        first.acknowledged = 0;
        first.lastBegin = 0;
        first.written = 0;
    }

    private Group group(String value) {
        return groups.computeIfAbsent(value, v -> new Group());
    }

    void begin(String operation) {
        begun.put(operation, ++moment);
    }

    private long end(String operation, String result) {
        results.put(operation, result);
        return ++moment;
    }

    private long begunAt(String operation) {
        return begun.getOrDefault(operation, NEVER);
    }

    /** The write has begun, and may happen from now on. */
    void writes(String operation, String value) {
        Group group = group(value);
        group.written = begunAt(operation);
        group.lastBegin = Math.max(group.lastBegin, group.written);
    }

    void acknowledged(String operation, String value) {
        long end = end(operation, "acknowledged");
        Group group = group(value);
        group.firstEnd = Math.min(group.firstEnd, end);
        group.acknowledged = Math.min(group.acknowledged, end);
    }

    void replaced(String base, String value) {
        group(value).base = base;
    }

    /** Neither acknowledged nor refused: it may happen, or not. */
    void unknown(String operation) {
        end(operation, "unknown");
    }

    void refused(String operation, String value) {
        end(operation, "refused");
        group(value).refused = true;
    }

    void read(String operation, Optional<String> value) {
        long end = end(operation, value.orElse("nothing"));
        Group group = group(value.orElse("nothing"));
        group.firstEnd = Math.min(group.firstEnd, end);
        group.lastBegin = Math.max(group.lastBegin, begunAt(operation));
    }

    /** What is wrong; empty if nothing is. */
    List<String> problems() {
        List<String> problems = new ArrayList<>();
        List<Map.Entry<String, Group>> all = List.copyOf(groups.entrySet());
        for (int i = 0; i < all.size(); i++) {
            Group one = all.get(i).getValue();
            String name = all.get(i).getKey();
            if (one.firstEnd < one.written) {
                problems.add(name + " was read before it was written");
            }
            if (one.refused && one.firstEnd != NEVER) {
                problems.add(name + " was refused, and read all the same");
            }
            for (int j = i + 1; j < all.size(); j++) {
                Group other = all.get(j).getValue();
                String otherName = all.get(j).getKey();
                if (end(one) < other.lastBegin && end(other) < one.lastBegin) {
                    problems.add(name + " and " + otherName + " each come before the other");
                }
                if (linearizable
                        && one.base != null
                        && one.base.equals(other.base)
                        && one.firstEnd != NEVER
                        && other.firstEnd != NEVER) {
                    problems.add(name + " and " + otherName + " are both updates of " + one.base);
                }
            }
        }
        return problems;
    }

    private long end(Group group) {
        return linearizable ? group.firstEnd : group.acknowledged;
    }

    /** What would be wrong if somebody read this now. */
    List<String> problemsOfReading(Optional<String> found) {
        String value = found.orElse("nothing");
        Group before = groups.get(value);
        Group read = new Group();
        if (before != null) {
            read.firstEnd = Math.min(before.firstEnd, moment + 2);
            read.acknowledged = before.acknowledged;
            read.written = before.written;
            read.refused = before.refused;
        } else {
            read.firstEnd = moment + 2;
        }
        read.lastBegin = moment + 1;
        groups.put(value, read);
        List<String> problems = problems();
        if (before != null) {
            groups.put(value, before);
        } else {
            groups.remove(value);
        }
        return problems;
    }

    /** All that later answers of it depend on, the same for histories that differ in nothing else. */
    String state() {
        List<Long> moments = new ArrayList<>(List.of(0L, NEVER));
        groups.values()
                .forEach(group ->
                        moments.addAll(List.of(group.firstEnd, group.acknowledged, group.lastBegin, group.written)));
        moments.addAll(begun.values());
        List<Long> order = moments.stream().sorted().distinct().toList();
        StringBuilder text = new StringBuilder();
        groups.forEach((value, group) -> text.append(value)
                .append(':')
                .append(order.indexOf(group.firstEnd))
                .append(',')
                .append(order.indexOf(group.lastBegin))
                .append(',')
                .append(order.indexOf(group.written))
                .append(linearizable ? "" : "," + order.indexOf(group.acknowledged))
                .append(group.refused)
                .append(group.base)
                .append(';'));
        begun.forEach((operation, at) -> text.append(operation).append('@').append(order.indexOf(at)));
        return text.append(results).toString();
    }
}
