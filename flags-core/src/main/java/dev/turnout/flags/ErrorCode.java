package dev.turnout.flags;

/** What was wrong with a question, in OpenFeature's words. */
public enum ErrorCode {
    /** There is no flag of that key. */
    FLAG_NOT_FOUND,
    /** The caller's default is of another type than the flag's variants. */
    TYPE_MISMATCH,
    /** A rule has a share, and the context has no bucketing key: without one it is in no share but that of everyone. */
    TARGETING_KEY_MISSING
}
