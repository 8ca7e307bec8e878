package dev.turnout.benchmarks.comparison;

import dev.turnout.benchmarks.comparison.FaultyStore.FailedCallException;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Stage;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * What services often contain: a flag defines where to read from and where to write to. The store that is read from is
 * written first, and its success is reported to the user. A failure of the other one would be logged.
 */
final class DualWriteRouter implements Router {
    private final FaultyStore oldStore;
    private final FaultyStore newStore;
    private final AtomicReferenceArray<Stage> stages = new AtomicReferenceArray<>(NODES);
    private final NodeStages flag;

    DualWriteRouter(FaultyStore oldStore, FaultyStore newStore, FlagLag lag) {
        this.oldStore = oldStore;
        this.newStore = newStore;
        flag = new NodeStages(lag, stages::set);
        for (int node = 0; node < NODES; node++) {
            stages.set(node, Stage.OFF);
        }
    }

    @Override
    public @Nullable Long read(int node, int key) {
        return authority(stages.get(node)).get(key);
    }

    @Override
    public Outcome write(int node, int key, @Nullable Long value) {
        Stage stage = stages.get(node);
        try {
            authority(stage).put(key, value);
        } catch (FailedCallException e) {
            return Outcome.UNKNOWN;
        }
        if (stage.isDual()) {
            try {
                mirror(stage).put(key, value);
            } catch (FailedCallException e) {
                return Outcome.ACKNOWLEDGED; // a line in a log, which nothing reads
            }
        }
        return Outcome.ACKNOWLEDGED;
    }

    private FaultyStore authority(Stage stage) {
        return stage.side() == Side.OLD ? oldStore : newStore;
    }

    private FaultyStore mirror(Stage stage) {
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
    }
}
