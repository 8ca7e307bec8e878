package dev.turnout.flags.migration;

import dev.turnout.flags.stage.Stage;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

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
    boolean hasty; // people change their mind on the way
    boolean inTime = true; // a call of a node whose lease lapsed takes effect before that node is counted out
    boolean linearizable = true; // all is to be, also what was not acknowledged
    boolean copied = true; // the new path has what the old one had, or the other way round

    /** @param stages the first one, and the goals that people set one after the other */
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

    @Override
    public String toString() {
        return name;
    }
}
