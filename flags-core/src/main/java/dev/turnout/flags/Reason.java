package dev.turnout.flags;

/** Why a value came out as it did, in OpenFeature's words. */
public enum Reason {
    /** The flag has no rules: everyone gets the default variant. */
    STATIC,
    /** No rule took the subject, a prerequisite is not met, or the flag's schedule is not now: so it got the default variant. */
    DEFAULT,
    /** A rule took the subject by its cohorts or attributes. */
    TARGETING_MATCH,
    /** A rule took the subject because of the part of the million that its bucketing key falls into. */
    SPLIT,
    /** The flag is turned off; the value is the caller's own default. */
    DISABLED,
    /** The flag's answer, from a state that may be out of date: the store could not be read for a while. */
    STALE,
    /** The flag could not be asked; the value is the caller's own default, and the error code states why. */
    ERROR
}
