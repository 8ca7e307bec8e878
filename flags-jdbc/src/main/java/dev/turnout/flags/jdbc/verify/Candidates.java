package dev.turnout.flags.jdbc.verify;

import dev.turnout.flags.migration.Difference;
import dev.turnout.flags.migration.Version;
import dev.turnout.flags.migration.Versioned;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** The keys that looked different, until it is clear whether they are. Of one range, or of all; not thread-safe. */
final class Candidates<K, V> {
    private static final int CHUNKS_WAITING = 10;
    private static final int TIMES_AS_LONG_WHILE_BUSY = 30;

    /**
     * One of them.
     *
     * @param ours as it was at the last look
     * @param looks how many there were after the first
     * @param quietLooks how many of them, to the last, found both as they were at the one before, and not known as late
     */
    private record Candidate<K, V>(
            K key, Versioned<V> ours, Versioned<V> theirs, long looks, int quietLooks, long dueNanos) {}

    private final SweepContext<K, V> context;
    private final Runnable beforeWaiting;
    private final Consumer<Difference<K>> confirmed;
    private final int readAtOnce;
    private final long mostWaiting;
    // In the order in which they are due, as the delay is the same for all.
    private final Deque<Candidate<K, V>> queue = new ArrayDeque<>();
    private final Map<Difference.Kind, Long> counts = new EnumMap<>(Difference.Kind.class);
    private long compared;
    private long unsettled;

    /** @param beforeWaiting called before each wait, however many there are */
    Candidates(SweepContext<K, V> context, Runnable beforeWaiting, Consumer<Difference<K>> confirmed) {
        this.beforeWaiting = beforeWaiting;
        this.context = context;
        this.confirmed = confirmed;
        readAtOnce = context.readAtOnce();
        mostWaiting = mostWaiting(context);
    }

    /** How many keys may wait at a time. */
    static long mostWaiting(SweepContext<?, ?> context) {
        return (long) CHUNKS_WAITING * context.readAtOnce();
    }

    /** Compares what was read of a key for the first time, and now and then looks again at those that are due: many of them at once. */
    void look(K key, Versioned<V> ours, Versioned<V> theirs) {
        if (difference(ours, theirs).isPresent()) {
            queue.add(new Candidate<>(key, ours, theirs, 0, 0, due()));
        }
        if (++compared % readAtOnce == 0) {
            settleDue();
        }
        while (queue.size() >= mostWaiting) {
            settleNext();
        }
    }

    void settleAll() {
        while (!queue.isEmpty()) {
            settleNext();
        }
    }

    /** How many have not settled. */
    int waiting() {
        return queue.size();
    }

    /** What is found until now, of so many keys. */
    DifferenceCounts tally(long compared) {
        return new DifferenceCounts(compared, counts, unsettled);
    }

    private long due() {
        return context.time().nanoTime() + context.settleDelay().toNanos();
    }

    private Optional<Difference.Kind> difference(Versioned<V> ours, Versioned<V> theirs) {
        if (isSame(ours, theirs)) {
            return Optional.empty();
        }
        if (isBroken(ours) || isBroken(theirs)) {
            return Optional.of(Difference.Kind.NOT_TRANSFORMABLE);
        }
        if (theirs.isNewerThan(ours) && !ours.version().equals(Version.ABSENT)) {
            return Optional.of(Difference.Kind.NEWER_ON_MIRROR);
        }
        return Optional.of(
                theirs.value().isEmpty()
                        ? Difference.Kind.MISSING
                        : ours.value().isEmpty() ? Difference.Kind.EXTRA : Difference.Kind.DIFFERENT);
    }

    private boolean isSame(Versioned<V> one, Versioned<V> other) {
        Optional<V> left = one.value();
        Optional<V> right = other.value();
        if (left.isPresent() && right.isPresent()) {
            return context.comparison().isSame(left.get(), right.get());
        }
        return left.isEmpty() && right.isEmpty();
    }

    private boolean isBroken(Versioned<V> record) {
        return record.value().filter(context.comparison()::isBroken).isPresent();
    }

    private void settleNext() {
        beforeWaiting.run();
        context.await(nanosUntilDue());
        settleDue();
    }

    /** How long until the next look, of those that have not settled. */
    long nanosUntilDue() {
        return queue.element().dueNanos() - context.time().nanoTime();
    }

    /** Looks again at those that are due. */
    void settleDue() {
        if (queue.isEmpty()) {
            return;
        }
        long now = context.time().nanoTime();
        Predicate<Candidate<K, V>> isDue = suspect -> suspect.dueNanos() - now <= 0;
        while (!queue.isEmpty() && isDue.test(queue.element())) {
            List<Candidate<K, V>> batch = new ArrayList<>();
            while (batch.size() < readAtOnce && !queue.isEmpty() && isDue.test(queue.element())) {
                batch.add(queue.remove());
            }
            List<K> keys = batch.stream().map(Candidate::key).toList();
            Set<K> late = context.late(keys);
            List<Versioned<V>> ours = context.comparison().authority().read(keys);
            List<Versioned<V>> theirs = context.comparison().mirror().read(keys);
            for (int i = 0; i < batch.size(); i++) {
                judge(batch.get(i), ours.get(i), theirs.get(i), late.contains(keys.get(i)));
            }
        }
    }

    private void judge(Candidate<K, V> before, Versioned<V> ours, Versioned<V> theirs, boolean isLate) {
        Optional<Difference.Kind> difference = difference(ours, theirs);
        if (difference.isEmpty()) {
            return;
        }
        boolean isUnchanged = isUnchanged(before.ours(), ours) && isUnchanged(before.theirs(), theirs);
        // Between a look at which it was late and the next one it was late for some of the time.
        int quietLooks = isLate ? -1 : isUnchanged ? before.quietLooks() + 1 : 0;
        long looks = before.looks() + 1;
        if (quietLooks >= context.attempts()) {
            confirm(new Difference<>(before.key(), difference.get(), fields(difference.get(), ours, theirs)));
        } else if (looks >= (long) context.attempts() * TIMES_AS_LONG_WHILE_BUSY) {
            unsettled++;
        } else {
            queue.add(new Candidate<>(before.key(), ours, theirs, looks, quietLooks, due()));
        }
    }

    private List<Difference.Field> fields(Difference.Kind kind, Versioned<V> ours, Versioned<V> theirs) {
        boolean bothThere = ours.value().isPresent() && theirs.value().isPresent();
        return bothThere && kind != Difference.Kind.NOT_TRANSFORMABLE
                ? context.comparison().fields(ours.value().get(), theirs.value().get())
                : List.of();
    }

    // Both sides are not read at once, so a write between the two reads looks like a difference. But where each side
    // has the same record as a delay ago, there was a moment at which they had these two records at once.
    private boolean isUnchanged(Versioned<V> before, Versioned<V> now) {
        boolean bothBroken = isBroken(before) && isBroken(now);
        return before.version().equals(now.version()) && (bothBroken || isSame(before, now));
    }

    private void confirm(Difference<K> difference) {
        counts.merge(difference.kind(), 1L, Long::sum);
        confirmed.accept(difference);
    }
}
