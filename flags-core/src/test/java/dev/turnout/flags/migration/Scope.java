package dev.turnout.flags.migration;

import dev.turnout.flags.stage.Stage;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How much happens in a world: from which stage keys go where, and by way of which; which operations there are, on which nodes; and how many
 * faults of each kind. Mutable, so that a test reads as a sentence.
 */
final class Scope {
    /** An operation of a caller. */
    enum Kind {
        PUT,
        DELETE,
        UPDATE,
        READ
    }

    /** @param name begins with w for one that writes, and with r for one that reads */
    record Operation(String name, Kind kind, int node) {}

    final String name;
    final List<Stage> stages = new ArrayList<>();
    final List<Operation> operations = new ArrayList<>();
    final Set<Rule> removed = EnumSet.noneOf(Rule.class);
    boolean versioned = true;
    int nodes = 2;
    int faults;
    int lateEffects;
    int crashes;
    int lapses;
    int repairs = 1;
    int controllers = 1;
    boolean dirty;
    boolean hasty; // people change their mind on the way
    boolean inTime = true; // a call of a node whose lease lapsed takes effect before that node is counted out
    boolean linearizable = true; // all is to be, also what was not acknowledged
    boolean copied = true; // the new path has what the old one had, or the other way round

    /** @param stages the first one, and the goals that people set one after the other */
    Scope(Stage... stages) {
        this("", stages);
    }

    /** One with a name of its own. */
    Scope(String name, Stage... stages) {
        this.name = name;
        this.stages.addAll(List.of(stages));
    }

    Scope plain() {
        versioned = false;
        return this;
    }

    Scope nothingCopied() {
        copied = false;
        return this;
    }

    Scope put(int node) {
        return operation("w", Kind.PUT, node);
    }

    Scope delete(int node) {
        return operation("w", Kind.DELETE, node);
    }

    Scope update(int node) {
        return operation("w", Kind.UPDATE, node);
    }

    Scope read(int node) {
        return operation("r", Kind.READ, node);
    }

    private Scope operation(String letter, Kind kind, int node) {
        operations.add(new Operation(letter + operations.size(), kind, node));
        return this;
    }

    Scope nodes(int number) {
        nodes = number;
        return this;
    }

    Scope faults(int most) {
        faults = most;
        return this;
    }

    Scope lateEffects(int most) {
        lateEffects = most;
        return this;
    }

    Scope crashes(int most) {
        crashes = most;
        return this;
    }

    Scope lapses(int most) {
        lapses = most;
        return this;
    }

    Scope repairs(int atOnce) {
        repairs = atOnce;
        return this;
    }

    Scope controllers(int number) {
        controllers = number;
        return this;
    }

    Scope hasty() {
        hasty = true;
        return this;
    }

    /** Something has left the key to repair before all begins. */
    Scope dirty() {
        dirty = true;
        return this;
    }

    /** Calls may take effect at any later time; then only what was acknowledged is promised. */
    Scope outOfTime() {
        inTime = false;
        linearizable = false;
        return this;
    }

    Scope without(Rule rule) {
        removed.add(rule);
        return this;
    }

    /** The same, to be changed apart. */
    Scope copy() {
        Scope copy = new Scope(name, stages.toArray(Stage[]::new));
        copy.operations.addAll(operations);
        copy.removed.addAll(removed);
        copy.versioned = versioned;
        copy.nodes = nodes;
        copy.faults = faults;
        copy.lateEffects = lateEffects;
        copy.crashes = crashes;
        copy.lapses = lapses;
        copy.repairs = repairs;
        copy.controllers = controllers;
        copy.dirty = dirty;
        copy.hasty = hasty;
        copy.inTime = inTime;
        copy.linearizable = linearizable;
        copy.copied = copied;
        return copy;
    }

    @Override
    public String toString() {
        if (!name.isEmpty()) {
            return name;
        }
        List<String> parts = new ArrayList<>();
        operations.forEach(
                operation -> parts.add(operation.kind().name().toLowerCase(Locale.ROOT) + " on n" + operation.node()));
        add(parts, nodes > 2, nodes + " nodes");
        add(parts, !copied, "nothing copied");
        add(parts, dirty, "a key to repair");
        add(parts, repairs > 1, repairs + " repairs at once");
        add(parts, controllers > 1, controllers + " controllers");
        add(parts, hasty, "goals change on the way");
        add(parts, faults > 0, faults == 1 ? "a fault" : faults + " faults");
        add(parts, crashes > 0, "a crash");
        add(parts, lapses > 0, "a lapse");
        add(parts, lateEffects > 0, "a late effect");
        add(parts, !inTime, "calls out of time");
        String way = stages.stream().map(Stage::name).collect(Collectors.joining(" to "));
        return (versioned ? "" : "no versions, ") + way + (parts.isEmpty() ? "" : ": " + String.join(", ", parts));
    }

    private static void add(List<String> parts, boolean applies, String part) {
        if (applies) {
            parts.add(part);
        }
    }
}
