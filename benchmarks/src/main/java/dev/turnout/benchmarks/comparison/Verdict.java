package dev.turnout.benchmarks.comparison;

/**
 * What became of a history, in numbers.
 *
 * @param acknowledged writes
 * @param failedWrites that were reported as failed, whether they have happened or not
 * @param reads that were answered
 * @param failedReads the others
 * @param lost acknowledged writes that a read missed which began a second or more afterwards, each counted once
 * @param stale reads that missed a write which was acknowledged before they began
 * @param notLinearizable keys no order of whose operations explains what was read
 * @param different keys that both stores kept differently when all was quiet
 */
record Verdict(
        long acknowledged,
        long failedWrites,
        long reads,
        long failedReads,
        long lost,
        long stale,
        long notLinearizable,
        long different) {
    static final Verdict NONE = new Verdict(0, 0, 0, 0, 0, 0, 0, 0);

    Verdict plus(Verdict other) {
        return new Verdict(
                acknowledged + other.acknowledged,
                failedWrites + other.failedWrites,
                reads + other.reads,
                failedReads + other.failedReads,
                lost + other.lost,
                stale + other.stale,
                notLinearizable + other.notLinearizable,
                different + other.different);
    }
}
