package dev.turnout.flags.stage;

/** How many keys must be reconciled before keys in {@link Stage#SYNC} may switch sides. */
public enum SweepScope {
    /** None. */
    NOTHING,
    /** The keys that the journal has recorded, those of operations in flight included. */
    RECORDED,
    /** All keys of both paths: a backfill, begun after every node left the last stage without dual writes. */
    EVERYTHING
}
