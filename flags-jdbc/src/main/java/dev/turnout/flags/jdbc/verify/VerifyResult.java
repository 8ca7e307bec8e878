package dev.turnout.flags.jdbc.verify;

import dev.turnout.flags.migration.Difference;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a verification found.
 *
 * @param keysCompared how many keys either table has, tombstones included; of a table without a key, how many rows
 * @param differences the first of those that this run found, at most 1,000, in the order in which they were confirmed
 * @param counts of all differences, by kind, with {@link VerifiedRanges} also of those that other runs of this sweep found; a kind that was not
 *     found has no entry
 * @param unsettled keys that differed each time, and were written again and again, or wait for repair or a replica
 *     still: there is no result for them
 * @param unverified columns of the target that were not compared, as the mapping declares; see {@link
 *     dev.turnout.flags.jdbc.table.TableMapping.Builder#unverified}
 * @param duration how long it took
 */
public record VerifyResult<K>(
        long keysCompared,
        List<Difference<K>> differences,
        Map<Difference.Kind, Long> counts,
        long unsettled,
        Set<String> unverified,
        Duration duration) {
    /** Copies. */
    public VerifyResult {
        differences = List.copyOf(differences);
        counts = Map.copyOf(counts);
        unverified = Set.copyOf(unverified);
    }

    /** Whether both tables were seen to agree on every key, in all columns that were compared. */
    public boolean isEqual() {
        return counts.isEmpty() && unsettled == 0;
    }
}
