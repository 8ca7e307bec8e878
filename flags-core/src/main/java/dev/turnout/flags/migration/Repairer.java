package dev.turnout.flags.migration;

import dev.turnout.flags.spi.Journal;
import dev.turnout.flags.store.LogThrottle;
import dev.turnout.flags.store.TimeSource;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * Reconciles the keys that a journal holds: those handed over as they come, or all that are recorded, as the sweep that a crossing needs.
 * Thread-safe.
 *
 * @param <K> the type of the keys
 */
final class Repairer<K> {
    private static final Duration PAUSE = Duration.ofMillis(1);
    private static final int MOST_AT_ONCE = 1_000;
    private static final int MOST_COUNTED = 10_000;

    private final String migration;
    private final Journal<K> journal;
    private final Work<K> work;
    private final TimeSource time;
    private final int threads;
    private final Executor helpers;
    private final RepairPace pace;
    private final AtomicLong repaired = new AtomicLong();
    private final LogThrottle failures;
    private final LogThrottle journalFailures;
    private final LogThrottle quarantine;

    /** Makes both paths agree on a key that was claimed. */
    public interface Work<K> {
        /**
         * Makes both paths agree on it, or reports why not. Blocks.
         *
         * @param claimedNanos when the claim was asked for, by the clock of the repairer: what is written long after it may be outdated
         * @param sweeping whether this is the sweep that a crossing needs
         * @throws RuntimeException if it could not
         */
        Result reconcile(Journal.Claim<K> claim, long claimedNanos, boolean sweeping);
    }

    /** What has become of a key. */
    public enum Result {
        /** Both paths agree on it. */
        RECONCILED,
        /** The entries that were noted are outdated, and are cleared; nothing was written. */
        OUTDATED,
        /** It must not be repaired now; nothing was written. */
        LATER
    }

    /**
     * Does nothing by itself, and repairs one key at a time.
     *
     * @param mostPerSecond how many keys {@link #repairDue} repairs; a sweep, for which keys wait to switch sides, is
     *     not slowed down
     */
    public Repairer(String migration, Journal<K> journal, Work<K> work, TimeSource time, int mostPerSecond) {
        this(migration, journal, work, time, mostPerSecond, 1, task -> {
            throw new RejectedExecutionException("There are no helpers.");
        });
    }

    /**
     * Does nothing by itself.
     *
     * @param mostPerSecond how many keys {@link #repairDue} repairs; a sweep, for which keys wait to switch sides, is
     *     not slowed down
     * @param threads how many keys {@link #repairDue} repairs at once, the one on its caller's thread included
     * @param helpers run those that are not on the caller's thread; they may refuse, then fewer are repaired at once
     */
    public Repairer(
            String migration,
            Journal<K> journal,
            Work<K> work,
            TimeSource time,
            int mostPerSecond,
            int threads,
            Executor helpers) {
        this.migration = migration;
        this.journal = journal;
        this.work = work;
        this.time = time;
        this.threads = threads;
        this.helpers = helpers;
        failures = LogThrottle.sharedBy(journal, Repairer.class, migration + " fails", time);
        journalFailures = LogThrottle.sharedBy(journal, Repairer.class, migration + " is without its journal", time);
        quarantine = LogThrottle.sharedBy(journal, Repairer.class, migration + " gives up", time);
        pace = new RepairPace(time, mostPerSecond, threads);
    }

