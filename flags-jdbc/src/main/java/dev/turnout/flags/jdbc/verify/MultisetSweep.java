package dev.turnout.flags.jdbc.verify;

import dev.turnout.flags.migration.Difference;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Compares how often two tables have each row. Both are read once for their sums; where these differ, once more for those of buckets of rows, and then
 * again for each so many rows of buckets that differ, as no index helps to find them. What looks different is looked at again, as each of the two may have been
 * written to since. Of one run.
 */
final class MultisetSweep {
    private static final int MOST_ROWS_LISTED = 200_000;
    private static final int MOST_LOOKS = 4; // each of them reads both tables

    private final MultisetComparison subject;
    private final SweepContext<RowKey, CanonicalRow> context;
    private final SweepProgress pace;
    private final SideThreads threads;
    private final Consumer<Difference<RowKey>> confirmed;
    private final Map<Difference.Kind, Long> counts = new EnumMap<>(Difference.Kind.class);
    private long compared;
    private long unsettled;

    /** How often both have a row. */
    private record Times(long ours, long theirs) {
        boolean areEqual() {
            return ours == theirs;
        }
    }

    private record Both<T>(T ours, T theirs) {}

    MultisetSweep(
            MultisetComparison subject,
            SweepContext<RowKey, CanonicalRow> context,
            SweepProgress pace,
            SideThreads threads,
            Consumer<Difference<RowKey>> confirmed) {
        this.subject = subject;
        this.context = context;
        this.pace = pace;
        this.threads = threads;
        this.confirmed = confirmed;
    }

    private <T> Both<T> both(Function<TableSide, T> reading) {
        pace.pause();
        Future<T> ours = threads.ours(() -> reading.apply(subject.authority()));
        Future<T> theirs = threads.theirs(() -> reading.apply(subject.mirror()));
        return new Both<>(threads.result(ours), threads.result(theirs));
    }

    DifferenceCounts run() {
        Both<RangeSum> sums = both(side -> side.sum(KeyRange.ALL));
        if (sums.ours().equals(sums.theirs())) {
            compared = sums.ours().rows();
        } else {
            search(Buckets.all(
                    KeyRange.ALL, Math.max(sums.ours().rows(), sums.theirs().rows())));
        }
        pace.tell(compared, compared);
        return new DifferenceCounts(compared, counts, unsettled);
    }

    private void search(Buckets all) {
        Both<Map<Integer, RangeSum>> sums = both(side -> side.sums(all));
        Set<Integer> wanted = new HashSet<>();
        long rows = 0;
        for (int bucket = 0; bucket < all.of(); bucket++) {
            RangeSum ours = sums.ours().getOrDefault(bucket, RangeSum.NOTHING);
            RangeSum theirs = sums.theirs().getOrDefault(bucket, RangeSum.NOTHING);
            if (ours.equals(theirs)) {
                compared += ours.rows();
                continue;
            }
            wanted.add(bucket);
            rows += ours.rows() + theirs.rows();
            if (rows > MOST_ROWS_LISTED) {
                settle(all.only(Set.copyOf(wanted)));
                wanted.clear();
                rows = 0;
            }
        }
        if (!wanted.isEmpty()) {
            settle(all.only(wanted));
        }
    }

    private Map<RangeSum, Times> times(Buckets buckets) {
        Both<Map<RangeSum, Long>> found = both(side -> side.counts(buckets));
        Set<RangeSum> rows = new HashSet<>(found.ours().keySet());
        rows.addAll(found.theirs().keySet());
        Map<RangeSum, Times> times = new HashMap<>();
        rows.forEach(row -> times.put(
                row,
                new Times(found.ours().getOrDefault(row, 0L), found.theirs().getOrDefault(row, 0L))));
        return times;
    }

    private void settle(Buckets buckets) {
        Map<RangeSum, Times> before = times(buckets);
        compared += before.values().stream()
                .mapToLong(times -> Math.max(times.ours(), times.theirs()))
                .sum();
        before.values().removeIf(Times::areEqual);
        Map<RangeSum, Times> found = new HashMap<>();
        for (int look = 1; look < MOST_LOOKS && !before.isEmpty(); look++) {
            context.await(context.settleDelay().toNanos() * context.attempts());
            Set<RowKey> late =
                    context.late(before.keySet().stream().map(subject::key).collect(Collectors.toSet()));
            Map<RangeSum, Times> now = times(buckets);
            // Each side has had it as often for all of the time, so there was a moment at which both had.
            before.entrySet().removeIf(row -> {
                Times times = now.getOrDefault(row.getKey(), new Times(0, 0));
                boolean isConfirmed =
                        !times.areEqual() && times.equals(row.getValue()) && !late.contains(subject.key(row.getKey()));
                if (isConfirmed) {
                    found.put(row.getKey(), times);
                }
                return isConfirmed || times.areEqual();
            });
            before.replaceAll((row, times) -> now.getOrDefault(row, new Times(0, 0)));
        }
        unsettled += before.size();
        tell(buckets, found);
    }

    private void tell(Buckets buckets, Map<RangeSum, Times> found) {
        Map<RangeSum, List<String>> forms = new HashMap<>();
        if (!found.isEmpty() && !subject.shown().isEmpty()) {
            Both<Map<RangeSum, List<String>>> shown =
                    both(side -> side.shown(buckets, found.keySet(), subject.shown()));
            forms.putAll(shown.theirs());
            forms.putAll(shown.ours());
        }
        found.forEach((row, times) -> {
            boolean isBroken = subject.authority().isNotTransformable(row)
                    || subject.mirror().isNotTransformable(row);
            Difference.Kind kind = isBroken
                    ? Difference.Kind.NOT_TRANSFORMABLE
                    : times.ours() > times.theirs() ? Difference.Kind.MISSING : Difference.Kind.EXTRA;
            counts.merge(kind, 1L, Long::sum);
            confirmed.accept(new Difference<>(
                    subject.key(row),
                    kind,
                    subject.fields(times.ours(), times.theirs(), forms.getOrDefault(row, List.of()))));
        });
    }
}
