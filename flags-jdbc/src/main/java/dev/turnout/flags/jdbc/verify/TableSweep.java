package dev.turnout.flags.jdbc.verify;

import dev.turnout.flags.migration.Difference;
import dev.turnout.flags.migration.Versioned;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Goes over two tables range by range. Both databases sum up their rows at the same time, a thread each; ranges with different sums are cut
 * into small ones, and of those the keys are compared by their hashes. Of one run.
 *
 * <p>Both cut their tables in one order, see {@link KeyOrder}. Should they not agree on it in spite of that, ranges are unequal, and their keys are
 * looked up one by one, but nothing is hidden: in whatever order the bounds come, each key is above one of them and not above the next. A key
 * that the authority has is compared in the range in which the authority has it, and in no other.
 */
final class TableSweep implements AutoCloseable {
    // While one range is compared, the databases are at work on the next ones.
    private static final int RANGES_AHEAD = 3;
    private static final int MOST_KEYS_LISTED = 10_000;
    private static final int MOST_KEYS_OF_BUCKETS = 50_000;
    // Cut in the order of one table and then in that of the other, both have few rows of it, but where they do not
    // agree on the order.
    private static final int MOST_CUTS = 3;

    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    private record Sums(KeyRange range, Future<RangeSum> ours, Future<RangeSum> theirs) {}

    private record Ahead(SweepRanges.Claim claim, Sums sums) {}

    /** A range, until all of its keys that looked different have settled. */
    private static final class Part {
        final SweepRanges.Claim claim;
        final Candidates<RowKey, CanonicalRow> suspects;
        long compared;

        Part(SweepRanges.Claim claim, Candidates<RowKey, CanonicalRow> suspects) {
            this.claim = claim;
            this.suspects = suspects;
        }
    }

    private final TableComparison subject;
    private final SweepContext<RowKey, CanonicalRow> context;
    private final SweepProgress pace;
    private final SweepRanges ranges;
    private final Consumer<Difference<RowKey>> confirmed;
    private final SideThreads threads;
    private final Deque<Ahead> ahead = new ArrayDeque<>();
    private final Deque<Part> settling = new ArrayDeque<>();

    TableSweep(
            TableComparison subject,
            SweepContext<RowKey, CanonicalRow> context,
            SweepProgress pace,
            SweepRanges ranges,
            Consumer<Difference<RowKey>> confirmed) {
        this.subject = subject;
        this.context = context;
        this.pace = pace;
        this.ranges = ranges;
        this.confirmed = confirmed;
        threads = new SideThreads(subject.authority(), subject.mirror(), ranges::keep);
    }

    /** Ends when all ranges are done. Returns what was found in them. */
    DifferenceCounts run() {
        while (true) {
            takeAhead();
            if (!ahead.isEmpty()) {
                Ahead next = ahead.remove();
                Part part = new Part(next.claim(), new Candidates<>(context, ranges::keep, confirmed));
                settling.add(part);
                compare(part, next.sums(), 0);
            } else if (!settling.isEmpty()) {
                awaitDue();
            } else if (ranges.isDone()) {
                return ranges.finish();
            } else {
                context.await(POLL_NANOS); // for those that others have
            }
            settleDue();
        }
    }

    private void takeAhead() {
        while (ahead.size() < RANGES_AHEAD) {
            Optional<SweepRanges.Claim> next = ranges.next(
                    pace::pause,
                    last -> isOrdered()
                            ? subject.authority().boundary(new KeyRange(last, null), context.chunkSize())
                            : Optional.empty());
            if (next.isEmpty()) {
                return;
            }
            ahead.add(new Ahead(next.get(), sums(next.get().range())));
        }
    }

    /** Whether a range costs no more than its rows; else all of the table is read for each, so there is one only. */
    private boolean isOrdered() {
        return subject.authority().isOrdered() && subject.mirror().isOrdered();
    }

    /** All parts settle at the same time, as each may take long. */
    private void awaitDue() {
        context.await(settling.stream()
                .mapToLong(part -> part.suspects.nanosUntilDue())
                .min()
                .orElse(0));
    }

    private void settleDue() {
        lookAgain();
        while (settling.stream().mapToLong(part -> part.suspects.waiting()).sum() >= Candidates.mostWaiting(context)) {
            awaitDue();
            lookAgain();
        }
    }

    private void lookAgain() {
        ranges.keep();
        settling.forEach(part -> part.suspects.settleDue());
        for (Iterator<Part> parts = settling.iterator(); parts.hasNext(); ) {
            Part part = parts.next();
            if (part.suspects.waiting() == 0) {
                parts.remove();
                long done = ranges.done(part.claim, part.suspects.tally(part.compared));
                pace.tell(done, done - ranges.rowsBefore());
            }
        }
    }

    private Sums sums(KeyRange range) {
        return new Sums(
                range,
                threads.ours(() -> subject.authority().sum(range)),
                threads.theirs(() -> subject.mirror().sum(range)));
    }

    /** @param cuts how many times what contains the range was cut before */
    private void compare(Part part, Sums sums, int cuts) {
        RangeSum ours = result(sums.ours());
        RangeSum theirs = result(sums.theirs());
        if (ours.equals(theirs)) {
            part.compared += ours.rows();
        } else {
            search(part, sums.range(), ours, theirs, cuts);
        }
        part.suspects.settleDue();
    }

