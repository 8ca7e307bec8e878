package dev.turnout.flags.migration;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.spi.Journal;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.store.TimeSource;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One write, repair, or read of both paths, from the moment it took its stage until its last call returned and its journal entry is cleared or
 * handed over. It keeps the stage that it began with. What {@link #run} is given only reports what it has done to the
 * paths; that the operation ends, and how, is decided in one place, whatever is thrown. Used by one thread at a time.
 */
final class Operation<K> {
    private static final Logger log = LoggerFactory.getLogger(Operation.class);

    /** What remains to be done when the calls of an operation are over. */
    enum Ending {
        /** Both paths took it, or neither was touched: no repair is needed. */
        CLEAR,
        /** The paths may differ: repair looks after the key. */
        HAND_OVER
    }

    /** What all operations of a migration have in common. */
    record Context<K>(
            String migration,
            Journal<K> journal,
            boolean versioned,
            boolean fenced,
            TimeSource time,
            Unended unended) {}

    /** Operations that could not be ended on their own thread, as its stack was used up. Guarded by itself. */
    static final class Unended {
        private @Nullable Operation<?> first;

        /** Ends them, on a thread that can. */
        void end() {
            Operation<?> all;
            synchronized (this) {
                all = first;
                first = null;
            }
            while (all != null) {
                Operation<?> one = all;
                all = all.next;
                try {
                    one.end();
                    log.warn(
                            "An operation of migration '{}' was ended late, as its own thread could not end it.",
                            one.context.migration());
                } catch (Throwable e) { // an Error again: the others all the same, and this one next time
                    add(one);
                }
            }
        }

        private void add(Operation<?> one) {
            synchronized (this) {
                one.next = first;
                first = one;
            }
        }
    }

    private final Context<K> context;
    private final K key;
    private final long deadlineNanos; // of the time source
    private OperationEpochs.@Nullable Epoch<Route> epoch; // while it is counted in
    private @Nullable Stage stage;
    private Ending ending = Ending.CLEAR;
    // Written and read only by the thread that has begun it: the thread that it is passed on to may have ended it
    // before the first one comes to its end.
    private boolean passedOn;
    private Journal.@Nullable Entry<K> entry;
    private @Nullable Operation<?> outer; // that of its thread when it runs inside another one
    private @Nullable Operation<?> next; // guarded by the unended ones

    /** One that has not begun yet. */
    Operation(Context<K> context, K key, long deadlineNanos) {
        this.context = context;
        this.key = key;
        this.deadlineNanos = deadlineNanos;
    }

    /**
     * Runs what it has to do, its beginning included, and ends it, unless it is passed on. By default, an operation
     * that has touched a path is handed over.
     */
    <T> T run(Supplier<T> calls) {
        return run(calls, false);
    }

    private <T> T run(Supplier<T> calls, boolean isRest) {
        CurrentWrite thread = CurrentWrite.ofThread();
        Operation<?> before = thread.innermost;
        try {
            outer = before;
            thread.innermost = this;
            return calls.get();
        } catch (RuntimeException e) {
            endTenureIfRefused(e);
            throw e;
        } finally {
            thread.innermost = before;
            if (isRest || !passedOn) {
                try {
                    end();
                } catch (Throwable e) {
                    // There may be no room for a single call on this stack: so none is made here, and another thread
                    // ends it.
                    synchronized (context.unended) {
                        next = context.unended.first;
                        context.unended.first = this;
                    }
                }
            }
        }
    }

    /**
     * A fence that refuses this write refuses all that this member of the fleet will ever write, as it was evicted, or is about to be: nothing begins
     * for it any more, and the node takes another place. With versions a member is refused nothing but what the fleet has left.
     */
    private void endTenureIfRefused(RuntimeException failure) {
        OperationEpochs.Epoch<Route> counted = epoch;
        if (counted == null || !context.fenced() || context.versioned()) {
            return;
        }
        if (FencedException.isReasonOf(failure)) {
            counted.value().lease().end(context.time().nanoTime());
        }
    }

    /** It has been counted in under a version. */
    void countIn(OperationEpochs.Epoch<Route> counted) {
        epoch = counted;
    }

    /** It takes its stage. */
    void begin(Stage itsStage) {
        stage = itsStage;
    }

    /** It has touched nothing, and waits: it has not begun, and must not hold up the crossing that it waits for. */
    void markEnded() {
        OperationEpochs.Epoch<Route> counted = epoch();
        counted.markEnded();
        epoch = null;
        counted.acknowledge();
    }

    /** Can be called again where it did not come to its end. */
    private void end() {
        Journal.Entry<K> recorded = entry;
        if (recorded != null) {
            try {
                if (ending == Ending.CLEAR) {
                    context.journal().clear(recorded);
                } else {
                    context.journal().handOver(recorded);
                }
            } catch (RuntimeException e) {
                log.error(
                        "The journal of migration '{}' has thrown, which it must not, at the end of an operation; its entry stays in"
                                + " flight until its node leaves the fleet.",
                        context.migration(),
                        e);
            }
            entry = null;
        }
        if (epoch != null) {
            markEnded();
        }
    }

    K key() {
        return key;
    }

    String migration() {
        return context.migration();
    }

    /** Whether it is counted in. */
    boolean isUnderWay() {
        return epoch != null;
    }

    boolean isOf(Context<?> migration) {
        return context.unended() == migration.unended(); // of each migration there is one
    }

    /** Whether its writes may be refused by the fences of its paths. */
    boolean isFenced() {
        return context.fenced();
    }

    /** Of one that is under way. */
    OperationEpochs.Epoch<Route> epoch() {
        return requireNonNull(epoch, "it is not under way");
    }

    @Nullable
    Operation<?> outer() {
        return outer;
    }

    /** Of one that has begun. */
    Stage stage() {
        return requireNonNull(stage, "it has not begun");
    }

    long deadlineNanos() {
        return deadlineNanos;
    }

    /**
     * Before the first write of a stage with two: a crash between them then leaves a trace.
     *
     * @throws UnavailableException if that is not possible
     */
    void record() {
        if (stage().isDual()) {
            Route route = epoch().value();
            try {
                entry = context.journal()
                        .record(
                                key,
                                new Journal.Origin(
                                        route.tenure().owner(), Paths.firstHolding(stage()), context.versioned()));
            } catch (RuntimeException | Error e) {
                throw new UnavailableException(
                        "The journal cannot be written, and without a trace in it no write to two paths may begin. Nothing was applied.",
                        e);
            }
        }
    }

    /** A call that changes a path is about to be made: whatever becomes of it, the paths may differ from now on. */
    void touch() {
        ending = Ending.HAND_OVER;
    }

    /** Both paths have it, or no path does: the call that was to change them has not, or what it changed was theirs already. */
    void settle() {
        ending = Ending.CLEAR;
    }

    /** Now, of the clock that it is measured by. */
    long nanoTime() {
        return context.time().nanoTime();
    }

    /** Whether another call may begin: the controller counts on the operation being over soon after its time, and its node's lease. */
    boolean mayGoOn() {
        return context.time().nanoTime() - deadlineNanos <= 0 && holdsLease();
    }

    /** Whether the fleet still counts on this node. */
    boolean holdsLease() {
        return epoch().value().lease().isValid(context.time().nanoTime());
    }

    /**
     * Whether the fleet still counts on this node: only then may what the operation did be acknowledged.
     *
     * @throws UncertainWriteException if not; repair looks after its key
     */
    void checkLease() {
        if (!holdsLease()) {
            throw new UncertainWriteException(
                    "The node's lease was over before the write was, so the fleet may have moved on without it. Read the record to see"
                            + " whether the write happened.");
        }
    }

    /** Leaves the second write to another thread, which ends the operation after it. */
    Rest passOn() {
        passedOn = true;
        return new Rest();
    }

    /** What remains of an operation whose caller does not wait for it. Exactly one of the two must be called. */
    final class Rest {
        private Rest() {}

        boolean mayGoOn() {
            return Operation.this.mayGoOn();
        }

        /** Makes the second write, which reports if both paths agree then. */
        void make(Runnable secondWrite) {
            touch();
            var unused = run(
                    () -> {
                        secondWrite.run();
                        return true;
                    },
                    true);
        }

        /** Leaves the key to repair. */
        void giveUp() {
            touch();
            var unused = run(() -> true, true);
        }
    }
}
