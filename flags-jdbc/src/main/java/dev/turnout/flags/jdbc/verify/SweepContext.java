package dev.turnout.flags.jdbc.verify;

import dev.turnout.flags.jdbc.sql.Replication;
import dev.turnout.flags.jdbc.sql.SqlFailure;
import dev.turnout.flags.store.TimeSource;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.Set;
import java.util.function.Function;
import java.util.function.LongConsumer;

/**
 * What all sweeps have, whatever they compare.
 *
 * @param comparison what is compared
 * @param chunkSize in rows
 * @param settleDelay before each further look at a key
 * @param attempts how many further looks
 * @param pending those of some keys that wait for repair
 * @param waiting waits for about so many nanoseconds, or shorter
 */
record SweepContext<K, V>(
        Comparison<K, V> comparison,
        int chunkSize,
        Duration settleDelay,
        int attempts,
        Function<Collection<K>, Set<K>> pending,
        TimeSource time,
        LongConsumer waiting) {
    /** How many keys are read again at once. */
    int readAtOnce() {
        return comparison.readAtOnce(chunkSize);
    }

    /**
     * Those of these keys on which one of both is known to be late. To be asked before they are read: what is repaired in between is then read
     * repaired.
     */
    Set<K> late(Collection<K> keys) {
        if (isBehind(comparison.authority()) || isBehind(comparison.mirror())) {
            return Set.copyOf(keys);
        }
        try {
            return pending.apply(keys);
        } catch (RuntimeException e) {
            throw new VerifyException(
                    "The journal cannot be asked which keys wait for repair: " + e.getMessage() + ". Run it again.", e);
        }
    }

    /** Whether it is a replica that may lack what was written when the last quiet looks at a key began. */
    private boolean isBehind(KeyedTable<K, V> side) {
        try {
            double seconds = Replication.lagSeconds(side.database()).orElse(0);
            return seconds * 1e9 > (double) settleDelay.toNanos() * attempts;
        } catch (SQLException e) {
            throw new VerifyException(
                    "It cannot be determined whether the database of " + side.name() + " is a replica: "
                            + SqlFailure.describe(e),
                    e);
        }
    }

    /** Waits for about so long, or shorter; not at all if that is not more than zero. */
    void await(long nanos) {
        refuseIfInterrupted();
        if (nanos > 0) {
            waiting.accept(nanos);
        }
    }

    void refuseIfInterrupted() {
        if (Thread.currentThread().isInterrupted()) {
            throw new VerifyException("The verification was interrupted.");
        }
    }
}
