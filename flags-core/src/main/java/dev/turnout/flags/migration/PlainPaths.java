package dev.turnout.flags.migration;

import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.store.TimeSource;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiPredicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Two paths of which at least one keeps no versions. Nothing in the store can refuse a late write, so writes wait while their key crosses, and
 * each write looks afterwards whether another one has overtaken it.
 */
final class PlainPaths<K, V> extends Paths<K, V> {
    private static final Logger log = LoggerFactory.getLogger(PlainPaths.class);
    private static final int REPAIR_ROUNDS = 100;
    private static final long PAUSE_NANOS = Duration.ofMillis(1).toNanos();

    private final DataPath<K, V> oldPath;
    private final DataPath<K, V> newPath;
    private final TimeSource time;

    PlainPaths(
            DataPath<K, V> oldPath,
            DataPath<K, V> newPath,
            Meters meters,
            Mirror mirror,
            BiPredicate<V, V> sameWhen,
            TimeSource time) {
        super(meters, mirror, sameWhen);
        this.oldPath = oldPath;
        this.newPath = newPath;
        this.time = time;
    }

    @Override
    boolean isVersioned() {
        return false;
    }

    @Override
    boolean holdsWrites(Stage stage) {
        return stage == Stage.SYNC;
    }

    private DataPath<K, V> path(Side side) {
        return side == Side.OLD ? oldPath : newPath;
    }

    @Override
    Optional<V> read(Side side, K key) {
        return meters.reads(side).time(() -> path(side).get(key));
    }

    private void put(Side side, K key, Optional<V> value) {
        meters.writes(side).time(() -> {
            value.ifPresentOrElse(
                    present -> path(side).put(key, present), () -> path(side).delete(key));
            return value;
        });
    }

    @Override
    Optional<V> readAgreed(K key, long deadlineNanos) {
        while (true) {
            Optional<V> old = read(Side.OLD, key);
            Optional<V> now = read(Side.NEW, key);
            if (same(old, now)) {
                return now;
            }
            if (time.nanoTime() - deadlineNanos > 0 || Thread.currentThread().isInterrupted()) {
                throw new UnavailableException(
                        "The key is crossing, and its two paths did not agree in time. The sweep makes them agree; try again.");
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    @Override
    void write(Operation<K> operation, @Nullable V nullable) {
        Optional<V> value = Optional.ofNullable(nullable);
        Stage stage = operation.stage();
        Side first = firstToWrite(stage);
        operation.record();
        if (stage == Stage.LIVE) {
            writeLive(operation, value);
            return;
        }
        try {
            put(first, operation.key(), value);
        } catch (RuntimeException | Error e) {
            operation.handOver();
            throw e;
        }
        if (stage.isDual()) {
            mirror.submit(operation, () -> {
                put(first.opposite(), operation.key(), value);
                settle(operation, first, value);
            });
        } else {
            operation.clear();
        }
    }

    /** The old path goes first, so that writers of both sides of a crossing agree on an order; but only the new one is needed. */
    private void writeLive(Operation<K> operation, Optional<V> value) {
        boolean oldTookIt = false;
        try {
            put(Side.OLD, operation.key(), value);
            oldTookIt = true;
        } catch (RuntimeException e) {
            meters.mirrorFailed.increment();
        }
        try {
            put(Side.NEW, operation.key(), value);
            if (oldTookIt) {
                settle(operation, Side.OLD, value);
                operation.clear();
            }
        } finally {
            operation.handOver(); // no effect where it was cleared
        }
    }

    /** Another write of the key may have passed this one on the way to the second path: then repair looks after it. */
    private void settle(Operation<K> operation, Side first, Optional<V> value) {
        boolean settled = false;
        try {
            settled = same(read(first, operation.key()), value);
        } catch (RuntimeException e) {
            log.debug("A write could not be looked at again; repair looks after its key.", e);
        }
        if (!settled) {
            operation.handOver();
        }
    }

    @Override
    Optional<V> update(Operation<K> operation, UnaryOperator<V> change) {
        Optional<V> changed;
        try {
            changed = read(operation.stage().side(), operation.key()).map(change);
        } catch (RuntimeException | Error e) {
            operation.clear();
            throw e;
        }
        if (changed.isEmpty()) {
            operation.clear();
        } else {
            write(operation, changed.get());
        }
        return changed;
    }

    @Override
    void reconcile(K key, Side source) {
        Optional<V> value = read(source, key);
        for (int round = 0; round < REPAIR_ROUNDS; round++) {
            put(source.opposite(), key, value);
            Optional<V> again = read(source, key);
            if (same(value, again)) {
                return;
            }
            value = again; // written meanwhile: what was copied may have gone over it
        }
        throw new IllegalStateException(
                "A key was written again during each of " + REPAIR_ROUNDS + " attempts to repair it.");
    }
}
