package dev.turnout.flags.jdbc.verify;

import dev.turnout.flags.migration.Difference;
import java.util.List;
import java.util.function.Consumer;

/** What is compared, and how all of its keys are visited. */
interface Comparison<K, V> {
    KeyedTable<K, V> authority();

    KeyedTable<K, V> mirror();

    /** About how many rows the authority has; 0 if unknown. */
    long estimatedRows();

    /** How many rows of a key each are read again in one statement, or on one connection. */
    int readAtOnce(int chunkSize);

    boolean isSame(V authority, V mirror);

    /** Whether it is unknown what should be there. */
    boolean isBroken(V value);

    /** The fields in which two records that are not the same differ, as far as that is known. */
    List<Difference.Field> fields(V authority, V mirror);

    /**
     * Compares all keys, and waits until each of those that may differ has settled.
     *
     * @param confirmed receives each difference
     */
    DifferenceCounts sweep(SweepContext<K, V> context, SweepProgress pace, Consumer<Difference<K>> confirmed);
}
