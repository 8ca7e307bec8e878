package dev.turnout.flags.migration;

/**
 * A sweep of all keys that is under way, a backfill for instance: began when every node wrote to both paths, and says so when it has
 * visited every key of both. Only then may keys cross.
 */
public interface FullSweep {
    /**
     * Notes in the flag store that the sweep has finished. Blocks. Keys that left the stages that write both paths in the meantime don't count.
     *
     * @param by who ran it
     */
    void finished(String by);
}
