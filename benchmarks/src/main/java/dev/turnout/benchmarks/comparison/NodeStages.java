package dev.turnout.benchmarks.comparison;

import dev.turnout.flags.stage.Stage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** A flag that holds the stage, as nodes without a fleet read it: each on its own, when its lag is over. */
final class NodeStages implements AutoCloseable {
    /** How a node is notified. */
    interface Listener {
        void tell(int node, Stage stage);
    }

    // Longer than any call, so none is left of the stage before when the operator continues.
    private static final long GRACE_MILLIS = 200;

    private final ScheduledExecutorService later = Executors.newScheduledThreadPool(Router.NODES);
    private final FlagLag lag;
    private final Listener listener;
    private long change;

    NodeStages(FlagLag lag, Listener listener) {
        this.lag = lag;
        this.listener = listener;
    }

    /**
     * Changes the flag and waits until each node has read it, and a while longer: a more careful operator than a
     * console asks for.
     */
    void moveTo(Stage stage) throws InterruptedException {
        change++;
        long longest = 0;
        for (int i = 0; i < Router.NODES; i++) {
            int node = i;
            long millis = lag.millis(change, node);
            longest = Math.max(longest, millis);
            var unused = later.schedule(() -> listener.tell(node, stage), millis, TimeUnit.MILLISECONDS);
        }
        Thread.sleep(longest + GRACE_MILLIS);
    }

    @Override
    public void close() {
        later.shutdownNow();
    }
}
