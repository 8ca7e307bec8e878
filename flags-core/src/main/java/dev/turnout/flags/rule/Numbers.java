package dev.turnout.flags.rule;

import java.math.BigDecimal;
import java.math.BigInteger;

/** Numbers of any class by their value, exactly: no two that differ become the same, as 2^53 and 2^53 + 1 would as {@code double}. */
final class Numbers {
    // More than the largest double has. A BigDecimal of some bytes may have a billion: that one is never written out.
    private static final int MOST_DIGITS = 400;

    private Numbers() {}

    /**
     * A {@code Long} if it is one; otherwise a {@code BigInteger} if it is whole, and a {@code Double} if that is written with the same digits; a
     * {@code BigDecimal} if neither holds.
     */
    static Object canonical(Number number) {
        if (number instanceof Long || number instanceof Integer || number instanceof Short || number instanceof Byte) {
            return number.longValue();
        }
        if (number instanceof Double || number instanceof Float) {
            return canonical(number.doubleValue());
        }
        if (number instanceof BigDecimal decimal) {
            return canonical(decimal);
        }
        return number instanceof BigInteger whole ? canonical(whole) : ofText(number);
    }

    /** Whether a document can have it: it is finite, and not longer than a number there may be. */
    static boolean isWritable(Number canonical) {
        return Double.isFinite(canonical.doubleValue()) && canonical.toString().length() <= MOST_DIGITS;
    }

    private static Object canonical(double real) {
        if (real != Math.rint(real) || Double.isInfinite(real)) {
            return real; // also what is no number
        }
        return real >= -0x1p63 && real < 0x1p63 ? (Object) (long) real : canonical(new BigDecimal(real));
    }

    private static Object canonical(BigInteger whole) {
        return whole.bitLength() < Long.SIZE ? (Object) whole.longValue() : canonical(new BigDecimal(whole));
    }

    private static Object canonical(BigDecimal decimal) {
        BigDecimal shortest = decimal.stripTrailingZeros();
        if (shortest.scale() > 0) {
            double real = shortest.doubleValue();
            boolean isReal = Double.isFinite(real) && BigDecimal.valueOf(real).compareTo(shortest) == 0;
            return isReal ? (Object) real : shortest;
        }
        boolean isHuge = (long) shortest.precision() - shortest.scale() > MOST_DIGITS;
        if (isHuge) {
            return shortest;
        }
        BigInteger whole = shortest.toBigInteger();
        return whole.bitLength() < Long.SIZE ? (Object) whole.longValue() : whole;
    }

    /** An {@code AtomicLong}, a {@code LongAdder}, or a number of a library: by what it is written as, if that is a number. */
    private static Object ofText(Number number) {
        try {
            return canonical(new BigDecimal(number.toString()));
        } catch (NumberFormatException e) {
            return canonical(number.doubleValue());
        }
    }

    /** Compares two numbers that have the form of {@link #canonical}, neither of them {@code NaN}. Allocates for those only that are no {@code Long} or {@code Double}. */
    static int compare(Number a, Number b) {
        if (a instanceof Long x && b instanceof Long y) {
            return Long.compare(x, y);
        }
        if (a instanceof Double x && b instanceof Double y) {
            return x.doubleValue() == y ? 0 : Double.compare(x, y); // -0 is 0
        }
        if (a instanceof Double x && b instanceof Long y) {
            return compareMixed(x, y);
        }
        if (a instanceof Long x && b instanceof Double y) {
            return -compareMixed(y, x);
        }
        if (isInfinite(a)) {
            return a.doubleValue() > 0 ? 1 : -1;
        }
        if (isInfinite(b)) {
            return b.doubleValue() > 0 ? -1 : 1;
        }
        return decimal(a).compareTo(decimal(b));
    }

    private static boolean isInfinite(Number number) {
        return number instanceof Double real && real.isInfinite();
    }

    /** As doubles alone, neighbours beyond 2^53 would be equal. */
    private static int compareMixed(double x, long y) {
        if (x >= 0x1p63 || x < -0x1p63) {
            return x > 0 ? 1 : -1;
        }
        int order = Long.compare((long) x, y);
        double rest = x - (long) x;
        return order != 0 || rest == 0 ? order : Double.compare(rest, 0);
    }

    private static BigDecimal decimal(Number number) {
        if (number instanceof BigDecimal decimal) {
            return decimal;
        }
        if (number instanceof BigInteger whole) {
            return new BigDecimal(whole);
        }
        if (number instanceof Double real) {
            return real == Math.rint(real) ? new BigDecimal(real) : BigDecimal.valueOf(real);
        }
        return BigDecimal.valueOf(number.longValue());
    }
}
