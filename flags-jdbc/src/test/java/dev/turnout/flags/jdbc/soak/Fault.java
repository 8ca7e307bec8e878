package dev.turnout.flags.jdbc.soak;

import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Stream;

/** What can befall a node, or a store. */
enum Fault {
    KILL("nodes killed (SIGKILL)"),
    SUSPEND("nodes stopped, most past their lease, and continued"),
    CUT("connections of a node cut"),
    UNREACHABLE("a database out of a node's reach"),
    HALF_OPEN("half-open connections"),
    LATE("calls that arrive after their caller gave up"),
    SLOW("a slow database"),
    LOCKED("a table locked for all"),
    DOWN("a store down for all"),
    AMBIGUOUS("a commit's answer cut"),
    CLOCK("a node's time of day set"),
    OVERRIDDEN("the flag store out of reach for all, and nodes overridden by an operator", Where.FLAGS),
    FAILOVER("the flag store has lost its last commit", Where.FLAGS);

    /** What it concerns. */
    enum Where {
        /** Nodes, and their ways to the stores. */
        NODES,
        /** The flag store, and what operators do about it. */
        FLAGS
    }

    private final String what;
    private final Where where;

    Fault(String what) {
        this(what, Where.NODES);
    }

    Fault(String what, Where where) {
        this.what = what;
        this.where = where;
    }

    /** In words. */
    String what() {
        return what;
    }

    /** All that concern this; may be changed. */
    static Set<Fault> of(Where where) {
        Set<Fault> faults = EnumSet.noneOf(Fault.class);
        Stream.of(values()).filter(fault -> fault.where == where).forEach(faults::add);
        return faults;
    }
}
