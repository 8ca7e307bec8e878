package dev.turnout.flags.migration;

import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.Stage;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How much happens in a world: from which stage keys go where, and by way of which; which operations there are, on which nodes; and how many
 * faults of each kind. Mutable, so a test reads as a sentence.
 */
final class Scope {
    /** An operation of a caller. */
    enum Kind {
        PUT("put"),
        DELETE("delete"),
        UPDATE("update"),
        /** Its function ends with an Error. */
        FAILING_UPDATE("update that fails"),
        /** Its function writes the other key, and that write is an operation too. */
        UPDATE_AROUND_PUT("update around a put of the other key"),
        READ("read"),
        /** By two functions instead of the paths. */
        ASK("read by functions"),
        READ_ALL("read of all keys"),
        INSERT("insert"),
        /** By one call of a path for the keys that are on its side. */
        GET_ALL("get of all keys"),
        /** The node leaves. */
        CLOSE("close"),
        /** By a process whose build does not know the migration. */
        OLD_BUILD_PUT("put of an old build");

        final String text;

        Kind(String text) {
            this.text = text;
        }

        boolean isRead() {
            return this == READ || this == ASK || this == READ_ALL || this == GET_ALL;
        }
    }

    /** @param name begins with w for one that writes, and with r for one that reads */
    record Operation(String name, Kind kind, int node, int key) {}

    /** Where keys are recorded. */
    enum Recorded {
        /** In the memory that all nodes share. */
        SHARED_MEMORY(""),
        /** In a table, before each write to two paths. */
        TABLE("journal in a table"),
        /** In the node's memory, and in a table when the write has failed. */
        TABLE_ON_FAILURE("journal in a table on failure");

        final String text;

        Recorded(String text) {
            this.text = text;
        }
    }

    /** What becomes of the entry in the flag store. */
    enum Accident {
        LOSES_LAST_CHANGE("the flag store loses its last change"),
        SET_BACK("the flag store is set back to its first state"),
        DELETED("the entry is deleted");

        final String text;

        Accident(String text) {
            this.text = text;
        }
    }

    final String name;
    final Stage start;
    final List<Goal> goals = new ArrayList<>(); // the first one is reached at the beginning
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
    boolean hasty; // operators change the goal on the way
    boolean inTime = true; // a call of a node whose lease lapsed takes effect before that node is evicted
    boolean linearizable = true; // all is to be, also what was not acknowledged
    boolean copied = true; // the new path has what the old one had, or the other way round
    boolean absent; // no path has a record at the beginning

    @Nullable
    Stage cohort; // where the cohort is at the beginning, if it is apart

    Recorded records = Recorded.SHARED_MEMORY;
    int journalFaults;
    int storeFaults;
    int errors; // calls of paths that end with an Error
    boolean overrides; // operators bring all nodes back manually
    boolean interrupted; // the end of an override fails half-way, once on each node
    int starts; // nodes that start later

    @Nullable
    Accident accident;

    @Nullable
    String oldBuild; // the node name of a process whose build does not know the migration

    int pauses;
    int claimEnds; // repairs that stand still until their claim is over
    boolean drifts; // clocks run apart as far as they may
    boolean fences; // and a node that has lost contact does not notice, as its clock stands still
    boolean nestedWrites; // of paths, through another migration with fences

    /** @param stages the first one, and the goals that operators set one after the other */
    Scope(Stage... stages) {
        this("", stages);
    }

    /** One with a name of its own. */
    Scope(String name, Stage... stages) {
        this.name = name;
        start = stages[0];
        Stream.of(stages).map(Goal::of).forEach(goals::add);
    }

    /** One more goal. */
    Scope goal(Goal goal) {
        goals.add(goal);
        return this;
    }

    /** The cohort is apart from the beginning. */
    Scope cohortAt(Stage stage) {
        cohort = stage;
        goals.replaceAll(goal -> goal.with(World.COHORT, stage));
        return this;
    }

    /** No path has a record. */
    Scope absent() {
        absent = true;
        return this;
    }

    Scope records(Recorded where) {
        records = where;
        return this;
    }

    Scope journalFaults(int most) {
        journalFaults = most;
        return this;
    }

    Scope storeFaults(int most) {
        storeFaults = most;
        return this;
    }

    Scope errors(int most) {
        errors = most;
        return this;
    }

    Scope overrides() {
        overrides = true;
        return this;
    }

    /** As overrides; and when one is to be ended, the flag store fails half-way first. */
    Scope interruptedEnds() {
        interrupted = true;
        return overrides();
    }

    Scope starts(int number) {
        starts = number;
        return this;
    }

    Scope accident(Accident what) {
        accident = what;
        return this;
    }

    /** A process of this node name is there whose build does not know the migration. */
    Scope oldBuild(String node) {
        oldBuild = node;
        return this;
    }

    Scope pauses(int most) {
        pauses = most;
        return this;
    }

