package dev.turnout.examples.places;

/**
 * What the run comes to.
 *
 * @param acknowledged writes
 * @param uncertain writes that failed, and may have happened
 * @param lost places that are not as was last acknowledged
 * @param reads answers that were checked
 * @param stale answers that were older than a write acknowledged before
 * @param rows compared in the end
 * @param different rows that differ although no user wrote them, and differences that a verification confirmed
 */
record Verdict(long acknowledged, long uncertain, long lost, long reads, long stale, long rows, long different) {}
