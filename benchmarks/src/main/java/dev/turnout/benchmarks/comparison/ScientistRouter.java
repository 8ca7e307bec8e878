package dev.turnout.benchmarks.comparison;

import dev.turnout.benchmarks.comparison.FaultyStore.FailedCallException;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Stage;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A router in the manner of GitHub's Scientist, whose experiments run a control and a candidate and compare them. The control answers; the
 * candidate is read, and the other store written, in the background: of each node in the order of the calls for a key, with three attempts.
 * What does not fit into the queues is left out, so a candidate that hangs delays no user.
 */
final class ScientistRouter implements Router {
    private static final int LANES = 4; // of each node; a key has one of them
    private static final int WAITING = 1_000; // in each lane
    private static final int ATTEMPTS = 3;

    private final FaultyStore oldStore;
    private final FaultyStore newStore;
    private final AtomicReferenceArray<Stage> stages = new AtomicReferenceArray<>(NODES);
    private final NodeStages flag;
    private final ThreadPoolExecutor[] lanes =
            Stream.generate(ScientistRouter::lane).limit(NODES * LANES).toArray(ThreadPoolExecutor[]::new);
    private final LongAdder mismatches = new LongAdder(); // what Scientist would publish

    ScientistRouter(FaultyStore oldStore, FaultyStore newStore, FlagLag lag) {
        this.oldStore = oldStore;
        this.newStore = newStore;
        flag = new NodeStages(lag, stages::set);
        for (int node = 0; node < NODES; node++) {
            stages.set(node, Stage.OFF);
        }
    }

    private static ThreadPoolExecutor lane() {
        return new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(WAITING));
    }

    @Override
    public @Nullable Long read(int node, int key) {
        Stage stage = stages.get(node);
        Long answer = control(stage).get(key);
        if (stage.isCompared()) {
            inBackground(node, key, () -> {
                if (!Objects.equals(candidate(stage).get(key), answer)) {
                    mismatches.increment();
                }
            });
        }
        return answer;
    }

    @Override
    public Outcome write(int node, int key, @Nullable Long value) {
        Stage stage = stages.get(node);
        try {
            control(stage).put(key, value);
        } catch (FailedCallException e) {
            return Outcome.UNKNOWN;
        }
        if (stage.isDual()) {
            inBackground(node, key, () -> persistently(candidate(stage), key, value));
        }
        return Outcome.ACKNOWLEDGED;
    }

    private static void persistently(FaultyStore store, int key, @Nullable Long value) {
        for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
            try {
                store.put(key, value);
                return;
            } catch (FailedCallException e) {
                // tried again; after the last attempt, too, there is no caller to notify
            }
        }
    }

    private void inBackground(int node, int key, Runnable call) {
        try {
            lanes[node * LANES + key % LANES].execute(() -> {
                try {
                    call.run();
                } catch (FailedCallException e) {
                    return; // the candidate's failures are its own
                }
            });
        } catch (RejectedExecutionException e) {
            return; // left out
        }
    }

    private FaultyStore control(Stage stage) {
        return stage.side() == Side.OLD ? oldStore : newStore;
    }

    private FaultyStore candidate(Stage stage) {
        return stage.side() == Side.OLD ? newStore : oldStore;
    }

    @Override
    public void moveTo(Stage stage) throws InterruptedException {
        flag.moveTo(stage);
    }

    @Override
    public void backfill(int keys) throws Exception {
        Copying.ifAbsent(keys, oldStore, newStore);
    }

    @Override
    public void close() {
        flag.close();
        for (ThreadPoolExecutor lane : lanes) {
            lane.shutdownNow();
        }
    }
}
