package dev.turnout.flags.migration;

import dev.turnout.flags.fleet.Fence;
import dev.turnout.flags.fleet.Lease;
import dev.turnout.flags.repair.Journal;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.store.TimeSource;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One write, or read of both paths, from the moment it took its stage until its last call returned and its journal entry is cleared or handed
 * over. It keeps the stage that it began with.
 */
final class Operation<K> {
    private final Fence.Epoch<Route> epoch;
    private final Journal<K> journal;
    private final boolean versioned;
    private final K key;
    private final Stage stage;
    private final TimeSource time;
    private final long deadlineNanos; // of the time source
    private final AtomicBoolean over = new AtomicBoolean();
    private Journal.@Nullable Entry<K> entry;

    Operation(
            Fence.Epoch<Route> epoch,
            Journal<K> journal,
            boolean versioned,
            K key,
            Stage stage,
            TimeSource time,
            long deadlineNanos) {
        this.epoch = epoch;
        this.journal = journal;
        this.versioned = versioned;
        this.key = key;
        this.stage = stage;
        this.time = time;
        this.deadlineNanos = deadlineNanos;
    }

    K key() {
        return key;
    }

    Stage stage() {
        return stage;
    }

    /**
     * Before the first write of a stage with two, so that a crash between them leaves a trace.
     *
     * @throws UnavailableException if that is not possible; the operation has ended
     */
    void record() {
        if (stage.isDual()) {
            try {
                entry = journal.record(
                        key, new Journal.Origin(lease().owner(), Paths.firstHolding(stage), versioned));
            } catch (RuntimeException | Error e) {
                clear();
                throw new UnavailableException(
                        "The journal can't be written, and without a trace in it no write to two paths may begin. Nothing was applied.",
                        e);
            }
        }
    }

    long deadlineNanos() {
        return deadlineNanos;
    }

    /** Makes a call that writes, which the path's fence may look at. */
    boolean call(boolean fenced, BooleanSupplier write) {
        return fenced ? CurrentWrite.begunBy(epoch.version(), write) : write.getAsBoolean();
    }

    /** Whether another call may begin: the controller counts on the operation being over soon after its time, and its node's lease. */
    boolean mayGoOn() {
        return time.nanoTime() - deadlineNanos <= 0 && holdsLease();
    }

    /** Whether the fleet still counts on this node. */
    boolean holdsLease() {
        return lease().isValid(time.nanoTime());
    }

    private Lease lease() {
        return epoch.value().lease();
    }

    /**
     * Whether the fleet still counts on this node, so that what the operation did may be told as done.
     *
     * @throws UncertainWriteException if not; the operation has ended, and repair looks after its key
     */
    void checkLease() {
        if (!holdsLease()) {
            handOver();
            throw new UncertainWriteException(
                    "The node's lease was over before the write was, so the fleet may have moved on without it. Whether it happened,"
                            + " reading tells.");
        }
    }

    /** Both paths took it, or neither was touched. */
    void clear() {
        end(journal::clear);
    }

    /** The paths may differ: repair looks after the key. */
    void handOver() {
        end(this::handOver);
    }

    private void handOver(Journal.Entry<K> handedOver) {
        journal.handOver(handedOver);
    }

    private void end(Consumer<Journal.Entry<K>> last) {
        if (!over.compareAndSet(false, true)) {
            return;
        }
        try {
            if (entry != null) {
                last.accept(entry);
            }
        } finally {
            epoch.leave();
        }
    }
}