    /** The paths have fences, and clocks cannot be trusted: a node that has lost contact continues to write. */
    Scope fences() {
        fences = true;
        return this;
    }

    /** Each write of a path makes one through another migration first. */
    Scope nestedWrites() {
        nestedWrites = true;
        return this;
    }

    /** Claims end by time, as the workers that took them stand still. */
    Scope claimEnds(int most) {
        claimEnds = most;
        return this;
    }

    Scope drifts() {
        drifts = true;
        return this;
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

    Scope insert(int node) {
        return operation("w", Kind.INSERT, node);
    }

    Scope read(int node) {
        return operation("r", Kind.READ, node);
    }

    /** Another operation. */
    Scope with(Kind kind, int node) {
        return operation(kind.isRead() ? "r" : kind == Kind.CLOSE ? "c" : "w", kind, node);
    }

    private Scope operation(String letter, Kind kind, int node) {
        operations.add(new Operation(letter + operations.size(), kind, node, World.KEY));
        return this;
    }

    /** The last operation is one of the key that is neither in the cohort nor in the share. */
    Scope ofOther() {
        int last = operations.size() - 1;
        Operation operation = operations.get(last);
        operations.set(last, new Operation(operation.name(), operation.kind(), operation.node(), World.OTHER));
        return this;
    }

    /** Whether an evicted node can write no more: then it does not matter when it is evicted. */
    boolean refuses() {
        return fences && !versioned;
    }

    /** Whether reads look again and again, in SYNC, until both paths agree. */
    boolean readsUntilAgreed() {
        return !versioned || operations.stream().anyMatch(operation -> operation.kind() == Kind.ASK);
    }

    /** All keys that are read or written. */
    Set<Integer> keys() {
        Set<Integer> keys = new TreeSet<>(Set.of(World.KEY));
        for (Operation operation : operations) {
            keys.add(operation.key());
            if (Set.of(Kind.READ_ALL, Kind.GET_ALL, Kind.UPDATE_AROUND_PUT).contains(operation.kind())) {
                keys.add(World.OTHER);
            }
        }
        return keys;
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
        Scope copy = new Scope(name, start);
        copy.goals.clear();
        copy.goals.addAll(goals);
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
        copy.absent = absent;
        copy.cohort = cohort;
        copy.records = records;
        copy.journalFaults = journalFaults;
        copy.storeFaults = storeFaults;
        copy.errors = errors;
        copy.overrides = overrides;
        copy.interrupted = interrupted;
        copy.starts = starts;
        copy.accident = accident;
        copy.oldBuild = oldBuild;
        copy.pauses = pauses;
        copy.claimEnds = claimEnds;
        copy.drifts = drifts;
        copy.fences = fences;
        copy.nestedWrites = nestedWrites;
        return copy;
    }

    @Override
    public String toString() {
        if (!name.isEmpty()) {
            return name;
        }
        List<String> parts = new ArrayList<>();
        operations.forEach(operation -> parts.add(operation.kind().text
                + (operation.key() == World.OTHER ? " of the other key" : "") + " on n" + operation.node()));
        add(parts, nodes > 2, nodes + " nodes");
        add(parts, !copied, "nothing copied");
        add(parts, absent, "no record");
        add(parts, dirty, "a key to repair");
        add(parts, records != Recorded.SHARED_MEMORY, records.text);
        add(parts, repairs > 1, repairs + " repairs at once");
        add(parts, controllers > 1, controllers + " controllers");
        add(parts, hasty, "goals change on the way");
        add(parts, faults > 0, faults == 1 ? "a fault" : faults + " faults");
        add(
                parts,
                journalFaults > 0,
                journalFaults == 1 ? "a fault of the journal" : journalFaults + " of the journal");
        add(parts, storeFaults > 0, "a fault of the flag store");
        add(parts, errors > 0, "an Error");
        add(parts, crashes > 0, "a crash");
        add(parts, lapses > 0, "a lapse");
        add(parts, claimEnds > 0, "claims that end by time");
        add(parts, drifts, "clocks that drift");
        add(parts, fences, nestedWrites ? "fences, writes within writes" : "fences");
        add(parts, lateEffects > 0, "a late effect");
        add(parts, !inTime, "calls out of time");
        add(parts, overrides, interrupted ? "overrides whose end fails first" : "overrides");
        add(parts, starts > 0, "a node starts");
        add(parts, accident != null, accident == null ? "" : accident.text);
        add(parts, oldBuild != null, "an old build on " + oldBuild);
        add(parts, pauses > 0, "a pause");
        return (versioned ? "" : "no versions, ") + way() + (parts.isEmpty() ? "" : ": " + String.join(", ", parts));
    }

    private String way() {
        return goals.stream()
                .map(goal ->
                        goal.toString().replace("{", "with ").replace("}", "").replace("=", " at "))
                .collect(Collectors.joining(" to "));
    }

    private static void add(List<String> parts, boolean applies, String part) {
        if (applies) {
            parts.add(part);
        }
    }
}
