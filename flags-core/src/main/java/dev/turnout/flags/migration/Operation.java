package dev.turnout.flags.migration;

import dev.turnout.flags.fleet.Fence;
import dev.turnout.flags.repair.Journal;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.store.TimeSource;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One write, from the moment it took its stage until its last call returned and its journal entry is cleared or handed over. It keeps the
 * stage that it began with.
 */
final class Operation<K> {
    private final Fence.Epoch<Route> epoch;
    private final Journal<K> journal;
    private final K key;
    private final Stage stage;
    private final TimeSource time;
    private final long deadlineNanos; // of the time source
    private final AtomicBoolean over = new AtomicBoolean();
    private Journal.@Nullable Entry<K> entry;

    Operation(Fence.Epoch<Route> epoch, Journal<K> journal, K key, Stage stage, TimeSource time, long deadlineNanos) {
        this.epoch = epoch;
        this.journal = journal;
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

    /** Before the first write of a stage with two, so that a crash between them leaves a trace. */
    void record() {
        if (stage.isDual()) {
            entry = journal.record(key, Paths.firstHolding(stage));
        }
    }

    long deadlineNanos() {
        return deadlineNanos;
    }

    /** After it no further call may begin: the controller may count on the operation being over soon. */
    boolean isPastDeadline() {
        return time.nanoTime() - deadlineNanos > 0;
    }

    /** Both paths took it, or neither was touched. */
    void clear() {
        end(journal::clear);
    }

    /** The paths may differ: repair looks after the key. */
    void handOver() {
        end(journal::handOver);
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
