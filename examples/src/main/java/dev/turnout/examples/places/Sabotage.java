package dev.turnout.examples.places;

/** What can be broken on purpose, to show that the run would notice. */
enum Sabotage {
    /** Nothing. */
    NONE("nothing"),
    /** The new path reports that it took a write, and did not. */
    DROP_MIRROR("the new database acknowledges writes and forgets them"),
    /** The backfill writes what it has read, whatever was written meanwhile, and its second pass repairs nothing. */
    BLIND_BACKFILL("the backfill overwrites what is newer, and repairs nothing of it"),
    /** The fleet reports that every node knows of a stage, when two of three do not know it yet. */
    SKIP_SYNC("keys switch sides while two of three nodes still believe in SHADOW");

    private final String what;

    Sabotage(String what) {
        this.what = what;
    }

    /** In words. */
    String what() {
        return what;
    }
}