    /**
     * Repairs the keys that are due now, on the caller's thread and on those of the helpers, as many as the rate allows. Stops when one fails: the others
     * would most likely fail too, and are due again soon. Waits for a key that a helper has begun for half a second at most; then the helper ends it
     * alone. Throws nothing: what a path or the journal throws, Errors included, is logged.
     *
     * @return how many were repaired
     */
    public int repairDue() {
        int done = 0;
        Set<K> later = new HashSet<>();
        while (done + later.size() < MOST_AT_ONCE && !Thread.currentThread().isInterrupted()) {
            int most = pace.keysNow();
            long asked = time.nanoTime(); // before: claims last from when they are taken
            List<Journal.Claim<K>> claims = most == 0 ? List.of() : nextClaims(most);
            if (claims.isEmpty()) {
                break;
            }
            RepairRound<K> round = new RepairRound<>(this, claims, asked, time);
            round.run(helpers, Math.min(threads, claims.size()) - 1);
            boolean noted = note(round.repaired());
            release(round.untried());
            pace.charge(round.ended() - round.later().size()); // for which no path was asked
            pace.ended(round.ended(), time.nanoTime() - asked);
            done += round.quarantined() + (noted ? round.repaired().size() : 0);
            boolean allLookedAt = !round.later().isEmpty() && later.containsAll(round.later());
            if (!noted || round.hasFailed() || allLookedAt) {
                break;
            }
            later.addAll(round.later());
        }
        return done;
    }

    /** Empty also where the journal is out of reach. */
    private List<Journal.Claim<K>> nextClaims(int most) {
        try {
            List<Journal.Claim<K>> claims = journal.claimSome(most);
            journalFailures.worksAgain("Repair of migration '{}' can read its journal again.", migration);
            return claims;
        } catch (Throwable e) { // also an Error of a driver: the next run tries again
            journalFailures.warn(e, "Repair of migration '{}' cannot read its journal; it tries again.", migration);
            return List.of();
        }
    }

    /** What became of a key in a round. */
    enum Outcome {
        /** Its claim is to be noted as repaired. */
        RECONCILED,
        QUARANTINED,
        LATER,
        FAILED
    }

    /** Throws nothing. */
    Outcome repair(Journal.Claim<K> claim, long asked) {
        try {
            boolean isLater = reconcile(claim, asked, false) == Result.LATER;
            return isLater
                    ? Outcome.LATER
                    : Outcome.RECONCILED; // the first does not show whether the paths can be reached
        } catch (UnrepairableException e) {
            quarantine.error(
                    e,
                    "Repair of migration '{}' has quarantined a key until an operator has fixed it, and no keys switch sides before: {}",
                    migration,
                    String.valueOf(e.getMessage()));
            return Outcome.QUARANTINED;
        } catch (Throwable e) { // also an Error of a path: it is a failure of this key
            warn(e);
            return Outcome.FAILED;
        }
    }

    private void warn(Throwable e) {
        failures.warn(
                e,
                "Repair of migration '{}' cannot reach a path or its journal; {} keys wait and are tried again with growing delay.",
                migration,
                (Supplier<?>) this::depth);
    }

    /** Reports keys that are reconciled to the journal, if it can be reached. Throws nothing. */
    boolean note(List<Journal.Claim<K>> claims) {
        if (claims.isEmpty()) {
            return true;
        }
        try {
            journal.repaired(claims);
        } catch (Throwable e) {
            release(claims);
            warn(e);
            return false;
        }
        repaired.addAndGet(
                claims.stream().filter(claim -> claim.source().isPresent()).count());
        failures.worksAgain(
                "Repair of migration '{}' works again; {} keys wait.", migration, (Supplier<?>) this::depth);
        return true;
    }

    /** Where that fails, the claims are over by themselves. */
    private void release(List<Journal.Claim<K>> claims) {
        try {
            if (!claims.isEmpty()) {
                journal.release(claims);
            }
        } catch (Throwable e) {
            journalFailures.warn(
                    e,
                    "Repair of migration '{}' cannot give back keys; they wait until its claims are over.",
                    migration);
        }
    }

    /** For the log, where the journal may be what is out of reach. */
    private String depth() {
        try {
            long keys = journal.depth(MOST_COUNTED);
            return (keys < MOST_COUNTED ? "" : "at least ") + keys;
        } catch (Throwable e) {
            return "an unknown number of";
        }
    }

