package dev.turnout.flags.jdbc.soak;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The verdict on a history.
 *
 * @param operations how many were recorded
 * @param reads that were answered
 * @param acknowledged writes that were
 * @param unknown writes that ended without anybody knowing how
 * @param lost acknowledged writes after which something older was read, or is stored in the end, and which no read has seen since
 * @param stale reads of something older than a write that was acknowledged before the read began
 * @param notLinearizable keys that no order of their operations explains
 * @param overlapping acknowledged updates that were made from a value from which another acknowledged one was made too
 * @param unexplained of those, the ones whose nodes were not on both sides of the crossing
 * @param samples the first findings, in words
 */
record Verdict(
        long operations,
        long reads,
        long acknowledged,
        long unknown,
        long lost,
        long stale,
        long notLinearizable,
        long overlapping,
        long unexplained,
        List<String> samples) {
    private static final int MOST_SAMPLES = 20;

    static final Verdict NOTHING = new Verdict(0, 0, 0, 0, 0, 0, 0, 0, 0, List.of());

    Verdict {
        samples = List.copyOf(samples);
    }

    Verdict plus(Verdict other) {
        List<String> both = new ArrayList<>(Stream.concat(samples.stream(), other.samples.stream())
                .limit(MOST_SAMPLES)
                .toList());
        return new Verdict(
                operations + other.operations,
                reads + other.reads,
                acknowledged + other.acknowledged,
                unknown + other.unknown,
                lost + other.lost,
                stale + other.stale,
                notLinearizable + other.notLinearizable,
                overlapping + other.overlapping,
                unexplained + other.unexplained,
                both);
    }

    boolean isClean() {
        return lost == 0 && stale == 0 && notLinearizable == 0 && unexplained == 0;
    }
}
