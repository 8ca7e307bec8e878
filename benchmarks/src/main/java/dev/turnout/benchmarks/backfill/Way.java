package dev.turnout.benchmarks.backfill;

/** How rows are moved. */
enum Way {
    /** {@code COPY TO} piped into {@code COPY FROM}, one connection each: no guard, no progress, one transaction. */
    COPY("one `COPY` out piped into one `COPY` in"),
    /** What is often written manually: a cursor, and batches of inserts. */
    INSERTS("a loop of JDBC batch inserts"),
    /** Ours, into an empty table. */
    TURNOUT("Turnout, guarded by version, 2 workers"),
    /** Ours, into a table that has an older version of each thousandth row: as where rows are written meanwhile, no range is empty. */
    TURNOUT_AMONG_ROWS("the same, with older rows in each chunk"),
    /** Ours, into an empty table that has its three secondary indexes already. */
    TURNOUT_INDEXED("Turnout, three secondary indexes there from the beginning"),
    /** Ours, into an empty table that gets them when all rows are there; that counts too. */
    TURNOUT_INDEXES_AFTER("Turnout, the three created by `createIndexesAfter`");

    private final String title;

    Way(String title) {
        this.title = title;
    }

    String title() {
        return title;
    }
}
