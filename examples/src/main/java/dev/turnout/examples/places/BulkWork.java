package dev.turnout.examples.places;

import dev.turnout.examples.places.store.LegacyRows;
import dev.turnout.examples.places.store.NewRows;
import dev.turnout.examples.places.store.Place;
import dev.turnout.examples.places.traffic.Keys;
import dev.turnout.flags.jdbc.backfill.Backfill;
import dev.turnout.flags.jdbc.backfill.BackfillResult;
import dev.turnout.flags.jdbc.rows.KeyCodec;
import dev.turnout.flags.jdbc.rows.Row;
import dev.turnout.flags.jdbc.rows.RowSource;
import dev.turnout.flags.jdbc.rows.RowTarget;
import dev.turnout.flags.jdbc.verify.Verify;
import dev.turnout.flags.jdbc.verify.VerifyResult;
import dev.turnout.flags.migration.FullSweep;
import dev.turnout.flags.migration.Migration;
import dev.turnout.flags.migration.Reconciler;
import dev.turnout.flags.migration.Versioned;
import dev.turnout.flags.stage.Side;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is done to all rows: fill the new database, and compare the two. */
final class BulkWork {
    private static final int MOST_ROWS_AT_ONCE = 500;
    private static final int FEWEST_ROWS_AT_ONCE = 50;
    private static final int CHUNKS = 100;

    private final Stores stores;
    private final LegacyRows oldRows = new LegacyRows();
    private final NewRows newRows;
    private final Keys keys;
    private final Screen screen;
    private final int chunkSize;

    BulkWork(Stores stores, Keys keys, Screen screen, int rows) {
        this.stores = stores;
        this.newRows = new NewRows(stores.places());
        this.keys = keys;
        this.screen = screen;
        this.chunkSize = Math.min(MOST_ROWS_AT_ONCE, Math.max(FEWEST_ROWS_AT_ONCE, rows / CHUNKS));
    }

    /** Copies all rows, while users write most of all to those that are being copied. */
    void backfill(Migration<Long, Place> places, Sabotage sabotage) {
        FullSweep sweep = places.beginSweep();
        boolean isBlind = sabotage == Sabotage.BLIND_BACKFILL;
        RowTarget<Long, Place> target = isBlind ? new BlindRows(newRows) : newRows;
        Reconciler<Long> reconciler =
                isBlind ? (key, from) -> {} : places.reconciler(); // which would repair what was overwritten
        Screen.Bar bar = screen.bar("backfill");
        BackfillResult result = Backfill.from(stores.oldDatabase().bulk(), spotlit(oldRows), KeyCodec.longs())
                .into(stores.newDatabase().bulk(), target)
                .reconciling(newRows, reconciler, Side.OLD)
                .named(places.name())
                .chunkSize(chunkSize)
                .onProgress(progress -> bar.at(progress.rowsDone(), progress.estimatedTotal()))
                .build()
                .run(sweep, "places");
        keys.spotlight(List.of());
        bar.done(
                result.visited(),
                String.format(
                        ", %,d written, %,d newer there already",
                        result.written(), result.visited() - result.written()));
    }

    /** The same rows; users learn of them as soon as they were read. */
    private RowSource<Long, Place> spotlit(RowSource<Long, Place> rows) {
        return new RowSource<>() {
            @Override
            public List<Row<Long, Place>> scan(Connection connection, @Nullable Long after, int limit)
                    throws SQLException {
                List<Row<Long, Place>> chunk = rows.scan(connection, after, limit);
                keys.spotlight(chunk.stream().map(Row::key).toList());
                return chunk;
            }

            @Override
            public Versioned<Place> read(Connection connection, Long key) throws SQLException {
                return rows.read(connection, key);
            }

            @Override
            public long estimatedRows(Connection connection) throws SQLException {
                return rows.estimatedRows(connection);
            }
        };
    }

    /** Compares all rows, with the side that answers as the one that is right. Rows that wait for repair are given the time. */
    VerifyResult<Long> verify(Migration<Long, Place> places, Side authority) {
        Screen.Bar bar = screen.bar("verify");
        Verify.Builder<Long, Place> sides = authority == Side.OLD
                ? Verify.authority(stores.oldDatabase().bulk(), oldRows, KeyCodec.longs())
                        .mirror(stores.newDatabase().bulk(), newRows)
                : Verify.authority(stores.newDatabase().bulk(), newRows, KeyCodec.longs())
                        .mirror(stores.oldDatabase().bulk(), oldRows);
        VerifyResult<Long> result = sides.journal(places.journal())
                .chunkSize(chunkSize)
                .onProgress(progress -> bar.at(progress.rowsDone(), progress.estimatedTotal()))
                .build()
                .run();
        bar.done(
                result.keysCompared(),
                result.isEqual()
                        ? ", all equal"
                        : ", DIFFERENT: " + result.counts() + ", unsettled " + result.unsettled());
        return result;
    }
}
