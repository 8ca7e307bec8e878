package dev.turnout.flags.jdbc.ranges;

/** A range that is written to under a lease. */
public interface LeasedRange {
    /** Its number in the sweep. */
    int number();

    /** How often it was taken. */
    long epoch();
}
