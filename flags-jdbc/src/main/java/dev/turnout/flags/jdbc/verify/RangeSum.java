package dev.turnout.flags.jdbc.verify;

import java.math.BigDecimal;

/**
 * How many rows, and the sums of the two halves of their hashes, modulo 2^64: of equal rows, equal; unlike with XOR,
 * two of the same do not cancel.
 */
record RangeSum(long rows, long high, long low) {
    static final RangeSum NOTHING = new RangeSum(0, 0, 0);

    /** With sums as databases give them, of any size; {@code null} for those of no rows. */
    static RangeSum of(long rows, BigDecimal high, BigDecimal low) {
        return new RangeSum(
                rows, high.toBigInteger().longValue(), low.toBigInteger().longValue());
    }

    RangeSum plus(RangeSum other) {
        return new RangeSum(rows + other.rows, high + other.high, low + other.low);
    }
}
