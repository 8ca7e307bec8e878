package dev.turnout.benchmarks.comparison;

/** Chance that is the same in each run: the number depends on what it is drawn for and on nothing else. */
final class Chance {
    private Chance() {}

    /** All 64 bits, well mixed. */
    static long bits(long seed, long draw) {
        long z = seed * 0x9e3779b97f4a7c15L + draw;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }

    /** From zero to below {@code bound}. */
    static long below(long bound, long seed, long draw) {
        return Long.remainderUnsigned(bits(seed, draw), bound);
    }
}
