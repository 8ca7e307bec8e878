package dev.turnout.flags.jdbc.backfill;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Pauses, slows and aborts a backfill while it runs; takes effect between two chunks. Thread-safe. */
public final class BackfillControl {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    // All guarded by the lock.
    private boolean paused;
    private boolean aborted;
    private double share = 1;

    /** Begins in the state that continues. */
    public BackfillControl() {}

    /** Lets no further chunk begin, until {@link #resume}. */
    public void pause() {
        change(() -> paused = true);
    }

    /** Resumes after a {@link #pause}. */
    public void resume() {
        change(() -> paused = false);
    }

    /**
     * Ends it before the next chunk, with a {@link BackfillException}. What was committed stays; a later run continues
     * there, with another control.
     */
    public void abort() {
        change(() -> aborted = true);
    }

    /**
     * Works for that share of the time only, and waits for the rest.
     *
     * @param ofTheTime above 0, at most 1, which is the default
     */
    public void share(double ofTheTime) {
        if (!(ofTheTime > 0 && ofTheTime <= 1)) {
            throw new IllegalArgumentException(
                    "The share of the time is above 0 and at most 1, but was " + ofTheTime + ".");
        }
        change(() -> share = ofTheTime);
    }

    double share() {
        lock.lock();
        try {
            return share;
        } finally {
            lock.unlock();
        }
    }

    private void change(Runnable change) {
        lock.lock();
        try {
            change.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits that long, or until it is aborted, and then as long as it is paused. */
    void await(long nanos) throws InterruptedException {
        await(nanos, () -> {});
    }

    /** The same, and reports, without the lock, that it is about to wait because it is paused. */
    void await(long nanos, Runnable beforePause) throws InterruptedException {
        if (isPausedAfter(nanos)) {
            beforePause.run();
            awaitResume();
        }
    }

    private boolean isPausedAfter(long nanos) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = nanos;
            while (left > 0 && !aborted) {
                left = changed.awaitNanos(left);
            }
            requireNotAborted();
            return paused;
        } finally {
            lock.unlock();
        }
    }

    private void awaitResume() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (paused && !aborted) {
                // The bound is for nothing but a wake-up that got lost.
                boolean unused = changed.await(1, TimeUnit.MINUTES);
            }
            requireNotAborted();
        } finally {
            lock.unlock();
        }
    }

    private void requireNotAborted() {
        if (aborted) {
            throw new BackfillException(
                    "It was aborted. Run it again: it continues after the last chunk that was committed.");
        }
    }
}
