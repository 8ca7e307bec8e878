package dev.turnout.flags.migration;

import java.time.Duration;

/**
 * What a migration did on this node during an interval.
 *
 * @param interval how long
 * @param oldPath calls of the old path
 * @param newPath calls of the new path
 * @param gets operations of callers that read
 * @param puts operations of callers that write
 * @param compared reads that were compared with the other path
 * @param different of those, the ones that differed, again after a delay
 * @param notCompared comparisons that were dropped because too many waited, or the stage had changed meanwhile, or that could not read
 * @param mirrorFailed writes that the caller got acknowledged and the other path did not take; their keys wait for repair
 * @param mirrorShed writes that the caller got acknowledged and that were left to repair without a call of the other path, as too many waited for it
 * @param repaired keys repaired by this node
 * @param journalDepth keys that wait for repair now, of the first 10,000 entries: that many or nearly so means at least that many
 */
public record MigrationSample(
        Duration interval,
        PathCalls oldPath,
        PathCalls newPath,
        Calls gets,
        Calls puts,
        long compared,
        long different,
        long notCompared,
        long mirrorFailed,
        long mirrorShed,
        long repaired,
        long journalDepth) {
    /** Which part of the comparisons that were due was made, from 0 to 1; 1 if none was due. */
    public double comparedShare() {
        return compared + notCompared == 0 ? 1 : (double) compared / (compared + notCompared);
    }

    /**
     * Calls of one path.
     *
     * @param reads of it
     * @param writes of it
     */
    public record PathCalls(Calls reads, Calls writes) {}

    /**
     * Calls of one kind.
     *
     * @param count how many ended
     * @param failed of those, how many threw
     * @param p50Nanos half were at most this long; 0 if there were none
     * @param p99Nanos 99 of 100 were at most this long; 0 if there were none
     * @param maxNanos the longest
     */
    public record Calls(long count, long failed, long p50Nanos, long p99Nanos, long maxNanos) {}
}
