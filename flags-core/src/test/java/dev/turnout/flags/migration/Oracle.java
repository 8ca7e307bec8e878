package dev.turnout.flags.migration;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Whether what callers saw of one key could have happened one after the other. All values are distinct, so this is
 * decided exactly: each write and the reads that returned its value are a group, and the groups have an order; group a
 * comes before b if an operation of a ended before one of b began. It is wrong as soon as a comes before b and b before
 * a. An update is in one group with what it has replaced. A write that was not acknowledged may take effect at any
 * later time.
 */
final class Oracle {
    static final String FIRST = "v0";
    static final String NOTHING = "nothing";

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
    private final List<String> wrong = new ArrayList<>();
    private long moment;

    /**
     * For a key that was never used.
     *
     * @param linearizable whether all is to be so; if not, only what was acknowledged counts: it must not be lost, nor read over
     * @param value what the key has at the beginning
     */
    Oracle(boolean linearizable, String value) {
        this.linearizable = linearizable;
        Group first = group(value);
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

    /** An insert was refused as there was a record: another operation must have written one. */
    void foundOther(String operation, String value) {
        refused(operation, value);
        boolean isThere = groups.entrySet().stream()
                .anyMatch(group -> !group.getKey().equals(NOTHING)
                        && !group.getKey().equals(value)
                        && group.getValue().written != NEVER
                        && !group.getValue().refused);
        if (!isThere) {
            wrong.add(operation + " was refused for a record, and there was none");
        }
    }

    void read(String operation, Optional<String> value) {
        long end = end(operation, value.orElse(NOTHING));
        Group group = group(value.orElse(NOTHING));
        group.firstEnd = Math.min(group.firstEnd, end);
        group.lastBegin = Math.max(group.lastBegin, begunAt(operation));
    }

    boolean hasEnded(String operation) {
        return results.containsKey(operation);
    }

    /** A read that was made in a moment. */
    void readAtOnce(String operation, Optional<String> value) {
        begin(operation);
        read(operation, value);
    }

    /** A read of many keys found this of the key: it may be of a write that is under way, but must not be older than one acknowledged before. */
    void readAmongAll(String operation, Optional<String> found) {
        String value = found.orElse(NOTHING);
        long begin = begunAt(operation);
        Group read = groups.get(value);
        end(operation, "all");
        if (read == null || read.written == NEVER) {
            wrong.add(value + " was read before it was written");
            return;
        }
        groups.forEach((name, group) -> {
            boolean before = end(read) < group.lastBegin || value.equals(group.base);
            if (group != read && group.acknowledged < begin && before) {
                wrong.add(operation + " of all keys found " + value + ", and lacks " + name
                        + ", which was acknowledged before it began");
            }
        });
    }

    /** What is wrong; empty if nothing is. */
    List<String> problems() {
        List<String> problems = new ArrayList<>(wrong);
        groups.forEach((name, group) -> {
            if (group.firstEnd < group.written) {
                problems.add(name + " was read before it was written");
            }
            if (group.refused && group.firstEnd != NEVER) {
                problems.add(name + " was refused, and read all the same");
            }
            if (hasReplaced(group)) {
                addProblemsOfUpdate(problems, name, group);
            }
        });
        List<Map.Entry<String, Group>> all = List.copyOf(blocks().entrySet());
        for (int i = 0; i < all.size(); i++) {
            Group one = all.get(i).getValue();
            for (int j = i + 1; j < all.size(); j++) {
                Group other = all.get(j).getValue();
                if (end(one) < other.lastBegin && end(other) < one.lastBegin) {
                    problems.add(all.get(i).getKey() + " and " + all.get(j).getKey() + " each come before the other");
                }
            }
        }
        return problems;
    }

    /**
     * Whether it is an update that surely happened: one that no read has seen may happen at any later time, or never.
     */
    private boolean hasReplaced(Group group) {
        return linearizable && group.base != null && group.firstEnd != NEVER;
    }

    private void addProblemsOfUpdate(List<String> problems, String name, Group update) {
        Group base = groups.get(update.base);
        if (base == null || base.refused) {
            problems.add(name + " has replaced " + update.base + ", which was not there");
        } else if (update.firstEnd < base.lastBegin) {
            problems.add(update.base + " was there after " + name + " had replaced it");
        }
        groups.forEach((otherName, other) -> {
            if (hasReplaced(other) && Objects.equals(update.base, other.base) && name.compareTo(otherName) < 0) {
                problems.add(name + " and " + otherName + " are both updates of " + update.base);
            }
        });
    }

    /** The groups, but each update with what it has replaced, as nothing may come between the two. */
    private Map<String, Group> blocks() {
        Map<String, Group> blocks = new TreeMap<>();
        groups.forEach((name, group) -> {
            String first = name;
            for (Group at = group; hasReplaced(at) && groups.containsKey(at.base); at = group(first)) {
                first = String.valueOf(at.base);
            }
            Group block = blocks.computeIfAbsent(first, f -> new Group());
            block.firstEnd = Math.min(block.firstEnd, group.firstEnd);
            block.acknowledged = Math.min(block.acknowledged, group.acknowledged);
            block.lastBegin = Math.max(block.lastBegin, group.lastBegin);
        });
        return blocks;
    }

    private long end(Group group) {
        return linearizable ? group.firstEnd : group.acknowledged;
    }

    /** What would be wrong if a caller read this now. */
    List<String> problemsOfReading(Optional<String> found) {
        String value = found.orElse(NOTHING);
        Group before = groups.get(value);
        Group read = new Group();
        if (before != null) {
            read.firstEnd = Math.min(before.firstEnd, moment + 2);
            read.acknowledged = before.acknowledged;
            read.written = before.written;
            read.refused = before.refused;
            read.base = before.base;
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
