package dev.turnout.flags.jdbc.verify;

import dev.turnout.flags.migration.Difference;
import java.util.EnumMap;
import java.util.Map;

/**
 * What was found in a range, or in a whole sweep.
 *
 * @param rows how many keys were compared
 * @param counts of the differences, by kind; a kind that was not found has no entry
 * @param unsettled keys without a result
 */
record DifferenceCounts(long rows, Map<Difference.Kind, Long> counts, long unsettled) {
    static final DifferenceCounts NOTHING = new DifferenceCounts(0, Map.of(), 0);

    DifferenceCounts {
        counts = Map.copyOf(counts);
    }

    DifferenceCounts plus(DifferenceCounts more) {
        Map<Difference.Kind, Long> sums = new EnumMap<>(Difference.Kind.class);
        sums.putAll(counts);
        more.counts.forEach((kind, count) -> sums.merge(kind, count, Long::sum));
        return new DifferenceCounts(rows + more.rows, sums, unsettled + more.unsettled);
    }

    long count(Difference.Kind kind) {
        return counts.getOrDefault(kind, 0L);
    }
}
