package dev.turnout.flags.jdbc.diff;
/** Stub. */
public final class VerifiedRanges {
    private VerifiedRanges() {}
}
