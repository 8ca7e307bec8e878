package dev.turnout.benchmarks.evaluation;

import java.util.HexFormat;
import java.util.Map;

/**
 * A user that flags are asked for. Each engine makes its own kind of context of it before anything is measured, as a
 * service does once for each request.
 *
 * @param key of 16 characters
 * @param country an attribute, as are the others
 * @param plan another
 * @param team another
 */
record User(String key, String country, String plan, String team) {
    Map<String, String> attributes() {
        return Map.of("country", country, "plan", plan, "team", team);
    }

    /** A user's key: 16 characters without a pattern, and another instance each time, as a key that came with a request is. */
    static String key(int number) {
        long mixed =
                (number + 1) * 0x9e3779b97f4a7c15L; // the finaliser of SplitMix64: one to one, so no key comes twice
        mixed = (mixed ^ (mixed >>> 30)) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
        return HexFormat.of().toHexDigits(mixed ^ (mixed >>> 31));
    }
}
