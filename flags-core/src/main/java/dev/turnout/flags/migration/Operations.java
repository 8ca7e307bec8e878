package dev.turnout.flags.migration;

import dev.turnout.flags.spi.Node;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.store.TimeSource;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** How operations of one migration on one node begin, and wait. Thread-safe. */
final class Operations<K> {
    private static final Duration PAUSE = Duration.ofMillis(1);

    private final Node node;
    private final Routing<K> routing;
    private final Operation.Context<K> context;
    private final TimeSource time;
    private final Duration deadline;
    private final CallerTransactions callerTransactions;

    Operations(Settings<K> settings, Node node, Routing<K> routing, boolean versioned) {
        this.node = node;
        this.routing = routing;
        this.time = node.time();
        this.deadline = settings.deadline();
        this.callerTransactions = settings.callerTransactions();
        context = new Operation.Context<>(
                settings.name(),
                settings.journal(),
                versioned,
                settings.fences().areSet(),
                time,
                new Operation.Unended());
    }

    String migration() {
        return context.migration();
    }

    Routing<K> routing() {
        return routing;
    }

    Operation.Unended unended() {
        return context.unended();
    }

    /**
     * Before anything is recorded, and any path is called.
     *
     * @throws WriteInTransactionException if the caller is inside a transaction
     */
    void checkNoTransaction() {
        if (callerTransactions.areActive()) {
            throw new WriteInTransactionException(context.migration());
        }
    }

    /** One that is not counted in yet, and may continue for the time that operations have. */
    Operation<K> begin(K key) {
        return begin(key, time.nanoTime() + deadline.toNanos());
    }

    Operation<K> begin(K key, long deadlineNanos) {
        return new Operation<>(context, key, deadlineNanos);
    }

    /**
     * Counts an operation in; where its key is in a stage that it would have to wait in, by the version of the operation that it runs inside of, if it
     * does: the fleet waits for that one, and waiting for the fleet in it would last for ever.
     *
     * @param waits in which operations of its kind wait
     */
    Stage enter(Operation<K> operation, Stage waits) {
        Stage stage = routing.enter(operation);
        Operation<?> around = stage == waits ? around(operation) : null;
        if (around == null) {
            return stage;
        }
        operation.markEnded();
        stage = routing.enterWith(operation, around);
        if (stage != waits) {
            return stage;
        }
        operation.markEnded(); // it began in that stage too, so the fleet does not wait for it
        return routing.enter(operation);
    }

    private @Nullable Operation<?> around(Operation<K> operation) {
        return CurrentWrite.ofThread().innermost(other -> other != operation && other.isOf(context));
    }

    /** Pauses for a moment, unless the time of the operation is over. */
    void awaitOrFail(Operation<K> operation, String problem) {
        if (time.nanoTime() - operation.deadlineNanos() > 0
                || Thread.currentThread().isInterrupted()) {
            throw new UnavailableException(problem);
        }
        time.pause(PAUSE);
    }

    /** Routes by the newest state there is. */
    void refresh() {
        try {
            var unused = node.refresh();
        } catch (RuntimeException e) {
            throw new UnavailableException(
                    "The flag store cannot be read, and while keys move it has to name the path that holds every record; try again.",
                    e);
        }
    }
}
