package dev.turnout.flags.jdbc.backfill;

import dev.turnout.flags.jdbc.backfill.RangeTable.Range;
import dev.turnout.flags.jdbc.ranges.RangeTakenException;

/** What a worker does with a range that it was given, chunk by chunk: the one thing that the passes of a backfill do not have in common. Used by one thread. */
interface ChunkWork {
    /**
     * A chunk that is done, and its range as it was left.
     *
     * @param rows that were read
     * @param changed rows that were written, or keys that were reconciled
     */
    record Chunk(Range range, int rows, long changed) {}

    /**
     * Does the next chunk of a range.
     *
     * @throws RangeTakenException if another run has taken the range meanwhile
     * @throws BackfillException if it cannot continue
     */
    Chunk next(Range range);

    /** How long the last one took; 0 before the first. */
    long nanosOfLastChunk();
}
