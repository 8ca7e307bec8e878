package dev.turnout.flags.migration;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;

/**
 * Knows which operations began under which version, so a node can report when the last operation of an older version is
 * over. Thread-safe; entering and leaving take no lock.
 *
 * @param <T> what a version holds
 */
final class OperationEpochs<T> {
    /** One version, and the operations begun under it. */
    public static final class Epoch<T> {
        private final OperationEpochs<T> epochs;
        private final long version;
        private final T value;
        // Two adders, not one counter: they only grow, so reading "left" before "entered" cannot take a passing
        // sum for none.
        private final LongAdder entered = new LongAdder();
        private final LongAdder left = new LongAdder();

        private Epoch(OperationEpochs<T> epochs, long version, T value) {
            this.epochs = epochs;
            this.version = version;
            this.value = value;
        }

        /** What the version holds. */
        public T value() {
            return value;
        }

        /** Its number. */
        public long version() {
            return version;
        }

        /** Begins another operation under this version. Only while one that has entered it has not left, as it may be over otherwise. */
        public void enterAgain() {
            entered.increment();
        }

        /** Ends an operation: its last call has returned, and its journal entry is cleared or handed over. Once for each entering. */
        public void leave() {
            markEnded();
            acknowledge();
        }

        /**
         * The first half of {@link #leave}, for callers that must know that it was done once, whatever becomes of the
         * second.
         */
        public void markEnded() {
            left.increment();
        }

        /** The second half of {@link #leave}: looks whether a newer version is acknowledged now. */
        public void acknowledge() {
            if (epochs.current != this) {
                epochs.acknowledge();
            }
        }

        private boolean isDrained() {
            return isDrained(entered, left);
        }

        /** Whether nothing is under way, though other operations may count themselves in and out again meanwhile. */
        static boolean isDrained(LongAdder entered, LongAdder left) {
            long gone = left.sum();
            return entered.sum() == gone;
        }
    }

    private final Runnable acknowledgements;
    private final Queue<Epoch<T>> retired = new ConcurrentLinkedQueue<>();
    private volatile Epoch<T> current;
    private volatile long acknowledged; // written under the lock

    /**
     * Begins with a version.
     *
     * @param acknowledgements is called when a newer version has become acknowledged; must not block
     */
    public OperationEpochs(long version, T value, Runnable acknowledgements) {
        this.acknowledgements = acknowledgements;
        this.current = new Epoch<>(this, version, value);
        this.acknowledged = version;
    }

    /** Begins an operation under the version in use. Each call needs one {@link Epoch#leave}. */
    public Epoch<T> enter() {
        while (true) {
            Epoch<T> epoch = current;
            // Count in first, look again then: an operation that looked first could slip in behind the acknowledgement.
            epoch.entered.increment();
            if (epoch == current) {
                return epoch;
            }
            epoch.leave();
        }
    }

    /** The version in use. */
    public Epoch<T> current() {
        return current;
    }

    /** Uses another version from now on. An older one, or the same, is ignored: a node never goes back. */
    public synchronized void advance(long version, T value) {
        Epoch<T> before = current;
        if (version <= before.version) {
            return;
        }
        retired.add(before);
        current = new Epoch<>(this, version, value);
        acknowledge();
    }

    /** Uses the same version from now on with another value, which shows when operations begun before are over. */
    public synchronized void replace(T value) {
        retired.add(current);
        current = new Epoch<>(this, current.version, value);
        acknowledge();
    }

    /**
     * Uses a version of another history, whatever its number. Only while no operation is under way, and none can begin:
     * what was acknowledged before does not count for it.
     */
    public synchronized void restart(long version, T value) {
        retired.clear();
        current = new Epoch<>(this, version, value);
        acknowledged = version;
    }

    /** The newest version for which all operations begun under older ones are over. */
    public long acknowledged() {
        return acknowledged;
    }

    /** Whether no operation is under way, and none was begun that has not been seen to end. */
    public boolean isIdle() {
        acknowledge();
        Epoch<T> epoch = current;
        return epoch.isDrained() && retired.isEmpty();
    }

    private synchronized void acknowledge() {
        Epoch<T> oldest = retired.peek();
        while (oldest != null && oldest.isDrained()) {
            retired.remove();
            oldest = retired.peek();
        }
        long reached = oldest == null ? current.version : oldest.version;
        if (reached > acknowledged) {
            acknowledged = reached;
            acknowledgements.run();
        }
    }
}
