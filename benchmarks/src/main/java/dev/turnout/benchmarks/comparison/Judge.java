package dev.turnout.benchmarks.comparison;

import dev.turnout.benchmarks.comparison.History.Read;
import dev.turnout.benchmarks.comparison.History.Write;
import dev.turnout.benchmarks.comparison.Router.Outcome;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Judges what users saw, and knows nothing of any router. Who is in doubt is believed: a write of unknown outcome may happen at any time, or never. */
final class Judge {
    /** After this a read that misses a write is taken for its loss, not for a delay. */
    static final long LOST_AFTER_NANOS = TimeUnit.SECONDS.toNanos(1);

    private Judge() {}

    /** @param different what the stores themselves were found to differ in */
    static Verdict judge(History history, long different) {
        Map<Integer, List<Write>> writes = history.writes().stream().collect(Collectors.groupingBy(Write::key));
        Map<Integer, List<Read>> reads = history.reads().stream().collect(Collectors.groupingBy(Read::key));
        Set<Integer> keys = new HashSet<>(writes.keySet());
        keys.addAll(reads.keySet());
        Verdict all = new Verdict(
                history.writes().stream().filter(Judge::isAcknowledged).count(),
                history.writes().stream()
                        .filter(write -> !isAcknowledged(write))
                        .count(),
                history.reads().size(),
                history.failedReads(),
                0,
                0,
                0,
                different);
        for (int key : keys) {
            all = all.plus(
                    new OfKey(writes.getOrDefault(key, List.of()), reads.getOrDefault(key, List.of())).verdict());
        }
        return all;
    }

    private static boolean isAcknowledged(Write write) {
        return write.outcome() == Outcome.ACKNOWLEDGED;
    }

    private static final class OfKey {
        private final List<Write> writes;
        private final List<Read> reads;
        private final Map<Long, Write> byValue = new HashMap<>();

        OfKey(List<Write> writes, List<Read> reads) {
            this.writes = writes;
            this.reads = reads;
            for (Write write : writes) {
                if (write.value() != null) {
                    byValue.put(write.value(), write);
                }
            }
        }

        Verdict verdict() {
            Set<Write> lost = new HashSet<>();
            int stale = 0;
            for (Read read : reads) {
                Write missed = missedBy(read);
                if (missed != null) {
                    stale++;
                    if (read.start() - missed.end() >= LOST_AFTER_NANOS) {
                        lost.add(missed);
                    }
                }
            }
            boolean linearizable = stale == 0 && Zones.areLinearizable(writes, reads);
            return new Verdict(0, 0, 0, 0, lost.size(), stale, linearizable ? 0 : 1, 0);
        }

        /** The last write that was acknowledged before the read and begun after all that the read may have seen. */
        private @Nullable Write missedBy(Read read) {
            long seen = latestOfWhatWasSeen(read);
            Write missed = null;
            for (Write write : writes) {
                if (isAcknowledged(write)
                        && write.end() < read.start()
                        && seen < write.start()
                        && (missed == null || missed.start() < write.start())) {
                    missed = write;
                }
            }
            return missed;
        }

        private long latestOfWhatWasSeen(Read read) {
            if (read.value() != null) {
                Write write = byValue.get(read.value());
                return write == null ? Long.MAX_VALUE : write.latest(); // a value from nowhere is for Zones to find
            }
            return writes.stream()
                    .filter(write -> write.value() == null
                            && write.outcome() != Outcome.NOT_APPLIED
                            && write.start() <= read.end())
                    .mapToLong(Write::latest)
                    .max()
                    .orElse(Long.MIN_VALUE);
        }
    }
}
