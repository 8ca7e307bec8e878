package dev.turnout.benchmarks.comparison;

import dev.turnout.flags.stage.Stage;
import org.jspecify.annotations.Nullable;

/** What a service of {@link #NODES} nodes puts between its users and the two stores. Thread-safe. */
interface Router extends AutoCloseable {
    int NODES = 3;

    /** What was reported to the user of a write. */
    enum Outcome {
        ACKNOWLEDGED,
        /** It failed, and may have happened all the same, or may happen later. */
        UNKNOWN,
        /** It has not happened and never will. */
        NOT_APPLIED
    }

    /**
     * Reads a record on one of the nodes.
     *
     * @return null if there is none
     * @throws RuntimeException if it cannot be read
     */
    @Nullable
    Long read(int node, int key);

    /**
     * Writes a record on one of the nodes.
     *
     * @param value null deletes it
     */
    Outcome write(int node, int key, @Nullable Long value);

    /** Moves all keys to the stage. Returns when the operator may continue; {@link Stage#SYNC} is never asked for. */
    void moveTo(Stage stage) throws Exception;

    /** Copies the records with the keys below {@code keys} from the old store to the new one. Called once, in {@link Stage#DUAL_WRITE}. */
    void backfill(int keys) throws Exception;

    @Override
    void close();
}
