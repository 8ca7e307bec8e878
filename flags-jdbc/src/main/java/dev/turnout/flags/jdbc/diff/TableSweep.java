package dev.turnout.flags.jdbc.diff;

import dev.turnout.flags.jdbc.copy.CopyException;
import dev.turnout.flags.migration.Versioned;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Goes over two tables range by range. Both databases sum up their rows at the same time, a thread each; ranges with different sums are cut
 * into small ones, and of those the keys are compared by their hashes. Of one run.
 *
 * <p>A database that orders keys in another way than the authority's makes ranges unequal, so that more keys are compared one by one, but hides
 * nothing: in whatever order the bounds come, each key is above one of them and not above the next.
 */
final class TableSweep implements AutoCloseable {
    // While one range is compared, the databases are at work on the next ones.
    private static final int RANGES_AHEAD = 3;
    private static final int MOST_KEYS_LISTED = 10_000;

    private record Sums(Range range, SweepLog.Began began, Future<RangeSum> ours, Future<RangeSum> theirs) {}

    private final TablesSubject subject;
    private final Verify<?, ?> verify;
    private final Pace pace;
    private final Suspects<RowKey, CanonicalRow> suspects;
    private final ExecutorService ourThread;
    private final ExecutorService theirThread;
    private final SweepLog log;
    private final Deque<Sums> ahead = new ArrayDeque<>();
    private long compared;
    private long suspected;

    TableSweep(
            TablesSubject subject,
            Verify<?, ?> verify,
            Pace pace,
            Suspects<RowKey, CanonicalRow> suspects,
            SweepLog log) {
        this.log = log;
        this.subject = subject;
        this.verify = verify;
        this.pace = pace;
        this.suspects = suspects;
        ourThread = thread(subject.authority());
        theirThread = thread(subject.mirror());
    }

    private static ExecutorService thread(TableSide side) {
        return Executors.newSingleThreadExecutor(task -> {
            Thread thread = new Thread(task, "turnout-verify of " + side.name());
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Returns how many keys were compared, those before an interruption included. */
    long run() {
        @Nullable RowKey last = null;
        boolean ended = false;
        for (VerifiedRanges.Done done : log.done()) {
            if (ended || !Objects.equals(last, done.range().after())) {
                break; // two runs at once have left a gap: all that follows it is compared again
            }
            if (done.suspects() == 0) {
                compared += done.rows();
            } else {
                ahead.add(sums(done.range(), log.again(done)));
                compareNext();
            }
            last = done.range().upTo();
            ended = last == null;
        }
        while (true) {
            while (!ended && ahead.size() < RANGES_AHEAD) {
                pace.pause();
                SweepLog.Began began = log.next();
                Optional<RowKey> next = subject.authority().boundary(new Range(last, null), verify.chunkSize);
                ahead.add(sums(new Range(last, next.orElse(null)), began));
                last = next.orElse(null);
                ended = next.isEmpty();
            }
            if (ahead.isEmpty()) {
                return compared;
            }
            compareNext();
        }
    }

    private void compareNext() {
        Sums sums = ahead.remove();
        long comparedBefore = compared;
        long suspectedBefore = suspected;
        compare(sums);
        log.save(sums.range(), sums.began(), compared - comparedBefore, suspected - suspectedBefore);
        pace.tell(compared);
    }

    private Sums sums(Range range, SweepLog.Began began) {
        return new Sums(
                range,
                began,
                ourThread.submit(() -> subject.authority().sum(range)),
                theirThread.submit(() -> subject.mirror().sum(range)));
    }

    private void compare(Sums sums) {
        RangeSum ours = result(sums.ours());
        RangeSum theirs = result(sums.theirs());
        if (ours.equals(theirs)) {
            compared += ours.rows();
        } else {
            search(sums, ours, theirs);
        }
        suspects.settleDue();
    }

    private void search(Sums sums, RangeSum ours, RangeSum theirs) {
        Range range = sums.range();
        if (Math.max(ours.rows(), theirs.rows()) <= MOST_KEYS_LISTED) {
            list(range);
            return;
        }
        TableSide larger = ours.rows() >= theirs.rows() ? subject.authority() : subject.mirror();
        RowKey last = range.after();
        boolean ended = false;
        while (!ended) {
            pace.pause();
            Optional<RowKey> next = larger.boundary(new Range(last, range.upTo()), MOST_KEYS_LISTED);
            Range part = new Range(last, next.orElse(range.upTo()));
            if (part.equals(range)) {
                list(range); // so many rows of one key
                return;
            }
            compare(sums(part, sums.began()));
            last = part.upTo();
            ended = next.isEmpty() || next.get().equals(range.upTo());
        }
    }

    private void list(Range range) {
        Future<Map<RowKey, RangeSum>> left =
                ourThread.submit(() -> subject.authority().hashes(range));
        Future<Map<RowKey, RangeSum>> right =
                theirThread.submit(() -> subject.mirror().hashes(range));
        Map<RowKey, RangeSum> ours = result(left);
        Map<RowKey, RangeSum> theirs = result(right);
        Set<RowKey> keys = new HashSet<>(ours.keySet());
        keys.addAll(theirs.keySet());
        compared += keys.size();
        List<RowKey> differing = keys.stream()
                .filter(key ->
                        !ours.getOrDefault(key, RangeSum.NOTHING).equals(theirs.getOrDefault(key, RangeSum.NOTHING)))
                .toList();
        suspected += differing.size();
        int atOnce = subject.readAtOnce(verify.chunkSize);
        for (int i = 0; i < differing.size(); i += atOnce) {
            look(differing.subList(i, Math.min(i + atOnce, differing.size())));
        }
    }

    private void look(List<RowKey> keys) {
        List<RowKey> wanted = new ArrayList<>(keys);
        List<Versioned<CanonicalRow>> ours = subject.authority().read(wanted);
        List<Versioned<CanonicalRow>> theirs = subject.mirror().read(wanted);
        for (int i = 0; i < wanted.size(); i++) {
            suspects.look(wanted.get(i), ours.get(i), theirs.get(i));
        }
    }

    private static <T> T result(Future<T> future) {
        try {
            return future.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CopyException("The verification was interrupted.");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof CopyException problem) {
                throw problem;
            }
            throw new CopyException("A table can't be read: " + e.getCause(), e);
        }
    }

    /** Statements under way end by themselves, as they are short. */
    @Override
    public void close() {
        ourThread.shutdownNow();
        theirThread.shutdownNow();
    }
}
