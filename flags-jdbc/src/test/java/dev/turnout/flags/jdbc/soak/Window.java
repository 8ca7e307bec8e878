package dev.turnout.flags.jdbc.soak;

/**
 * A time of which nothing is promised, by the clock of all.
 *
 * @param from its begin
 * @param to its end
 */
record Window(long from, long to) {
    /** Whether an operation was, or may have been, under way in it. */
    boolean has(Op op, long longestEffectNanos) {
        long end = op.isAcknowledged() ? op.end() : op.end() == Op.NEVER ? op.start() + longestEffectNanos : op.end();
        return op.start() <= to && end >= from;
    }
}
