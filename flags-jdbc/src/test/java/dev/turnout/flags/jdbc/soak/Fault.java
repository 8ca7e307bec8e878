package dev.turnout.flags.jdbc.soak;

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
    CLOCK("a node's time of day set");

    private final String what;

    Fault(String what) {
        this.what = what;
    }

    /** In words. */
    String what() {
        return what;
    }
}
