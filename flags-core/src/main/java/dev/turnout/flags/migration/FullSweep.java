package dev.turnout.flags.migration;

/**
 * A sweep of all keys that is under way, a backfill for instance: began when every node wrote to both paths, and
 * reports when it has visited every key of both. Only then may keys switch sides.
 */
public interface FullSweep {
    /**
     * What the sweep counts for: the version since which keys are written to both paths, and the journal that records them. Progress that an
     * interrupted sweep of the same id has made still counts; that of another one does not.
     *
     * @return at most 200 characters
     */
    String id();

    /**
     * Notes in the flag store that the sweep has finished. Blocks. Keys that left the stages that write both paths in
     * the meantime do not count.
     *
     * @param by who ran it
     */
    void finished(String by);
}