    /** Ends the claim, unless it is to be noted that its key is repaired. */
    private Result reconcile(Journal.Claim<K> claim, long asked, boolean sweeping) {
        try {
            Result result = work.reconcile(claim, asked, sweeping);
            if (result == Result.LATER) {
                claim.failed();
            }
            return result;
        } catch (UnrepairableException e) {
            quarantine(claim, e);
            throw e;
        } catch (Throwable e) {
            giveBack(claim, e);
            throw e;
        }
    }

    private void quarantine(Journal.Claim<K> claim, UnrepairableException problem) {
        try {
            claim.quarantine(String.valueOf(problem.getMessage()));
        } catch (Throwable e) { // then it is tried again, and found to be so again
            e.addSuppressed(problem);
            giveBack(claim, e);
            throw e;
        }
    }

    /** The key is tried again; where not even that can be reported to the journal, when the claim is over by itself. */
    private void giveBack(Journal.Claim<K> claim, Throwable problem) {
        try {
            claim.failed();
        } catch (Throwable e) { // must not hide the problem
            if (e != problem) {
                problem.addSuppressed(e);
            }
        }
    }

    /**
     * Reconciles every key that has an entry now, those of operations in flight included, on the caller's thread. Blocks.
     *
     * @return how many keys
     * @throws RuntimeException what reconciling a key threw; the sweep has then not finished
     */
    public int sweepRecorded() {
        Sweep sweep = beginSweep();
        sweep.run();
        return sweep.keys();
    }

    /** A sweep of every key that has an entry now. Blocks until they are known; none is reconciled yet. */
    public Sweep beginSweep() {
        return new Sweep(journal.keys());
    }

    /** Keys that had an entry when it began, to be reconciled by any number of threads. Thread-safe. */
    public final class Sweep {
        private final int keys;
        private final Queue<K> left;
        private final AtomicInteger reconciled = new AtomicInteger();
        private volatile boolean stopped;

        private Sweep(List<K> keys) {
            this.keys = keys.size();
            this.left = new ConcurrentLinkedQueue<>(keys);
        }

        /**
         * Reconciles keys until none is left for this thread, or it is stopped. Blocks.
         *
         * @throws RuntimeException what reconciling a key threw; all threads stop then
         */
        public void run() {
            for (K key = left.poll(); key != null && !stopped; key = left.poll()) {
                try {
                    while (sweep(key, this) == Result.OUTDATED) {
                        // There may be other entries of it, which are not.
                    }
                } catch (Throwable e) {
                    stop();
                    throw e;
                }
                reconciled.incrementAndGet();
            }
        }

        /** No thread begins another key. Does not block. */
        public void stop() {
            stopped = true;
        }

        /** Whether every key is reconciled. */
        public boolean isDone() {
            return reconciled.get() == keys;
        }

        /** How many keys it is of. */
        public int keys() {
            return keys;
        }

        /** How many keys are reconciled. */
        public int reconciled() {
            return reconciled.get();
        }
    }

    private Result sweep(K key, Sweep sweep) {
        // Another worker's repair may have read the paths before this sweep began, so it does not count for it: wait
        // until it is over.
        while (true) {
            long asked = time.nanoTime();
            Optional<Journal.Claim<K>> claim = journal.claim(key);
            if (claim.isPresent()) {
                return reconcileNow(claim.get(), asked);
            }
            if (sweep.stopped || Thread.currentThread().isInterrupted()) {
                throw new IllegalStateException("The sweep of migration '" + migration + "' was stopped.");
            }
            time.pause(PAUSE);
        }
    }

    private Result reconcileNow(Journal.Claim<K> claim, long asked) {
        Result result = reconcile(claim, asked, true);
        if (result != Result.LATER) {
            try {
                claim.repaired();
            } catch (Throwable e) {
                giveBack(claim, e);
                throw e;
            }
            if (claim.source().isPresent()) {
                repaired.incrementAndGet();
            }
        }
        return result;
    }

    /** How many handed-over keys this worker has repaired. */
    public long repaired() {
        return repaired.get();
    }
}
