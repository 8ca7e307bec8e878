package dev.turnout.flags.jdbc.ranges;

/** A table of ranges. Either has the columns {@code name}, {@code owner}, {@code lease_until} and {@code is_done}. */
enum LeasedTable {
    /** Of ranges that are written to: an epoch counts how often a range was taken, and a range without an owner is free. */
    BACKFILL("turnout_backfill_range", "sweep_id", "range_no", ", epoch = epoch + 1", "owner = NULL"),

    /** Of ranges that are only read: the first result counts, of any owner. A range always has an owner, and is free when the lease has ended. */
    VERIFY("turnout_verify_range", "sweep", "ordinal", "", "lease_until = 0");

    final String table;
    final String sweep;
    final String number;
    final String nextEpoch;
    final String release;

    LeasedTable(String table, String sweep, String number, String nextEpoch, String release) {
        this.table = table;
        this.sweep = sweep;
        this.number = number;
        this.nextEpoch = nextEpoch;
        this.release = release;
    }
}
