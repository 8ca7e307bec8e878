package dev.turnout.flags.http.server;

/** What a caller of the server may do; each role includes those before it. */
public enum Role {
    /** See everything. */
    READ,
    /** Also roll a migration back, pause and resume it. */
    OPERATE,
    /** Also change flags, cohorts and migrations. */
    EDIT;

    boolean includes(Role other) {
        return compareTo(other) >= 0;
    }
}
