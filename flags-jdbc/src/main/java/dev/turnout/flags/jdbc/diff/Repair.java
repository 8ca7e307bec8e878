package dev.turnout.flags.jdbc.diff;
/** Stub. */
public final class Repair {
    private Repair() {}
}
