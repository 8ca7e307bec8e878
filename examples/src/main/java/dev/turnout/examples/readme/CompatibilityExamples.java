package dev.turnout.examples.readme;

import java.util.ArrayList;
import java.util.List;

/** What docs/compatibility.md shows, between its lines of dots; a test runs it. */
final class CompatibilityExamples {
    private CompatibilityExamples() {}

    static List<Integer> launchDarkly(int... rollout) {
        // ...
        List<Integer> limits = new ArrayList<>();
        float sum = 0;
        int weights = 0;
        for (int weight : rollout) { // of 100,000
            sum += weight / 100_000F;
            weights += weight;
            limits.add(10 * weights
                    + Float.floatToIntBits(sum)
                    - Float.floatToIntBits(weights / 100_000F)); // from -5 to +4
        }
        // ...
        return limits;
    }
}
