package dev.turnout.flags.jdbc.backfill;

import dev.turnout.flags.jdbc.rows.KeyCodec;
import dev.turnout.flags.jdbc.rows.RowSource;
import dev.turnout.flags.jdbc.rows.RowTarget;
import dev.turnout.flags.repair.Reconciler;
import dev.turnout.flags.stage.Side;
import org.jspecify.annotations.Nullable;

/**
 * A backfill of a table that is not described.
 *
 * @param extras of the second pass; {@code null} if there is none
 * @param chunkSize in rows
 */
record RowCopy<K, V>(
        RowSource<K, V> source,
        RowTarget<K, V> target,
        KeyCodec<K> keys,
        @Nullable Extras<K, V> extras,
        int chunkSize) implements CopyJob {
    private static final int ROWS_OF_CHUNK = 1_000;

    /** What the second pass needs. */
    record Extras<K, V>(RowSource<K, V> targetRows, Reconciler<K> reconciler, Side source) {}

    /** @param chunkSize 0 for the default */
    RowCopy {
        chunkSize = chunkSize == 0 ? ROWS_OF_CHUNK : chunkSize;
    }

    @Override
    public boolean visitsAllKeys() {
        return extras != null;
    }

    @Override
    public BackfillResult run(BackfillContext context, String sweepId) {
        return new BackfillRun<>(context, this).run(sweepId);
    }
}
