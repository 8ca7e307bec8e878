package dev.turnout.flags;

/** Why a value came out as it did, in OpenFeature's words. */
public enum Reason {
    /** The flag has no rules: everyone gets the default variant. */
    STATIC,
    /** No rule took the subject, so it got the default variant. */
    DEFAULT,
    /** A rule took the subject by its cohorts or attributes. */
    TARGETING_MATCH,
    /** A rule took the subject because its key fell into the rule's share. */
    SPLIT,
    /** The flag is turned off; the value is the caller's own default. */
    DISABLED,
    /** The flag could not be asked; the value is the caller's own default, and the error code says why. */
    ERROR
}
