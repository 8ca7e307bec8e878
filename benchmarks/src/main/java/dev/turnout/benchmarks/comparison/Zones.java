package dev.turnout.benchmarks.comparison;

import dev.turnout.benchmarks.comparison.History.Read;
import dev.turnout.benchmarks.comparison.History.Write;
import dev.turnout.benchmarks.comparison.Router.Outcome;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Whether the history of one key is linearizable, by the zones of Gibbons and Korach: a write and the reads of its value span from the first
 * end to the last start among them. If the start is later, the record surely had that value in between: two such zones must not overlap, and
 * no other zone may lie inside of one. That is exact where values are distinct. Deletes are not: a read of no record is taken for one of its
 * own, so some violations by deletes stay unseen here, and none is claimed that is not there.
 */
final class Zones {
    /** From the first end to the last start, which is the earlier one unless the value surely stood for a while. */
    private static final class Zone {
        private long firstEnd;
        private long lastStart;
        private boolean happened;

        Zone(long firstEnd, long lastStart, boolean happened) {
            this.firstEnd = firstEnd;
            this.lastStart = lastStart;
            this.happened = happened;
        }

        void add(Read read) {
            firstEnd = Math.min(firstEnd, read.end());
            lastStart = Math.max(lastStart, read.start());
            happened = true;
        }

        boolean stood() {
            return firstEnd < lastStart;
        }

        boolean liesInside(Zone standing) {
            return standing.firstEnd < lastStart && firstEnd < standing.lastStart;
        }
    }

    private Zones() {}

    static boolean areLinearizable(List<Write> writes, List<Read> reads) {
        Map<Long, Zone> byValue = new HashMap<>();
        Map<Long, Write> writeOf = new HashMap<>();
        List<Zone> all = new ArrayList<>();
        for (Write write : writes) {
            Zone zone = new Zone(write.latest(), write.start(), write.outcome() == Outcome.ACKNOWLEDGED);
            all.add(zone);
            if (write.value() != null) {
                byValue.put(write.value(), zone);
                writeOf.put(write.value(), write);
            }
        }
        for (Read read : reads) {
            if (read.value() == null) {
                all.add(new Zone(read.end(), read.start(), true));
                continue;
            }
            Write write = writeOf.get(read.value());
            Zone zone = byValue.get(read.value());
            if (write == null || zone == null || write.outcome() == Outcome.NOT_APPLIED || read.end() < write.start()) {
                return false; // a value from nowhere, from a write that has not happened, or from the future
            }
            zone.add(read);
        }
        return agree(all.stream().filter(zone -> zone.happened).toList());
    }

    private static boolean agree(List<Zone> zones) {
        List<Zone> standing = zones.stream()
                .filter(Zone::stood)
                .sorted(Comparator.comparingLong(zone -> zone.firstEnd))
                .toList();
        for (int i = 1; i < standing.size(); i++) {
            if (standing.get(i).firstEnd < standing.get(i - 1).lastStart) {
                return false;
            }
        }
        return zones.stream()
                .filter(zone -> !zone.stood())
                .noneMatch(zone -> standing.stream().anyMatch(zone::liesInside));
    }
}