    private void search(Part part, KeyRange range, RangeSum ours, RangeSum theirs, int cuts) {
        if (Math.max(ours.rows(), theirs.rows()) <= MOST_KEYS_LISTED) {
            list(part, range);
            return;
        }
        if (!isOrdered()) {
            searchBuckets(part, Buckets.all(range, Math.max(ours.rows(), theirs.rows())));
            return;
        }
        if (cuts == MOST_CUTS) {
            cut(subject.authority(), range, piece -> lookUp(part, subject.authority(), piece));
            cut(subject.mirror(), range, piece -> lookUp(part, subject.mirror(), piece));
            return;
        }
        TableSide larger = ours.rows() >= theirs.rows() ? subject.authority() : subject.mirror();
        cut(larger, range, piece -> {
            if (piece.equals(range)) {
                list(part, range); // so many rows of one key
            } else {
                compare(part, sums(piece), cuts + 1);
            }
        });
    }

    /** Reads both tables once for the sums, and once for each so many keys in buckets that differ. */
    private void searchBuckets(Part part, Buckets all) {
        pace.pause();
        Future<Map<Integer, RangeSum>> left =
                threads.ours(() -> subject.authority().sums(all));
        Future<Map<Integer, RangeSum>> right =
                threads.theirs(() -> subject.mirror().sums(all));
        Map<Integer, RangeSum> ours = result(left);
        Map<Integer, RangeSum> theirs = result(right);
        Set<Integer> wanted = new HashSet<>();
        long rows = 0;
        for (int bucket = 0; bucket < all.of(); bucket++) {
            RangeSum our = ours.getOrDefault(bucket, RangeSum.NOTHING);
            RangeSum their = theirs.getOrDefault(bucket, RangeSum.NOTHING);
            if (our.equals(their)) {
                part.compared += our.rows();
                continue;
            }
            wanted.add(bucket);
            rows += our.rows() + their.rows();
            if (rows > MOST_KEYS_OF_BUCKETS) {
                list(part, all.only(Set.copyOf(wanted)));
                wanted.clear();
                rows = 0;
            }
        }
        if (!wanted.isEmpty()) {
            list(part, all.only(wanted));
        }
    }

    private void list(Part part, Buckets buckets) {
        pace.pause();
        list(
                part,
                threads.ours(() -> subject.authority().hashes(buckets)),
                threads.theirs(() -> subject.mirror().hashes(buckets)));
        part.suspects.settleDue();
    }

    /** Into pieces of few of its rows each, in its order. */
    private void cut(TableSide side, KeyRange range, Consumer<KeyRange> pieces) {
        RowKey last = range.after();
        boolean ended = false;
        while (!ended) {
            pace.pause();
            Optional<RowKey> next = side.boundary(new KeyRange(last, range.upTo()), MOST_KEYS_LISTED);
            KeyRange piece = new KeyRange(last, next.orElse(range.upTo()));
            pieces.accept(piece);
            last = piece.upTo();
            ended = next.isEmpty() || next.get().equals(range.upTo());
        }
    }

    /** Compares those keys that a side has in the range, wherever the other one has them. */
    private void lookUp(Part part, TableSide side, KeyRange range) {
        boolean isOurs = side == subject.authority();
        Callable<Map<RowKey, RangeSum>> hashes = () -> side.hashes(range);
        Set<RowKey> keys =
                result(isOurs ? threads.ours(hashes) : threads.theirs(hashes)).keySet();
        look(part, List.copyOf(keys), isOurs ? keys : Set.of());
    }

    private void list(Part part, KeyRange range) {
        list(
                part,
                threads.ours(() -> subject.authority().hashes(range)),
                threads.theirs(() -> subject.mirror().hashes(range)));
    }

    private void list(Part part, Future<Map<RowKey, RangeSum>> left, Future<Map<RowKey, RangeSum>> right) {
        Map<RowKey, RangeSum> ours = result(left);
        Map<RowKey, RangeSum> theirs = result(right);
        Set<RowKey> keys = new HashSet<>(ours.keySet());
        keys.addAll(theirs.keySet());
        List<RowKey> differing = keys.stream()
                .filter(key ->
                        !ours.getOrDefault(key, RangeSum.NOTHING).equals(theirs.getOrDefault(key, RangeSum.NOTHING)))
                .toList();
        part.compared += keys.size() - differing.size();
        look(part, differing, ours.keySet());
    }

    /** @param listed those that the authority has in the range */
    private void look(Part part, List<RowKey> keys, Set<RowKey> listed) {
        int atOnce = context.readAtOnce();
        for (int i = 0; i < keys.size(); i += atOnce) {
            List<RowKey> wanted = new ArrayList<>(keys.subList(i, Math.min(i + atOnce, keys.size())));
            List<Versioned<CanonicalRow>> ours = subject.authority().read(wanted);
            List<Versioned<CanonicalRow>> theirs = subject.mirror().read(wanted);
            for (int k = 0; k < wanted.size(); k++) {
                boolean isElsewhere =
                        !listed.contains(wanted.get(k)) && ours.get(k).value().isPresent();
                if (!isElsewhere) {
                    part.compared++;
                    part.suspects.look(wanted.get(k), ours.get(k), theirs.get(k));
                }
            }
        }
    }

    private <T> T result(Future<T> future) {
        return threads.result(future);
    }

    @Override
    public void close() {
        threads.close();
    }
}
