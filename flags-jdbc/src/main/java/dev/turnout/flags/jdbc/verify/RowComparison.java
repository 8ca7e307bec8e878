package dev.turnout.flags.jdbc.verify;

import dev.turnout.flags.jdbc.rows.KeyCodec;
import dev.turnout.flags.jdbc.rows.RowSource;
import dev.turnout.flags.jdbc.scan.RowScan;
import dev.turnout.flags.jdbc.sql.SqlFailure;
import dev.turnout.flags.jdbc.sql.Transactions;
import dev.turnout.flags.migration.Difference;
import dev.turnout.flags.migration.Versioned;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import javax.sql.DataSource;

/** Two tables that are read by what users have written, row by row in the order of their keys. */
record RowComparison<K, V>(
        RowsSide<K, V> authority, RowsSide<K, V> mirror, KeyCodec<K> keys, BiPredicate<? super V, ? super V> sameWhen)
        implements Comparison<K, V> {

    /** One of them. */
    record RowsSide<K, V>(String name, DataSource database, RowSource<K, V> rows, KeyCodec<K> keys)
            implements KeyedTable<K, V> {
        @Override
        public List<Versioned<V>> read(List<K> wanted) {
            try {
                return Transactions.single(database, connection -> {
                    List<Versioned<V>> records = new ArrayList<>();
                    for (K key : wanted) {
                        records.add(rows.read(connection, key));
                    }
                    return records;
                });
            } catch (SQLException e) {
                throw new VerifyException(
                        wanted.size() + " keys of " + name + ", the first of them '" + keys.toText(wanted.get(0))
                                + "', cannot be read again: " + SqlFailure.describe(e),
                        e);
            }
        }

        private RowScan<K, V> scan(int chunkSize) {
            return new RowScan<>(name, database, rows, keys, chunkSize, null, VerifyException::new);
        }
    }

    @Override
    public long estimatedRows() {
        try {
            return Transactions.single(authority.database, authority.rows::estimatedRows);
        } catch (SQLException e) {
            throw new VerifyException(
                    "The rows of " + authority.name + " cannot be estimated: " + SqlFailure.describe(e), e);
        }
    }

    @Override
    public int readAtOnce(int chunkSize) {
        return chunkSize;
    }

    @Override
    public boolean isSame(V one, V other) {
        return sameWhen.test(one, other);
    }

    @Override
    public boolean isBroken(V value) {
        return false;
    }

    @Override
    public List<Difference.Field> fields(V one, V other) {
        return List.of();
    }

    @Override
    public DifferenceCounts sweep(SweepContext<K, V> context, SweepProgress pace, Consumer<Difference<K>> confirmed) {
        Candidates<K, V> suspects = new Candidates<>(context, () -> {}, confirmed);
        long[] compared = {0};
        pace.pause();
        RowScan.merge(authority.scan(context.chunkSize()), mirror.scan(context.chunkSize()), (key, ours, theirs) -> {
            suspects.look(key, ours, theirs);
            if (++compared[0] % context.chunkSize() == 0) {
                pace.tell(compared[0], compared[0]);
                pace.pause();
            }
        });
        suspects.settleAll();
        return suspects.tally(compared[0]);
    }
}
