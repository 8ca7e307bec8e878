package dev.turnout.flags.migration;

import dev.turnout.flags.spi.Journal;
import dev.turnout.flags.store.TimeSource;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Keys that were claimed together, and are repaired by several threads at once; what they did is reported to the
 * journal together, so its round trips are of the round and not of each key. One call that hangs keeps only its own
 * key: a late thread reports to the journal alone. Thread-safe.
 */
final class RepairRound<K> {
    private static final Duration PAUSE = Duration.ofMillis(1);
    // Their claims continue meanwhile, which last for a second at least.
    private static final long LONGEST_NANOS = Duration.ofMillis(500).toNanos();

    private final Repairer<K> repairer;
    private final long askedNanos;
    private final TimeSource time;
    private final long endNanos;
    private final Thread caller = Thread.currentThread();
    // Guarded by this.
    private final Queue<Journal.Claim<K>> left;
    private final List<Journal.Claim<K>> repaired = new ArrayList<>();
    private final Set<K> later = new HashSet<>();
    private int underWay;
    private int ended;
    private int quarantined;
    private boolean failed;
    private boolean over; // its caller has left

    /** @param askedNanos when its claims were asked for */
    RepairRound(Repairer<K> repairer, List<Journal.Claim<K>> claims, long askedNanos, TimeSource time) {
        this.repairer = repairer;
        this.askedNanos = askedNanos;
        this.time = time;
        endNanos = time.nanoTime() + LONGEST_NANOS;
        left = new ArrayDeque<>(claims);
    }

    /**
     * Repairs the keys, on this thread and so many other ones. Blocks until all are done, one fails, or its time is
     * over.
     */
    void run(Executor helpers, int others) {
        for (int i = 0; i < others; i++) {
            try {
                helpers.execute(this::work);
            } catch (Throwable e) { // none is free, or can be made: then fewer repair at once
                break;
            }
        }
        work();
        while (isUnderWay()
                && time.nanoTime() - endNanos < 0
                && !Thread.currentThread().isInterrupted()) {
            time.pause(PAUSE); // or until the last one wakes this thread
        }
        synchronized (this) {
            over = true;
        }
    }

    private synchronized boolean isUnderWay() {
        return underWay > 0;
    }

    private void work() {
        for (Journal.Claim<K> claim = next(); claim != null; claim = next()) {
            Repairer.Outcome outcome = Repairer.Outcome.FAILED; // where not even that can be found out
            try {
                outcome = repairer.repair(claim, askedNanos);
            } finally {
                if (isEndedAlone(claim, outcome)) {
                    var unused = repairer.note(List.of(claim));
                }
            }
        }
    }

    /** None where it is over, or most likely in vain. */
    private synchronized Journal.@Nullable Claim<K> next() {
        boolean goesOn = !over && !failed && !caller.isInterrupted() && (ended == 0 || time.nanoTime() - endNanos < 0);
        Journal.Claim<K> next = goesOn ? left.poll() : null;
        if (next != null) {
            underWay++;
        }
        return next;
    }

    private synchronized boolean isEndedAlone(Journal.Claim<K> claim, Repairer.Outcome outcome) {
        underWay--;
        ended++;
        if (underWay == 0) {
            LockSupport.unpark(caller);
        }
        switch (outcome) {
            case RECONCILED -> {
                if (over) {
                    return true;
                }
                repaired.add(claim);
            }
            case QUARANTINED -> quarantined++;
            case LATER -> later.add(claim.key());
            case FAILED -> failed = true;
        }
        return false;
    }

    /** Of an ended round, as what follows: the claims of keys that are reconciled, which the journal does not know yet. */
    synchronized List<Journal.Claim<K>> repaired() {
        return List.copyOf(repaired);
    }

    /** Claims that no thread has begun. */
    synchronized List<Journal.Claim<K>> untried() {
        return List.copyOf(left);
    }

    synchronized Set<K> later() {
        return Set.copyOf(later);
    }

    synchronized int quarantined() {
        return quarantined;
    }

    synchronized int ended() {
        return ended;
    }

    synchronized boolean hasFailed() {
        return failed;
    }
}
